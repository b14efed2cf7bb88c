"""The practice cloud of one client and one task: a process of its own, that tells what was asked of it."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SERVED = Path(__file__).with_name("served.py")


class Practice:
    """A practice cloud that runs; `place` says where it is and what it holds."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdout is not None
        self.place: Mapping[str, Any] = json.loads(process.stdout.readline())

    def report(self) -> dict[str, int]:
        """Return what was asked since the last report; the cloud is as it was in the beginning."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(file=self._process.stdin, flush=True)
        told: dict[str, int] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def serve(
    python: Path, kind: str, vaults: int, seconds: float, copies: int, certificate: str | None
) -> Iterator[Practice]:
    """Serve a cloud whose backups take so many seconds, and end it afterwards."""
    words = (kind, str(vaults), str(seconds), str(copies), *([certificate] if certificate else []))
    process = subprocess.Popen(
        [str(python), str(SERVED), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Practice(process)
    finally:
        process.terminate()
        process.wait()


def certify(folder: Path) -> tuple[str, str]:
    """Return the files of a certificate for this machine, and of the authority that signed it. ImportError without trustme."""
    import trustme

    authority, certificate = folder / "authority.pem", folder / "certificate.pem"
    signer = trustme.CA()
    signer.cert_pem.write_to_path(authority)
    signer.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    return str(certificate), str(authority)

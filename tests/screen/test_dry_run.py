"""`--dry-run` as it is read: the exact requests on standard output, the same bytes everywhere; what they are beside them."""

import json

from cbrctl.sandbox import Cloud
from cbrctl.sandbox.seed import VAULT_BE94, VAULT_SKIP
from tests.support import cbr
from tests.support.practice import posts
from tests.support.program import Run

LINE = ("backup", "--vault", "vault-be94", "--dry-run", "--no-marker")


def read(text: str) -> list[dict[str, object]]:
    """The bodies of the requests, of which one blank line stands between two."""
    found = []
    for part in text.split("\n\n"):
        head, _, body = part.partition("\n")
        assert head.startswith("POST http://127.0.0.1:")
        assert head.endswith(f"/v3/{cbr.PROJECT}/checkpoints")
        found.append(json.loads(body)["checkpoint"])
    return found


def test_one(cloud: Cloud, run: Run, run_tty: Run) -> None:
    piped, shown = run(*LINE), run_tty(*LINE)
    assert (piped.code, shown.code, posts(cloud)) == (0, 0, 0)
    assert piped.out == shown.out
    assert '\n  "checkpoint": {\n' in shown.out
    assert read(shown.out) == [{"vault_id": VAULT_BE94}]
    assert shown.err == "Nothing was sent: one request would be.\n"
    assert piped.err.splitlines()[-1] == shown.err.rstrip()


def test_several(cloud: Cloud, run: Run, run_tty: Run) -> None:
    more = ("--vault", VAULT_SKIP, "--vault", "nope")
    piped, shown = run(*LINE, *more), run_tty(*LINE, *more)
    assert (piped.code, shown.code, posts(cloud)) == (10, 10, 0)
    assert piped.out == shown.out
    assert [body["vault_id"] for body in read(shown.out)] == [VAULT_BE94, VAULT_SKIP]
    lines = shown.err.splitlines()
    assert [line for line in lines if line.endswith(":")] == ["vault-be94:", f"{VAULT_SKIP}:"]
    assert lines[-1] == piped.err.splitlines()[-1] == "Nothing was sent: 2 requests would be."


def test_none_and_quiet(cloud: Cloud, run: Run) -> None:
    assert "would be" not in run("backup", "--vault", "nope", "--dry-run").err
    assert run(*LINE, "-q").err == ""
    assert run(*LINE, "-o", "json").err.splitlines()[-1] == "Nothing was sent: one request would be."

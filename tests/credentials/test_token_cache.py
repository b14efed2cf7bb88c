"""What IAM issued is kept between runs: by identity and scope, refused where others could read it, one login for many."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cbrctl.api.issued import Issued, check_token
from cbrctl.credentials.cache import Cache
from cbrctl.credentials.refreshable import Refreshable
from cbrctl.errors import AuthError, LocalState, Unreachable
from cbrctl.machine.lock import FileLock
from tests.support import cbr
from tests.support.logins import (
    LOGIN,
    SECRET,
    SUBJECT,
    USER,
    VAULT_LIST,
    cache_files,
    issued,
    run_home,
    serve_cbr,
    tokens_used,
)
from tests.support.program import PROGRAM, Run
from tests.support.scripted import Scripted


def kept_file(home: Path) -> Path:
    """The one token that is kept under a folder."""
    [kept] = [path for path in cache_files(home) if path.suffix == ".json"]
    return kept


def list_twice(
    scripted: Scripted,
    run: Run,
    between: Callable[[Path], object] = lambda path: None,
    env: dict[str, str] | None = None,
) -> int:
    """Run twice and give the number of logins."""
    serve_cbr(scripted)
    scripted.on(LOGIN, issued(), issued(name=(env or {}).get("CBRCTL_PROJECT_NAME", "cn-north-4")))
    assert run("vault", "list", env=USER).code == 0
    between(kept_file(run_home(run)))
    result = run("vault", "list", env={**USER, **(env or {})})
    assert result.code == 0, result.err
    return scripted.count(LOGIN)


def test_a_second_run_does_not_log_in(scripted: Scripted, run: Run) -> None:
    assert list_twice(scripted, run) == 1
    kept = kept_file(run_home(run))
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert kept.parent.name == "cbrctl"
    assert tokens_used(scripted) == [SUBJECT, SUBJECT]
    assert SECRET not in kept.read_text()


def test_a_kept_token_is_for_one_address_of_cbr(scripted: Scripted, run: Run) -> None:
    assert list_twice(scripted, run) == 1
    other = Scripted()
    other.on(VAULT_LIST, {"vaults": [], "count": 0})
    assert run("vault", "list", env={**USER, "CBRCTL_ENDPOINT": other.url}).code == 0
    other.close()
    assert scripted.count(LOGIN) == 2


def test_no_cache_keeps_and_uses_nothing(scripted: Scripted, run: Run) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    for _ in range(2):
        assert run("vault", "list", "--no-cache", env=USER).code == 0
    assert scripted.count(LOGIN) == 2
    assert cache_files(run_home(run)) == []


def rewrite(**changes: Any) -> Callable[[Path], object]:
    """Change what is kept."""
    return lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


SPOILED: dict[str, Callable[[Path], object]] = {
    "it expires soon": rewrite(expires_at=time.time() + 590),
    "it is garbage": lambda path: path.write_bytes(b"\xff{"),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_a_kept_token_that_is_not_used(spoil: Callable[[Path], object], scripted: Scripted, run: Run) -> None:
    assert list_twice(scripted, run, spoil) == 2
    assert kept_file(run_home(run)).stat().st_mode & 0o777 == 0o600


def _link(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to(path.with_name("moved"))


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


UNSAFE: dict[str, Callable[[Path], object]] = {"a link": _link, "a fifo": _fifo}
TOO_OPEN: dict[str, Callable[[Path], object]] = {
    "others can read it": lambda path: path.chmod(0o644),
    "the group can read it": lambda path: path.chmod(0o640),
    "others can write it": lambda path: path.chmod(0o602),
    "others can write its folder": lambda path: path.parent.chmod(0o777),
}


def keep_and_spoil(spoil: Callable[[Path], object], scripted: Scripted, run: Run) -> None:
    """Log in once, and spoil what is kept of that."""
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    assert run("vault", "list", env=USER).code == 0
    spoil(kept_file(run_home(run)))


@pytest.mark.parametrize("spoil", TOO_OPEN.values(), ids=TOO_OPEN.keys())
def test_a_kept_token_that_is_too_open_is_tightened(
    spoil: Callable[[Path], object], scripted: Scripted, run: Run
) -> None:
    keep_and_spoil(spoil, scripted, run)
    for told in (True, False):
        result = run("vault", "list", env=USER)
        assert (result.code, "was tightened" in result.err) == (0, told)


@pytest.mark.parametrize("spoil", UNSAFE.values(), ids=UNSAFE.keys())
def test_a_kept_token_that_others_could_have_a_hand_in(
    spoil: Callable[[Path], object], scripted: Scripted, run: Run
) -> None:
    keep_and_spoil(spoil, scripted, run)
    before = len(scripted.asked)
    result = run("vault", "list", env=USER)
    assert (result.code, result.out, len(scripted.asked)) == (15, "", before)
    mend = next(line for line in result.err.splitlines() if "→" in line).partition("→")[2].strip()
    assert subprocess.run(["sh", "-c", mend]).returncode == 0
    assert run("vault", "list", env=USER).code == 0


OTHERS = {
    "another user": {"CBRCTL_USERNAME": "jane"},
    "another account": {"CBRCTL_DOMAIN_NAME": "other"},
    "another project": {"CBRCTL_PROJECT_ID": "", "CBRCTL_PROJECT_NAME": "cn-north-4_sub"},
    "another IAM": {"CBRCTL_IAM_ENDPOINT": "{url}"},
}


@pytest.mark.parametrize("env", OTHERS.values(), ids=OTHERS.keys())
def test_a_kept_token_of_somebody_else(env: dict[str, str], scripted: Scripted, run: Run) -> None:
    elsewhere = scripted.url.replace("127.0.0.1", "localhost")
    filled = {name: value.replace("{url}", elsewhere) for name, value in env.items()}
    assert list_twice(scripted, run, env=filled) == 2


def test_a_kept_token_serves_whoever_has_the_same_name(scripted: Scripted, run: Run) -> None:
    names = {"CBRCTL_USERNAME": "", "CBRCTL_PASSWORD": "", "CBRCTL_DOMAIN_NAME": "", "CBRCTL_IAM_ENDPOINT": ""}
    other = {"OS_USERNAME": "joe", "OS_PASSWORD": "x", "OS_DOMAIN_NAME": "acme", "OS_AUTH_URL": f"{scripted.url}/v3"}
    assert list_twice(scripted, run, env={**names, **other}) == 1


def test_a_cache_that_cannot_be_made_is_only_slower(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    (tmp_path / "file").write_text("")
    for _ in range(2):
        assert run("vault", "list", env={**USER, "CBRCTL_CACHE_DIR": str(tmp_path / "file")}).code == 0
    assert scripted.count(LOGIN) == 2


def test_a_chosen_cache_folder_gets_one_of_ours(scripted: Scripted, run: Run, tmp_path: Path) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    assert run("vault", "list", env={**USER, "CBRCTL_CACHE_DIR": str(shared)}).code == 0
    kept = kept_file(shared)
    assert kept.parent == shared / "cbrctl"
    assert (shared.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o755, 0o700)
    assert cache_files(run_home(run)) == []


# many at once -------------------------------------------------------------------------------------------------------

PROCESSES = 20


def run_at_once(environ: dict[str, str]) -> list[int]:
    """Start twenty runs together and give their exit codes."""
    runs = [
        subprocess.Popen(
            [*PROGRAM, "vault", "list"], env={**environ, **USER}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(PROCESSES)
    ]
    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(pool.map(lambda process: process.wait(60), runs))


@pytest.mark.heavy
def test_one_of_twenty_processes_logs_in(scripted: Scripted, environ: dict[str, str]) -> None:
    serve_cbr(scripted)
    scripted.on(LOGIN, issued())
    assert run_at_once(environ) == [0] * PROCESSES
    assert scripted.count(LOGIN) == 1
    assert scripted.count(VAULT_LIST) == PROCESSES


def test_one_refusal_is_enough_for_those_that_waited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each failed login brings the account nearer to its lock."""
    waits, wait_for = threading.Event(), FileLock.take

    def begin_to_wait(lock: FileLock, patience: float) -> None:
        waits.set()
        wait_for(lock, patience)

    first, second = Cache(tmp_path, {"username": "joe"}), Cache(tmp_path, {"username": "joe"})
    issuer = Issuer(Clock(1000.0))
    errors: list[AuthError] = []

    def wait() -> None:
        try:
            Refreshable(issuer, check_token, lambda: second, Clock(1000.0)).need()
        except AuthError as error:
            errors.append(error)

    def refuse() -> Issued:
        monkeypatch.setattr(FileLock, "take", begin_to_wait)
        waiter.start()
        assert waits.wait(10)
        raise AuthError("login-refused")

    waiter = threading.Thread(target=wait)
    with pytest.raises(AuthError, match="login-refused"):
        Refreshable(refuse, check_token, lambda: first, Clock(1000.0)).need()
    waiter.join(10)
    assert ([error.key for error in errors], issuer.count) == (["login-refused-elsewhere"], 0)
    # who comes later asks for himself: the password may have been mended
    with first.hold() as refused:
        assert not refused


# its pieces ---------------------------------------------------------------------------------------------------------

KEPT = {"token": "abc", "expires_at": 2000.0, "project_id": cbr.PROJECT, "user": ""}
NOT_USABLE: dict[str, Any] = {
    "not JSON": b"{",
    "empty": b"",
    "a list": [],
    "null": None,
    "no token": {"expires_at": 2000.0, "project_id": cbr.PROJECT},
    "no end": {"token": "abc", "project_id": cbr.PROJECT},
    "an end in words": {**KEPT, "expires_at": "later"},
    "no number": {**KEPT, "expires_at": float("nan")},
    "a token that is no text": {**KEPT, "token": 7},
    "a token with a line end": {**KEPT, "token": "abc\r\nX-Evil: 1"},
    "a token in Chinese": {**KEPT, "token": "中"},
    "an empty token": {**KEPT, "token": ""},
    "a project with a path": {**KEPT, "project_id": "../../evil"},
    "a project of a number": {**KEPT, "project_id": 7},
    "no time": {**KEPT, "expires_at": 10**400},
    "for ever": {**KEPT, "expires_at": 1e300},
    "yes": {**KEPT, "expires_at": True},
    "deep": b"[" * 100_000,
    "over": {**KEPT, "expires_at": 999.0},
}


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def boot_id(self) -> str | None:
        return None

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Issuer:
    """An IAM that issues numbered tokens with a life of so many seconds, or refuses."""

    def __init__(self, clock: Clock, life: float = 86400.0) -> None:
        self.clock = clock
        self.life = life
        self.count = 0
        self.error: Exception | None = None

    def __call__(self) -> Issued:
        self.count += 1
        if self.error:
            raise self.error
        return Issued(f"new-{self.count}", self.clock.now + self.life, cbr.PROJECT)


def make(folder: Path, now: float = 1000.0, life: float = 86400.0) -> tuple[Refreshable[Issued], Issuer, Cache, Clock]:
    """A kept token, who issues it, its cache and its clock."""
    clock, cache = Clock(now), Cache(folder, {"username": "joe"})
    issuer = Issuer(clock, life)
    return Refreshable(issuer, check_token, lambda: cache, clock), issuer, cache, clock


def write_kept(cache: Cache, kept: Any) -> None:
    """Put something where the token is kept."""
    cache.path.write_bytes(kept if isinstance(kept, bytes) else json.dumps(kept).encode())
    cache.path.chmod(0o600)


@pytest.mark.parametrize("kept", NOT_USABLE.values(), ids=NOT_USABLE.keys())
def test_what_is_no_kept_token(kept: Any, tmp_path: Path) -> None:
    good, issuer, cache, _ = make(tmp_path)
    write_kept(cache, KEPT)
    assert (good.need().token, issuer.count) == ("abc", 0)
    bad, issuer, cache, _ = make(tmp_path)
    write_kept(cache, kept)
    assert (bad.need().token, issuer.count) == ("new-1", 1)
    assert json.loads(cache.path.read_text())["token"] == "new-1"


@pytest.mark.parametrize(("now", "used"), [(1399.0, True), (1400.0, False), (2001.0, False)])
def test_ten_minutes_are_kept_for_the_way(now: float, used: bool, tmp_path: Path) -> None:
    kept, _, cache, _ = make(tmp_path / "new", now)
    cache.store(KEPT)
    assert (kept.need().token == "abc") == used


def test_a_token_is_renewed_ten_minutes_before_its_end(tmp_path: Path) -> None:
    kept, _, _, clock = make(tmp_path)
    first = kept.need()
    for now, token in ((first.expires_at - 601, "new-1"), (first.expires_at - 600, "new-2")):
        clock.now = now
        assert kept.need().token == token


def test_a_short_life_is_used_to_its_half(tmp_path: Path) -> None:
    kept, issuer, _, clock = make(tmp_path, life=100.0)
    kept.need()
    clock.now += 49
    assert (kept.need().token, issuer.count) == ("new-1", 1)
    clock.now += 1
    assert (kept.need().token, issuer.count) == ("new-2", 2)


@pytest.mark.parametrize(
    "error", [Unreachable("iam-no-answer"), AuthError("login-refused")], ids=["no answer", "refused"]
)
def test_a_token_that_cannot_be_renewed_early_is_used_to_its_end(error: Exception, tmp_path: Path) -> None:
    kept, issuer, _, clock = make(tmp_path)
    first = kept.need()
    issuer.error = error
    for now in (first.expires_at - 600, first.expires_at - 300, first.expires_at - 1):
        clock.now = now
        assert kept.need().token == "new-1"
    assert issuer.count == 2, "one try is enough"
    clock.now = first.expires_at
    with pytest.raises(type(error)):
        kept.need()
    assert issuer.count == (2 if isinstance(error, AuthError) else 3)


def test_what_is_over_when_it_is_issued_is_used_until_it_is_refused(tmp_path: Path) -> None:
    """A clock that is a day ahead must not make each request a login."""
    kept, issuer, _, clock = make(tmp_path, life=-3600.0)
    for _ in range(3):
        assert kept.need().token == "new-1"
        clock.now += 100
    kept.renew()
    assert (kept.need().token, issuer.count) == ("new-2", 2)


def test_a_login_that_is_to_prove_something_takes_nothing_kept(tmp_path: Path) -> None:
    kept, issuer, cache, _ = make(tmp_path)
    write_kept(cache, {**KEPT, "expires_at": 9e8})
    kept.issue()
    assert (kept.need().token, issuer.count, json.loads(cache.path.read_text())["token"]) == ("new-1", 1, "new-1")
    issuer.error = AuthError("login-refused")
    with pytest.raises(AuthError):
        kept.issue()
    assert not cache.path.exists()


def test_a_refused_token_is_replaced_by_what_another_process_got(tmp_path: Path) -> None:
    kept, issuer, cache, clock = make(tmp_path)
    kept.need()
    cache.store({**KEPT, "token": "theirs", "expires_at": clock.now + 9999})
    kept.renew()
    assert (kept.need().token, issuer.count) == ("theirs", 1)
    kept.renew()
    assert (kept.need().token, issuer.count) == ("new-2", 2), "their token was refused as well"


def test_a_refused_login_is_not_repeated(tmp_path: Path) -> None:
    kept, issuer, _, _ = make(tmp_path)
    issuer.error = AuthError("login-refused")
    for _ in range(3):
        with pytest.raises(AuthError, match="login-refused"):
            kept.need()
    assert issuer.count == 1


@pytest.mark.parametrize(
    "make_it", [lambda p: os.mkfifo(p, 0o600), lambda p: os.mkdir(p, 0o700), lambda p: os.symlink(__file__, p)]
)
def test_a_cache_that_is_no_file(make_it: Callable[[Path], None], tmp_path: Path) -> None:
    kept, issuer, cache, _ = make(tmp_path)
    make_it(cache.path)
    with pytest.raises(LocalState, match="unsafe-file"):
        kept.need()
    assert issuer.count == 0

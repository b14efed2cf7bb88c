"""cbrctl's own files: what others could have a hand in is refused with the command that mends it."""

import os
import pwd
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cbrctl.errors import LocalState
from cbrctl.files import check_folder, find_home, make_file, make_folder, open_file, write_file

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def _link(path: Path) -> None:
    target = path.with_name("target")
    target.write_text("theirs")
    target.chmod(0o600)
    path.symlink_to(target)


def _plain(mode: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_text("ours")
        path.chmod(mode)

    return make


def _given_away(path: Path) -> None:
    _plain(0o600)(path)
    os.chown(path, 12345, -1)


UNSAFE = {
    "a link": _link,
    "a dangling link": lambda path: path.symlink_to("/nonexistent/x"),
    "a fifo": lambda path: os.mkfifo(path, 0o600),
    "a folder": lambda path: path.mkdir(0o700),
    "readable by others": _plain(0o604),
    "readable by the group": _plain(0o640),
    "writable by others": _plain(0o602),
    "another's": pytest.param(_given_away, marks=AS_ROOT),
}


@pytest.mark.parametrize("make", UNSAFE.values(), ids=UNSAFE.keys())
@pytest.mark.parametrize("use", [open_file, make_file], ids=["read", "make"])
def test_an_unsafe_file_is_refused(use: Callable[[Path], object], make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "a file"
    make(path)
    with pytest.raises(LocalState) as caught:
        use(path)
    assert (caught.value.key, caught.value.values["path"]) == ("unsafe-file", path)
    # the command mends it, whatever the name has in it
    assert subprocess.run(["sh", "-c", str(caught.value.values["mend"]).replace("sudo ", "")]).returncode == 0
    os.close(make_and_open(path))


def make_and_open(path: Path) -> int:
    make_file(path)
    return open_file(path)


def test_a_safe_file_is_read(tmp_path: Path) -> None:
    _plain(0o600)(tmp_path / "file")
    with open(open_file(tmp_path / "file")) as file:
        assert file.read() == "ours"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "file")


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write(mode: int, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    for use in (check_folder, make_folder):
        with pytest.raises(LocalState) as caught:
            use(folder)
        assert caught.value.values["mend"] == f"chmod 700 {folder}"


@pytest.mark.parametrize("home", [None, "", "relative", "."])
def test_a_home_that_is_none(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {} if home is None else {"HOME": home}
    assert find_home({**environ, "HOME": "/absolute"}) == Path("/absolute")
    assert find_home(environ) == Path(pwd.getpwuid(os.geteuid()).pw_dir)

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(LocalState, match="no-home"):
        find_home(environ)


@AS_ROOT
def test_a_folder_of_another(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(0o700)
    os.chown(folder, 12345, -1)
    with pytest.raises(LocalState, match="unsafe-file"):
        make_folder(folder)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    for data in (b"first", b"second"):
        write_file(path, data)
        assert path.read_bytes() == data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_file(path, b"data")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    _link(path)
    write_file(path, b"data")
    assert (path.read_bytes(), (tmp_path / "target").read_text()) == (b"data", "theirs")

"""cbrctl's own files: what others could have a hand in is refused with the command that mends it."""

import os
import pwd
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cbrctl.errors import LocalState
from cbrctl.machine.files import (
    find_home,
    make_file,
    make_folder,
    open_config,
    open_file,
    read_trusted,
    resolve_path,
    write_file,
)
from cbrctl.machine.rights import check_file, check_folder, check_place, warn_to

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
    mend = str(caught.value.values["mend"])
    assert "chown" not in mend, "what somebody put there would be ours then"
    assert subprocess.run(["sh", "-c", mend]).returncode == 0
    make_file(path)
    os.close(open_file(path))


@pytest.fixture
def told() -> Iterator[list[tuple[str, Path]]]:
    """What is warned of: the entry and the path."""
    said: list[tuple[str, Path]] = []
    warn_to(lambda key, **values: said.append((key, values["path"])))
    yield said
    warn_to(lambda key, **values: None)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o602, 0o660, 0o777])
@pytest.mark.parametrize("use", [open_file, make_file], ids=["read", "make"])
def test_a_file_that_is_too_open_is_tightened(
    use: Callable[[Path], object], mode: int, told: list[tuple[str, Path]], tmp_path: Path
) -> None:
    """Kubernetes opens the files of a volume for its fsGroup at each mount."""
    path = tmp_path / "file"
    _plain(mode)(path)
    with pytest.raises(LocalState, match="too-open"):
        check_file(path, os.lstat(path), tighten=False)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    for _ in range(2):
        use(path)
        assert (stat.S_IMODE(path.stat().st_mode), told) == (0o600, [("was-too-open", path)])


def test_a_safe_file_is_read(tmp_path: Path) -> None:
    _plain(0o600)(tmp_path / "file")
    with open(open_file(tmp_path / "file")) as file:
        assert file.read() == "ours"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "file")


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o2775])
def test_a_folder_that_others_can_write(mode: int, told: list[tuple[str, Path]], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(LocalState, match="too-open"):
        check_folder(folder, tighten=False)
    for use in (check_folder, make_folder):
        use(folder)
        assert (stat.S_IMODE(folder.stat().st_mode) & 0o777, told) == (0o700, [("was-too-open", folder)])


def test_what_was_put_in_the_place_of_a_file_since_is_not_tightened(tmp_path: Path) -> None:
    """Between the look and the act somebody may have put a link there: what it leads to keeps its mode."""
    path, target = tmp_path / "file", tmp_path / "theirs"
    _plain(0o644)(target)
    _plain(0o644)(path)
    seen = os.lstat(path)
    path.unlink()
    path.symlink_to(target)
    with pytest.raises(LocalState, match="unsafe-file"):
        check_file(path, seen)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_a_folder_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(0o700)
    (tmp_path / "link").symlink_to("there")
    check_folder(tmp_path / "link")
    (tmp_path / "file").touch()
    for name in ("file", "dangling"):
        (tmp_path / f"to {name}").symlink_to(name)
        with pytest.raises((LocalState, FileNotFoundError)):
            check_folder(tmp_path / f"to {name}")


@pytest.mark.parametrize(
    ("mode", "safe"), [(0o777, False), (0o1777, True), (0o755, True), (0o775, True), (0o707, False)]
)
def test_a_folder_where_others_could_replace_ours(mode: int, safe: bool, tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    make_folder(above / "ours")
    above.chmod(mode)
    if safe:
        make_folder(above / "ours")
        return
    with pytest.raises(LocalState) as caught:
        make_folder(above / "ours")
    assert (caught.value.key, caught.value.values["path"]) == ("unsafe-file", above)
    assert names_nothing_of_the_users(caught.value, above)


def names_nothing_of_the_users(error: LocalState, folder: Path) -> bool:
    """Whether a hint leaves a folder alone that is not cbrctl's own: a thousand other things may lie there."""
    mend = str(error.values["mend"])
    return str(folder) not in mend and "CBRCTL_STATE_DIR" in mend


@AS_ROOT
def test_a_folder_below_that_of_another(tmp_path: Path) -> None:
    make_folder(tmp_path / "theirs" / "ours")
    os.chown(tmp_path / "theirs", 12345, -1)
    with pytest.raises(LocalState, match="unsafe-file") as caught:
        make_folder(tmp_path / "theirs" / "ours")
    assert names_nothing_of_the_users(caught.value, tmp_path / "theirs")


@pytest.mark.parametrize("deep", ["cbrctl", "sub/cbrctl", "a/b/c/cbrctl"])
def test_nothing_is_made_where_others_could_replace_it(deep: str, tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    above.chmod(0o777)
    for _ in range(2):
        with pytest.raises(LocalState, match="unsafe-file"):
            make_folder(above / deep)
        assert list(above.iterdir()) == []
    (above / deep).parent.mkdir(parents=True, exist_ok=True)  # the user's own, and another may put one in its place
    with pytest.raises(LocalState, match="unsafe-file"):
        make_folder(above / deep)
    assert not (above / deep).exists()
    above.chmod(0o1777)
    make_folder(above / deep)


@AS_ROOT
def test_nothing_is_made_below_that_of_another(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, -1)
    (tmp_path / "link").symlink_to(theirs)
    for folder in (theirs / "cbrctl", theirs / "sub" / "cbrctl", tmp_path / "link" / "sub" / "cbrctl"):
        with pytest.raises(LocalState, match="unsafe-file"):
            make_folder(folder)
    assert list(theirs.iterdir()) == []


@AS_ROOT
def test_a_link_of_another_on_the_way(tmp_path: Path) -> None:
    """In /tmp everybody may make one, and lead it elsewhere tomorrow."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    check_place(tmp_path / "link" / "sub" / "cbrctl")
    os.chown(tmp_path / "link", 12345, -1, follow_symlinks=False)
    with pytest.raises(LocalState, match="unsafe-file"):
        make_folder(tmp_path / "link" / "sub" / "cbrctl")
    assert list((tmp_path / "real").iterdir()) == []


@AS_ROOT
def test_a_home_of_another(tmp_path: Path) -> None:
    """Under sudo HOME may be the caller's: what root writes there he could not use any more."""
    os.chown(tmp_path, 12345, -1)
    with pytest.raises(LocalState) as caught:
        find_home({"HOME": str(tmp_path)})
    assert (caught.value.key, caught.value.values["owner"]) == ("home-of-another", 12345)
    assert find_home({"HOME": str(tmp_path / "nothing")}) == tmp_path / "nothing"


CONFIGS: dict[str, tuple[Callable[[Path], None], bool]] = {
    "for us alone": (_plain(0o600), True),
    "readable by all": (_plain(0o644), True),
    "a link, as a ConfigMap has it": (_link, True),
    "writable by the group": (_plain(0o664), False),
    "writable by others": (_plain(0o646), False),
    "a fifo": (lambda path: os.mkfifo(path, 0o600), False),
    "a folder": (lambda path: path.mkdir(0o700), False),
}


@pytest.mark.parametrize(("make", "safe"), CONFIGS.values(), ids=CONFIGS.keys())
def test_a_configuration(make: Callable[[Path], None], safe: bool, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    make(path)
    if safe:
        os.close(open_config(path))
        return
    with pytest.raises((LocalState, IsADirectoryError)):
        open_config(path)


@AS_ROOT
def test_a_configuration_of_another(tmp_path: Path) -> None:
    _given_away(tmp_path / "config.toml")
    with pytest.raises(LocalState, match="unsafe-file"):
        open_config(tmp_path / "config.toml")


def test_a_configuration_in_a_folder_that_others_can_write(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    _plain(0o600)(folder / "config.toml")
    folder.chmod(0o777)
    with pytest.raises(LocalState, match="unsafe-file"):
        open_config(folder / "config.toml")
    (folder / "config.toml").unlink()  # who can write there could put one there
    with pytest.raises(LocalState, match="unsafe-file"):
        open_config(folder / "config.toml")


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_configuration_below_a_folder_that_others_can_write(mode: int, tmp_path: Path) -> None:
    folder = tmp_path / "w" / "cbrctl"
    folder.mkdir(parents=True, mode=0o700)
    _plain(0o600)(folder / "config.toml")
    folder.parent.chmod(mode)
    if mode & stat.S_ISVTX:
        os.close(open_config(folder / "config.toml"))
        return
    with pytest.raises(LocalState, match="unsafe-file") as caught:
        open_config(folder / "config.toml")
    assert names_nothing_of_the_users(caught.value, folder.parent)


@AS_ROOT
@pytest.mark.parametrize("what", ["link", "folder"])
def test_a_configuration_that_another_leads_to(what: str, tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "w" / "cbrctl"
    real.mkdir(mode=0o700)
    link.parent.mkdir()
    link.parent.chmod(0o1777)
    _plain(0o600)(real / "config.toml")
    link.symlink_to(real)
    os.close(open_config(link / "config.toml"))
    os.chown(link if what == "link" else real, 12345, -1, follow_symlinks=False)
    with pytest.raises(LocalState, match="unsafe-file"):
        open_config(link / "config.toml")


def test_a_configuration_as_a_configmap_is_mounted(tmp_path: Path) -> None:
    """Kubernetes: links to ..data, and on to a folder with the time in its name."""
    folder = tmp_path / "config" / "cbrctl"
    data = folder / "..2026_11_28"
    data.mkdir(parents=True)
    _plain(0o644)(data / "config.toml")
    (folder / "..data").symlink_to(data.name)
    (folder / "config.toml").symlink_to("..data/config.toml")
    os.close(open_config(folder / "config.toml"))


PATHS = [
    ("/run/secrets/cbr", None, "/run/secrets/cbr"),
    ("~/pw", None, "{home}/pw"),
    ("~", None, "{home}"),
    ("~joe/pw", None, "~joe/pw"),
    ("pw", None, "pw"),
    ("pw", "/etc/cbrctl", "/etc/cbrctl/pw"),
    ("../pw", "/etc/cbrctl", "/etc/cbrctl/../pw"),
    ("/pw", "/etc/cbrctl", "/pw"),
    ("~/pw", "/etc/cbrctl", "{home}/pw"),
]


@pytest.mark.parametrize(("path", "folder", "expected"), PATHS)
def test_paths_as_the_contract_has_them(path: str, folder: str | None, expected: str, tmp_path: Path) -> None:
    found = resolve_path(path, {"HOME": str(tmp_path)}, Path(folder) if folder else None)
    assert found == expected.format(home=tmp_path)


@pytest.mark.parametrize("path", ["CANARY", "/CANARY+x/y=", "CAN/ARY", "/tmp/CANARY", "/etc/passwd/CANARY", "CAN\0ARY"])
def test_a_secret_that_was_taken_for_a_path_is_not_repeated(path: str) -> None:
    with pytest.raises(LocalState) as caught:
        read_trusted(path, "CBRCTL_PASSWORD_FILE", lambda key, **values: None, 100)
    assert (caught.value.key, caught.value.values) == ("secret-not-there", {"origin": "CBRCTL_PASSWORD_FILE"})


def test_a_file_that_is_there_and_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalState, match="secret-unreadable") as caught:
        read_trusted(str(tmp_path), "CBRCTL_PASSWORD_FILE", lambda key, **values: None, 100)
    assert caught.value.values["path"] == str(tmp_path)


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

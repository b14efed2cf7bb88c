"""`cbrctl completion install` and `uninstall`: the shells find what was put there, and nothing is left when it is taken away."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program import ROOT, Run

SCRIPTS = {
    "bash": ".local/share/bash-completion/completions/cbrctl",
    "zsh": ".local/share/zsh/site-functions/_cbrctl",
    "fish": ".config/fish/completions/cbrctl.fish",
}
STARTS = {"bash": ".bashrc", "zsh": ".zshrc"}
FINDS = {
    "bash": ["bash", "-ic", "complete -p cbrctl"],
    "zsh": ["zsh", "-ic", "print -r -- $_comps[cbrctl]"],
    "fish": ["fish", "-c", "complete -C 'cbrctl vaul'"],
}
OF_MINE = "alias mine=ls\n\xff\n".encode("latin-1")


@pytest.fixture
def home(environ: dict[str, str]) -> Path:
    return Path(environ["HOME"])


def files(home: Path) -> dict[str, bytes]:
    """The files that are there, but for what shells write down of themselves."""
    found = {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}
    return {name: data for name, data in found.items() if ".zcompdump" not in name and "fish_" not in name}


def need(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


@pytest.mark.parametrize("shell", SCRIPTS)
def test_it_is_put_where_the_shell_belongs_and_taken_away(run: Run, home: Path, shell: str) -> None:
    for start in STARTS.values():
        (home / start).write_bytes(OF_MINE)
    before = files(home)
    result = run("completion", "install", shell)
    assert (result.code, result.out) == (0, f"{home / SCRIPTS[shell]}\n")
    assert f"A new {shell} completes cbrctl" in result.err
    script = home / SCRIPTS[shell]
    assert script.read_text() == run("completion", shell).out
    assert stat.S_IMODE(script.stat().st_mode) == 0o644
    changed = {name for name, data in files(home).items() if before.get(name) != data}
    assert changed == {SCRIPTS[shell], *([STARTS[shell]] if shell in STARTS else [])}
    again = files(home)
    assert run("completion", "install", shell).code == 0
    assert files(home) == again, "twice is once"
    removed = run("completion", "uninstall", shell)
    assert (removed.code, removed.err) == (0, "")
    assert removed.out.splitlines() == [str(home / name) for name in (SCRIPTS[shell], STARTS.get(shell)) if name]
    assert files(home) == before
    assert not script.parent.exists()
    nothing = run("completion", "uninstall", shell)
    assert (nothing.code, nothing.out, nothing.err) == (0, "", f"Nothing was installed for {shell}.\n")


@pytest.mark.real
@pytest.mark.long
@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_new_shell_finds_it(run: Run, environ: dict[str, str], home: Path, shell: str) -> None:
    need(shell)
    (home / "cbrctl").write_text(f'#!/bin/sh\nexec {sys.executable} -m cbrctl "$@"\n')
    (home / "cbrctl").chmod(0o755)
    clean = {"HOME": str(home), "PATH": f"{home}:{os.environ['PATH']}", "PYTHONPATH": ROOT, "TERM": "dumb"}

    def found() -> bool:
        done = subprocess.run(
            FINDS[shell], env=clean, cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20,
            start_new_session=True,
        )  # fmt: skip
        return "_cbrctl" in done.stdout or "vault\t" in done.stdout

    assert not found()
    run("completion", "install", shell)
    assert found()
    run("completion", "uninstall", shell)
    assert not found()


@pytest.mark.real
@pytest.mark.parametrize(("shell", "start"), STARTS.items())
def test_a_shell_that_looks_there_keeps_its_start(run: Run, home: Path, shell: str, start: str) -> None:
    need(shell)
    folder = (home / SCRIPTS[shell]).parent
    loads = {  # as bash-completion loads, and as many have their zsh
        "bash": f"_completion_loader() {{ . {folder}/$1; }}\n",
        "zsh": f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u\n",
    }
    (home / start).write_text(loads[shell])
    result = run("completion", "install", shell)
    assert result.code == 0
    assert "did not look there" not in result.err
    assert (home / start).read_text() == loads[shell]


def test_without_a_name_it_is_the_shell_of_the_user(run: Run, home: Path) -> None:
    result = run("completion", "install", env={"SHELL": "/usr/bin/fish"})
    assert (result.code, result.out) == (0, f"{home / SCRIPTS['fish']}\n")
    for shell in ("/bin/sh", ""):
        refused = run("completion", "install", env={"SHELL": shell})
        assert (refused.code, refused.out) == (2, "")
        assert "SHELL is missing" in refused.err
    wrong = run("completion", "uninstall", "tcsh")
    assert (wrong.code, wrong.out) == (2, "")
    assert "bash, zsh, fish" in wrong.err


def test_folders_that_the_user_chose(run: Run, home: Path) -> None:
    chosen = {"XDG_DATA_HOME": f"{home}/d", "XDG_CONFIG_HOME": f"{home}/c", "ZDOTDIR": f"{home}/z", "SHELL": "/bin/zsh"}
    (home / "z").mkdir()
    assert run("completion", "install", env=chosen).out == f"{home}/d/zsh/site-functions/_cbrctl\n"
    assert f"fpath=({home}/d/zsh/site-functions $fpath)" in (home / "z" / ".zshrc").read_text()
    assert run("completion", "install", "fish", env=chosen).out == f"{home}/c/fish/completions/cbrctl.fish\n"
    bash = {**chosen, "BASH_COMPLETION_USER_DIR": f"{home}/b c"}
    assert run("completion", "install", "bash", env=bash).out == f"{home}/b c/completions/cbrctl\n"
    assert f". '{home}/b c/completions/cbrctl'" in (home / ".bashrc").read_text()


def test_a_file_that_is_somebody_elses_is_left_alone(run: Run, home: Path) -> None:
    script = home / SCRIPTS["fish"]
    script.parent.mkdir(parents=True)
    script.write_text("# of mine\n")
    for verb in ("install", "uninstall"):
        result = run("completion", verb, "fish")
        assert (result.code, result.out) == (15, "")
        assert "cbrctl did not make it" in result.err
    assert script.read_text() == "# of mine\n"


def test_a_start_that_is_a_link_stays_one(run: Run, home: Path) -> None:
    (home / "dotfiles").mkdir()
    real = home / "dotfiles" / "bashrc"
    real.write_bytes(b"no line end")
    real.chmod(0o600)
    (home / ".bashrc").symlink_to(real)
    run("completion", "install", "bash")
    assert (home / ".bashrc").is_symlink()
    assert real.read_bytes().startswith(b"no line end\n# >>> completion of cbrctl")
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    run("completion", "uninstall", "bash")
    assert real.read_bytes() == b"no line end\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(run: Run, home: Path) -> None:
    home.chmod(0o500)
    result = run("completion", "install", "fish")
    home.chmod(0o700)
    assert (result.code, result.out) == (15, "")


def test_a_file_in_the_way_is_said(run: Run, home: Path) -> None:
    (home / ".config").write_text("")
    result = run("completion", "install", "fish")
    assert (result.code, result.out) == (15, "")
    assert "could not be changed" in result.err
    assert "Traceback" not in result.err

"""The completion scripts in the real shells, and the man page under a real checker. Each shell runs once for all lines."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pexpect
import pytest

from cbrctl.cli.generated import read_tree
from cbrctl.cli.generated.files import FILES
from cbrctl.cli.shared_options import COLORS
from cbrctl.screen import OUTPUTS

pytestmark = [pytest.mark.real, pytest.mark.long]

ROOT = Path(__file__).parents[2]
SCRIPTS = {"bash": "completions/cbrctl.bash", "zsh": "completions/_cbrctl", "fish": "completions/cbrctl.fish"}
ROOT_WORDS = {name for name, _ in read_tree().root.members}
DISPLAY = {name for option in read_tree().shared("Display") for name in option.names if name.startswith("--")}
SCHEMAS = {word for c in read_tree().commands if c.path == ("schema",) for a in c.arguments for word in a.choices}

LINES: dict[str, set[str]] = {
    "cbrctl ": ROOT_WORDS,
    "cbrctl ba": {"backup"},
    "cbrctl --v": {"--version"},
    "cbrctl vault ": {"list", "show"},
    "cbrctl vault --h": {"--help"},
    "cbrctl nonsense ": set(),
    "cbrctl backup --inc": {"--include-volume", "--incremental"},
    "cbrctl backup --vault vault-be94 --dry": {"--dry-run"},
    "cbrctl vault list --reg": {"--region"},
    "cbrctl completion --reg": set(),
    "cbrctl history s": {"show"},
    "cbrctl history --l": {"--lang", "--limit"},
    "cbrctl history --limit 3 s": set(),
    "cbrctl history --limit 3 --s": {"--since"},
    "cbrctl history -o js": {"json", "jsonl"},
    "cbrctl history nonsense s": set(),
    "cbrctl history show ": set(),
    "cbrctl history show --": DISPLAY,
    "cbrctl sandbox run --": {"--", "--fault", *DISPLAY},
    "cbrctl backup -o ": set(OUTPUTS),
    "cbrctl backup -qo ": set(OUTPUTS),
    "cbrctl backup --output=j": {"json", "jsonl"},
    "cbrctl backup --color ": set(COLORS),
    "cbrctl backup --lang z": {"zh_CN"},
    "cbrctl backup --on-skip ": {"fail", "ignore"},
    "cbrctl backup --vault ": set(),
    "cbrctl backup --vault -": set(),
    "cbrctl backup --name backup --on-skip i": {"ignore"},
    "cbrctl vault show ": set(),
    "cbrctl wait ": set(),
    "cbrctl completion ": {"bash", "zsh", "fish"},
    "cbrctl completion bash z": set(),
    "cbrctl schema ": SCHEMAS,
    "cbrctl sandbox run -- probe-m": {"probe-me"},
    "cbrctl sandbox run --fault any:reset -- cbrctl vault s": {"show"},
    "cbrctl vault list -- -": set(),
}
"""What is offered after a TAB behind the line, and nothing else."""

BOTH = {"cbrctl history ": ({"show"}, {"--vault", "--since", "--limit", *DISPLAY})}
"""A command that has members too: these are offered, and those where a shell offers options that nobody asked for."""

INSERTED = {
    "cbrctl ba": "cbrctl backup ",
    "cbrctl backup --output=i": "cbrctl backup --output=id ",
    "cbrctl backup --on-skip=ig": "cbrctl backup --on-skip=ignore ",
    "cbrctl backup --exclude-volume web:": "cbrctl backup --exclude-volume web:",
}
"""The line after the TAB."""

BASH = r"""
PS1='> '; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; source "$SCRIPT"
probe() { _cbrctl "$@"; printf '%s\n' "${COMPREPLY[@]}" >>"$FOUND"; }
complete -F probe cbrctl
mark() { printf '=%s\n' "$READLINE_LINE" >>"$FOUND"; READLINE_LINE=''; READLINE_POINT=0; echo "end-of-line"; }
bind -x '"\C-xe": mark'
echo set'-up'
"""

# what reaches `compadd` to be offered is a match; calls that only compute (-O, -A, -D) are passed through
ZSH = r"""
PS1='> '; unsetopt beep prompt_sp auto_list; unset zle_bracketed_paste
fpath=("$COMPLETIONS" $fpath); autoload -Uz compinit; compinit -u -D
compadd() {
    if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
        local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >>"$FOUND"
    fi
    builtin compadd "$@"
}
mark() { print -r -- "=$BUFFER" >>"$FOUND"; BUFFER=''; zle -I; print "end-of-line"; }
zle -N mark; bindkey '^Xe' mark; bindkey '^I' complete-word
print set'-up'
"""

FISH = r"""
source $SCRIPT
for line in (cat $LINES)
    complete -C "$line" >>$FOUND
    echo "=$line" >>$FOUND
end
"""


class Seen(NamedTuple):
    """What one TAB brought: the words offered, and the line after it."""

    offered: set[str]
    line: str


@pytest.fixture(scope="module", params=list(SCRIPTS))
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Mapping[str, Seen]]:
    name = str(request.param)
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    folder = tmp_path_factory.mktemp(name)
    (folder / "probe-me").write_text("#!/bin/sh\n")
    (folder / "probe-me").chmod(0o755)
    (folder / "a-file").touch()
    lines = list({**LINES, **BOTH, **INSERTED})
    (folder / "lines").write_text("".join(f"{line}\n" for line in lines))
    environ = {
        "HOME": str(folder), "PATH": f"{folder}:{os.environ['PATH']}", "TERM": "dumb", "LC_ALL": "C.UTF-8",
        "SCRIPT": str(ROOT / SCRIPTS[name]), "COMPLETIONS": str(ROOT / "completions"),
        "FOUND": str(folder / "found"), "LINES": str(folder / "lines"),
    }  # fmt: skip
    if name == "fish":
        (folder / "setup").write_text(FISH)
        command = [program, "--no-config", str(folder / "setup")]
        done = subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, timeout=20)
        assert (done.returncode, done.stderr) == (0, "")
    else:
        setup, options = (BASH, ["--norc", "-i"]) if name == "bash" else (ZSH, ["-f", "-i"])
        (folder / "setup").write_text(setup)
        type_lines(program, options, lines, folder, environ)
    return name, read_found(lines, (folder / "found").read_text())


def type_lines(program: str, options: list[str], lines: list[str], folder: Path, environ: Mapping[str, str]) -> None:
    """Type each line and a TAB into an interactive shell."""
    child = pexpect.spawn(program, options, env=environ, cwd=str(folder), encoding="utf-8", timeout=10, echo=False)
    child.delaybeforesend = None
    try:
        child.sendline(f"source {folder}/setup")
        child.expect("set-up")
        for line in lines:
            child.send(f"{line}\t\x18e")
            child.expect("end-of-line")
    finally:
        child.close(force=True)


def read_found(lines: list[str], text: str) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    offered: set[str] = set()
    rest = iter(lines)
    for row in text.splitlines():
        if row.startswith("="):
            seen[next(rest)] = Seen(offered, row[1:])
            offered = set()
        elif row:
            offered.add(row.partition("\t")[0])
    assert list(seen) == lines
    return seen


@pytest.mark.heavy
def test_a_tab_offers_what_may_follow_and_nothing_else(shell: tuple[str, Mapping[str, Seen]]) -> None:
    _, seen = shell
    # fish gives whole words, --output=json
    offered = {line: {word.removeprefix("--output=") for word in seen[line].offered} for line in LINES}
    assert offered == LINES


def test_a_command_that_has_members_offers_both(shell: tuple[str, Mapping[str, Seen]]) -> None:
    name, seen = shell
    for line, (words, options) in BOTH.items():
        offered = {word for word in seen[line].offered if not word.startswith("-") or word.startswith("--")}
        assert offered == (words if name == "fish" else words | options)


# fish is asked by `complete -C`, without a line to type on
@pytest.mark.parametrize("shell", ["bash", "zsh"], indirect=True)
def test_a_tab_puts_in_what_is_clear(shell: tuple[str, Mapping[str, Seen]]) -> None:
    _, seen = shell
    assert {line: seen[line].line for line in INSERTED} == INSERTED


def test_descriptions_stand_beside_the_words(tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    ask = f"source {ROOT / SCRIPTS['fish']}; complete -C 'cbrctl '; complete -C 'cbrctl backup --'"
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(["fish", "--no-config", "-c", ask], env=environ, capture_output=True, text=True, timeout=20)
    rows = [line.partition("\t") for line in done.stdout.splitlines()]
    assert len(rows) > len(ROOT_WORDS)
    assert [word for word, _, description in rows if not description] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_sound(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([name, "-n", str(ROOT / SCRIPTS[name])], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


CHECKERS: dict[str, tuple[str, Callable[[Path], list[str]]]] = {
    "mandoc": ("man/cbrctl.1", lambda page: ["mandoc", "-T", "lint", "-W", "style", str(page)]),
    "groff": ("man/cbrctl.1", lambda page: ["groff", "-man", "-ww", "-b", "-z", "-Tutf8", "-t", str(page)]),
    "shellcheck": ("completions/cbrctl.bash", lambda script: ["shellcheck", "-s", "bash", str(script)]),
}


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_finds_nothing(checker: str) -> None:
    if shutil.which(checker) is None:
        pytest.skip(f"{checker} is not installed")
    name, command = CHECKERS[checker]
    assert name in FILES
    done = subprocess.run(command(ROOT / name), capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

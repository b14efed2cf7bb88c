"""The completion scripts in the real shells, and the man page under a real checker. Each shell runs once for all lines."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pexpect
import pytest

from cbrctl.cli.generated import read_tree
from cbrctl.cli.generated.files import SCRIPTS
from cbrctl.cli.shared_options import COLORS
from cbrctl.cli.topics import TOPICS
from cbrctl.config.profiles import KEYS
from cbrctl.config.regions import KNOWN
from cbrctl.names.cache import Origin, write_names
from cbrctl.screen import OUTPUTS
from tests.support.configuration import write_config

pytestmark = [pytest.mark.real, pytest.mark.long]

ROOT = Path(__file__).parents[2]
COMMANDS = {name for name, _ in read_tree().root.members}
ROOT_WORDS = {*COMMANDS, "help"}
DISPLAY = {name for option in read_tree().shared("Display") for name in option.names if name.startswith("--")}
SCHEMAS = {
    word for c in read_tree().commands if c.path == ("schema",) for a in c.arguments for word in a.values.choices
}

NAMES = (
    "db",
    "dev",
    "two words",
    "a:b",
    "it's",
    'say "hi"',
    "$HOME",
    "back\\slash",
    "宽字 库",
    "x=y",
    "#1",
    "~",
    "*;&|",
    "(p)",
)
"""Of vaults. Each has a resource of that name behind `of-`."""
CHECKPOINTS = tuple(f"8b0851a8-0000-4000-8000-{number:012}" for number in (1, 2))

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
    "cbrctl backup --vault d": {"db", "dev"},
    "cbrctl backup --vault=d": {"db", "dev"},
    "cbrctl backup -Vd": {"db", "dev"},
    "cbrctl backup --exclude 3b5816b5": {f"3b5816b5-0000-4000-8000-{n:012}" for n in range(len(NAMES))},
    "cbrctl backup --vault -": set(),
    "cbrctl backup --vault db -r o": {"of-db"},
    "cbrctl backup -V 'two words' --resource of": {"of-two words"},
    "cbrctl backup --tag e": {"env=prod"},
    "cbrctl backup --run-key ": set(),
    "cbrctl copy list --status wait": {"waiting_protect", "waiting_delete", "waiting_restore"},
    "cbrctl copy list --checkpoint ": set(CHECKPOINTS),
    "cbrctl backup --region eu-w": {"eu-west-0", "eu-west-101"},
    "cbrctl config set ": set(KEYS),
    "cbrctl config set keyring s": {"secret-service"},
    "cbrctl config set keyring none s": set(),
    "cbrctl config set region ": set(KNOWN),
    "cbrctl config set --profile prod credential_source ": {"metadata"},
    "cbrctl config set vault d": {"db", "dev"},
    "cbrctl config set ca_bundle a-": {"a-file"},
    "cbrctl config set username ": set(),
    "cbrctl config set vault vault d": set(),
    "cbrctl config get ": set(KEYS),
    "cbrctl config unset ca": {"ca_bundle"},
    "cbrctl config get region r": set(),
    "cbrctl config get --profile ": {"prod"},
    "cbrctl help ": {*COMMANDS, *TOPICS},
    "cbrctl help ba": {"backup"},
    "cbrctl help vault ": {"list", "show"},
    "cbrctl help backup ": set(),
    "cbrctl help vault list ": set(),
    "cbrctl help exit-codes ": set(),
    "cbrctl explain 611": {"6112", "6113", "6114"},
    "cbrctl explain par": {"partial"},
    "cbrctl explain no-cred": {"no-credentials"},
    "cbrctl explain ex": {"exit"},
    "cbrctl explain exit 1": {"1", "10", "11", "12", "13", "14", "15", "129", "130", "143"},
    "cbrctl explain exit 3 6": set(),
    "cbrctl explain 6114 6": set(),
    "cbrctl backup --name backup --on-skip i": {"ignore"},
    "cbrctl vault show d": {"db", "dev"},
    "cbrctl vault show db d": set(),
    "cbrctl wait ": set(CHECKPOINTS),
    f"cbrctl wait --timeout 1h {CHECKPOINTS[0]} ": set(CHECKPOINTS),
    "cbrctl completion ": {"bash", "zsh", "fish", "install", "uninstall"},
    "cbrctl completion bash z": set(),
    "cbrctl completion install ": {"bash", "zsh", "fish"},
    "cbrctl completion install z": {"zsh"},
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
    "cbrctl backup --vault a": "cbrctl backup --vault a:b ",
    "cbrctl backup --vault a:": "cbrctl backup --vault a:b ",
    "cbrctl backup --vault=a:": "cbrctl backup --vault=a:b ",
    "cbrctl backup --vault x=": "cbrctl backup --vault x=y ",
    "cbrctl backup --vault 宽": r"cbrctl backup --vault 宽字\ 库 ",
    "cbrctl backup --vault t": r"cbrctl backup --vault two\ words ",
    r"cbrctl backup --vault two\ w": r"cbrctl backup --vault two\ words ",
    "cbrctl backup --vault=t": r"cbrctl backup --vault=two\ words ",
    "cbrctl backup --vault 'two ": "cbrctl backup --vault 'two words' ",
    'cbrctl backup --vault "two w': 'cbrctl backup --vault "two words" ',
    "cbrctl backup --vault i": r"cbrctl backup --vault it\'s ",
    """cbrctl backup --vault "it'""": """cbrctl backup --vault "it's" """,
    "cbrctl backup --vault s": r"cbrctl backup --vault say\ \"hi\" ",
    "cbrctl backup --vault 'say": "cbrctl backup --vault 'say \"hi\"' ",
    'cbrctl backup --vault "sa': r'cbrctl backup --vault "say \"hi\"" ',
    r"cbrctl backup --vault \$": r"cbrctl backup --vault \$HOME ",
    "cbrctl backup --vault '$": "cbrctl backup --vault '$HOME' ",
    "cbrctl backup --vault b": r"cbrctl backup --vault back\\slash ",
    r"cbrctl backup --vault \(": r"cbrctl backup --vault \(p\) ",
    r"cbrctl backup --vault \#": r"cbrctl backup --vault \#1 ",
}
"""The line after the TAB: what a shell takes for the value that it is."""

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
    teach_names(folder)
    lines = list({**LINES, **BOTH, **({} if name == "fish" else INSERTED)})
    (folder / "lines").write_text("".join(f"{line}\n" for line in lines))
    environ = environ_of(name, folder)
    if name == "fish":
        (folder / "setup").write_text(FISH)
        command = [program, "--no-config", str(folder / "setup")]
        done = subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
    else:
        setup, options = (BASH, ["--norc", "-i"]) if name == "bash" else (ZSH, ["-f", "-i"])
        (folder / "setup").write_text(setup)
        type_lines(program, options, lines, folder, environ)
    return name, read_found(lines, (folder / "found").read_text())


def environ_of(shell: str, folder: Path) -> dict[str, str]:
    """The variables of a shell in a folder of its own, in which `cbrctl` is ours."""
    return {
        "HOME": str(folder), "PATH": f"{folder}:{os.environ['PATH']}", "TERM": "dumb", "LC_ALL": "C.UTF-8",
        "SCRIPT": str(ROOT / SCRIPTS[shell]), "COMPLETIONS": str(ROOT / "completions"),
        "FOUND": str(folder / "found"), "LINES": str(folder / "lines"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def teach_names(home: Path) -> None:
    """Lay out a program of cbrctl's name, and what earlier runs of it have seen."""
    program = home / "cbrctl"
    # what was answered once is said again: to start Python for each of a hundred TABs would take long
    again = 'offers="$HOME/offers-$2"; case $3 in 3b*) ;; *) [ -e "$offers" ] && exec cat "$offers" ;; esac'
    program.write_text(f'#!/bin/sh\n{again}\nexec {sys.executable} -m cbrctl "$@"\n')
    program.chmod(0o755)
    write_config(home / ".config" / "cbrctl", "[profiles.prod]\n")
    vaults = {
        f"3b5816b5-0000-4000-8000-{number:012}": {
            "name": name,
            "resources": {f"r-{number}": f"of-{name}"},
            "tags": {"env": "prod"},
        }
        for number, name in enumerate(NAMES)
    }
    names = {"vaults": vaults, "checkpoints": {one: ["db", 0.0] for one in CHECKPOINTS}}
    write_names(home / ".cache" / "cbrctl" / "names-0.json", Origin(*[""] * 5), names)
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    for kind in ("vaults", "tags", "checkpoints", "profiles"):
        done = subprocess.run([program, "__complete", kind, ""], env=environ, capture_output=True, timeout=60)
        (home / f"offers-{kind}").write_bytes(done.stdout)


def type_lines(program: str, options: list[str], lines: list[str], folder: Path, environ: Mapping[str, str]) -> None:
    """Type each line and a TAB into an interactive shell."""
    child = pexpect.spawn(program, options, env=environ, cwd=str(folder), encoding="utf-8", timeout=30, echo=False)
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


def unstem(word: str) -> str:
    """Take off what stands before the value in the same word, and what bash quotes with."""
    return word.removeprefix("--output=").removeprefix("--vault=").removeprefix("-V").replace("\\ ", " ")


@pytest.mark.heavy
def test_a_tab_offers_what_may_follow_and_nothing_else(shell: tuple[str, Mapping[str, Seen]]) -> None:
    _, seen = shell
    # fish gives whole words, --output=json
    offered = {line: {unstem(word) for word in seen[line].offered} for line in LINES}
    assert offered == LINES


@pytest.mark.heavy
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


LISTED = {
    "cbrctl vault ": ["List vaults, with size", "Show one vault and what it protects"],
    "cbrctl backup --inc": ["--incremental ", "Only what changed since the last one"],
    "cbrctl config set k": ["keyring"],
    "cbrctl help vault ": ["List vaults, with size", "Show one vault and what it protects"],
    "cbrctl explain exit 1": ["10 ", "What was asked for does not exist"],
    "cbrctl backup --vault d": ["dev ", "1 resource, 3b5816b5-0000-4000-8000-000000000001"],
}
"""What stands in the list after the TABs, each on one line with its word."""
LISTING = {
    "bash": ("\t\t", BASH.replace("complete -F probe cbrctl", "bind 'set page-completions off'")),
    "zsh": ("\t", ZSH.replace("'^I' complete-word", "'^I' list-choices") + "LISTMAX=0\n"),
}


@pytest.mark.parametrize("name", LISTING)
def test_a_list_says_what_each_word_is(name: str, tmp_path: Path) -> None:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    teach_names(tmp_path)
    tabs, setup = LISTING[name]
    (tmp_path / "setup").write_text(setup)
    options = ["--norc", "-i"] if name == "bash" else ["-f", "-i"]
    child = pexpect.spawn(
        program, options, env=environ_of(name, tmp_path), cwd=str(tmp_path), encoding="utf-8", timeout=30, echo=False,
        dimensions=(50, 110),
    )  # fmt: skip
    child.delaybeforesend = None
    try:
        child.sendline(f"source {tmp_path}/setup")
        child.expect("set-up")
        for line, words in LISTED.items():
            child.send(line + tabs)
            for word in words:
                if name == "zsh" or line != "cbrctl config set k":  # what is clear is not listed by bash
                    child.expect_exact(word)
            child.send("\x18e")
            child.expect("end-of-line")
    finally:
        child.close(force=True)


def test_fish_puts_names_in_as_it_takes_them(tmp_path: Path) -> None:
    program = shutil.which("fish")
    if program is None:
        pytest.skip("fish is not installed")
    teach_names(tmp_path)
    (tmp_path / "setup").write_text(
        'function fish_prompt; echo "> "; end; source $SCRIPT\n'
        'function mark; commandline >>$FOUND; commandline ""; echo "end-of-line"; end; bind \\ce mark; echo set"-up"\n'
    )
    child = pexpect.spawn(
        program, ["--no-config", "-i", "-C", f"source {tmp_path}/setup"], env=environ_of("fish", tmp_path), cwd=str(tmp_path),
        encoding="utf-8", timeout=30, echo=False, dimensions=(50, 110),
    )  # fmt: skip
    child.delaybeforesend = None
    lines = {
        "cbrctl backup --vault tw": r"cbrctl backup --vault two\ words ",
        "cbrctl backup --vault=tw": r"cbrctl backup --vault=two\ words ",
        "cbrctl backup --vault 'tw": "cbrctl backup --vault 'two words' ",
        "cbrctl backup --vault a:": "cbrctl backup --vault a:b ",
        "cbrctl backup --vault it": r"cbrctl backup --vault it\'s ",
        "cbrctl backup --vault 宽": r"cbrctl backup --vault 宽字\ 库 ",
        r"cbrctl backup --vault \$H": r"cbrctl backup --vault \$HOME ",
    }
    try:
        child.expect("set-up")
        for line in lines:
            child.send(f"{line}\t\x05")
            child.expect("end-of-line")
    finally:
        child.close(force=True)
    assert (tmp_path / "found").read_text().splitlines() == list(lines.values())


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


PAGES = sorted(str(page) for page in (ROOT / "man").rglob("*.[17]"))
CHECKERS: dict[str, tuple[list[str], list[str]]] = {
    "mandoc": (["mandoc", "-T", "lint", "-W", "style"], PAGES),
    "groff": (["groff", "-man", "-ww", "-b", "-z", "-Tutf8", "-Kutf8", "-t"], PAGES),
    "shellcheck": (["shellcheck", "-s", "bash"], [str(ROOT / SCRIPTS["bash"])]),
}


@pytest.mark.parametrize(
    "checker",
    ["mandoc", pytest.param("groff", marks=pytest.mark.heavy), pytest.param("shellcheck", marks=pytest.mark.heavy)],
)
def test_a_checker_finds_nothing(checker: str) -> None:
    if shutil.which(checker) is None:
        pytest.skip(f"{checker} is not installed")
    command, files = CHECKERS[checker]
    done = subprocess.run([*command, *files], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

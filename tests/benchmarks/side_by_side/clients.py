"""The clients that are compared, and how each of them is told to do a task."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

SCRIPTS = Path(__file__).parents[1] / "peers"
PRESSES = 100
"""Presses of TAB in one shell: it has read its completions once, as a shell does."""


class Place(NamedTuple):
    """Where a run takes place: the client's venv, a home, and the practice cloud (its account is the same every time)."""

    bin: Path
    home: Path
    cloud: Mapping[str, Any]
    ca: str | None


Make = Callable[[Place], list[str]]
"""Gives a command, with variables of its own before it as in a shell: NAME=value PROGRAM WORD..."""


class Client(NamedTuple):
    """A client: what says its version, its variables, and per task the command, and what is run once before."""

    name: str
    says: str
    distributions: tuple[str, ...]
    environ: Callable[[Place], dict[str, str]]
    commands: Mapping[str, Make]
    prepare: Mapping[str, Make]


def _script(name: str, word: str, **variables: str) -> Make:
    """Run one of the scripts; `variables` are files of the home that it is told of."""

    def make(place: Place) -> list[str]:
        told = [f"{name}={place.home / file}" for name, file in variables.items()]
        program = str(place.bin / "python") if name.endswith(".py") else "bash"
        return [*told, program, str(SCRIPTS / name), word]

    return make


def _program(name: str, *words: str) -> Make:
    return lambda place: [str(place.bin / name), *words]


def _shell(text: str) -> Make:
    return lambda place: ["bash", "-c", text.replace("{venv}", str(place.bin.parent))]


def _press(source: str, *words: str) -> Make:
    """Press TAB behind the words, in a shell that has read the completions."""
    line = " ".join(words)
    return _shell(
        f"source {source}; COMP_WORDS=({line}) COMP_CWORD={len(words) - 1} COMP_LINE='{line}' COMP_POINT={len(line)} COMP_TYPE=9\n"
        f"for ((n = 0; n < {PRESSES}; n++)); do COMPREPLY=(); _{words[0]} {words[0]} {words[-1]} {words[-2]}; done\n"
        "((${#COMPREPLY[@]}))"
    )


def _cbrctl_environ(place: Place) -> dict[str, str]:
    own = {
        "CBRCTL_ENDPOINT": place.cloud["url"], "CBRCTL_IAM_ENDPOINT": place.cloud["url"], "CBRCTL_REGION": "cn-north-4",
        "CBRCTL_PROJECT_ID": place.cloud["project"],
    }  # fmt: skip
    return {**own, **({"CBRCTL_CA_BUNDLE": place.ca} if place.ca else {})}


LOGIN = {
    "CBRCTL_USERNAME": "sandbox-user",
    "CBRCTL_PASSWORD": "sandbox-password",
    "CBRCTL_DOMAIN_NAME": "sandbox-account",
}


def _cbrctl(*words: str, cold: bool = False, signed: bool = False) -> Make:
    """Run cbrctl with a login, or with an access key; `cold` without the token of the run before."""

    def make(place: Place) -> list[str]:
        access, secret = place.cloud["keys"]
        who = {"CBRCTL_ACCESS_KEY": access, "CBRCTL_SECRET_KEY": secret} if signed else dict(LOGIN)
        if cold:
            from shutil import rmtree

            rmtree(place.home / ".cache", ignore_errors=True)
        return [*(f"{name}={value}" for name, value in who.items()), str(place.bin / "cbrctl"), *words]

    return make


_START = ("backup", "--vault", "-", "--no-wait", "-o", "json")
CBRCTL = Client(
    "cbrctl", "cbrctl", ("cbrctl",), _cbrctl_environ,
    {
        "version": _program("cbrctl", "--version"),
        "help": _program("cbrctl", "backup", "--help"),
        "press": _press("{venv}/share/bash-completion/completions/cbrctl.bash", "cbrctl", "backup", "--inc"),
        "names": _program("cbrctl", "__complete", "vaults", "vault-0000", "backup", "--vault"),
        "cold": _cbrctl(*_START, cold=True),
        "warm": _cbrctl(*_START),
        "signed": _cbrctl(*_START, signed=True),
        "follow": _cbrctl("backup", "--vault", "-", "--poll-interval", "1s", "-o", "json", "-qq"),
        "hundred": _cbrctl("backup", "--vault", "-", "-o", "json", "-qq"),
        "check": _cbrctl("check", "--vault", "-", "--max-age", "26h", "-o", "json"),
    },
    {"names": _cbrctl("vault", "list")},
)  # fmt: skip


def _openstack_environ(place: Place) -> dict[str, str]:
    return {
        "OS_AUTH_URL": place.cloud["url"], "OS_IDENTITY_API_VERSION": "3", "OS_USERNAME": "sandbox-user",
        "OS_PASSWORD": "sandbox-password", "OS_USER_DOMAIN_NAME": "sandbox-account", "OS_REGION_NAME": "cn-north-4",
        "OS_PROJECT_ID": place.cloud["project"], "URL": place.cloud["url"], "PROJECT": place.cloud["project"],
        **({"OS_CACERT": place.ca} if place.ca else {}),
    }  # fmt: skip


OPENSTACK = Client(
    "openstack", "openstack cbr (otcextensions)", ("python-openstackclient", "otcextensions"), _openstack_environ,
    {
        "version": _program("openstack", "--version"),
        "help": _program("openstack", "cbr", "checkpoint", "create", "--help"),
        "press": _press("~/completion", "openstack", "cbr", "checkpoint", "cr"),
        "cold": _script("openstack.sh", "start"),
        "warm": _script("openstack.sh", "start", TOKEN_FILE="token"),
        "follow": _script("openstack.sh", "follow", TOKEN_FILE="token"),
    },
    {
        "press": _shell("{venv}/bin/openstack complete >~/completion"),
        "warm": _shell("{venv}/bin/openstack token issue -f value -c id >~/token"),
        "follow": _shell("{venv}/bin/openstack token issue -f value -c id >~/token"),
    },
)  # fmt: skip


def _sdk_environ(place: Place) -> dict[str, str]:
    access, secret = place.cloud["keys"]
    own = {"URL": place.cloud["url"], "PROJECT": place.cloud["project"], "AK": access, "SK": secret}
    return {**own, **({"CA": place.ca} if place.ca else {})}


SDK = Client(
    "sdk", "the vendor's SDK, in a script", ("huaweicloudsdkcbr",), _sdk_environ,
    {
        "signed": _script("sdk.py", "start"),
        "follow": _script("sdk.py", "follow"),
        "hundred": _script("sdk.py", "follow"),
        "check": _script("sdk.py", "check"),
    },
    {},
)  # fmt: skip


def _aws_environ(place: Place) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": place.cloud["url"], "AWS_ACCESS_KEY_ID": "practice", "AWS_SECRET_ACCESS_KEY": "practice",
        "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
        **({"AWS_CA_BUNDLE": place.ca} if place.ca else {}),
    }  # fmt: skip


AWS = Client(
    "aws", "aws backup", ("awscli",), _aws_environ,
    {
        "version": _program("aws", "--version"),
        "help": _program("aws", "backup", "start-backup-job", "help"),
        "press": _shell("COMP_LINE='aws backup start-b' COMP_POINT=18 exec {venv}/bin/aws_completer"),
        "signed": _script("aws.sh", "start"),
        "follow": _script("aws.sh", "follow"),
    },
    {},
)  # fmt: skip


def _curl_environ(place: Place) -> dict[str, str]:
    return {
        "URL": place.cloud["url"], "PROJECT": place.cloud["project"], "USERNAME": "sandbox-user",
        "PASSWORD": "sandbox-password", "DOMAIN": "sandbox-account",
        **({"CURL_CA_BUNDLE": place.ca} if place.ca else {}),
    }  # fmt: skip


CURL = Client(
    "curl", "bash, curl and jq", (), _curl_environ,
    {
        "cold": _shell(f"rm -f ~/token; TOKEN_FILE=~/token exec bash {SCRIPTS}/curl.sh start"),
        "warm": _script("curl.sh", "start", TOKEN_FILE="token"),
        "follow": _script("curl.sh", "follow", TOKEN_FILE="token"),
        "hundred": _script("curl.sh", "follow", TOKEN_FILE="token"),
        "check": _script("curl.sh", "check", TOKEN_FILE="token"),
    },
    {},
)  # fmt: skip

PEERS = {client.name: client for client in (OPENSTACK, SDK, AWS, CURL)}

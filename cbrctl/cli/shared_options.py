"""Options that commands share, each written once, and the common ones that every command takes (contract, `cbrctl options`)."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from typer.core import TyperOption

from cbrctl.durations import parse_duration
from cbrctl.errors import UsageError
from cbrctl.machine.environment import ENVIRON
from cbrctl.messages.language import choose_language
from cbrctl.phrases import Phrase, list_names
from cbrctl.screen import OUTPUTS, Screen
from cbrctl.screen.streams import tell_request

if TYPE_CHECKING:
    from cbrctl.session import Session

LONGEST_INPUT = 16 << 20
"""Bytes of standard input."""
RARE = "Seldom needed"
"""The title of options that help only names: the manual explains them."""
COLORS = ("auto", "always", "never")


class Unusable(typer.BadParameter):
    """A value that an option does not take, and what it takes."""

    def __init__(self, value: str, reason: str) -> None:
        super().__init__(reason)
        self.value = value


def read_duration(text: str | float) -> float:
    """Read an option's duration, in seconds; Typer passes a default through as well. It shows the reason of a refusal."""
    try:
        return text if isinstance(text, float) else parse_duration(text)
    except ValueError as cause:
        raise Unusable(str(text), str(cause)) from None


def read_interval(text: str) -> float:
    """Read a pace: a duration of 100 ms at least."""
    seconds = read_duration(text)
    if seconds < 0.1:
        raise Unusable(text, Phrase("It is at least 100ms."))
    return seconds


def either(yes: bool, no: bool, first: str, second: str) -> bool | None:
    """Return the value of a pair of flags, None when neither was given. Typer would let the last win silently."""
    if yes and no:
        raise UsageError("contradiction", first=first, second=second)
    return True if yes else False if no else None


Timeout = Annotated[
    float,
    typer.Option(
        metavar="DURATION",
        parser=read_duration,
        help="How long to follow, from acceptance (default 6h; 0 looks once). It ends the waiting, never the backup.",
        rich_help_panel="Following",
    ),
]
PollInterval = Annotated[
    float | None,
    typer.Option(
        metavar="DURATION",
        parser=read_interval,
        help="Fixed pause between looks, at least 100ms (default: 3s growing to 30s).",
        rich_help_panel=RARE,
    ),
]
OnSkip = Annotated[
    str | None,
    typer.Option(
        metavar="fail|ignore",
        help="Whether skipped resources make it partial, exit 3 (default: as it was started, else fail).",
        rich_help_panel="Following",
    ),
]
VaultFilter = Annotated[
    str | None, typer.Option("--vault", "-V", metavar="VAULT", help="Only of this vault.", rich_help_panel="Filters")
]
ResourceFilter = Annotated[
    str | None,
    typer.Option("--resource", "-r", metavar="RESOURCE", help="Only of this resource.", rich_help_panel="Filters"),
]
StatusFilter = Annotated[
    str | None, typer.Option(metavar="STATUS", help="Only with this status.", rich_help_panel="Filters")
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="WHEN", help="Only newer: a duration (24h), a date or an RFC 3339 time.", rich_help_panel="Filters"
    ),
]
Limit = Annotated[int | None, typer.Option(metavar="N", min=1, help="At most so many rows.", rich_help_panel="Filters")]


class Common(NamedTuple):
    """The values of the common options; a command finds them at `context.obj`."""

    screen: Screen
    language: str
    flags: Mapping[str, str | None]
    sandbox: bool
    verbose: int
    caching: bool = True

    def open_session(self, warn: "Callable[..., None] | None" = None, *, new_profile: bool = False) -> "Session":
        """Return the connection that the options choose; `new_profile`: of a profile that need not exist yet.

        `warn` is told of warnings in the place of the screen.
        """
        self.screen.streams.stand()
        from shlex import quote

        from cbrctl.messages.error_text import repeat_connection
        from cbrctl.messages.practice import begin_practice
        from cbrctl.session import Session

        profile = None if new_profile else self.flags.get("profile")
        repeat_connection(" --sandbox" if self.sandbox else f" --profile {quote(profile)}" if profile else "")
        begin_practice(self.sandbox)

        log = None
        if self.verbose:
            from cbrctl.api.request_log import RequestLog

            log = RequestLog(self.screen.note, self.verbose).tell
        for_people = self.screen.output == "table" and self.screen.streams.terminal_out
        session = Session(
            self.flags,
            language=self.language if for_people else "en",  # the service's words stand in documents too
            sandbox=self.sandbox,
            caching=self.caching,
            new_profile=new_profile,
            warn=warn or self.screen.warn,
            log=log,
            on_request=tell_request,
        )
        self.screen.service_time = session.service_time
        return session


class CommonOption(TyperOption):
    """A common option: it stands in `cbrctl options` and not in each command's help."""


def _option(*names: str, metavar: str | None = None, help: str, count: bool = False) -> CommonOption:
    # no type is given to a flag or a count: Typer then chooses it
    if metavar is None and not count:
        return CommonOption(param_decls=list(names), is_flag=True, default=False, help=help)
    return CommonOption(param_decls=list(names), metavar=metavar, help=help, count=count, default=0 if count else None)


DISPLAY = (
    _option("--output", "-o", metavar="FORMAT", help="table (default), json, jsonl or id. CBRCTL_OUTPUT"),
    _option(
        "--query", metavar="JMESPATH", help="Of the JSON document only this, a text without quotes; implies -o json."
    ),
    _option("--quiet", "-q", count=True, help="Nothing on standard error while all is well; -qq: nothing at all."),
    _option(
        "--verbose",
        "-v",
        count=True,
        help="Show each request and its id on standard error; -vv, -vvv: what is sent and answered too.",
    ),
    _option("--color", metavar="WHEN", help="auto (default), always or never."),
    _option(
        "--lang",
        metavar="LANGUAGE",
        help="en or zh_CN: of what people read; otherwise by the locale. CBRCTL_LANG",
    ),
)
CONNECTION = (
    _option("--profile", metavar="NAME", help="Profile of the configuration. CBRCTL_PROFILE"),
    _option("--region", metavar="REGION", help="Region, like cn-north-4. CBRCTL_REGION"),
    _option("--project-id", metavar="ID", help="Project; otherwise asked from IAM. CBRCTL_PROJECT_ID"),
    _option("--endpoint", metavar="URL", help="Address of CBR instead of the region's. CBRCTL_ENDPOINT"),
    _option("--iam-endpoint", metavar="URL", help="Address of IAM instead of the region's. CBRCTL_IAM_ENDPOINT"),
    _option("--enterprise-project-id", metavar="ID", help="Enterprise project. CBRCTL_ENTERPRISE_PROJECT_ID"),
    _option("--no-cache", help="Log in anew: no token is kept, and no kept one used."),
    _option("--sandbox", help="Run against a practice cloud in this process: no account, no network, no files."),
)


def take_common(values: Mapping[str, object], environ: Mapping[str, str] = ENVIRON) -> Common:
    """Make sense of the common options' values, None where an option does not belong to the command."""
    expression = text(values.get("query"))
    output = str(values.get("output") or ("json" if expression else environ.get("CBRCTL_OUTPUT")) or "table")
    color = str(values.get("color") or "auto")
    lang = values.get("lang")
    check_one_of("--output", output, OUTPUTS)
    check_one_of("--color", color, COLORS)
    if lang is not None:
        check_one_of("--lang", str(lang), ("en", "zh_CN"))
    language = choose_language(str(lang) if lang else None, environ)
    flags = {str(o.name): text(values.get(str(o.name))) for o in CONNECTION if o.metavar}
    screen = Screen(output, quiet=_number(values.get("quiet")), color=color)
    if expression:
        if output != "json":
            raise UsageError("contradiction", first="--query", second=f"-o {output}")
        from cbrctl.screen.query import Query

        screen.query = Query(expression)
    return Common(
        screen=screen,
        language=language,
        flags=flags,
        sandbox=bool(values.get("sandbox")),
        verbose=_number(values.get("verbose")),
        caching=not values.get("no_cache"),
    )


def find_output(argv: list[str], environ: Mapping[str, str] = ENVIRON) -> str:
    """Find the output format anywhere in the arguments, for errors that come before they are understood."""
    found = [environ.get("CBRCTL_OUTPUT", "")]
    words = argv[: argv.index("--")] if "--" in argv else argv
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word.startswith("--output="):
            found.append(word.partition("=")[2])
        elif word == "--output":
            found.append(following)
        elif word == "--query" or word.startswith("--query="):
            found.append("json")
        elif word.startswith("-") and not word.startswith("--") and "o" in word:
            flags, _, rest = word[1:].partition("o")
            if not flags.strip("qv"):
                found.append(rest.removeprefix("=") or following)
    # one that does not exist hides none that does: who asked for JSON gets JSON
    return next((output for output in reversed(found) if output in OUTPUTS), "table")


def read_stdin() -> str:
    """Read standard input whole as UTF-8, whatever the locale. ValueError where it is not, or longer than is read."""
    data = sys.stdin.buffer.read(LONGEST_INPUT + 1) if sys.stdin else b""
    if len(data) > LONGEST_INPUT:
        raise ValueError(Phrase("It is longer than {size} MiB.", size=LONGEST_INPUT >> 20))
    return data.decode("utf-8-sig")


def is_text(text: str) -> bool:
    """Whether text can be sent: it holds nothing that could not be read as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_text(word: str) -> str:
    """Return an argument as the UTF-8 that it is, where the locale (C, say) could not read it."""
    return word if is_text(word) else os.fsencode(word).decode("utf-8", "surrogateescape")


def text(value: object) -> str | None:
    """Return an option's text, None where it was not given."""
    return str(value) if value else None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def check_one_of(option: str, value: str, allowed: tuple[str, ...], help: str = "cbrctl options") -> None:
    """Refuse a value that is none of those allowed. Raises UsageError."""
    if value not in allowed:
        from difflib import get_close_matches

        [near] = get_close_matches(value.lower(), allowed, 1) or [""]
        names = list_names(allowed)
        reason = Phrase("It is one of {names}.", names=names)
        if near:
            reason = Phrase("It is one of {names}. Did you mean {near}?", names=names, near=near)
        raise UsageError("bad-value", option=option, value=value, reason=reason, help=help)

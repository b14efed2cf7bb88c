"""The options that say who logs in, and the one way to ask for what they leave open."""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from cbrctl.cli.shared_options import check_one_of, read_stdin
from cbrctl.errors import CbrctlError, UsageError
from cbrctl.machine.secrecy import remember
from cbrctl.phrases import Phrase
from cbrctl.screen.prompt import ask, ask_secret, ask_until, choose
from cbrctl.screen.raw import is_terminal

if TYPE_CHECKING:
    from cbrctl.credentials.methods import AccessKey, Password
    from cbrctl.credentials.secret import Secret
    from cbrctl.screen import Screen
    from cbrctl.session import Session

METHODS = ("password", "access-key")
TRIES = 3
"""Logins that a person may spend in one go: IAM locks a user after some wrong passwords."""
_REFUSALS = ("login-refused", "login-malformed", "proof-refused", "passcode-needed")
_LOCKED = "IAM.0061"
_WHO = "Who"
_PAIRS = (
    ("username", "user_id"),
    ("domain_name", "domain_id"),
    ("access_key", "username"),
    ("access_key", "user_id"),
    ("access_key", "domain_name"),
    ("access_key", "domain_id"),
    ("access_key", "password_file"),
    ("secret_key_file", "password_file"),
    ("secret_key_file", "username"),
    ("secret_key_file", "user_id"),
    ("secret_key_file", "domain_name"),
    ("secret_key_file", "domain_id"),
)
"""Options of which one alone can be meant."""

Method = Annotated[
    str | None,
    typer.Option(metavar="password|access-key", help="How to log in (default password).", rich_help_panel=_WHO),
]
Username = Annotated[str | None, typer.Option(metavar="NAME", help="IAM user.", rich_help_panel=_WHO)]
UserId = Annotated[str | None, typer.Option(metavar="ID", help="IAM user, by id.", rich_help_panel=_WHO)]
DomainName = Annotated[str | None, typer.Option(metavar="NAME", help="Account of the user.", rich_help_panel=_WHO)]
DomainId = Annotated[str | None, typer.Option(metavar="ID", help="Account of the user, by id.", rich_help_panel=_WHO)]
PasswordFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="File that holds the password, for machines without a keyring.", rich_help_panel=_WHO
    ),
]
SecretKeyFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="File that holds the secret key, likewise.", rich_help_panel=_WHO)
]
AccessKeyId = Annotated[
    str | None, typer.Option(metavar="ID", help="Access key; its secret is asked for.", rich_help_panel=_WHO)
]
NoInput = Annotated[
    bool,
    typer.Option(
        "--no-input", help="Ask nothing: a secret is read from standard input, and what is missing is an error."
    ),
]


class Asked:
    """What the options give of a login, and how the rest is found out: by questions where `asks`, else from standard input.

    `help` is the command that explains the options.
    """

    def __init__(
        self, screen: "Screen", given: Mapping[str, str | None], method: str | None, *, asks: bool, help: str
    ) -> None:
        check_one_of("--method", method or "password", METHODS, help)
        _refuse_pairs(given, method)
        self.screen = screen
        self.given = {key: value for key, value in given.items() if value}
        self.method = method
        self.asks = asks
        self.help = help
        self.secret_file = self.given.pop("password_file", None) or self.given.pop("secret_key_file", None)
        """The file that holds the secret, which is asked for where none is named."""
        if given.get("secret_key_file"):
            self.method = "access-key"
        self._with_code = False
        self._refused = 0
        self._bad_secret: str | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether an option says that somebody logs in."""
        return bool(self.given or self.method or self.secret_file)

    def tell_address(self, session: "Session") -> None:
        """Say where the secret will go, before it is asked for. Raises UsageError where that is not known."""
        from cbrctl.config.addresses import Addresses, Beside

        # it is of no place yet, so that nothing stands beside it
        address = Addresses(session.settings, Beside).iam()
        self.screen.note(Phrase("IAM is {text} ({origin}).", text=address.text, origin=address.origin))

    def choose_method(self, *, later: bool) -> bool:
        """Let a person choose how to log in; return False for `later`."""
        question = Phrase("Password (1), password and one-time code (2), or access key (3)? [1] ")
        if later:
            question = Phrase("Log in: password (1), and one-time code (2), access key (3), later (4)? [1] ")
        number = choose(self.screen.streams, question, 3 + later)
        self._with_code = number == 2
        self.method = "access-key" if number == 3 else "password"
        return number < 4

    def ask_again(
        self, session: "Session", error: CbrctlError, refused: "Password | AccessKey"
    ) -> "Password | AccessKey | None":
        """Return credentials in the place of those that IAM refused; None where nobody can be asked, or wants to go on."""
        self._refused += 1
        locked = error.fault is not None and error.fault.code == _LOCKED
        if not self.asks or error.key not in _REFUSALS or locked or self._refused == TRIES:
            return None
        from cbrctl.credentials.methods import AccessKey
        from cbrctl.screen.error_lines import write_error

        streams = self.screen.streams
        write_error(streams, error, None, briefly=False)
        error.told = True
        by_key = isinstance(refused, AccessKey)
        question = Phrase("Again (1), with a one-time code (2), as somebody else (3), or stop (4)? [1] ")
        if by_key:
            question = Phrase("Again (1), with another access key (2), or stop (3)? [1] ")
        number = 2 if error.key == "passcode-needed" else choose(streams, question, 3 if by_key else 4)
        if number == (3 if by_key else 4):
            self.screen.note(Phrase("Nothing was changed."))
            return None
        secret = refused.secret_key if isinstance(refused, AccessKey) else refused.password
        if number == 2 and not isinstance(refused, AccessKey):  # the password may be right
            return refused._replace(passcode=_ask_for(Phrase("One-time code: "), ask))
        anew = number == (2 if by_key else 3)
        self._with_code = bool(getattr(refused, "passcode", "")) and not anew
        self._bad_secret = None if anew else secret.reveal()
        if self.secret_file is not None:
            self.secret_file = self._choose_file(self.secret_file)
        self.method = "access-key" if by_key else "password"
        who = () if anew else ("access_key", "username", "user_id", "domain_name", "domain_id")
        self.given = {key: value for key in who if (value := getattr(refused, key, ""))}
        return self._complete(self.given)

    def _choose_file(self, before: str) -> str:
        """Ask for the file of the secret anew; what IAM has just refused is not sent again."""
        from cbrctl.credentials.secret import read_secret

        def read(answer: str) -> str:
            path = read_file_name(answer) if answer else before
            if read_secret(path, Phrase("The answer"), lambda key, **values: None) == self._bad_secret:
                raise UsageError("same-secret")
            return path

        return ask_until(self.screen.streams, Phrase("File that holds the secret (empty: the same): "), read)

    def complete(self, session: "Session") -> "Password | AccessKey":
        """Complete what was given, from the profile and by questions, to a set of credentials. Raises UsageError."""
        known = {**session.settings.default, **session.settings.chosen}
        for first, second in _PAIRS:  # what is given takes the place of its other form
            if self.given.get(first) or self.given.get(second):
                known.update({first: "", second: ""})
        known.update(self.given)
        nobody = not self.given and not known.get("username") and not known.get("access_key")
        if self.method is None and self.asks and nobody:
            self.choose_method(later=False)
        return self._complete(known)

    def _complete(self, known: Mapping[str, str]) -> "Password | AccessKey":
        by_key = self.method == "access-key" or (
            self.method is None and bool(self.given.get("access_key") or (not self.given and known.get("access_key")))
        )
        return self._complete_key(known) if by_key else self._complete_user(known)

    def _complete_key(self, known: Mapping[str, str]) -> "AccessKey":
        from cbrctl.config.settings import check_name
        from cbrctl.credentials.methods import AccessKey

        access_key = self._need(known, "access_key", "--access-key", Phrase("Access key: "))
        [secret] = (
            [self._ask_secret(Phrase("Secret key: "))] if self.asks or self.secret_file else _read_lines(1, self.help)
        )
        check_name(access_key, "--access-key")
        return AccessKey(access_key, self._keep(check_name(secret, Phrase("the secret key"))))

    def _complete_user(self, known: Mapping[str, str]) -> "Password":
        from cbrctl.config.settings import check_name
        from cbrctl.credentials.methods import Password
        from cbrctl.credentials.secret import check_secret

        user_id = known.get("user_id", "")
        username = "" if user_id else self._need(known, "username", "--username", Phrase("IAM user: "))
        domain_id = known.get("domain_id", "")
        domain_name = known.get("domain_name", "")
        if not (user_id or domain_id):
            domain_name = self._need(known, "domain_name", "--domain-name", Phrase("Account: "))
        if self.asks:
            secret = self._ask_secret(Phrase("Password: "))
            passcode = _ask_for(Phrase("One-time code: "), ask) if self._with_code else ""
        elif self.secret_file:
            secret, passcode = self._ask_secret(""), ""
        else:
            secret, passcode = _read_lines(2, self.help)
        remember(passcode)
        named = {"--username": username, "--user-id": user_id, "--domain-name": domain_name, "--domain-id": domain_id}
        for option, value in {**named, Phrase("the one-time code"): passcode}.items():
            check_name(value, option)
        check_secret(secret, Phrase("the password"))
        return Password(username, user_id, domain_name, domain_id, self._keep(secret), passcode)

    def _need(self, known: Mapping[str, str], key: str, option: str, question: str) -> str:
        value = known.get(key) or (_ask_for(question, ask) if self.asks else "")
        if not value:
            raise UsageError("missing", what=option, help=self.help)
        return value

    def _ask_secret(self, question: str) -> str:
        """Return the secret: that of its file, else what a person types, which is not shown."""
        if self.secret_file is None:
            return _ask_for(question, ask_secret)
        from cbrctl.credentials.secret import read_secret

        return read_secret(self.secret_file, Phrase("the option"), lambda key, **values: None)

    def _keep(self, secret: str) -> "Secret":
        from cbrctl.credentials.secret import Secret

        return Secret(secret, Phrase("the login"), in_keyring=self.secret_file is None)


def read_file_name(answer: str) -> str:
    """Return the name of a file that holds a secret, absolute. Raises what is wrong with it."""
    from cbrctl.config.profiles import check_value
    from cbrctl.credentials.secret import read_secret

    path = check_value("password_file", answer, lambda key, **values: None, Phrase("The answer"))
    read_secret(path, Phrase("The answer"), lambda key, **values: None)
    return path


def _ask_for(question: str, how: Callable[[str], str]) -> str:
    """Ask until there is an answer: an empty one would be sent, or end all that was asked before."""
    while not (answer := how(question)):
        pass
    return answer


def _refuse_pairs(given: Mapping[str, str | None], method: str | None) -> None:
    """Refuse options of which one alone can be meant. Raises UsageError."""
    for first, second in _PAIRS:
        if given.get(first) and given.get(second):
            raise UsageError("contradiction", first=name_option(first), second=name_option(second))
    by_key, by_user = bool(given["access_key"]), bool(given["username"] or given["user_id"])
    if (method == "password" and by_key) or (method == "access-key" and by_user):
        second = "access_key" if by_key else "username" if given["username"] else "user_id"
        raise UsageError("contradiction", first=f"--method {method}", second=name_option(second))


def name_option(key: str) -> str:
    """Return the option that sets a key of a profile."""
    return "--" + key.replace("_", "-")


def _read_lines(count: int, help: str) -> list[str]:
    """Return the first lines of standard input, empty texts where it has fewer. Raises UsageError where the first is empty."""
    if is_terminal(sys.stdin):  # what is typed would be shown, and nobody has asked
        raise UsageError("bad-secret-input", note=Phrase("It is a terminal."), help=help)
    try:
        text = read_stdin()
    except ValueError as cause:
        note = Phrase("It is not text in UTF-8.") if isinstance(cause, UnicodeDecodeError) else str(cause)
        raise UsageError("bad-secret-input", note=note, help=help) from None
    lines = [line.removesuffix("\r") for line in text.split("\n", count)][:count]
    if not lines[0]:
        raise UsageError("bad-secret-input", note=Phrase("It is empty."), help=help)
    return [*lines, *[""] * (count - len(lines))]

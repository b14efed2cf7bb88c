"""What --query picks out of a JSON document, by JMESPath."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from jmespath import compile as compile_expression
from jmespath.exceptions import ArityError, JMESPathError, ParseError, UnknownFunctionError

from cbrctl.errors import CbrctlError, UsageError
from cbrctl.phrases import Phrase
from cbrctl.screen.text import inert, write_json

_MISFITS = (JMESPathError, RecursionError, TypeError, ValueError, ArithmeticError, LookupError)
"""What a query ends with on data that it was not made for: the library raises whatever comes of it."""


class Query:
    """An expression, read before anything is done: a backup must not be lost to a slip in it."""

    def __init__(self, expression: str) -> None:
        """Read it. Raises UsageError."""
        try:
            self._compiled = compile_expression(expression)
        except ParseError as cause:
            place = getattr(cause, "lexer_position", None) or cause.lex_position or 0
            raise _refuse(expression, Phrase("It is no JMESPath from character {place} on.", place=place + 1)) from None
        except (RecursionError, ValueError):
            raise _refuse(expression, Phrase("It is too deep, or a number in it too long.")) from None
        try:
            _write(self._compiled.search({}), None)
        except _NoValue:
            raise _refuse(expression, Phrase("What it gives is no value that JSON has.")) from None
        except (UnknownFunctionError, ArityError) as cause:
            raise _refuse(expression, Phrase("JMESPath says: {why}.", why=cause)) from None
        except _MISFITS:
            return  # an empty document is not what it is for

    def write(self, document: Mapping[str, Any], indent: int | None, warn: Callable[..., None]) -> str:
        """Return what it finds as it is printed: a text as it is but for control characters, all else as JSON.

        Where it cannot be applied that is a warning, and the whole document is written.
        """
        try:
            return _write(self._compiled.search(document), indent)
        except _MISFITS as cause:
            # the words of the library repeat what stands there, which may be all of it
            function = getattr(cause, "function_name", "")
            warn(CbrctlError("query-failed", note=f"{function}()" if function else "it"))
            return write_json(document, indent=indent)


class _NoValue(ValueError):
    """What was found is nothing that JSON has: a reference to an expression, or a number that is none."""


def _write(found: Any, indent: int | None) -> str:
    """Return what was found as it is printed. Raises _NoValue."""
    if isinstance(found, str):
        return "\n".join(map(inert, found.split("\n")))
    try:
        json.dumps(found, allow_nan=False)
    except (TypeError, ValueError):
        raise _NoValue from None
    return write_json(found, indent=indent)


def _refuse(expression: str, reason: Phrase) -> UsageError:
    return UsageError("bad-value", option="--query", value=expression, reason=reason, help="cbrctl help json")

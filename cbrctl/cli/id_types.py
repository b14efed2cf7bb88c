"""Ids as arguments and options: each kind once, with the form that it has and the refusal of what has another."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from cbrctl.errors import UsageError
from cbrctl.ids import parse_id, parse_op_id
from cbrctl.phrases import Phrase


class IdType:
    """A kind of id: the `parser` of an argument or an option that takes one.

    A command is called with ids that have been read. Typer calls a parser while it still takes the line apart; what is no
    id is refused only after that (`read_given`), when nothing else is wrong with the line and it is known how to show it.
    """

    def __init__(self, parse: Callable[[str], str | None], key: str, **values: Any) -> None:
        """Take what parses it, and the entry of the catalogue that refuses what it gives None for."""
        self._parse, self._key, self._values = parse, key, values

    def __call__(self, text: str) -> "_Given":
        """Keep what was given for later, with its kind."""
        given = _Given(text)
        given.kind = self
        return given

    def read(self, text: str) -> str:
        """Return the id in the one form in which it is compared and sent. Raises UsageError."""
        found = self._parse(text)
        if found is None:
            raise UsageError(self._key, value=text, **self._values)
        return found


class _Given(str):
    """An id as it was given, not yet read."""

    kind: IdType


CHECKPOINT = IdType(parse_id, "bad-id", thing=Phrase("checkpoint"), command="cbrctl copy list")
_COPY = IdType(parse_id, "bad-id", thing=Phrase("copy"), command="cbrctl copy list")
_TASK = IdType(parse_id, "bad-id", thing=Phrase("task"), command="cbrctl task list")
OP = IdType(parse_op_id, "bad-op-id")

CheckpointId = Annotated[str, typer.Argument(metavar="CHECKPOINT_ID", parser=CHECKPOINT, help="The checkpoint's id.")]
CopyId = Annotated[str, typer.Argument(metavar="ID", parser=_COPY, help="The copy's id.")]
TaskId = Annotated[str, typer.Argument(metavar="ID", parser=_TASK, help="The task's id.")]
OpId = Annotated[str, typer.Argument(metavar="OP_ID", parser=OP, help="The op's id.")]


def read_given(value: Any) -> Any:
    """Return an option's or argument's value with each id in it read. Raises UsageError for the first that is none."""
    if isinstance(value, list | tuple):
        return [*map(read_given, value)]
    return value.kind.read(str(value)) if isinstance(value, _Given) else value

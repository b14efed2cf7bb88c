"""The options of what can be set of a backup, made of the table of its fields (backup/fields.py)."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import typer

from cbrctl.backup.fields import Field
from cbrctl.cli.shared_options import RARE, either

Function = TypeVar("Function", bound=Callable[..., Any])


def take_fields(fields: Sequence[Field], *, panel: str, before: str) -> Callable[[Function], Function]:
    """Let a command that ends in `**given` take the option of each field; help shows them `before` its own of that name."""

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        place = [p.name for p in own].index(before)
        made = [parameter for field in fields for parameter in _make_parameters(field, RARE if field.rare else panel)]
        # what Typer reads, in place of the function's own
        function.__signature__ = signature.replace(parameters=[*own[:place], *made, *own[place:]])  # type: ignore[attr-defined]
        return function

    return decorate


def join_flags(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values by field; None where an option was not given. UsageError where a flag and its contrary were."""
    return {field.name: _read(field, given) for field in fields}


def _read(field: Field, given: Mapping[str, Any]) -> Any:
    if field.contrary is None:
        return given[field.name]
    yes, no = field.name, field.contrary[0]
    return either(given[yes], given[no], _option_of(yes), _option_of(no))


def _option_of(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _make_parameters(field: Field, panel: str) -> list[inspect.Parameter]:
    if field.schema.get("type") == "boolean":
        flags = [(field.name, field.help), *([field.contrary] if field.contrary else [])]
        return [_make_parameter(name, bool, False, help=help, rich_help_panel=panel) for name, help in flags]
    kind = int if field.schema.get("type") == "integer" else str
    more = {"metavar": field.metavar or "|".join(field.schema["enum"]), "help": field.help, "rich_help_panel": panel}
    return [_make_parameter(field.name, kind | None, None, **more)]


def _make_parameter(name: str, kind: Any, default: Any, **option: Any) -> inspect.Parameter:
    # named in so many words: of a flag Typer would make a pair
    annotation = Annotated[kind, typer.Option(_option_of(name), **option)]
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=annotation)

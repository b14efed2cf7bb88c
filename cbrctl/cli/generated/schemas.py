"""The JSON Schemas, made of the shapes that are declared in `cbrctl/documents/`.

A shape, and a value that stands in many, is defined once in `$defs`; what may be null is defined apart, as `…_or_null`.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from cbrctl.backup.fields import FIELDS
from cbrctl.backup.record import STATES
from cbrctl.documents.published import DOCUMENTS, OPEN, Document
from cbrctl.documents.request import ParametersJson
from cbrctl.documents.values import Definition
from cbrctl.errors import KINDS, OUTCOMES

_UNIONS = (Union, UnionType)
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_PROMISE = "Within v1, members and values may be added; none is renamed or removed."


def write_schema(name: str) -> str:
    """Return the schema of a document, as it is published."""
    return json.dumps(SchemaWriter(name, DOCUMENTS[name]).whole(), indent=2, ensure_ascii=False) + "\n"


class SchemaWriter:
    """Makes one schema; what stands in its `$defs` gathers on the way."""

    def __init__(self, name: str, document: Document) -> None:
        self.name = name
        self.document = document
        self.definitions: dict[str, dict[str, Any]] = {}
        kinds = sorted(KINDS.values(), key=lambda kind: kind.exit_code)
        tables: dict[str, Iterable[str]] = {
            "kinds": [kind.name for kind in kinds],
            "outcomes": OUTCOMES,
            "states": STATES,
            "lines": [_type_of(line) for line in document.lines],
        }
        self.names = {table: ", ".join(names) for table, names in tables.items()}

    def whole(self) -> dict[str, Any]:
        """Return the schema."""
        document = self.document
        schema = {"description": "The document's schema and its version.", "const": f"cbrctl.{self.name}/v1"}
        # what a line is stands under its type
        head = {} if document.lines else {"schema": schema}
        if document.items:
            rows = {"description": document.items, "type": "array", "items": self._describe(document.shape)}
            body: dict[str, Any] = {"required": ["items"], "properties": {"items": rows}}
        else:
            body = self._members(document.shape)
        lines = list(self._lines())
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:cbrctl:schema:{self.name}:v1",
            "title": document.title,
            "description": f"{document.text} {_PROMISE}",
            "type": "object",
            "required": [*head, *body["required"]],
            "properties": {**head, **body["properties"]},
            **({"allOf": lines} if lines else {}),
            **({"$defs": self.definitions} if self.definitions else {}),
        }

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Return what each type of line asks for; a type that is not known asks for nothing more."""
        for line in self.document.lines:
            is_one = {"required": ["type"], "properties": {"type": {"const": _type_of(line)}}}
            yield {"if": is_one, "then": self._describe(line)}

    def _members(self, shape: type[Any]) -> dict[str, Any]:
        """Return what a schema says of a shape's members."""
        hints = get_type_hints(shape, include_extras=True)
        set_by_users = {field.sent_as: dict(field.schema) for field in FIELDS} if shape is ParametersJson else {}
        properties = {**set_by_users, **{key: self._describe(hint) for key, hint in hints.items()}}
        silent = [key for key, said in properties.items() if "description" not in said]
        if silent:
            raise ValueError(f"{shape.__name__} does not describe {', '.join(silent)}")
        required = [key for key in hints if key in shape.__required_keys__]
        return {"required": required, "properties": properties}

    def _describe(self, hint: Any, *, null: bool = False) -> dict[str, Any]:
        """Return what a schema says of one value, which may be null as well."""
        base, notes = _unwrap(hint)
        words = [note.format_map(self.names) for note in notes if isinstance(note, str)]
        known = [one for one in get_args(base) if one is not type(None)] if get_origin(base) in _UNIONS else []
        definition = next((note for note in notes if isinstance(note, Definition)), None)
        if known:
            said = self._describe(known[0], null=True)
        elif definition:
            said = self._refer(
                definition.name, definition.text, lambda: {"type": _TYPES[base], **definition.keywords}, null
            )
        elif is_typeddict(base):
            said = self._refer(definition_name(base), base.__doc__, lambda: self._object(base), null)
        else:
            said = self._of_type(base)
            said |= {"type": [said["type"], "null"]} if null else {}
        more = {key: value for note in notes if isinstance(note, Mapping) for key, value in note.items()}
        return {**({"description": words[-1]} if words else {}), **said, **more}

    def _of_type(self, base: Any) -> dict[str, Any]:
        """Return what a schema says of a type that is written out where it stands."""
        origin, inner = get_origin(base), get_args(base)
        if origin is Literal:
            return {"const": inner[0]}
        if origin is list:
            return {"type": "array", "items": self._describe(inner[0])}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": inner[1] is Any or self._describe(inner[1])}
        return {"type": _TYPES[base]}

    def _object(self, shape: type[Any]) -> dict[str, Any]:
        """Return what a schema says of an object; it stays open, so that a later version may add to it."""
        return {"type": "object", **self._members(shape), **({"additionalProperties": True} if shape in OPEN else {})}

    def _refer(self, name: str, text: str | None, make: Callable[[], dict[str, Any]], null: bool) -> dict[str, Any]:
        """Return a reference to a definition, which is made where it is the first."""
        if null:
            name += "_or_null"
        if name not in self.definitions:
            self.definitions[name] = {}  # its place, before those that it refers to itself
            words = {"description": (text or "").format_map(self.names)}
            if null:
                words["description"] = words["description"].removesuffix(".") + "; or null."
            definition = {**words, **make()}
            self.definitions[name] |= {**definition, "type": [definition["type"], "null"]} if null else definition
        return {"$ref": f"#/$defs/{name}"}


def _unwrap(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return a type, and all that is noted beside it."""
    notes: tuple[Any, ...] = ()
    while (origin := get_origin(hint)) in (Annotated, NotRequired):
        if origin is Annotated:
            notes = (*hint.__metadata__, *notes)
        hint = get_args(hint)[0]
    return hint, notes


def definition_name(shape: type[Any]) -> str:
    """Return the name of a shape in `$defs`: VaultNameJson is vault_name."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", shape.__name__.removesuffix("Json")).lower()


def _type_of(line: type[Any]) -> str:
    """Return what stands under `type` of a line of that shape."""
    return str(get_args(_unwrap(get_type_hints(line, include_extras=True)["type"])[0])[0])

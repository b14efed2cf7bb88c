"""The page cbrctl-json(7): every key of every document, read from the schemas that are published."""

from collections.abc import Iterator, Mapping
from typing import Any

from cbrctl.cli.generated import words
from cbrctl.cli.generated.roff import Roff, write_references
from cbrctl.cli.generated.schemas import SchemaWriter
from cbrctl.documents.published import DOCUMENTS
from cbrctl.phrases import Phrase, join


def write_json_page(version: str, roff: Roff) -> str:
    """Return the page."""
    documents = [line for name in DOCUMENTS for line in _write_document(name, roff)]
    lines = [
        ".ad l",  # some keys are as long as a line
        *roff.section("DESCRIPTION", roff.paragraphs(words.OUTPUT)),
        *roff.section("FORMATS", roff.items(words.FORMATS.items())),
        *roff.section("STABILITY", roff.paragraphs(words.AFTER_FORMATS)),
        *roff.section("DOCUMENTS", [*roff.text(words.DOCUMENTS_INTRO), *documents]),
        *roff.section("SEE ALSO", write_references(["cbrctl(1)", "cbrctl-schema(1)", "jq(1)"])),
    ]
    return roff.page("cbrctl-json", 7, version, "the documents that cbrctl writes, key by key", lines)


def _write_document(name: str, roff: Roff) -> list[str]:
    document = DOCUMENTS[name]
    schema = SchemaWriter(name, document).whole()
    definitions = schema.get("$defs", {})
    rows = list(_list_keys(schema, definitions, apart="" if name == "error" else "error"))
    for line in schema.get("allOf", ()):
        kind = line["if"]["properties"]["type"]["const"]
        for key, about in _list_keys(_resolve(line["then"], definitions), definitions):
            rows.append((f"{kind}: {key}", about))
    title = Phrase("{name}", name=f"cbrctl.{name}/v1")  # is not told otherwise in any language
    return roff.part(title, [*roff.text(document.text), *roff.items(rows)])


def _list_keys(
    said: Mapping[str, Any], definitions: Mapping[str, Any], before: str = "", *, apart: str = "error"
) -> Iterator[tuple[str, str]]:
    """Yield each key, with those that it stands in, and its type and what it is; what stands in `apart` is said elsewhere."""
    for key, value in said.get("properties", {}).items():
        found = _resolve(value, definitions)
        description = found.get("description", "")
        about = [_type_of(found), Phrase(description)]
        if key not in said.get("required", ()) and "left out" not in description:
            about.append(Phrase("It may be left out."))
        if key == apart and "properties" in found:
            yield f"{before}{key}", join([*about, Phrase("Its keys are those of error in cbrctl.error/v1.")])
            continue
        yield f"{before}{key}", join(about)
        yield from _list_keys(found, definitions, f"{before}{key}.", apart=apart)
        if "items" in found:
            yield from _list_keys(_resolve(found["items"], definitions), definitions, f"{before}{key}[].", apart=apart)


def _resolve(said: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a value, with what its definition says."""
    name = str(said.get("$ref", "")).rpartition("/")[2]
    return {**(definitions[name] if name else {}), **said}


def _type_of(said: Mapping[str, Any]) -> str:
    types = said.get("const", said.get("type", "any"))
    if isinstance(types, str):
        return f"({types})"
    return Phrase("({type} or null)", type=types[0])

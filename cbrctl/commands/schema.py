"""`cbrctl schema`: the JSON Schemas of the output documents."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cbrctl.cli.shared_options import Common
from cbrctl.errors import UsageError
from cbrctl.phrases import list_names


def schema(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Document, like backup; none: the names.")
    ] = None,
) -> int:
    """Print the JSON Schema of an output document, or the names.

    Examples:
      cbrctl schema
      cbrctl schema backup
    """
    common: Common = context.obj
    common.screen.need_ids()
    files = {path.stem: path for path in sorted((Path(__file__).parent.parent / "schemas").glob("*.json"))}
    if name is None and common.screen.output in ("json", "jsonl"):
        return common.screen.show_text(json.dumps(list(files)) + "\n")
    if name is None:
        return common.screen.show_text("".join(f"{known}\n" for known in files))
    if name not in files:
        raise UsageError("unknown-schema", name=name, known=list_names(files))
    return common.screen.show_text(files[name].read_text("utf-8"))

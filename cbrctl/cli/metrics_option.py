"""`--metrics-file`: the option, and where its value is found before and after a line is understood."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cbrctl.screen.metrics import Metrics

MetricsFile = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="Write Prometheus metrics there when it ends; NAME.prom for node_exporter.",
        rich_help_panel="Following",
    ),
]


def find_metrics(argv: Sequence[str]) -> str | None:
    """Find the metrics file of a run in arguments that cannot be understood: that it did not even start is told too."""
    words = argv[: argv.index("--")] if "--" in argv else argv
    if not words or words[0] not in ("backup", "resume", "check") or "--dry-run" in words:
        return None
    found = [word.partition("=")[2] for word in words if word.startswith("--metrics-file=")]
    found += [after for word, after in pairwise(words) if word == "--metrics-file"]
    return next((path for path in found if path and not path.startswith("-")), None)


def open_metrics(path: str | None, command: str) -> "Metrics | None":
    """Return what writes into the file how the run ends that begins now; None where no file is named."""
    if not path:
        return None
    from cbrctl.screen.metrics import Metrics

    return Metrics(path, "check" if command == "check" else "backup")  # `resume` ends backups

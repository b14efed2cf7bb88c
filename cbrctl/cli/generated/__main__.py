"""`python -m cbrctl.cli.generated [DIR]`: write completions, man page, schemas and translations below DIR, the current folder."""

import sys
from collections.abc import Sequence
from pathlib import Path

from cbrctl.cli.generated.files import write_files


def main(arguments: Sequence[str]) -> None:
    """Write the files below the folder that is named, or below the current one."""
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        sys.exit("usage: python -m cbrctl.cli.generated [DIR]")
    write_files(Path(arguments[0] if arguments else "."))


if __name__ == "__main__":
    main(sys.argv[1:])

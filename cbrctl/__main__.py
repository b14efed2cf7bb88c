"""The entry point. `--version` is answered before anything is loaded."""

import os
import sys


def main() -> None:
    """Run cbrctl with the arguments of this process."""
    if sys.argv[1:] == ["--version"]:
        from cbrctl import __version__

        try:
            sys.stdout.write(f"cbrctl {__version__}\n")
            sys.stdout.flush()
        except (BrokenPipeError, AttributeError):  # nobody reads it, or there is no standard output at all
            os._exit(0)
        except OSError:
            os._exit(15)  # local-state, as everywhere; a plain exit would complain again and be 120
        return
    from cbrctl.cli import tree as cli

    cli.main()


if __name__ == "__main__":
    main()

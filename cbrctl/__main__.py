"""The entry point. `--version` is answered before anything is loaded."""

import sys


def main() -> None:
    """Run cbrctl with the arguments of this process."""
    if sys.argv[1:] == ["--version"]:
        from cbrctl import __version__

        sys.stdout.write(f"cbrctl {__version__}\n")
        return
    from cbrctl import cli

    cli.main()


if __name__ == "__main__":
    main()

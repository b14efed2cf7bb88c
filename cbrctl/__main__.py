"""The entry point. Versions, and what a key press asks for, are answered before the command line is loaded."""

import _signal  # type: ignore[import-not-found]  # typeshed has the public one alone
import gc
import os
import sys

FEW_LOOKS = 100_000
"""Objects more than before at which the interpreter looks for cycles among them, of which there are few here: a short run
makes 57,000, and the one look that 50,000 brought took as long as the start of an interpreter."""


def main() -> None:
    """Run cbrctl with the arguments of this process."""
    # until the handlers stand there is nothing to tell of Ctrl-C: no traceback. `signal` loads some milliseconds of others,
    # in which it would still show one
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    # what is imported stays, and rows that come and go by the 100,000 hold no cycles: to look for these takes a fifteenth of
    # a short run (82 looks), and a third of a long report
    gc.set_threshold(FEW_LOOKS)
    words = sys.argv[1:]
    if words[:1] == ["__complete"]:
        from cbrctl.cli.value_offers import answer

        _say(answer(words[1:]))
    elif words[:1] == ["--version"] or ("--version" in words and set(words) <= {"--version", "-v", "--verbose"}):
        from cbrctl import __version__

        text = f"cbrctl {__version__}\n"
        if {"-v", "--verbose"} & {*words}:
            from cbrctl.machine.versions import list_versions

            text += "".join(f"{name} {version}\n" for name, version in list_versions())
        _say(text)
    else:
        from cbrctl.cli import tree as cli

        try:
            cli.main()
        finally:
            # what is left is the system's to take back: to look through all of it once more at the end takes a tenth of a
            # short run, more than the start of two interpreters
            gc.freeze()


def _say(text: str) -> None:
    try:
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        sys.stdout.write(text)
        sys.stdout.flush()
    except (BrokenPipeError, AttributeError):  # nobody reads it, or there is no standard output at all
        os._exit(0)
    except OSError:
        os._exit(15)  # local-state, as everywhere; a plain exit would complain again and be 120


if __name__ == "__main__":
    main()

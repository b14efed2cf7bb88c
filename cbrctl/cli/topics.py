"""`cbrctl help TOPIC`: the pages of the manual's section 7, in short. The words are the manual's own."""

from cbrctl.messages.language import tr

TOPICS = {
    "exit-codes": "man cbrctl-exit-codes",
    "json": "man cbrctl-json",
    "environment": "man cbrctl-environment",
}
"""What there is beside the commands, and where it is told whole."""


def write_topic(name: str, color: bool) -> str:
    """Return the help on a topic, with or without colour."""
    from cbrctl.cli.help_pages import fill, fit_color

    write = {"exit-codes": _write_exit_codes, "json": _write_json, "environment": _write_environment}[name]
    more = fill(tr("More of it: {page}").format(page=TOPICS[name]))
    return fit_color("\n\n".join([*write(), more]) + "\n", color)


def _write_exit_codes() -> list[str]:
    from cbrctl.cli.help_pages import fill, write_section
    from cbrctl.messages.explanations import list_exit_codes

    told = [(entry, entry.told(tr)) for entry in list_exit_codes()]
    rows = [(f"{entry.code.removeprefix('exit ')} {entry.kind}", words.what) for entry, words in told]
    return [
        write_section(tr("Exit codes"), rows, column=20),
        fill(tr("cbrctl explain exit N says more of one, and what to do.")),
    ]


def _write_json() -> list[str]:
    from cbrctl.cli.generated import words
    from cbrctl.cli.help_pages import fill, write_section

    rows = [(f"-o {name}", meaning) for name, meaning in words.FORMATS.items()]
    return [
        *(fill(tr(text)) for text in words.OUTPUT),
        write_section(tr("Formats"), rows, column=13),
        *(fill(tr(text)) for text in words.AFTER_FORMATS),
    ]


def _write_environment() -> list[str]:
    from cbrctl.cli.generated import words
    from cbrctl.cli.help_pages import fill, write_section

    rows = [(", ".join(names), meaning) for names, meaning in words.variables()]
    return [*(fill(tr(text)) for text in words.ENVIRONMENT_INTRO), write_section(tr("Variables"), rows)]

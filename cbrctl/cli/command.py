"""A command of the tree: its own options and the common ones, parsed, run and explained."""

from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand

from cbrctl.cli.metrics_option import open_metrics
from cbrctl.cli.shared_options import CommonOption, take_common
from cbrctl.cli.usage_errors import name_param, refuse_option_as_value, refuse_word
from cbrctl.errors import UsageError


class Command(TyperCommand):
    """A command that takes the common options without naming them."""

    common: tuple[CommonOption, ...] = ()
    members: Sequence[tuple[str, str]] = ()
    """Commands that stand behind this one's name, and what they do."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse; an empty value is an unset shell variable more often than a wish."""
        refuse_option_as_value(args, self.params)
        ctx.allow_extra_args = bool(self.members)
        rest = super().parse_args(ctx, list(args))
        if rest:
            raise refuse_word(rest[0], ctx.command_path, args, [name for name, _ in self.members])
        for param in self.params:
            value = ctx.params.get(param.name)
            if value == "" or (isinstance(value, list | tuple) and "" in value):
                raise UsageError("empty-value", option=name_param(param))
        return rest

    def invoke(self, ctx: Any) -> Any:
        """Run with the common options made sense of."""
        values = {str(o.name): ctx.params.pop(o.name, None) for o in self.common}
        root = ctx.find_root().command
        root.verbose = bool(values.get("verbose"))
        ctx.obj = take_common(values)
        root.screen = ctx.obj.screen
        if not ctx.params.get("dry_run"):  # which is no run
            root.screen.metrics = open_metrics(ctx.params.get("metrics_file"), ctx.command.name)
        if any(option.name == "sandbox" for option in self.common):  # it asks the service
            ctx.obj.screen.streams.stand()
        from cbrctl.cli.id_types import read_given

        ctx.params.update({name: read_given(value) for name, value in ctx.params.items()})
        return super().invoke(ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write our own plain help."""
        from cbrctl.cli import help_pages

        own = [p for p in self.params if not isinstance(p, CommonOption)]
        doc = help_pages.read_doc(self.help)
        formatter.write(help_pages.write_command_help(ctx.command_path, doc, own, self.common, self.members))

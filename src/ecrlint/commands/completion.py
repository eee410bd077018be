"""What a shell completes: the commands and their options, files, the names of rules and formats.

`_ECRLINT_COMPLETE=bash_source ecrlint` prints the script for bash; `zsh_source` and `fish_source` those of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click
from click.shell_completion import CompletionItem, shell_complete

from ecrlint.commands.scan import scan


def answer(instruction: str, commands: Sequence[str], load: Callable[[str], click.Command]) -> int:
    """Prints what a shell asks for, as click's scripts ask for it, and returns the exit status."""
    return shell_complete(_Everything(commands, load), {}, "ecrlint", "_ECRLINT_COMPLETE", instruction)


class _Everything(click.Group):
    """The scan with its options, and the other commands beside it."""

    def __init__(self, names: Sequence[str], load: Callable[[str], click.Command]) -> None:
        super().__init__("ecrlint", params=[one for one in scan.params if isinstance(one, click.Option)])
        self.names = names
        self.load = load

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.load(cmd_name) if cmd_name in self.names else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        started = ctx.args or getattr(ctx, "_protected_args", None)
        names = [] if started else [name for name in self.names if name.startswith(incomplete)]
        commands = [CompletionItem(name, help=self.load(name).get_short_help_str()) for name in names]
        return [*commands, CompletionItem(incomplete, type="file")]

"""`ecrlint config`: which settings apply, and why."""

from __future__ import annotations

import click

from ecrlint.commands.options import CONFIG, SETTINGS, as_options
from ecrlint.commands.output import CLEAN, write


@click.command("config", context_settings=SETTINGS)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True))
@CONFIG
def config(paths: tuple[str, ...], config: str | None) -> int:
    """Show which settings apply to each PATH (default: the current folder), and the place that says so."""
    from ecrlint.run.config import explain

    given = as_options(config).config
    write("\n".join(explain(path, given) for path in paths or (".",)))
    return CLEAN

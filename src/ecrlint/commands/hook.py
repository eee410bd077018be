"""`ecrlint hook`: what belongs to changed files."""

from __future__ import annotations

import time

import click

from ecrlint.commands.options import (
    CONFIG,
    EXIT_ZERO,
    IGNORE,
    ROOT,
    RULES_FROM,
    SELECT,
    SETTINGS,
    SEVERITY,
    as_options,
    keep_everything,
)
from ecrlint.commands.output import CLEAN, as_text, is_on_terminal, say, status_of, summary_of, write


@click.command("hook", context_settings=SETTINGS)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path())
@click.option("--fail-on", type=click.Choice(["error", "warning", "note"]), help="The least severity that stops the commit.")
@SELECT
@IGNORE
@SEVERITY
@EXIT_ZERO
@ROOT
@CONFIG
@RULES_FROM
def hook(
    files: tuple[str, ...],
    fail_on: str | None,
    select: frozenset[str],
    ignore: frozenset[str],
    severity: str | None,
    exit_zero: bool,
    root: str | None,
    config: str | None,
) -> int:
    """Report what belongs to changed FILES: findings that lie in one of them, or whose related places do.

    Each file is read with everything that it belongs to. The list may be split over several calls, as pre-commit does.
    """
    from ecrlint.run.hook import hook as stage

    keep_everything()
    started = time.perf_counter()
    from ecrlint.boundary.repository import boundary

    within = boundary(files, root)
    options = as_options(config, (), fail_on, select=select, ignore=ignore, severity=severity or "")
    report = stage.scan(files, options, within)
    write(as_text(report, "auto", is_on_terminal(), within.shown), as_it_is=True)
    status = status_of(report)
    if status or report.files:
        say(summary_of(report, time.perf_counter() - started))
    return CLEAN if exit_zero else status

"""`ecrlint hook`: what belongs to changed files."""

from __future__ import annotations

import os
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

    Each file is read with everything that it belongs to. The list may be split over several calls, as pre-commit does. Files
    that the commit takes away are asked of git.
    """
    started = time.perf_counter()
    if not files and not _takes_away():
        return CLEAN
    from ecrlint.run.hook import hook as stage

    keep_everything()
    from ecrlint.boundary.repository import boundary
    from ecrlint.run.hook.deletions import with_deletions

    within = boundary(files, root)
    options = as_options(config, (), fail_on, select=select, ignore=ignore, severity=severity or "")
    report = with_deletions(stage.scan(files, options, within), files, options, within)
    write(as_text(report, "auto", is_on_terminal(), within.shown, explained=True), as_it_is=True)
    status = status_of(report)
    if status or report.files or report.findings:
        say(summary_of(report, time.perf_counter() - started))
    return CLEAN if exit_zero else status


def _takes_away() -> bool:
    """Whether git says that something is taken away which may be ours; asked before anything is imported for a scan."""
    from ecrlint.boundary.repository import repository
    from ecrlint.run.hook.owner import changed_files

    top = repository(os.path.realpath("."))
    return top is not None and bool(changed_files(top, gone=True))

"""The summary of a store for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ecrlint.bulk.report.totals import StoreTotals
from ecrlint.model.visible import one_line, short

MOST = 10
"""How many rules, repositories and causes are listed."""


def render(totals: StoreTotals) -> str:
    """The totals in a screen: what was read, the rules and repositories with the most findings, and what could not be scanned."""
    run, files = totals.run, totals.files
    bad = [one for one in totals.repositories if one.status != "scanned"]
    statuses = ", ".join(f"{count:,} {status}" for status, count in totals.statuses.items())
    unended = "" if totals.is_ended else ", which has not ended"
    lines = [
        f"Run {run.run} of {run.started[:16].replace('T', ' ')} UTC, ecrlint {totals.version}{unended}",
        f"repositories  {len(totals.repositories):,}: {statuses or 'none'}",
        f"files         {', '.join(f'{count:,} {status}' for status, count in files.items())}; {totals.open:,} sets are open",
        f"findings      {run.error:,} errors, {run.warning:,} warnings, {run.note:,} notes; {totals.suppressed:,} suppressed",
        f"since before  {totals.new:,} new, {totals.gone:,} gone" if run.run > 1 else "since before  this is the first run",
    ]
    if totals.problems:
        lines.append(f"problems      {totals.problems:,} places of files could not be read")
    lines += _table(
        "Most common rules",
        ("findings", "repositories", "new", "rule"),
        [(one.findings, one.repositories, one.new, one.rule) for one in totals.rules],
    )
    worst = [one for one in totals.repositories if one.error or one.warning or one.note]
    lines += _table(
        "Repositories with the most findings",
        ("errors", "warnings", "notes", "new", "repository"),
        [(one.error, one.warning, one.note, one.new, _named(one.name, one.ref)) for one in worst],
    )
    lines += _table(
        "The same cause in several repositories",
        ("repositories", "cause"),
        [(one.repositories, f"{one.message} [{one.rule}]") for one in totals.causes],
    )
    lines += _table(
        "Not scanned",
        ("status", "repository"),
        [(one.status, f"{_named(one.name, one.ref)}: {one.reason}") for one in bad],
    )
    return "\n".join(one_line(line) for line in lines) + "\n"


def _named(name: str, ref: str) -> str:
    return name if ref == "HEAD" else f"{name} ({ref})"


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A table whose last column is text; nothing where it has no rows."""
    if not rows:
        return []
    shown = [[*(str(cell) for cell in row[:-1]), short(str(row[-1]), 120)] for row in rows[:MOST]]
    widths = [max(len(row[at]) for row in [heads, *shown]) for at in range(len(heads) - 1)]
    lines = []
    for row in [[*heads], *shown]:
        numbers = [cell.rjust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*numbers, row[-1]]))
    more = [f"and {len(rows) - MOST:,} more"] if len(rows) > MOST else []
    return ["", title, *(f"  {line}" for line in [*lines, *more])]

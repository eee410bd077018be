"""`ecrlint baseline`: the list of the findings that were there before."""

from __future__ import annotations

import click

from ecrlint.commands.options import CONFIG, ROOT, RULES_FROM, SETTINGS, VAR, VAR_FILE, as_options
from ecrlint.commands.output import CLEAN, FINDINGS, UNREAD, say, write
from ecrlint.model.visible import one_line


@click.command("baseline", context_settings=SETTINGS)
@click.argument("what", type=click.Choice(["write", "check"]))
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True))
@ROOT
@VAR_FILE
@VAR
@CONFIG
@RULES_FROM
@click.option("--baseline", "file", type=click.Path(dir_okay=False), metavar="FILE", help="The baseline, in place of that one.")
def baseline(
    what: str,
    paths: tuple[str, ...],
    root: str | None,
    var_files: tuple[str, ...],
    variables: dict[str, str],
    config: str | None,
    file: str | None,
) -> int:
    """Write the findings that there are now to the baseline, or check that it holds exactly these.

    The baseline is the file that the configuration names, or ecrlint-baseline.json beside it. Scans are silent about what is
    in it. `check` says what is new, what is gone, and which entries were until a day that has passed, with exit status 1
    where there is any of these.
    """
    from ecrlint.boundary.repository import boundary
    from ecrlint.config import shown
    from ecrlint.run.baseline import records

    within = boundary(paths or (".",), root)
    found = records(paths or (".",), within, as_options(config, var_files, baseline=file, variables=variables))
    for problem in found.problems:
        say(f"ecrlint: {within.shown(problem.path)}: {problem.message}")
    changed = False
    for record in found.records:
        if what == "write":
            record.write()
            say(f"wrote {record.count} finding{'s' * (record.count != 1)} to {shown(record.path)}")
            continue
        lines = [f"new:     {within.shown(one.span.path)}:{one.span.line}: {one.message} [{one.rule}]" for one in record.new]
        lines += [f"gone:    {entry.path}: {entry.address} [{entry.rule}]{_times(entry.count)}" for entry in record.gone]
        lines += [f"expired: {entry.path}: {entry.address} [{entry.rule}], until {entry.until}" for entry in record.late]
        changed = changed or bool(lines)
        write("".join(f"{one_line(line)}\n" for line in lines))
    return FINDINGS if changed else UNREAD if any(not problem.harmless for problem in found.problems) else CLEAN


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""

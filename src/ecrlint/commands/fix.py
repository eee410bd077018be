"""`ecrlint fix`: what has one right answer is mended."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from ecrlint.commands.options import CONFIG, IGNORE, ROOT, RULES_FROM, SELECT, SETTINGS, VAR, VAR_FILE, as_options, listed_paths
from ecrlint.commands.output import CLEAN, FINDINGS, UNREAD, is_on_terminal, say, write
from ecrlint.model.visible import one_line

if TYPE_CHECKING:
    from ecrlint.run.fix import Mended


@click.command("fix", context_settings=SETTINGS)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@click.option("--diff", "only_diff", is_flag=True, help="Print the changes as a diff and write nothing.")
@click.option("--unsafe", is_flag=True, help="Also make the fixes that let somebody do more, such as another subject of a role.")
@ROOT
@VAR_FILE
@VAR
@SELECT
@IGNORE
@CONFIG
@RULES_FROM
def fix(
    paths: tuple[str, ...],
    only_diff: bool,
    unsafe: bool,
    root: str | None,
    var_files: tuple[str, ...],
    variables: dict[str, str],
    select: frozenset[str],
    ignore: frozenset[str],
    config: str | None,
) -> int:
    """Mend the findings that have one right answer, and say which.

    A fix is written only if the file can still be read, its finding is gone and no other has come; comments and
    formatting stay. Exit status 1 where --diff shows a change.
    """
    from ecrlint.run import fix

    listed = listed_paths(paths) if paths else ["."]
    from ecrlint.boundary.repository import boundary

    within = boundary(listed, root)
    mended = fix.mend(listed, within, as_options(config, var_files, variables=variables, select=select, ignore=ignore), unsafe)
    if only_diff:
        write(_diff(mended), as_it_is=not is_on_terminal())  # git takes it byte for byte
    else:
        _write(mended)
        spans = [(one.rule, one.span) for one in mended.fixed]
        write("".join(f"{one_line(within.shown(at.path))}:{at.line}:{at.column}: fixed [{rule}]\n" for rule, at in spans))
    left, files = len(mended.left.findings), len(mended.changes)
    did = "would fix" if only_diff else "fixed"
    unfixed = f"{left} {'has' if left == 1 else 'have'} no automatic fix" if left else "nothing is left"
    say(f"{did} {len(mended.fixed)} finding{'s' * (len(mended.fixed) != 1)} in {files} file{'s' * (files != 1)}; {unfixed}")
    for problem in mended.left.problems:
        say(f"ecrlint: {within.shown(problem.path)}: {problem.message}")
    if only_diff and mended.changes:
        return FINDINGS
    return UNREAD if mended.left.unread else CLEAN


def _write(mended: Mended) -> None:
    from ecrlint.boundary.reader import Unread
    from ecrlint.run import fix

    try:
        fix.write(mended)
    except (Unread, OSError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise click.ClickException(f"nothing was changed, as a file cannot be written: {said}") from error


_LINE = re.compile(r"[^\n]*\n|[^\n]+")
"""A line as git sees it: no other character ends one, such as a form feed."""


def _quoted(path: str) -> str:
    """A path as git writes it in a diff: in quotes, with octal codes, where a reader would not see it as it is.

    https://git-scm.com/docs/git-diff#_generating_patch_text_with_p
    """
    if one_line(path) == path and not re.search(r'["\\]', path):
        return path
    codes = (chr(code) if 32 <= code < 127 and code not in b'"\\' else f"\\{code:03o}" for code in os.fsencode(path))
    return f'"{"".join(codes)}"'


def _diff(mended: Mended) -> str:
    import difflib

    lines: list[str] = []
    for change in mended.changes:
        before, after = (_LINE.findall(data.decode("utf-8")) for data in (change.before, change.after))
        path = mended.boundary.shown(change.path)
        for line in difflib.unified_diff(before, after, _quoted(f"a/{path}"), _quoted(f"b/{path}")):
            lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(lines)

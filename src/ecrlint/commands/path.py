"""`ecrlint path`: the way of an image, drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from ecrlint.commands.options import ROOT, SETTINGS
from ecrlint.commands.output import CLEAN, FINDINGS, is_colored, is_on_terminal, say, write

if TYPE_CHECKING:
    from ecrlint.model.picture import Picture


@click.command("path", context_settings=SETTINGS)
@click.argument("workload", metavar="[WORKLOAD]", required=False)
@click.option("--in", "paths", multiple=True, type=click.Path(exists=True), metavar="PATH", help="Folder or file; default: .")
@ROOT
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "mermaid", "dot", "svg"]),
    default="text",
    metavar="FORMAT",
    help="text, json, mermaid, dot, svg; default: text.",
)
def path(workload: str | None, paths: tuple[str, ...], root: str | None, form: str) -> int:
    """Draw the way of an image for each workload: who pulls, as which role, through which subnets and endpoints, from where.

    Each step is proven, broken or not known, with its place. WORKLOAD is the name or the address of a service, a task, a
    function, a project or a group of nodes; default: all whose images are in ECR, or may be. Exit status 1 where there
    is none.
    """
    from ecrlint.boundary.repository import boundary
    from ecrlint.run import path as question

    within = boundary(paths or (".",), root)
    answer = question.ask(paths or (".",), workload, within)
    for problem in answer.problems:
        say(f"ecrlint: {within.shown(problem.path)}: {problem.message}")
    if not answer.pictures:
        nearest = ", ".join(answer.nearest)
        called = "" if workload is None else f" is called {workload} and"
        hint = f"; to look in a folder or file: --in {workload}" if workload is not None and os.path.exists(workload) else ""
        say(f"ecrlint: no workload{called} pulls from ECR{hint}" + (f"; nearest: {nearest}" if nearest else ""))
        return FINDINGS
    write(_drawn(answer.pictures, form, within.shown), as_it_is=form == "text")
    return CLEAN


def _drawn(pictures: Sequence[Picture], form: str, shown: Callable[[str], str]) -> str:
    if form == "json":
        from ecrlint.report.path import as_json

        return as_json(pictures)
    from ecrlint.report.labels import as_found

    pictures = as_found(pictures, shown)
    match form:
        case "mermaid":
            from ecrlint.report import mermaid

            return mermaid.render(pictures)
        case "dot":
            from ecrlint.report import dot

            return dot.render(pictures)
        case "svg":
            from ecrlint.report import svg

            return svg.render(pictures)
    from ecrlint.report import path as report

    return report.as_text(pictures, color=is_colored("auto", is_on_terminal()))

"""GitLab pipelines to jobs: includes, templates, rules, and the scripts of each job."""

from __future__ import annotations

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.workflow.gitlab.configuration import configuration
from ecrlint.evaluate.workflow.gitlab.jobs import jobs
from ecrlint.model.job import Job
from ecrlint.model.script import ReadFile


def read(path: str, document: ReadFile, text: ReadFile, budget: Budget) -> tuple[tuple[Job, ...], list[str], set[str]]:
    """The jobs of a pipeline, what of it is not read, and the files that it includes; `document` has these, `text` scripts."""
    try:
        found = configuration(path, document, budget)
    except (Exceeded, RecursionError) as exceeded:
        return (), [f"what it includes is not evaluated: {exceeded}"], set()
    return tuple(jobs(path, found, text, budget)), found.notes, found.included

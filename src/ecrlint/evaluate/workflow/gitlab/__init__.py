"""GitLab pipelines to jobs: includes, templates, rules, and the scripts of each job."""

from __future__ import annotations

from collections.abc import Callable

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.workflow.gitlab.configuration import configuration
from ecrlint.evaluate.workflow.gitlab.jobs import jobs
from ecrlint.model.job import Job
from ecrlint.model.value import Value


def read(path: str, document: Callable[[str], Value | None], budget: Budget) -> tuple[tuple[Job, ...], list[str], set[str]]:
    """The jobs of a pipeline, what of it is not read, and the files that it includes; `document` has these by their paths."""
    try:
        found = configuration(path, document, budget)
    except (Exceeded, RecursionError) as exceeded:
        return (), [f"what it includes is not evaluated: {exceeded}"], set()
    return tuple(jobs(path, found, budget)), found.notes, found.included

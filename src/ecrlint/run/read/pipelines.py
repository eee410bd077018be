"""Pipelines: each workflow is a unit of its own, with the jobs that it runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecrlint.evaluate import workflow
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.workflow import Evaluation
from ecrlint.model.finding import Problem
from ecrlint.model.stack import Stack
from ecrlint.model.value import Map, Value
from ecrlint.run.scan_state import IRRELEVANT, ScanState, broke
from ecrlint.run.scenarios.unit import alone

_KIND = "github-workflow"
_CONCERNS = re.compile(rb"(?i)\becr\b|[._-]ecr[._-]|amazonaws|aws-actions/|docker[ /]|\bAWS_|uses:\s*['\"]?\./")
_FOLDER = ".github/workflows/"


def scan(run: ScanState, paths: Sequence[str]) -> None:
    """Read workflows. One that others call is followed where it is called, and alone only where nothing here calls it."""
    documents = _Documents(run)
    found: dict[str, Evaluation] = {}
    for path in paths:
        if not _CONCERNS.search(run.tree.data(path) or b""):
            run.status(path, _KIND, "skipped", IRRELEVANT)
            continue
        try:
            evaluation = documents.jobs(path)
        except Exception as error:  # a file that breaks us must not take the others with it
            run.status(path, _KIND, "failed", broke(run, path, error))
            continue
        problems = documents.problems(path)
        run.problems.extend(problems)
        reasons = [*(problem.message for problem in problems), *(() if evaluation is None else evaluation.notes)]
        if evaluation is None and not problems and documents.document(path) is None:
            run.status(path, _KIND, "skipped", "nothing but comments")
            continue
        if evaluation is None:
            run.status(path, _KIND, "failed", "; ".join(reasons[:3]) or "it is not a workflow")
            continue
        run.status(path, _KIND, "partial" if reasons else "analysed", "; ".join(reasons[:3]))
        found[path] = evaluation
    called = {path for evaluation in found.values() for path in evaluation.called}
    for path, evaluation in found.items():
        jobs = tuple(job for job in evaluation.jobs if path not in called or job.start.event != "workflow_call")
        if jobs:
            run.units.append(alone(Stack(path, jobs=jobs)))


class _Documents:
    """The YAML documents of a repository by their paths, each read once."""

    def __init__(self, run: ScanState) -> None:
        self.run = run
        self._read: dict[str, tuple[Value | None, list[Problem]]] = {}

    def document(self, path: str) -> Value | None:
        if path not in self._read:
            inside = not path.startswith("..") and self.run.tree.exists(path)
            source = self.run.tree.source(path) if inside else None
            problems: list[Problem] = []
            document = None if source is None else workflow.document(source, problems)
            self._read[path] = document, problems
        return self._read[path][0]

    def problems(self, path: str) -> list[Problem]:
        return self._read[path][1] if path in self._read else []

    def jobs(self, path: str) -> Evaluation | None:
        document = self.document(path)
        if not isinstance(document, Map) or not isinstance(document.get("jobs"), Map):
            return None
        root = path[: path.rindex(_FOLDER)]
        return workflow.github(path, document, lambda inner: self.document(f"{root}{inner}"), Budget())

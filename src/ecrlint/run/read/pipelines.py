"""Pipelines: each workflow is a unit of its own, with the jobs that it runs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ecrlint.evaluate import workflow
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.workflow import Evaluation
from ecrlint.model.finding import IRRELEVANT
from ecrlint.model.job import Job
from ecrlint.model.stack import Stack
from ecrlint.model.value import Map, Value
from ecrlint.run.read.presence import PIPELINE
from ecrlint.run.scan_state import ScanState, broke
from ecrlint.run.scenarios.unit import alone

_FOLDER = ".github/workflows/"
_NAMES = {
    "github-workflow": "a workflow",
    "gitlab-pipeline": "a pipeline",
    "buildspec": "a build specification",
    "script": "a script",
}


def scan(run: ScanState, paths: Sequence[str]) -> None:
    """Read pipelines. One that others call is followed where it is called, and alone only where nothing here calls it; so is
    the build specification of a project."""
    found: dict[str, Evaluation] = {}
    calls = any(run.tree.language(path) == "script" for path in paths)
    for path in paths:
        kind = run.tree.language(path)
        data = run.tree.data(path) or b""
        if not _concerns(kind, data, calls):
            run.status(path, kind, "skipped", IRRELEVANT)
            continue
        try:
            evaluation = _jobs(run, path)
        except Exception as error:  # a file that breaks us must not take the others with it
            run.status(path, kind, "failed", broke(run, path, error))
            continue
        problems = run.files.problems(path)
        run.problems.extend(problems)
        reasons = [*(problem.message for problem in problems), *(() if evaluation is None else evaluation.notes)]
        if evaluation is None and not problems and kind != "script" and run.files.document(path) is None:
            run.status(path, kind, "skipped", "nothing but comments")
            continue
        if evaluation is None:
            run.status(path, kind, "failed", "; ".join(reasons[:3]) or f"it is not {_NAMES[kind]}")
            continue
        run.status(path, kind, "partial" if reasons else "analysed", "; ".join(reasons[:3]))
        found[path] = evaluation
        if kind == "gitlab-pipeline":
            for inner in evaluation.called & set(run.paths) - run.statuses.keys():
                run.status(inner, kind, "analysed")
    called = (run.files.builds | run.files.scripts).union(*(evaluation.called for evaluation in found.values()))
    for path, evaluation in found.items():
        jobs = tuple(job for job in evaluation.jobs if path not in called or not _is_told(job))
        if jobs:
            run.units.append(alone(Stack(path, jobs=jobs)))


def _concerns(kind: str, data: bytes, calls: bool) -> bool:
    """Whether something in a pipeline may concern ECR, itself or by what it calls: some script of the repository does where
    `calls`."""
    may_call = (calls and b".sh" in data) or (kind == "gitlab-pipeline" and b"include" in data)
    return may_call or PIPELINE.search(data) is not None


def _is_told(job: Job) -> bool:
    """Whether a job is followed where something calls, includes or builds by its file."""
    return job.platform == "gitlab" or job.start.event in ("workflow_call", "build", "call")


def _jobs(run: ScanState, path: str) -> Evaluation | None:
    """The jobs of a pipeline; None where it is none."""
    if run.tree.language(path) == "script":
        text = run.files.text(path)
        return None if text is None else workflow.script(path, text, Budget())
    document = run.files.document(path)
    if not isinstance(document, Map):
        return None
    match run.tree.language(path):
        case "buildspec":
            return workflow.buildspec(path, document, partial(run.files.called, path), Budget())
        case "gitlab-pipeline":
            return workflow.gitlab_pipeline(path, run.files.document, partial(run.files.called, path), Budget())
        case "github-workflow" if isinstance(document.get("jobs"), Map):
            root = path[: path.rindex(_FOLDER)]
            called = partial(run.files.called, path)
            read = partial(_document_below, run, root)
            return workflow.github(path, document, read, called, Budget(), run.files.steps)
        case _:
            return None


def _document_below(run: ScanState, root: str, path: str) -> Value | None:
    return run.files.document(f"{root}{path}")

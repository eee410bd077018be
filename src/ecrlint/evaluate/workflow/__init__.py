"""Pipelines to jobs: what starts each, as whom it calls AWS, and what it does in which order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.json_document import from_node
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Problem
from ecrlint.model.job import Job
from ecrlint.model.node import Node
from ecrlint.model.script import ReadFile, Script
from ecrlint.model.source import Source
from ecrlint.model.value import Map, Value
from ecrlint.parse import yaml


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The jobs of a pipeline, what of it is not read, and the files of the repository that it calls."""

    jobs: tuple[Job, ...]
    notes: tuple[str, ...] = ()
    called: frozenset[str] = frozenset()


def document(source: Source, problems: list[Problem]) -> Value | None:
    """The first document of a YAML file that is more than the header of a GitLab file (`spec`)."""
    nodes, found = yaml.parse(source)
    problems.extend(found)
    if len(nodes) > 1 and nodes[0].tag == "map" and [key.value for key, _ in nodes[0].value] == ["spec"]:
        nodes = nodes[1:]
    return from_node(_with_references(nodes[0]), problems) if nodes else None


def _with_references(node: Node) -> Node:
    """A tree in which the tag `!reference` is the key of a map."""
    match node.tag:
        case "map":
            return Node("map", tuple((key, _with_references(item)) for key, item in node.value), node.span)
        case "list":
            return Node("list", tuple(map(_with_references, node.value)), node.span)
        case "!reference":
            return Node("map", ((Node("string", node.tag, node.span), node.value),), node.span)
        case _:
            return node


def github(path: str, workflow: Map, read: ReadFile, text: ReadFile, budget: Budget, scripts: dict[object, Script]) -> Evaluation:
    """The jobs of a workflow of GitHub; `read` has the documents of the repository, and `text` its scripts. `scripts` keeps what
    has been made of the steps of workflows that several call."""
    from ecrlint.evaluate.workflow.jobs import Workflow

    following = Workflow(path, workflow, read, budget, scripts=scripts, text=text)
    jobs = tuple(following.jobs()) or tuple(following.uncalled())
    return Evaluation(jobs, _notes(path, budget, following.notes), frozenset(following.called))


def buildspec(path: str, specification: Map, text: ReadFile, budget: Budget) -> Evaluation:
    """What a build specification does for a project of CodeBuild of which nothing is known."""
    from ecrlint.evaluate.script import buildspec
    from ecrlint.model.job import Step, Trigger
    from ecrlint.model.script import Surroundings
    from ecrlint.model.truth import MAYBE, NO, YES
    from ecrlint.model.value import Unknown

    span = specification.span
    start = Trigger("build", Unknown("what starts the build is not known", span), span)
    jobs = tuple(
        Job(path, posixpath.basename(path), script.span, "codebuild", start, (step,), YES, MAYBE, token=NO)
        for script in buildspec.read(specification, budget, Surroundings(stops=True, folder="", file=text), lambda _: None)
        for step in (Step(script.span, script.acts, opaque=script.may_do_more, keyed=True, attests=False),)
    )
    return Evaluation(jobs, _notes(path, budget, ()))


def gitlab_pipeline(path: str, read: ReadFile, text: ReadFile, budget: Budget) -> Evaluation:
    """The jobs of a pipeline of GitLab; `read` has the documents of the repository, and `text` its scripts."""
    from ecrlint.evaluate.workflow.gitlab import read as read_pipeline

    jobs, notes, included = read_pipeline(path, read, text, budget)
    return Evaluation(jobs, _notes(path, budget, notes), frozenset(included))


def script(path: str, text: Value, budget: Budget) -> Evaluation:
    """What a script of the repository does for whoever runs it."""
    from ecrlint.evaluate.script import read
    from ecrlint.model.job import Step, Trigger
    from ecrlint.model.script import Surroundings
    from ecrlint.model.truth import MAYBE, YES
    from ecrlint.model.value import Unknown

    start = Trigger("call", Unknown("what runs the script is not known", text.span), text.span)
    found = read(text, budget, "", Surroundings())
    step = Step(text.span, found.acts, opaque=found.may_do_more, keyed=True, attests=False)
    job = Job(path, posixpath.basename(path), text.span, "script", start, (step,), YES, MAYBE)
    return Evaluation((job,), _notes(path, budget, (found.may_do_more,) if found.unread else ()))


def _notes(path: str, budget: Budget, more: Iterable[str]) -> tuple[str, ...]:
    """What of a pipeline is not read: what went over its budget, its own first, and more."""
    cut = [
        reason if place == path else f"{place}, {reason}"
        for place, reasons in sorted(budget.cut.items(), key=lambda some: some[0] != path)
        for reason in reasons
    ]
    return tuple(dict.fromkeys((*cut, *more)))

"""Files that stand alone: CloudFormation templates, Terraform plans, ECS task definitions, IAM policy documents."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial

from ecrlint.evaluate.budget import Budget
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import IRRELEVANT, Problem, Status
from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.model.stack import Stack
from ecrlint.model.value import Map, Unknown, Value
from ecrlint.run.read.documents import parse
from ecrlint.run.read.files import Tree
from ecrlint.run.read.language import MANIFESTS, evident
from ecrlint.run.read.presence import concerns, given
from ecrlint.run.read.repository_files import RepositoryFiles
from ecrlint.run.read.scripts import read_scripts
from ecrlint.run.scan_state import ScanState, broke, stated_place
from ecrlint.run.scenarios.unit import DeployableUnit, Reading, alone

_NESTED = re.compile(rb"\b(?:TemplateURL|Location|aws:asset:path)['\"]?\s*:\s*['\"]?([\w./-]+\.(?:ya?ml|json|template))\b")
_NESTING = (b"TemplateURL", b"AWS::Serverless::Application", b"aws:asset:path", b"AWS::CodeBuild::Project")
_LOOSE = re.compile(r"[cC]ontainerDefinitions|taskDefinition|Statement")
"""The keys by which a loose task definition or policy is known."""
_IN_QUOTES = re.compile(r'"[cC]ontainerDefinitions"')


MAX_TEMPLATE_BYTES = 2 << 20
"""A larger template is not read: CloudFormation takes at most 1 MB.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""


MAX_DOCUMENTS = 100
"""How many documents of one file are read, each as a unit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file turned out to be, and what was read of it. `notes` say what was not resolved."""

    kind: str
    units: tuple[DeployableUnit, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    nested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read(
    source: Source,
    templates: Callable[[str], Node | None],
    deployed: Mapping[str, Value] | None = None,
    files: RepositoryFiles | None = None,
) -> Outcome | None:
    """Read a file by its content; None where it is none of ours. `templates` has the templates that others nest,
    `deployed` what the user states of the place where it is deployed, `files` what is named by its path."""
    nodes, problems = parse(source)
    filled_in = _filled_in(source) if problems else None
    if filled_in is not None:
        return filled_in if filled_in.kind else None
    units: list[DeployableUnit] = []
    notes: list[str] = []
    nested: dict[str, tuple[str, ...]] = {}
    kind = ""
    if len(nodes) > MAX_DOCUMENTS:
        notes.append(f"only the first {MAX_DOCUMENTS} of its {len(nodes)} documents are read")
    for at, node in enumerate(nodes[:MAX_DOCUMENTS]):
        name = source.path if at == 0 else f"{source.path}#{at + 1}"
        outcome = _one(name, source, node, templates, deployed or {}, files)
        if outcome is not None:
            kind = outcome.kind
            units.extend(outcome.units)
            problems.extend(outcome.problems)
            notes.extend(outcome.notes)
            nested.update(outcome.nested)
    if not kind and problems:
        kind = _evident_kind(source)
    return Outcome(kind, tuple(units), tuple(problems), tuple(dict.fromkeys(notes)), nested) if kind else None


def _one(
    name: str,
    source: Source,
    node: Node,
    templates: Callable[[str], Node | None],
    deployed: Mapping[str, Value],
    files: RepositoryFiles | None,
) -> Outcome | None:
    from ecrlint.evaluate import cloudformation

    if cloudformation.is_template(node):
        from ecrlint.adapt import cloudformation as adapter
        from ecrlint.adapt.kept import Kept

        budget = Budget()
        evaluation = cloudformation.evaluate(node, source, adapter.TABLE, adapter.TABLE.documents, budget, templates)
        scripts = read_scripts(budget, files, source.path)
        adapt = partial(adapter.adapt, name, deployed=deployed, scripts=scripts, kept=Kept())
        unit = DeployableUnit(
            Reading(evaluation.resources, adapt),
            alternatives=evaluation.of_few_values,
            read_with=lambda other: evaluation.with_values(other.given, other.touched),
        )
        _ = unit.open  # the problems and notes are those of what is read for it
        return Outcome("cloudformation", (unit,), evaluation.problems, evaluation.notes, evaluation.nested)
    from ecrlint.evaluate import placeholders
    from ecrlint.evaluate.json_document import from_node

    if node.tag != "map" or not any(_LOOSE.fullmatch(key.value) for key, _ in node.value):
        return None
    problems: list[Problem] = []
    return _document(name, placeholders.with_holes(from_node(node, problems)), problems)


def _plan(run: ScanState, source: Source, deployed: Mapping[str, Value]) -> Outcome | None:
    from ecrlint.adapt import terraform as adapter
    from ecrlint.adapt.kept import Kept
    from ecrlint.run.read import plan

    budget = Budget()
    evaluation = plan.read(run.tree, source, budget)
    if evaluation is None:
        return None
    scripts = read_scripts(budget, run.files, source.path)
    adapt = partial(adapter.adapt, source.path, deployed=deployed, scripts=scripts, kept=Kept())
    unit = DeployableUnit(Reading(evaluation.resources, adapt))
    _ = unit.open  # the problems are those of what is read for it
    units = (unit,) if evaluation.resources or not evaluation.problems else ()
    return Outcome("terraform-plan", units, tuple(evaluation.problems), tuple(evaluation.notes))


def _document(name: str, value: Value, problems: list[Problem]) -> Outcome | None:
    """A loose task definition or policy."""
    from ecrlint.adapt import iam_policy, task_definition

    if task_definition.is_task_definition(value):
        return Outcome("task-definition", (alone(task_definition.adapt(name, value)),), tuple(problems))
    if iam_policy.is_policy(value):
        return Outcome("iam-policy", (alone(iam_policy.adapt(name, value)),), tuple(problems))
    return None


def _filled_in(source: Source) -> Outcome | None:
    """A document that is JSON only once its placeholders are filled in, of no kind where it is none of ours; None where it
    has none, where they are not to blame, and for a template."""
    from ecrlint.evaluate import placeholders

    kind = _evident_kind(source)
    if not kind or not placeholders.has_placeholders(source.text):
        return None
    value, problems = placeholders.document(source)
    if problems or (isinstance(value, Map) and isinstance(value.entries.get("Resources"), Map)):
        return None
    if isinstance(value, Unknown):
        note = "what its placeholders stand for decides what it is"
        return None if kind == "cloudformation" else Outcome(kind, (alone(Stack(source.path)),), (), (note,))
    return _document(source.path, value, problems) or Outcome("", (), ())


def _evident_kind(source: Source) -> str:
    """What a file that cannot be parsed was evidently meant to be; empty where that is not evident."""
    is_sure = source.language != "task-definition" or _IN_QUOTES.search(source.text)
    return source.language if is_sure and source.language in ("cloudformation", "task-definition", "iam-policy") else ""


def _template(run: ScanState, path: str) -> Node | None:
    """The document of a template of the tree that another nests, read once."""
    from ecrlint.evaluate import cloudformation

    if path not in run.templates:
        near = not path.startswith("..") and len(run.tree.data(path) or b"") <= MAX_TEMPLATE_BYTES
        source = run.tree.source(path) if near else None
        nodes, problems = ([], []) if source is None else parse(source)
        found = run.templates[path] = next((node for node in nodes if cloudformation.is_template(node)), None)
        run.problems.extend(problems if found is not None else ())
    return run.templates[path]


def outermost_first(tree: Tree, paths: Sequence[str]) -> list[str]:
    """The files in an order in which a template that nests others stands before these."""
    nested: dict[str, None] = {}
    for path in paths:
        data = tree.data(path) or b""
        for match in _NESTED.finditer(data) if nests(data) else ():
            inner = posixpath.normpath(posixpath.join(posixpath.dirname(path), match.group(1).decode()))
            if inner != path:
                nested[inner] = None
    return [*(path for path in paths if path not in nested), *(path for path in paths if path in nested)]


def nests(data: bytes) -> bool:
    """Whether a file may be a template that nests others, or names the build specification of a project."""
    return any(word in data for word in _NESTING)


def scan(run: ScanState, path: str) -> None:
    if run.tree.data(path) is None:
        _tell_unread(run, path)
        return
    kind = run.tree.language(path)
    if kind == "other":
        return
    data = run.tree.data(path) or b""
    if not concerns(kind, data) and not run.is_asked(given(kind, data)):
        run.status(path, kind, "skipped", IRRELEVANT)
        return
    if path in run.nested_templates:  # its findings are those of the template that nests it
        return
    if path in run.read_by_terraform:  # its findings are those of the resource that reads it
        if path not in run.statuses:
            run.status(path, kind, "analysed")
        return
    if kind == "cloudformation" and len(data) > MAX_TEMPLATE_BYTES:
        said = f"this template is larger than {MAX_TEMPLATE_BYTES >> 20} MiB and is not read"
        run.problems.append(Problem(said, path))
        run.status(path, kind, "failed", said)
        return
    source = run.tree.source(path)
    if source is None:
        return
    if kind in MANIFESTS:
        from ecrlint.run.read import manifests

        manifests.scan(run, path)
        return
    stated = stated_place(run.configs.of(path))
    try:
        outcome = (_plan(run, source, stated) if kind == "terraform-plan" else None) or read(
            source, partial(_template, run), stated, run.files
        )
    except Exception as error:  # a file that breaks us must not take the others with it
        run.status(path, kind, "failed", broke(run, path, error))
        return
    if outcome is None:
        return
    for inner, notes in outcome.nested.items():
        run.nested_templates.add(inner)
        run.status(inner, outcome.kind, "partial" if notes else "analysed", "; ".join(notes[:3]))
    run.units.extend(outcome.units)
    run.problems.extend(outcome.problems)
    reasons = [problem.message for problem in outcome.problems if not problem.harmless] + list(outcome.notes)
    status: Status = "analysed"
    if reasons:
        status = "partial" if outcome.units else "failed"
    run.status(path, outcome.kind, status, "; ".join(reasons[:3]))


def _tell_unread(run: ScanState, path: str) -> None:
    """Say of a file why it is not read: a failure where it is evidently ours, by its beginning or because the user names it."""
    why = next((problem.message for problem in run.tree.problems if problem.path == path), "there is no such file")
    kind = evident(path, run.tree.head(path))
    ours = kind != "other" or path in run.named
    run.status(path, "file" if kind == "other" else kind, "failed" if ours else "skipped", why)

"""The sections of a template, read from its tree. A key that is there twice is a problem; the last one counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field

from ecrlint.evaluate.budget import INSTANCE, Budget, Exceeded
from ecrlint.evaluate.cloudformation.loops import LOOP, MapEntries, unroll
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Problem, here_twice
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Unknown, Value, string

_HARMLESS = ("AWS::Serverless-", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-")
"""Transforms that change nothing in what a template says of other resources, or whose additions are told apart by type."""


@dataclass
class Template:
    """One template. `unread` says, with its place, what may hold resources that are not in `resources`."""

    parameters: Mapping[str, Node]
    mappings: Mapping[str, Node]
    conditions: dict[str, Node]
    outputs: dict[str, Node]
    resources: dict[str, tuple[Span, Mapping[str, Node]]]
    problems: list[Problem] = field(default_factory=list)
    unread: list[tuple[str, Span]] = field(default_factory=list)


def is_template(node: Node) -> bool:
    """Whether a document is a CloudFormation template: some resource of it has a type with `::` in it, or comes of a loop."""
    resources = _last(node, "Resources")
    if resources is None or resources.tag != "map":
        return False
    if any(key.value.startswith(LOOP) for key, _ in resources.value):
        return True
    types = (_last(body, "Type") for _, body in resources.value)
    return any(kind is not None and kind.tag == "string" and "::" in kind.value for kind in types)


def _last(node: Node, name: str) -> Node | None:
    found = None
    if node.tag == "map":
        for key, item in node.value:
            if key.value == name:
                found = item
    return found


def entries(node: Node | None, problems: list[Problem]) -> dict[str, Node]:
    """The entries of a map node; nothing of any other. What a syntax error took away stands under the empty name."""
    if node is None or node.tag != "map":
        return {}
    found: dict[str, Node] = {}
    for key, item in node.value:
        name = key.value
        if name in found and name:
            problems.append(here_twice(name, key.span))
        found[name] = item
    return found


def read(node: Node, budget: Budget) -> Template:
    """The sections of a template's document."""
    problems: list[Problem] = []
    sections = entries(node, problems)
    template = Template(
        parameters=entries(sections.get("Parameters"), problems),
        mappings=entries(sections.get("Mappings"), problems),
        conditions=entries(sections.get("Conditions"), problems),
        outputs=entries(sections.get("Outputs"), []),
        resources={},
        problems=problems,
    )
    _read_transforms(sections, template)
    broken = sections.get("")
    if broken is not None:
        template.unread.append(("what follows a syntax error is not read", broken.span))
    resources = sections.get("Resources")
    if resources is not None and resources.tag == "map":
        _read_resources(resources.value, template, budget)
    return template


def unroll_loops(template: Template, value: Callable[[Node], Value], budget: Budget) -> None:
    """Add the resources, conditions and outputs that loops make over what `value` knows."""
    for section in (template.conditions, template.outputs):
        for name in [name for name in section if name.startswith(LOOP)]:
            made = _unrolled(name, section.pop(name), value, budget)
            section.update({} if isinstance(made, Unknown) else {key.value: body for key, body in made})
    loops = [(name, *template.resources.pop(name)) for name in list(template.resources) if name.startswith(LOOP)]
    for name, span, body in loops:
        made = _unrolled(name, body["loop"], value, budget)
        if isinstance(made, Unknown):
            template.unread.append((made.why, span))
        else:
            _read_resources(made, template, budget)


def _unrolled(name: str, loop: Node, value: Callable[[Node], Value], budget: Budget) -> MapEntries | Unknown:
    """The entries that a loop makes, or why they are not known."""
    try:
        return unroll(loop, value, budget) or Unknown(f"what {name} loops over is not known", loop.span)
    except (Exceeded, RecursionError) as exceeded:
        return Unknown(f"{name} is not evaluated: {budget.cut_off(name, exceeded, loop.span).why}", loop.span)


def _read_transforms(sections: Mapping[str, Node], template: Template) -> None:
    for node in _transforms(sections):
        name = node.value if node.tag == "string" else ""
        if not name.startswith(_HARMLESS):
            reason = f"the transform {name or 'Fn::Transform'} may add resources"
            template.unread.append((reason, node.span))


def _transforms(sections: Mapping[str, Node]) -> Iterator[Node]:
    transform = sections.get("Transform")
    if transform is not None:
        yield from transform.value if transform.tag == "list" else (transform,)
    include = sections.get("Fn::Transform")
    if include is not None:
        yield include


def _read_resources(pairs: Iterable[tuple[Node, Node]], template: Template, budget: Budget) -> None:
    """Add resources to a template. A loop stands among them under its key until it is unrolled."""
    for key, body in pairs:
        name = key.value
        if name in template.resources:
            template.problems.append(
                Problem(f'"{name}" is here twice: the last one counts', key.span.path, key.span, harmless=True)
            )
        if name.startswith(LOOP):
            template.resources[name] = (key.span, {"loop": body})
        elif not budget.afford(INSTANCE):
            template.unread.append((f"only the first {len(template.resources)} resources are read", key.span))
            return
        elif name.startswith("Fn::Transform"):
            template.unread.append(("Fn::Transform makes resources that are not read", key.span))
        elif not name:
            template.unread.append(("what is no valid JSON is not read", body.span))
        else:
            template.resources[name] = (key.span, entries(body, template.problems))


STACKS = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""The types that nest a template, and the property that says where it is."""


def location(body: Mapping[str, Node], evaluate: Callable[[Node], Value]) -> str | None:
    """Where in the repository, from its own folder, a resource nests a template from; None where that is elsewhere.

    `aws cloudformation package` takes a relative path; the CDK keeps it in the resource's metadata.
    """
    kind, metadata = body.get("Type"), entries(body.get("Metadata"), [])
    if kind is None or kind.tag != "string" or kind.value not in STACKS:
        return None
    found = metadata.get("aws:asset:path") or entries(body.get("Properties"), []).get(STACKS[kind.value])
    text = None if found is None else string(evaluate(found))
    return None if not text or ":" in text or text.startswith("/") else text

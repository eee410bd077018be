"""What leaves a root: the names and the references in its outputs, in what it writes down for others, and in its commands.

A name that is known is followed to the resource that has it, through locals, modules and loops: an equal string elsewhere in a
document is nobody's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from ecrlint.evaluate.budget import Exceeded
from ecrlint.evaluate.terraform.attributes import BlockAttributes
from ecrlint.evaluate.terraform.expression import evaluate
from ecrlint.evaluate.terraform.forms import mentioned, subexpressions
from ecrlint.evaluate.terraform.module import ModuleCall, ModuleInstance
from ecrlint.evaluate.terraform.scope import Scope, force
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.value import Choice, List, Map, Ref, Scalar, Text, Unknown, Value, alternatives, holes, prefix

OUTGOING = "outgoing"
"""The type of what gives something out; its address ends with that of the output or the resource, `references` are what it
gives."""

_WRITTEN = {
    "aws_ssm_parameter": ("value", "insecure_value", "value_wo"),
    "aws_secretsmanager_secret_version": ("secret_string", "secret_string_wo"),
    "aws_s3_object": ("content",),
    "aws_s3_bucket_object": ("content",),
    "aws_cloudformation_stack": ("parameters", "template_body"),
    "aws_lambda_invocation": ("input",),
    "consul_keys": ("key",),
    "data.external": ("query",),
    "github_actions_environment_variable": ("value",),
    "github_actions_variable": ("value",),
    "gitlab_project_variable": ("value",),
    "local_file": ("content",),
    "tfe_variable": ("value",),
}
"""The arguments that are written down for others, or handed to a program or a template, by resource type."""

_TRIGGERED = frozenset({"null_resource", "terraform_data"})
"""The resources whose own arguments are there for their provisioners."""

_PATHS = ("attr", "index", "splat")

_APART = frozenset({"basename", "regex", "regexall", "replace", "split", "substr", "trimprefix"})
"""The functions that give a part of a string, as the name in an ARN is one."""


_Walked: TypeAlias = dict[tuple[int, int, bool], tuple[Node, Scope, tuple[Value, ...]]]
"""What each expression names that was looked at, by its identity and that of its scope, both of which are kept for it."""


def outgoing(root: ModuleInstance) -> Iterator[Resource]:
    """Each output of a root, and each parameter, file or provisioner here and below, with the names and references in it."""
    walked: _Walked = {}
    for name, body in root.folder.outputs.items():
        given = [*_caught(_strings(root.output(name, body.span))), *_caught(_of_output(root, name, walked))]
        yield _given(f"output.{name}", given, body.span)
    yield from _handed(root, walked)


def _handed(module: ModuleInstance, walked: _Walked) -> Iterator[Resource]:
    for (kind, name), body in module.folder.resources.items():
        commands = [block for label, _, block in body.blocks if label == "provisioner"]
        words = body.attributes if commands and kind in _TRIGGERED else _WRITTEN.get(kind, ())
        nodes = [body.attributes[word] for word in words if word in body.attributes]
        nodes += [node for block in commands for node in block.attributes.values()]
        if nodes:
            module.unit.budget.step(len(nodes))
            scope = module.scope.bind({"self": module.resource(kind, name, body.span)})
            given = [part for node in nodes for part in _caught(_of_expression(node, scope, walked))]
            yield _given(f"{module.prefix}{kind}.{name}", given, body.span)
    for child in module.children():
        yield from _handed(child, walked)


def _given(giver: str, given: Sequence[Value], span: Span) -> Resource:
    return Resource(OUTGOING, f"{OUTGOING}.{giver}", Map({"references": List(tuple(given), span)}, span), span)


def _caught(given: Iterator[Value]) -> Iterator[Value]:
    try:
        yield from given
    except (Exceeded, RecursionError):  # the root is partial
        return


def _strings(value: Value) -> Iterator[Value]:
    """The strings at any depth of what is given to another root, which are no ARNs."""
    match value:
        case Scalar() | Text():
            if not prefix(value).startswith("arn:"):
                yield value
        case List() | Map():
            for item in value.items if isinstance(value, List) else value.entries.values():
                yield from _strings(item)
        case Choice():
            yield from _strings(value.then)
            yield from _strings(value.otherwise)


def _of_output(module: ModuleInstance, name: str, walked: _Walked) -> Iterator[Value]:
    node = module.folder.outputs[name].attributes.get("value")
    if node is not None:
        yield from _of_value(module.output(name, node.span), node, module.scope, walked)


def _of_expression(node: Node, scope: Scope, walked: _Walked) -> Iterator[Value]:
    yield from _of_value(evaluate(node, scope), node, scope, walked)


def _of_value(value: Value, node: Node, scope: Scope, walked: _Walked) -> Iterator[Value]:
    """The string that an expression is, unless it is an ARN, and the references in its value and among what it names."""
    scope.budget.step(scope.budget.weigh(value))
    for side in alternatives(value):
        if isinstance(side, (Scalar, Text)) and not prefix(side).startswith("arn:"):
            yield side
    yield from _references(value)
    yield from _named(node, scope, walked)
    if any(isinstance(hole, Unknown) for side in alternatives(value) for hole in holes(side)):
        for part in mentioned(node, scope):
            yield from _references(part)


def _references(value: Value) -> Iterator[Value]:
    """The references at any depth of a value that was weighed, on whichever side of a condition."""
    for hole in holes(value):
        if isinstance(hole, Choice):
            yield from _references(hole.then)
            yield from _references(hole.otherwise)
        elif isinstance(hole, Ref):
            yield hole


def _named(node: Node, scope: Scope, walked: _Walked, apart: bool = False) -> tuple[Value, ...]:
    """The attributes of resources that an expression names, also by locals, outputs of modules and the names of its loops; what
    it takes `apart` may be any attribute. Each expression is walked once, however many outputs come to it."""
    node = force(node)
    key = id(node), id(scope), apart
    if key not in walked:
        walked[key] = node, scope, tuple(_once(_walk(node, scope, walked, apart)))
    return walked[key][2]


def _once(values: Iterable[Value]) -> Iterator[Value]:
    """The values without the references that came before."""
    seen: set[tuple[str, str]] = set()
    for value in values:
        if isinstance(value, Ref):
            if (value.address, value.attribute) in seen:
                continue
            seen.add((value.address, value.attribute))
        yield value


def _walk(node: Node, scope: Scope, walked: _Walked, apart: bool) -> Iterator[Value]:
    scope.budget.enter()
    try:
        if node.tag in (*_PATHS, "name"):
            yield from _by_path(node, scope, walked, apart)
        elif node.tag == "for":
            yield from _in_loop(node, scope, walked, apart)
        elif node.tag != "template" or not prefix(evaluate(node, scope)).startswith("arn:"):
            apart = apart or (node.tag == "call" and node.value[0] in _APART)
            for part in subexpressions(node.value):
                yield from _named(part, scope, walked, apart)
    finally:
        scope.budget.leave()


def _in_loop(node: Node, scope: Scope, walked: _Walked, apart: bool) -> Iterator[Value]:
    """What a loop names, once for each resource that it is about; of anything else what that names as well."""
    key, name, subject, *results = node.value
    items: list[Value] = [*_things(evaluate(subject, scope))]
    if not items:
        yield from _named(subject, scope, walked, apart)
    for item in items or [Unknown("it is no resource", subject.span)]:
        bound = scope.bind({name: item} | ({} if key is None else {key: Unknown("it is a key", node.span)}))
        for part in subexpressions(tuple(results)):
            yield from _named(part, bound, walked, apart)


def _by_path(node: Node, scope: Scope, walked: _Walked, apart: bool) -> Iterator[Value]:
    """What a traversal names; of a resource or a collection of them its next step, of all else all that is in it."""
    steps: list[str] = []
    whole = [*_things(evaluate(node, scope))]
    while node.tag in _PATHS and not whole:
        if node.tag == "splat":
            steps += [what for kind, what in reversed(node.value[1]) if kind == "attr"]
        elif node.tag == "attr":
            steps.append(node.value[1])
        scope.budget.step()
        node = force(node.value[0])
        whole = [*_things(evaluate(node, scope))]
    for thing in whole:
        call = scope.module.unit.objects.get(thing.address) if isinstance(scope.module, ModuleInstance) else None
        child = call.child() if isinstance(call, ModuleCall) else None
        if child is None:
            yield Ref(thing.address, "" if apart or not steps else steps[-1], node.span)
        else:
            for name in child.folder.outputs if not steps else child.folder.outputs.keys() & {steps[-1]}:
                yield from _strings(child.output(name, node.span)) if not steps else ()
                yield from _of_output(child, name, walked)
    if node.tag != "name":
        yield from () if whole else _named(node, scope, walked, apart)
    elif not whole and steps and isinstance(scope.module, ModuleInstance):
        written = _written(node.value, steps[-1], scope.module)
        if written is not None:
            yield from _named(*written, walked, apart)


def _written(word: str, name: str, module: ModuleInstance) -> tuple[Node, Scope] | None:
    """The expression that a local, or a variable of a module that is called, has its value from."""
    if word == "local":
        expression = module.folder.locals.get(name)
        return None if expression is None else (expression, module.scope)
    return module.inputs.written(name) if word == "var" and module.prefix and isinstance(module.inputs, BlockAttributes) else None


def _things(value: Value) -> Iterator[Ref]:
    """The resources and module calls that a value is, or is a collection of."""
    match value:
        case Ref(attribute=""):
            yield value
        case List():
            for item in value.items:
                yield from _things(item)
        case Map():
            for item in value.entries.values():
                yield from _things(item)
        case Choice():
            yield from _things(value.then)
            yield from _things(value.otherwise)

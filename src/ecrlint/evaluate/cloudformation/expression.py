"""The nodes of a template to values, as CloudFormation would evaluate them, with what nobody can know kept unknown."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import partial

from ecrlint.evaluate.budget import DEEP, Budget, Exceeded
from ecrlint.evaluate.cloudformation.conditions import choose, compared, implied, truth
from ecrlint.evaluate.cloudformation.functions import FUNCTIONS, split
from ecrlint.evaluate.cloudformation.loops import LOOP, unroll
from ecrlint.evaluate.cloudformation.place import Compared
from ecrlint.evaluate.cloudformation.substitution import as_string, literal
from ecrlint.evaluate.cloudformation.template import Template, entries, location, read, unroll_loops
from ecrlint.evaluate.json_document import decode
from ecrlint.evaluate.placeholders import has_placeholders
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, Truth
from ecrlint.model.truth import truth as truth_of
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null, string

_PSEUDO = {
    "AWS::AccountId": "account_id",
    "AWS::Region": "region",
    "AWS::Partition": "partition",
    "AWS::URLSuffix": "dns_suffix",
    "AWS::StackName": "stack_name",
    "AWS::StackId": "stack_id",
    "AWS::NotificationARNs": "notification_arns",
}
_OWN = ("AWS::StackName", "AWS::StackId", "AWS::NotificationARNs")


MAX_NESTING = 8
"""How deep templates are read that are nested in each other."""

STACK = 500
"""How many steps a nested stack costs, whatever is in it."""

Templates = Callable[[str], Node | None]
"""The document of the template at a path of the repository; None where there is none."""


@dataclass
class TemplateInstance:
    """One template while it is evaluated. `documents` gives the properties of a type whose string is a JSON document.

    `prefix` is what its names begin with where it is nested in another (`Stack.`), `arguments` what it is then given, and
    `parent` the place where that stands. `joined`: conditions are called alike in all templates of the tree.
    """

    template: Template
    documents: Callable[[str], frozenset[str]]
    budget: Budget
    path: str = ""
    templates: Templates | None = None
    prefix: str = ""
    arguments: Mapping[str, Node] = field(default_factory=dict)
    parent: TemplateScope | None = None
    joined: bool = False
    children: dict[str, TemplateInstance | None] = field(default_factory=dict)
    parameters: dict[str, Value] = field(default_factory=dict)
    asking: set[str] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)
    problems: dict[tuple[str, int], Problem] = field(default_factory=dict)
    compared: Compared | None = None

    def problem(self, problem: Problem) -> None:
        """Keep a problem, once."""
        self.problems.setdefault((problem.message, problem.span.start if problem.span else -1), problem)

    def parents(self) -> Iterator[TemplateInstance]:
        """The templates that this one is nested in, innermost first."""
        unit = self
        while unit.parent is not None:
            unit = unit.parent.unit
            yield unit


@dataclass(frozen=True)
class TemplateScope:
    """Where an expression stands: its unit, and the conditions that hold or do not hold there.

    `documents` are the properties, at any depth, whose string is a JSON document.
    """

    unit: TemplateInstance
    assumed: Mapping[str, bool] = field(default_factory=dict)
    known: dict[str, Truth] = field(default_factory=dict)
    documents: frozenset[str] = frozenset()

    def assume(self, condition: str, holds: bool) -> TemplateScope:
        """The same place, where a condition is known and with it what follows from it."""
        more = dict(implied(self.unit.template.conditions, condition, holds))
        self.unit.budget.step(len(more) + len(self.assumed))
        return TemplateScope(self.unit, {**self.assumed, **more}, documents=self.documents)

    def truth(self, condition: str, span: Span) -> Truth:
        """Whether a named condition holds. One that depends on itself is a problem and may hold."""
        if condition in self.assumed:
            return truth_of(self.assumed[condition])
        found = self.known.get(condition)
        if found is None:
            node = self.unit.template.conditions.get(condition)
            if node is None:
                return MAYBE
            if condition in self.unit.asking:
                self.unit.problem(Problem(f"the condition {condition} depends on itself", node.span.path, node.span))
                return MAYBE
            self.unit.asking.add(condition)
            try:
                found = self.known[condition] = truth(self, node)
            finally:
                self.unit.asking.discard(condition)
        return found

    @property
    def template(self) -> Template:
        return self.unit.template

    @property
    def conditions(self) -> Mapping[str, Node]:
        return self.unit.template.conditions

    @property
    def compared(self) -> Compared:
        """The comparisons of the template's conditions."""
        if self.unit.compared is None:
            self.unit.compared = compared(TemplateScope(self.unit))
        return self.unit.compared

    def allowed(self, parameter: str) -> tuple[str, ...]:
        """The strings that the parameter at an address may be, in order; empty where it may be anything."""
        for unit in (self.unit, *self.unit.parents()):
            node = unit.template.parameters.get(parameter.removeprefix(unit.prefix))
            if node is not None and parameter.startswith(unit.prefix):
                allowed = allowed_values(node)
                unit.budget.step(len(allowed))
                return tuple(map(spelled, allowed))
        return ()

    def declared(self, address: str) -> tuple[str, Mapping[str, Node]]:
        """The type and the properties of the resource at an address of this template or one that it is nested in."""
        for unit in (self.unit, *self.unit.parents()):
            found = unit.template.resources.get(address.removeprefix(unit.prefix)) if address.startswith(unit.prefix) else None
            if found is not None:
                kind = found[1].get("Type")
                properties = entries(found[1].get("Properties"), [])
                unit.budget.step(len(properties) >> 4)
                return (str(kind.value) if kind is not None and kind.tag == "string" else ""), properties
        return "", {}

    @property
    def budget(self) -> Budget:
        return self.unit.budget

    def choose(self, condition: str, then: Value, otherwise: Value, span: Span) -> Value:
        """One value or the other, or the choice between them, as a named condition decides."""
        return choose(self, condition, then, otherwise, span)

    # Values

    def value(self, node: Node) -> Value:
        """The value of a node. A property that is taken away (`AWS::NoValue`) is null."""
        budget = self.unit.budget
        budget.enter()
        try:
            return self._value(node)
        finally:
            budget.leave()

    def _value(self, node: Node) -> Value:
        match node.tag:
            case "string":
                return literal(node, self.unit.budget)
            case "number" | "bool" | "null":
                return Scalar(node.value, node.span)
            case "map":
                return self._map(node)
            case "list":
                return self._list(node)
            case "unreadable":
                return Unknown("this cannot be read", node.span)
            case tag:
                name = tag[1:]
                return self.call(name if name in ("Ref", "Condition") else f"Fn::{name}", node.value, node.span)

    def call(self, name: str, argument: Node, span: Span) -> Value:
        """The value of an intrinsic function."""
        function = FUNCTIONS.get(name)
        if function is None:
            self.note(f"{name} is not evaluated")
            return Unknown(f"{name} is not evaluated", span)
        return function(self, argument, span)

    def note(self, text: str) -> None:
        """Say, once per text, that something of the template was not resolved."""
        self.unit.notes.setdefault(text)

    def _list(self, node: Node) -> Value:
        found = [self.value(item) for item in node.value]
        return List(tuple(item for item in found if not is_null(item)), node.span)

    def _map(self, node: Node) -> Value:
        pairs = node.value
        if len(pairs) == 1:
            name = pairs[0][0].value
            if name == "Ref" or (name.startswith("Fn::") and not name.startswith(LOOP)):
                return self.call(name, pairs[0][1], node.span)
        found: list[Problem] = []
        values: dict[str, Value] = {}
        complete = True
        for name, item in self._unrolled(entries(node, found)):
            if not name or name.startswith("Fn::"):  # what a function adds to a map is not read
                complete = False
                if name:
                    self.note(f"{':'.join(name.split(':')[:3])} is not evaluated")
                continue
            value = self.named(name, item, self._document)
            if not is_null(value):
                values[name] = value
        for problem in found:
            self.unit.problem(problem)
        return Map(values, node.span, complete)

    def named(self, name: str, node: Node, read: Callable[[str, Value], Value] = lambda _, value: value) -> Value:
        """The value of what has a name, as `read` reads it; unknown where that goes over the budget."""
        try:
            return read(name, self.value(node))
        except (Exceeded, RecursionError) as exceeded:
            return self.unit.budget.cut_off(name, exceeded, node.span)

    def _unrolled(self, items: Mapping[str, Node]) -> Iterator[tuple[str, Node]]:
        for name, item in items.items():
            made = unroll(item, self.value, self.unit.budget) if name.startswith(LOOP) else None
            yield from [(name, item)] if made is None else [(key.value, body) for key, body in made]

    def _document(self, name: str, value: Value) -> Value:
        if name not in self.documents or not isinstance(value, (Scalar, Text, Json, Choice)):
            return value
        self.unit.budget.hand_over(value)
        document, problems = decode(value, name)
        text = string(value)
        for problem in problems if text is None or not has_placeholders(text) else ():  # which somebody fills in later
            self.unit.problem(problem)
        return document

    # Names

    def attribute(self, name: str, attribute: str, span: Span) -> Value:
        """What `Fn::GetAtt` gives: an output of a nested stack that is read, otherwise a reference."""
        if name not in self.unit.template.resources:
            return Unknown(f"{name} is not in this template", span, error=True)
        section, _, output = attribute.partition(".")
        child = nested(self, name) if section == "Outputs" else None
        if child is None:
            return Ref(self.unit.prefix + name, attribute, span)
        if attribute in child.asking:
            return Unknown(f"the output {output} of {name} depends on itself", span)
        declared = entries(child.template.outputs.get(output), []).get("Value")
        if declared is None:
            return Unknown(f"{name} has no output {output}", span, error=True)
        child.asking.add(attribute)
        try:
            return TemplateScope(child).value(declared)
        finally:
            child.asking.discard(attribute)

    def ref(self, name: str, span: Span) -> Value:
        """What `Ref` gives for a name: a parameter's value, a pseudo parameter, or a resource's own reference."""
        if name in self.unit.template.parameters:
            return self.parameter(name, span)
        if name in self.unit.template.resources:
            return Ref(self.unit.prefix + name, "Ref", span)
        if name == "AWS::NoValue":
            return Scalar(None, span)
        if name in _PSEUDO:
            own = self.unit.prefix if name in _OWN else ""  # each stack has its own
            return Ref(own + "aws", _PSEUDO[name], span)
        return Unknown(f"{name} is not in this template", span, error=True)

    def parameter(self, name: str, span: Span) -> Value:
        """What a parameter is given or its default, with the place of that; otherwise a reference to the parameter."""
        found = self.unit.parameters.get(name)
        if found is None:
            found = self.unit.parameters[name] = self._parameter(name, span)
        return replace(found, span=span) if isinstance(found, Ref) else found

    def _parameter(self, name: str, span: Span) -> Value:
        unit, node = self.unit, self.unit.template.parameters[name]
        given = unit.arguments.get(name)
        if given is None or unit.parent is None:
            return _default(unit.prefix + name, node, span, given)
        if name in unit.asking:
            return Unknown(f"the parameter {name} depends on itself", span)
        unit.asking.add(name)
        try:
            value = unit.parent.value(given)
        finally:
            unit.asking.discard(name)
        return _default(unit.prefix + name, node, span) if is_null(value) else _as_type(value, _type(node), unit.budget)

    @property
    def prefix(self) -> str:
        return self.unit.prefix

    @property
    def joined(self) -> bool:
        return self.unit.joined


def _type(node: Node) -> str:
    kind = entries(node, []).get("Type")
    return str(kind.value) if kind is not None and kind.tag == "string" else "String"


def holds_one_value(node: Node) -> bool:
    """Whether a parameter is what it is given: not a list of it, nor what is kept under that name elsewhere."""
    return not _is_list(_type(node)) and "AWS::SSM::Parameter::Value" not in _type(node)


def _is_list(type_name: str) -> bool:
    return type_name == "CommaDelimitedList" or type_name.startswith("List<")


def _as_type(value: Value, type_name: str, budget: Budget) -> Value:
    """What a nested stack's parameter is where it is given a value: a string, or the list that a string lists."""
    if isinstance(value, Choice):
        return replace(
            value, then=_as_type(value.then, type_name, budget), otherwise=_as_type(value.otherwise, type_name, budget)
        )
    if "AWS::SSM::Parameter::Value" in type_name:
        return Unknown("it is read from the parameter store", value.span)
    text = as_string(value)
    if text is None:
        return value if not _is_list(type_name) or isinstance(value, List) else split(value, ",", value.span, budget)
    if _is_list(type_name):
        return _words(text, value.span)
    return value if isinstance(value, Scalar) and value.input is not None else Scalar(text, value.span)


def _words(text: str, span: Span) -> Value:
    words = [word.strip() for word in text.split(",")] if text.strip() else []
    return List(tuple(Scalar(word, span) for word in words), span)


def _default(name: str, node: Node, span: Span, given: Node | None = None) -> Value:
    declared = entries(node, [])
    allowed = allowed_values(node)
    default = given or (allowed[0] if len(allowed) == 1 else declared.get("Default"))
    type_name = _type(node)
    if default is None or default.tag not in ("string", "number", "bool") or "AWS::SSM::Parameter::Value" in type_name:
        return Ref(name, "", span)
    text = spelled(default)
    if _is_list(type_name):
        return _words(text, default.span)
    return Scalar(text, default.span, Ref(name, "", default.span) if text == "" and not allowed else None)


def allowed_values(node: Node) -> tuple[Node, ...]:
    """What a parameter may be, as its declaration lists it; empty where it may be anything."""
    allowed = entries(node, []).get("AllowedValues")
    items = allowed.value if allowed is not None and allowed.tag == "list" else ()
    return tuple(items) if all(item.tag in ("string", "number", "bool") for item in items) else ()


def spelled(node: Node) -> str:
    """A scalar of a declaration as the string that the parameter is: a boolean as JSON writes it, a number as it stands."""
    return str(node.value).lower() if node.tag == "bool" else node.value if node.tag == "string" else node.span.text


def nested(scope: TemplateScope, name: str) -> TemplateInstance | None:
    """The template of a nested stack, ready to be evaluated; None where it is not in the repository."""
    unit = scope.unit
    if name not in unit.children:
        unit.children[name] = _nested(TemplateScope(unit), name)
    return unit.children[name]


def _nested(scope: TemplateScope, name: str) -> TemplateInstance | None:
    unit = scope.unit
    place = location(unit.template.resources[name][1], partial(scope.named, f"the template of {name}"))
    path = None if place is None else posixpath.normpath(posixpath.join(posixpath.dirname(unit.path), place))
    if unit.templates is None or path is None:
        return None
    outer = [unit, *unit.parents()]
    if path in (one.path for one in outer):
        scope.note(f"{name} nests a template in itself")
        return None
    if len(outer) > MAX_NESTING:
        unit.budget.note(unit.path, f"{name} is not evaluated: {DEEP}")
        return None
    if not unit.budget.afford(STACK):
        unit.budget.note(unit.path, f"{name} is not evaluated: the template nests more than is evaluated")
        return None
    node = unit.templates(path)
    if node is None:
        return None
    given = entries(unit.template.resources[name][1].get("Properties"), []).get("Parameters")
    prefix = f"{unit.prefix}{name}."
    child = TemplateInstance(
        read(node, unit.budget), unit.documents, unit.budget, path, unit.templates, prefix, entries(given, []), scope, joined=True
    )
    unroll_loops(child.template, TemplateScope(child).value, unit.budget)
    return child

"""The nodes of a template to values, as CloudFormation would evaluate them, with what nobody can know kept unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecrlint.evaluate.cloudformation.conditions import Compared, choose, compared, implied, truth
from ecrlint.evaluate.cloudformation.functions import FUNCTIONS
from ecrlint.evaluate.cloudformation.template import Template, entries
from ecrlint.evaluate.cloudformation.text import literal
from ecrlint.evaluate.document import decode
from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, Truth
from ecrlint.model.truth import truth as truth_of
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null

_PSEUDO = {
    "AWS::AccountId": "account_id",
    "AWS::Region": "region",
    "AWS::Partition": "partition",
    "AWS::URLSuffix": "dns_suffix",
    "AWS::StackName": "stack_name",
    "AWS::StackId": "stack_id",
    "AWS::NotificationARNs": "notification_arns",
}


@dataclass
class Unit:
    """One template while it is evaluated. `documents` are the properties whose string is a JSON document."""

    template: Template
    documents: frozenset[str]
    parameters: dict[str, Value] = field(default_factory=dict)
    asking: set[str] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)
    problems: dict[tuple[str, int], Problem] = field(default_factory=dict)
    compared: Compared | None = None

    def problem(self, problem: Problem) -> None:
        """Keep a problem, once."""
        self.problems.setdefault((problem.message, problem.span.start if problem.span else -1), problem)


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: its unit, and the conditions that hold or do not hold there."""

    unit: Unit
    assumed: Mapping[str, bool] = field(default_factory=dict)
    known: dict[str, Truth] = field(default_factory=dict)

    def assume(self, condition: str, holds: bool) -> Scope:
        """The same place, where a condition is known and with it what follows from it."""
        more = dict(implied(self.unit.template.conditions, condition, holds))
        return Scope(self.unit, {**self.assumed, **more})

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
    def conditions(self) -> Mapping[str, Node]:
        return self.unit.template.conditions

    @property
    def compared(self) -> Compared:
        """The comparisons of the template's conditions."""
        if self.unit.compared is None:
            self.unit.compared = compared(Scope(self.unit))
        return self.unit.compared

    def choose(self, condition: str, then: Value, otherwise: Value, span: Span) -> Value:
        """One value or the other, or the choice between them, as a named condition decides."""
        return choose(self, condition, then, otherwise, span)

    # Values

    def value(self, node: Node) -> Value:
        """The value of a node. A property that is taken away (`AWS::NoValue`) is null."""
        match node.tag:
            case "string":
                return literal(node)
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
            if name == "Ref" or (name.startswith("Fn::") and not name.startswith("Fn::ForEach")):
                return self.call(name, pairs[0][1], node.span)
        found: list[Problem] = []
        values: dict[str, Value] = {}
        complete = True
        for name, item in entries(node, found).items():
            if not name or name.startswith(("Fn::Transform", "Fn::ForEach")):
                complete = False
                if name:
                    self.note(f"{':'.join(name.split(':')[:3])} is not evaluated")
                continue
            value = self._document(name, self.value(item))
            if not is_null(value):
                values[name] = value
        for problem in found:
            self.unit.problem(problem)
        return Map(values, node.span, complete)

    def _document(self, name: str, value: Value) -> Value:
        if name not in self.unit.documents or not isinstance(value, (Scalar, Text, Json, Choice)):
            return value
        document, problems = decode(value, name)
        for problem in problems:
            self.unit.problem(problem)
        return document

    # Names

    def ref(self, name: str, span: Span) -> Value:
        """What `Ref` gives for a name: a parameter's value, a pseudo parameter, or a resource's own reference."""
        if name in self.unit.template.parameters:
            return self.parameter(name, span)
        if name in self.unit.template.resources:
            return Ref(name, "Ref", span)
        if name == "AWS::NoValue":
            return Scalar(None, span)
        if name in _PSEUDO:
            return Ref("aws", _PSEUDO[name], span)
        return Unknown(f"{name} is not in this template", span, error=True)

    def parameter(self, name: str, span: Span) -> Value:
        """A parameter's default, with the place of that; a reference to the parameter where it has none."""
        found = self.unit.parameters.get(name)
        if found is None:
            found = self.unit.parameters[name] = _parameter(name, self.unit.template.parameters[name], span)
        return Ref(name, "", span) if isinstance(found, Ref) else found


def _parameter(name: str, node: Node, span: Span) -> Value:
    declared = entries(node, [])
    kind, default = declared.get("Type"), declared.get("Default")
    type_name = str(kind.value) if kind is not None and kind.tag == "string" else "String"
    if default is None or default.tag not in ("string", "number", "bool") or "AWS::SSM::Parameter::Value" in type_name:
        return Ref(name, "", span)
    text = default.value if default.tag == "string" else default.span.text
    if type_name == "CommaDelimitedList" or type_name.startswith("List<"):
        words = [word.strip() for word in text.split(",")] if text.strip() else []
        return List(tuple(Scalar(word, default.span) for word in words), default.span)
    return Scalar(text, default.span)

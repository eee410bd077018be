"""The attributes of a planned instance as values: what is known, what is not, and what stays secret."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.json_document import decode_attribute
from ecrlint.evaluate.plan.beside import Beside, Documents
from ecrlint.evaluate.plan.contents import Contents, Parts, PlannedInstance, mapping
from ecrlint.evaluate.plan.holes import Holes, is_pointer
from ecrlint.evaluate.plan.located_json import Located
from ecrlint.evaluate.plan.origins import InstanceScope, Origins
from ecrlint.evaluate.plan.providers import provider_of
from ecrlint.evaluate.terraform.policy_document import policy_document
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Problem
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.value import Json, List, Map, Ref, Scalar, Unknown, Value

_SENSITIVE = "it is sensitive"

_ECHOES = frozenset({("aws_iam_role", "managed_policy_arns"), ("aws_iam_role", "inline_policy")})
"""What the provider reports of other resources where the configuration does not say it."""

_PROVIDERS = frozenset({"region"})
"""What the provider gives every resource of its own where the configuration does not say it."""

_HASHED = re.compile(r"[0-9a-f]{40}")
_UNIQUE = re.compile(r"arn:\S+|[a-z]{1,8}-[0-9a-f]{8,17}")
"""A value that names one resource and no other: an ARN, or an identifier that AWS gave."""


class Reader:
    """Makes resources of the instances of a plan. `problems` grows while their attributes are read."""

    def __init__(
        self, contents: Contents, types: Container[str], documents: Documents, beside: Beside | None, budget: Budget
    ) -> None:
        self.contents = contents
        self.types = types
        self.documents = documents
        self.beside = beside
        self.budget = budget
        self.origins = Origins(contents, budget)
        self.problems: dict[tuple[str, str, int], Problem] = {}
        self._documents: dict[str, Value] = {}

    def resource(self, instance: PlannedInstance) -> Resource:
        attributes = PlannedAttributes(self, instance)
        calls = () if self.beside is None else self.beside.calls(instance.module)
        values = Map(attributes, attributes.span, attributes.complete)
        return Resource(
            instance.kind,
            instance.address,
            values,
            attributes.span,
            calls=calls,
            provider=provider_of(self.contents, instance),
            ignored=attributes.ignored,
        )

    def document(self, instance: PlannedInstance) -> Value:
        """The document of a policy document that is read only when the plan is applied."""
        found = self._documents.get(instance.address)
        if found is None:
            attributes = PlannedAttributes(self, instance)
            self._documents[instance.address] = Unknown("the document refers to itself", attributes.span)
            found = policy_document(Map(attributes, attributes.span), self.budget)
            self._documents[instance.address] = found
        return found

    def problem(self, problem: Problem) -> None:
        self.problems.setdefault((problem.message, problem.path, problem.span.start if problem.span else -1), problem)

    @cached_property
    def identified(self) -> dict[str, str]:
        """The addresses of the resources, and of the machine images, that are there already, by their ARNs and identifiers."""
        found: dict[str, str] = {}
        for instance in self.contents.instances.values():
            if instance.kind in self.types and (not instance.is_data or instance.kind == "data.aws_ami"):
                values = instance.parts().values
                for name in ("arn", "id"):
                    data = values[name].data if name in values else None
                    if isinstance(data, str) and _UNIQUE.fullmatch(data):
                        found.setdefault(data, f"{instance.address} {name}")
        return found


@dataclass(frozen=True, slots=True)
class _Part:
    """A value of an instance: the names that lead to it, its place, which of it is unknown and sensitive, and the
    expression that the configuration has for it (None where it has none that is for this value alone).

    `around` is the expression of an attribute that this stands in, as rules in a security group do. `untold` is the
    place of the instance where the plan does not tell whether this value is known.
    """

    names: tuple[str, ...]
    place: Located | None
    unknown: Located | None
    sensitive: Sequence[Any]
    expression: Any
    around: Any = None
    untold: Located | None = None

    @property
    def span(self) -> Span:
        found = self.place or self.unknown or self.untold
        assert found is not None
        return found.span

    @property
    def is_unknown(self) -> bool:
        return self.untold is not None or (self.unknown is not None and self.unknown.is_true)


class PlannedAttributes(Mapping[str, Value]):
    """The arguments of an instance, made when asked for, as the reading of `.tf` files would give them.

    What the configuration leaves to the provider, and the provider does not know yet, is not there; nor are nulls.
    """

    def __init__(self, reader: Reader, instance: PlannedInstance) -> None:
        self._reader = reader
        self._instance = instance
        block = reader.contents.block(instance)
        self._scope = InstanceScope(instance.module, instance.key, block)
        self._written = None if reader.beside is None else reader.beside.written(instance)
        self._values: dict[str, Value] = {}
        self._holes: dict[int, Value] = {}
        self._documents = reader.documents(instance.kind)
        self._references = Holes(reader.origins, self._documents, reader.document)

    @property
    def span(self) -> Span:
        return self._parts.place.span if self._written is None else self._written.span

    @property
    def ignored(self) -> frozenset[str]:
        """What `ignore_changes` names, of which only the `.tf` files speak."""
        return frozenset() if self._written is None else self._written.ignored

    @property
    def complete(self) -> bool:
        """Whether an attribute that is not here is not set."""
        return self._instance.told or self._expressions is not None

    @cached_property
    def _parts(self) -> Parts:
        return self._instance.parts()

    @cached_property
    def _expressions(self) -> dict[str, Any] | None:
        """The expressions of the configuration; None where it has no such block."""
        return None if self._scope.block is None else mapping(self._scope.block.get("expressions"))

    @cached_property
    def _present(self) -> dict[str, _Part]:
        parts = self._parts
        unknown = {} if parts.unknown is None else parts.unknown.entries()
        expressions = self._expressions or {}
        found = {}
        for name in {**parts.values, **unknown, **({} if self._instance.told else expressions)}:
            place = parts.values.get(name)
            below = [_below(one, name) for one in parts.sensitive]
            untold = None if self._instance.told or _is_whole(place) else parts.place
            part = _Part((name,), place, unknown.get(name), below, expressions.get(name), untold=untold)
            if self._is_present(part):
                found[name] = part
        return found

    def _is_present(self, part: _Part) -> bool:
        name = part.names[0]
        if part.is_unknown:
            return self._is_configured(name)
        if part.place is None:
            return False
        if part.place.is_null:
            return _has_true(part.unknown)
        if (self._instance.kind, name) in _ECHOES or name in _PROVIDERS or part.place.is_empty:
            return self._is_configured(name)
        return True

    def _is_configured(self, name: str) -> bool:
        """Whether the configuration says something of an attribute; blocks that are `dynamic` only the `.tf` files show."""
        if self._expressions is None or name in self._expressions:
            return True
        return self._written is not None and self._written.has(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._present)

    def __len__(self) -> int:
        return len(self._present)

    def __contains__(self, name: object) -> bool:
        return name in self._present

    def __getitem__(self, name: str) -> Value:
        found = self._values.get(name)
        if found is None:
            part = self._present[name]
            try:
                found = self._merged(part, self._value(part))
                self._reader.budget.hand_over(found)
            except (Exceeded, RecursionError) as exceeded:
                found = self._reader.budget.cut_off(f"{self._instance.address}.{name}", exceeded, part.span)
            self._values[name] = found
        return found

    def _merged(self, part: _Part, value: Value) -> Value:
        """The value at its place in the `.tf` files, which fill its holes."""
        if self._written is None:
            return value
        return self._written.merge(part.names[0], value, self._holes, self._reader.budget)

    # From the plan

    def _value(self, part: _Part) -> Value:
        budget = self._reader.budget
        budget.enter()
        try:
            return self._planned(part)
        finally:
            budget.leave()

    def _planned(self, part: _Part) -> Value:
        if any(one is True for one in part.sensitive):
            return Unknown(_SENSITIVE, part.span)
        if part.is_unknown:
            return self._hole(self._unknown(part))
        assert part.place is not None
        if part.place.is_list:
            return List(tuple(self._items(part)), part.span)
        if part.place.is_map:
            return Map(dict(self._entries(part)), part.span)
        return self._scalar(part, part.place.data)

    def _unknown(self, part: _Part) -> Value:
        if part.expression is None and part.around is not None:
            return self._references.inside(part.names, part.around, self._scope, part.span)
        return self._references.value(part.names, _expression(part.expression), self._scope, part.span)

    def _hole(self, value: Value) -> Value:
        """What stands for an unknown value, remembered as such; a document that was found for it is none."""
        if isinstance(value, Json):
            return value.value
        self._holes[id(value)] = value
        return value

    def _scalar(self, part: _Part, data: Any) -> Value:
        name, span = part.names[-1], part.span
        if isinstance(data, str) and name == "user_data" and _HASHED.fullmatch(data):
            return self._hole(Unknown("the plan has only its hash", span))
        if isinstance(data, str) and not self._instance.is_data and is_pointer(part.names) and _UNIQUE.fullmatch(data):
            address, _, attribute = self._reader.identified.get(data, "").rpartition(" ")
            if address and address != self._instance.address:
                return Ref(address, attribute, span)
        value = Scalar(data, span)
        return self._decoded(value, part.names) if name in self._documents else value

    def _decoded(self, value: Value, names: tuple[str, ...]) -> Value:
        self._reader.budget.hand_over(value)
        document, problems = decode_attribute(names[-1], value)
        for problem in problems:
            if self._written is not None:
                span = self._written.place(names[0])
                problem = replace(problem, path=span.path, span=span)
            self._reader.problem(problem)
        return document

    def _items(self, part: _Part) -> Iterator[Value]:
        assert part.place is not None
        unknown = [] if part.unknown is None else [place for place, _ in part.unknown.items()]
        places = list(part.place.items())
        if isinstance(part.expression, list):
            self._reader.budget.step(len(part.expression) * len(places))
        expressions = _of_blocks(part.expression, [data for _, data in places])
        # Of several blocks some may be `dynamic`, whose references the configuration does not have.
        around = None if len(places) > 1 and any(place.is_map for place, _ in places) else _around(part)
        parts = []
        for at, (place, _) in enumerate(places):
            below = [one[at] if isinstance(one, list) and at < len(one) else None for one in part.sensitive]
            open_ = unknown[at] if at < len(unknown) else None
            parts.append(_Part(part.names, place, open_, below, expressions[at], around))
        holes = self._item_holes(part, parts)
        for one in parts:
            yield holes.pop(0) if self._is_item_hole(one) else self._value(one)

    def _item_holes(self, part: _Part, parts: Sequence[_Part]) -> list[Value]:
        """What stands for the unknown items of a list, in their order."""
        spans = [one.span for one in parts if self._is_item_hole(one)]
        if not spans:
            return []
        if part.expression is None and part.around is not None:
            found = [self._references.inside(part.names, part.around, self._scope, span) for span in spans]
        else:
            found = self._references.values(part.names, _expression(part.expression), self._scope, spans)
        return [self._hole(value) for value in found]

    def _is_item_hole(self, part: _Part) -> bool:
        return part.is_unknown and not any(one is True for one in part.sensitive)

    def _entries(self, part: _Part) -> Iterator[tuple[str, Value]]:
        assert part.place is not None
        places = part.place.entries()
        unknown = {} if part.unknown is None else part.unknown.entries()
        block = part.expression if _is_block(part.expression) else None
        for name in {**places, **unknown}:
            below = [_below(one, name) for one in part.sensitive]
            expression = None if block is None else block.get(name)
            names = (*part.names, name)
            one = _Part(names, places.get(name), unknown.get(name), below, expression, _around(part))
            if one.is_unknown:
                if block is None or name in block:
                    yield name, self._value(one)
            elif one.place is not None and (not one.place.is_null or _has_true(one.unknown)):
                yield name, self._value(one)


def _below(sensitive: Any, name: str) -> Any:
    """What is sensitive of an entry of a map."""
    return True if sensitive is True else mapping(sensitive).get(name)


def _is_whole(place: Located | None) -> bool:
    """Whether no part of a value is null, which is what stands for the unknown in a list."""
    return place is not None and "null" not in place.text


def _has_true(unknown: Located | None) -> bool:
    """Whether any part of a value is unknown."""
    return unknown is not None and "true" in unknown.text


# What the configuration has for a part


def _is_block(expression: Any) -> bool:
    """Whether this is what the configuration has for a nested block, and not for an attribute."""
    return isinstance(expression, dict) and not expression.keys() <= {"references", "constant_value"}


def _expression(expression: Any) -> Any:
    return expression if isinstance(expression, dict) and not _is_block(expression) else None


def _around(part: _Part) -> Any:
    """The expression of the attribute that the parts of a part stand in; None where these are blocks with their own."""
    return part.around if part.around is not None else _expression(part.expression)


def _of_blocks(expression: Any, items: Sequence[Any]) -> list[Any]:
    """What the configuration has for each of a list of blocks, whose order need not be that of the configuration.

    None for a block that cannot be told from another, and for all where some come from a `dynamic` block.
    """
    if not isinstance(expression, list) or len(expression) != len(items):
        return [None] * len(items)
    if len(items) == 1:
        return list(expression)
    found: list[Any] = []
    for item in items:
        fitting = [one for one in expression if _fits(one, item)]
        found.append(fitting[0] if len(fitting) == 1 else None)
    return found


def _fits(block: Any, item: Any) -> bool:
    """Whether a block's values are those that the configuration states as constants."""
    for name, expression in mapping(block).items():
        if isinstance(expression, dict) and "constant_value" in expression:
            if _comparable(expression["constant_value"]) != _comparable(mapping(item).get(name)):
                return False
    return True


def _comparable(data: Any) -> Any:
    if isinstance(data, list):
        return sorted(str(one) for one in data)
    return str(data).lower() if isinstance(data, (bool, int, float)) else data

"""The inside of a block as values, and the keys that a block is repeated for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ecrlint.evaluate.budget import INSTANCE, Exceeded
from ecrlint.evaluate.json_document import FREE, decode_attribute
from ecrlint.evaluate.terraform.configuration import Body
from ecrlint.evaluate.terraform.expression import evaluate
from ecrlint.evaluate.terraform.functions import to_string
from ecrlint.evaluate.terraform.operators import choice
from ecrlint.evaluate.terraform.root_module import MAX_INSTANCES, RootModule
from ecrlint.evaluate.terraform.scope import STAND_IN, Scope, force
from ecrlint.model.dataclass import dataclass
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, List, Map, Scalar, Unknown, Value, alternatives

META = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle"})
"""The arguments of a resource that speak to Terraform."""

MODULE_META = frozenset({"count", "for_each", "depends_on", "source", "version", "providers"})
"""The arguments of a module call that speak to Terraform; a resource may have some of these for its own."""

BLOCKS = frozenset(
    {"condition", "metadata_options", "network_configuration", "not_principals", "principals", "statement", "vpc_config"}
)
"""What is a block in every resource and data source that has it. Terraform 0.11 took `principals = {` for one."""


_PUT_TOGETHER = re.compile(
    r"\b(?:templatefile|jsonencode|Statement)\b|\b(?:each|local|module|var)\.|\.(?:rendered|json)\b|[cC]ontainerDefinitions"
)
"""How an expression shows that it may put a document together."""


class BlockAttributes(Mapping[str, Value]):
    """The arguments and nested blocks of a block, evaluated when asked for. Blocks of one kind are a list of maps, where
    one that is there under a condition is a choice between it and null.

    Strings of the arguments named in `documents`, here and in nested blocks, are given as the JSON document that they hold.
    `blocks` are the names, here and in nested blocks, that are no arguments.
    """

    def __init__(
        self,
        body: Body,
        scope: Scope,
        unit: RootModule,
        hidden: frozenset[str] = frozenset(),
        documents: frozenset[str] = frozenset(),
        blocks: frozenset[str] = frozenset(),
    ) -> None:
        self._body = body
        self._scope = scope
        self._unit = unit
        self._hidden = hidden
        self._documents = documents
        self._blocks = blocks
        self._values: dict[str, Value] = {}

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys(self._body.attributes)
        for kind, labels, _ in self._body.blocks:
            names.setdefault(labels[0] if kind == "dynamic" and labels else kind)
        return (name for name in names if name not in self._hidden)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in set(self)

    def written(self, name: str) -> tuple[Node, Scope] | None:
        """The expression of an argument, and where it stands."""
        node = self._body.attributes.get(name)
        return None if node is None else (node, self._scope)

    def __getitem__(self, name: str) -> Value:
        found = self._values.get(name)
        if found is None:
            found = self._values[name] = self._value(name)
        return found

    def _value(self, name: str) -> Value:
        if name in self._hidden:
            raise KeyError(name)
        node = self._body.attributes.get(name)
        if node is None:
            return self._nested(name)
        if name in self._blocks and force(node).tag == "map" and node.span.source.language != "terraform-json":
            message = f'{name} is a block: "{name} {{". With "=" this is Terraform 0.11, and not read'
            self._unit.problem(message, node.span)
            return Unknown(message, node.span)
        if name in FREE and name in self._documents and not _PUT_TOGETHER.search(node.span.text):
            return Unknown("it is no document", node.span)
        try:
            value = evaluate(node, self._scope)
            self._unit.budget.hand_over(value)
        except (Exceeded, RecursionError) as exceeded:
            return self._unit.budget.cut_off(name, exceeded, node.span)
        if name not in self._documents:
            return value
        document, problems = decode_attribute(name, value)
        for problem in problems:
            self._unit.problems.setdefault((problem.message, f"{problem.path}:{problem.span}"), problem)
        return document

    def _nested(self, name: str) -> Value:
        items: list[Value] = []
        complete = True
        span: Span | None = None
        for kind, labels, body in self._body.blocks:
            if kind == name:
                items.append(self._block(body, self._scope))
            elif kind == "dynamic" and labels == (name,):
                try:
                    made, known = self._dynamic(name, body)
                except (Exceeded, RecursionError) as exceeded:
                    self._unit.budget.cut_off(f"dynamic {name}", exceeded, body.span)
                    made, known = [], False
                items.extend(made)
                complete = complete and known
            else:
                continue
            span = span or body.span
        if span is None:
            raise KeyError(name)
        return List(tuple(items), span, complete)

    def _block(self, body: Body, scope: Scope) -> Map:
        return Map(BlockAttributes(body, scope, self._unit, documents=self._documents, blocks=self._blocks), body.span)

    def _dynamic(self, name: str, body: Body) -> tuple[list[Value], bool]:
        content = next((inner for kind, _, inner in body.blocks if kind == "content"), None)
        each = body.attributes.get("for_each")
        iterator = body.attributes.get("iterator")
        if content is None or each is None:
            return [], False
        word = name if iterator is None else str(force(iterator).value)
        keys, complete = each_keys(evaluate(each, self._scope), each.span, lists=True)
        sure = [key for key in keys if not any(isinstance(side, Unknown) for side in alternatives(key.when))]
        if len(sure) > MAX_INSTANCES:
            sure = sure[:MAX_INSTANCES]
            self._unit.budget.note(body.span.path, f"only {MAX_INSTANCES} of the {len(keys)} {name} blocks are evaluated")
        self._unit.budget.step(INSTANCE * len(sure))
        scopes = (self._scope.bind({word: Map({"key": key.key, "value": key.value}, each.span)}) for key in sure)
        blocks = [_there(key.when, self._block(content, scope)) for key, scope in zip(sure, scopes, strict=True)]
        return blocks, complete and len(sure) == len(keys)


def _there(when: Value, block: Map) -> Value:
    """A block under a condition: null where it is not there. What is in it is not evaluated for that."""
    if isinstance(when, Choice):
        return Choice(when.condition, _there(when.then, block), _there(when.otherwise, block), block.span)
    return block if isinstance(when, Scalar) and when.value is True else Scalar(None, block.span)


@dataclass(frozen=True, slots=True)
class RepetitionKey:
    """One key of a `for_each` or `count`: its name in addresses, `each.key`, `each.value`, and the condition under which
    it is there."""

    name: str
    key: Value
    value: Value
    when: Value


def each_keys(value: Value, span: Span, lists: bool = False) -> tuple[list[RepetitionKey], bool]:
    """The keys of a `for_each` and whether these are all; where they may not be, one stands in for the others.

    `lists`: a list is iterated by index, as a dynamic block does; a resource takes only sets and maps.
    """
    always = Scalar(True, span)
    match value:
        case Map():
            keys = [RepetitionKey(name, Scalar(name, item.span), item, always) for name, item in value.entries.items()]
            complete = value.complete
        case List():
            keys = [
                RepetitionKey(str(at), Scalar(at, item.span), item, always)
                if lists and value.kind != "set"
                else RepetitionKey(to_string(item) or f"#{at}", item, item, always)
                for at, item in enumerate(value.items)
            ]
            complete = value.complete
        case Scalar(value=None | ""):
            keys, complete = [], True
        case Choice():
            return _either(value, span, lists)
        case _:
            keys, complete = [], False
    if not complete:
        keys.append(others(span))
    return keys, complete


def others(span: Span) -> RepetitionKey:
    """The key that stands for all that are not known, or not evaluated."""
    unknown = Unknown("the keys are not known", span)
    return RepetitionKey(STAND_IN, unknown, unknown, unknown)


def _either(value: Choice, span: Span, lists: bool) -> tuple[list[RepetitionKey], bool]:
    """The keys of both sides, each under the condition that its side is the one."""
    then, first = each_keys(value.then, span, lists)
    otherwise, second = each_keys(value.otherwise, span, lists)
    never = Scalar(False, span)
    sides = ({key.name: key for key in then}, {key.name: key for key in otherwise})
    keys = []
    for name in {**sides[0], **sides[1]}:
        a, b = sides[0].get(name), sides[1].get(name)
        when = choice(value.condition, a.when if a else never, b.when if b else never, span)
        if a is not None and b is not None:
            keys.append(RepetitionKey(name, a.key, choice(value.condition, a.value, b.value, span), when))
        else:
            one = a or b
            assert one is not None
            keys.append(RepetitionKey(name, one.key, one.value, when))
    return keys, first and second


def exists(when: Value) -> Truth:
    """Whether something that is there under a condition is there."""
    match when:
        case Scalar(value=bool(known)):
            return YES if known else NO
        case _:
            return MAYBE

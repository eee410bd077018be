"""The intrinsic functions of CloudFormation: each takes its argument's node and gives a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.cloudformation.place import Place
from ecrlint.evaluate.cloudformation.substitution import as_string, concat, substitute
from ecrlint.evaluate.cloudformation.template import entries
from ecrlint.model import arn
from ecrlint.model.dataclass import replace
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Choice, Json, List, Ref, Scalar, Text, Unknown, Value, alternatives, is_null, pieces, same

MAX_CHOICES = 6
"""How many items of one list may be there or not, each for itself, and the list still be read in every way."""


IntrinsicFunction = Callable[[Place, Node, Span], Value]

Declared = Callable[[str], tuple[str, Mapping[str, Node]]]
"""The type and the properties of the resource at an address; no type where none is declared there."""


def _nothing(address: str) -> tuple[str, Mapping[str, Node]]:
    return "", {}


def _lift(value: Value, apply: Callable[[Value], Value]) -> Value:
    """`apply` on a value, or on both sides of a choice."""
    if isinstance(value, Choice):
        return replace(value, then=_lift(value.then, apply), otherwise=_lift(value.otherwise, apply))
    return apply(value)


def _items(argument: Node, least: int, most: int) -> tuple[Node, ...] | None:
    """The arguments of a function that takes a list of so many; None where it was given something else."""
    if argument.tag != "list" or not least <= len(argument.value) <= most:
        return None
    items: tuple[Node, ...] = argument.value
    return items


def _wrong(name: str, span: Span) -> Unknown:
    return Unknown(f"{name} is not given what it takes", span, error=True)


def _ref(scope: Place, argument: Node, span: Span) -> Value:
    if argument.tag == "string":
        return scope.ref(argument.value, span)
    name = as_string(scope.value(argument))
    return _wrong("Ref", span) if name is None else scope.ref(name, span)


def _get_att(scope: Place, argument: Node, span: Span) -> Value:
    if argument.tag == "list":
        parts = [as_string(scope.value(part)) for part in argument.value]
        words = [part for part in parts if part is not None]
        if len(words) != len(parts) or len(words) < 2:
            return Unknown("Fn::GetAtt names an attribute that is not known", span)
        return scope.attribute(words[0], ".".join(words[1:]), span)
    text = as_string(scope.value(argument))
    if text is None:
        return Unknown("Fn::GetAtt names an attribute that is not known", span)
    name, _, attribute = text.partition(".")
    return scope.attribute(name, attribute, span)


def _sub(scope: Place, argument: Node, span: Span) -> Value:
    text, own = argument, {}
    if argument.tag == "list":
        items = _items(argument, 1, 2)
        if items is None:
            return _wrong("Fn::Sub", span)
        text = items[0]
        own = entries(items[1], []) if len(items) == 2 else {}
    if text.tag != "string":
        return scope.value(text)

    known: dict[str, Value] = {}

    def named(name: str, place: Span) -> Value:
        if name in own:
            if name not in known:
                known[name] = scope.value(own[name])
            return known[name]
        if "." in name:
            resource, _, attribute = name.partition(".")
            return scope.attribute(resource, attribute, place)
        return scope.ref(name, place)

    return substitute(text, named, text.span, scope.budget)


def _settled(scope: Place, value: Value, apply: Callable[[List], Value], choices: int = MAX_CHOICES) -> Value:
    """`apply` on a list that is known as a whole, for each way in which items of it may be missing (`AWS::NoValue`)."""
    if isinstance(value, Choice):
        return _lift(value, lambda side: _settled(scope, side, apply, choices))
    scope.budget.weigh(value)
    if not isinstance(value, List) or not value.complete:
        return Unknown("it is made of a list that is not known", value.span)
    at = next((at for at, item in enumerate(value.items) if _may_be_missing(item)), None)
    if at is None:
        return apply(replace(value, items=tuple(item for item in value.items if not is_null(item))))
    choice = value.items[at]
    if not choices or not isinstance(choice, Choice):
        return Unknown("too many conditions decide which items a list has", value.span)
    then, otherwise = (
        _settled(scope, replace(value, items=(*value.items[:at], side, *value.items[at + 1 :])), apply, choices - 1)
        for side in (choice.then, choice.otherwise)
    )
    return then if same(then, otherwise) else Choice(choice.condition, then, otherwise, choice.span)


def _may_be_missing(item: Value) -> bool:
    return isinstance(item, Choice) and any(is_null(side) for side in alternatives(item))


def _join(scope: Place, argument: Node, span: Span) -> Value:
    items = _items(argument, 2, 2)
    if items is None:
        return _wrong("Fn::Join", span)
    delimiter = scope.value(items[0])

    def join(value: List) -> Value:
        parts: list[Value] = []
        for item in value.items:
            parts += [delimiter, item] if parts else [item]
        return concat(parts, span, scope.budget)

    return _settled(scope, scope.value(items[1]), join)


def _select(scope: Place, argument: Node, span: Span) -> Value:
    items = _items(argument, 2, 2)
    if items is None:
        return _wrong("Fn::Select", span)
    found = scope.value(items[1])

    def select(index: Value) -> Value:
        at = _whole(as_string(index))
        if at is None:
            return Unknown("Fn::Select selects by a number that is not known", span)
        return _settled(scope, found, lambda value: _item(value, at, span))

    return _lift(scope.value(items[0]), select)


def _whole(text: str | None) -> int | None:
    """A number of items; None for what is no such number, or has more digits than any."""
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else None


def _item(value: List, at: int, span: Span) -> Value:
    return value.items[at] if at < len(value.items) else Unknown("Fn::Select selects what is not there", span, error=True)


def _split(scope: Place, argument: Node, span: Span) -> Value:
    items = _items(argument, 2, 2)
    if items is None:
        return _wrong("Fn::Split", span)
    delimiter = as_string(scope.value(items[0]))

    if not delimiter:
        return Unknown("Fn::Split splits by what is not known", span)
    return split(scope.value(items[1]), delimiter, span, scope.budget, scope.declared)


def split(value: Value, delimiter: str, span: Span, budget: Budget, declared: Declared = _nothing) -> Value:
    """The list of a string's pieces; unknown where a hole may have the delimiter in it."""
    if isinstance(value, Choice):
        return _lift(value, lambda side: split(side, delimiter, span, budget, declared))
    made: list[Value] = []
    piece: list[Value] = []
    for part in _opened(value, declared):
        text = as_string(part)
        if text is not None:
            first, *rest = text.split(delimiter)
            budget.write(len(text))
            budget.make(len(rest))
            budget.step(len(rest))
            piece.append(Scalar(first, part.span))
            for word in rest:
                made.append(concat(piece, span, budget))
                piece = [Scalar(word, part.span)]
        elif isinstance(part, Ref) and _never_has(part, delimiter, declared):
            piece.append(part)
        else:
            return Unknown("Fn::Split splits what is not known", span)
    return List((*made, concat(piece, span, budget)), span)


def _opened(value: Value, declared: Declared) -> Iterator[Value]:
    """The pieces of a string, ARNs and URIs of declared resources in pieces of their own."""
    for piece in pieces(value):
        form = arn.form(declared(piece.address)[0], piece) if isinstance(piece, Ref) else None
        yield from (piece,) if form is None else pieces(form)


def _never_has(ref: Ref, delimiter: str, declared: Declared) -> bool:
    """Whether what a reference stands for has none of these characters, which its form rules out. The name that
    CloudFormation makes up for a resource has letters, digits and dashes.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
    """
    kind, properties = declared(ref.address)
    name = _NAMES.get(kind)
    if ref.attribute == "Ref" and name is not None and name not in properties:
        return not any(character.isalnum() or character == "-" for character in delimiter)
    free = _NEVER_IN.get(ref.attribute) if ref.address == "aws" else None
    return free is not None and any(character in free for character in delimiter)


_NAMES = {"AWS::ECR::Repository": "RepositoryName", "AWS::IAM::Role": "RoleName"}
"""The property that gives what `Ref` of a type is."""

_NEVER_IN = {
    "account_id": "-./:,|;_ ",
    "region": "./:,|;_ ",
    "partition": "./:,|;_ ",
    "dns_suffix": "-/:,|;_ ",
    "stack_name": "./:,|;_ ",
}
"""Characters that a pseudo parameter never has in it."""


def _find_in_map(scope: Place, argument: Node, span: Span) -> Value:
    items = _items(argument, 3, 4)
    if items is None:
        return _wrong("Fn::FindInMap", span)
    names = [as_string(scope.value(item)) for item in items[:3]]
    if names[0] is None:
        return Unknown("Fn::FindInMap looks in a mapping that is not known", span)
    rows = entries(scope.template.mappings.get(names[0]), [])
    default = entries(items[3], []).get("DefaultValue") if len(items) == 4 else None
    scope.budget.step(len(rows))
    cells: list[Node | None] = []
    for row in [names[1]] if names[1] is not None else list(rows):
        columns = entries(rows.get(row), [])
        cells += [columns.get(column) for column in ([names[2]] if names[2] is not None else list(columns))]
    if default is not None and None in names:
        cells.append(default)
    return _cell(scope, names[0], cells, default, span)


def _cell(scope: Place, mapping: str, cells: list[Node | None], default: Node | None, span: Span) -> Value:
    """The one value of these cells of a mapping, where they all have the same."""
    scope.budget.step(len(cells))
    nodes = [default if cell is None else cell for cell in cells]
    values = [scope.value(node) for node in nodes if node is not None]
    if len(values) < len(nodes) or not values:
        return Unknown(f"the mapping {mapping} has no such key", span, error=len(nodes) == 1)
    if all(same(value, values[0]) for value in values[1:]):
        return values[0]
    return Unknown(f"which value of the mapping {mapping} it is depends on the deployment", span)


def _if(scope: Place, argument: Node, span: Span) -> Value:
    items = _items(argument, 3, 3)
    if items is None or items[0].tag != "string":
        return _wrong("Fn::If", span)
    name: str = items[0].value
    holds = scope.truth(name, items[0].span)
    if holds is YES:
        return scope.value(items[1])
    if holds is NO:
        return scope.value(items[2])
    then, otherwise = scope.assume(name, True).value(items[1]), scope.assume(name, False).value(items[2])
    return scope.choose(name, then, otherwise, span)


def _import_value(scope: Place, argument: Node, span: Span) -> Value:
    value = scope.value(argument)
    name = as_string(value)
    if isinstance(value, Text):
        name = _spelled(value)
    elif isinstance(value, Ref):
        name = _name(value)
    return Unknown("Fn::ImportValue names an export that is not known", span) if name is None else Ref(f"export:{name}", "", span)


def _spelled(value: Text) -> str | None:
    """A text with its references written as `${name}`; None where it has other holes."""
    words: list[str] = []
    for part in value.parts:
        if isinstance(part, Ref):
            words.append(_name(part))
        elif isinstance(part, Scalar):
            words.append(str(part.value))
        else:
            return None
    return "".join(words)


def _name(ref: Ref) -> str:
    return "${" + (f"{ref.address}.{ref.attribute}" if ref.attribute else ref.address) + "}"


def _base64(scope: Place, argument: Node, span: Span) -> Value:
    return scope.value(argument)  # user data is read as what it was before it was encoded


def _to_json_string(scope: Place, argument: Node, span: Span) -> Value:
    return Json(scope.value(argument), span)


def _length(scope: Place, argument: Node, span: Span) -> Value:
    return _settled(scope, scope.value(argument), lambda value: Scalar(len(value.items), span))


def _cidr(scope: Place, argument: Node, span: Span) -> Value:
    """Consecutive ranges of a block; the third argument is how many bits of an address each leaves open.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
    """
    items = _items(argument, 3, 3)
    if items is None:
        return _wrong("Fn::Cidr", span)
    block, *numbers = (as_string(scope.value(item)) for item in items)
    count, bits = map(_whole, numbers)
    if block is None or count is None or bits is None:
        return Unknown("Fn::Cidr is given what is not known", span)
    return _ranges(block, count, bits, span)


def _ranges(block: str, count: int, bits: int, span: Span) -> Value:
    import ipaddress

    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return _wrong("Fn::Cidr", span)
    size = network.max_prefixlen - bits
    if not 1 <= count <= 256 or not network.prefixlen <= size <= network.max_prefixlen:
        return _wrong("Fn::Cidr", span)
    found = tuple(Scalar(str(one), span) for one in islice(network.subnets(new_prefix=size), count))
    return List(found, span) if len(found) == count else _wrong("Fn::Cidr", span)


def _get_stack_output(scope: Place, argument: Node, span: Span) -> Value:
    given = entries(argument, [])
    words = [as_string(scope.value(given[name])) if name in given else None for name in ("StackName", "OutputName")]
    if None in words or len(given) > 2:
        return Unknown("Fn::GetStackOutput gives the output of another stack", span)
    return Ref(f"stack:{words[0]}", f"Outputs.{words[1]}", span)


def _decided_at_deployment(name: str, what: str) -> IntrinsicFunction:
    def function(scope: Place, argument: Node, span: Span) -> Value:
        return Unknown(f"{name} gives {what}", span)

    return function


FUNCTIONS: Mapping[str, IntrinsicFunction] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Base64": _base64,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Length": _length,
    "Fn::GetAZs": _decided_at_deployment("Fn::GetAZs", "the zones of the region"),
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::Cidr": _cidr,
}

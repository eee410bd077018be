"""Terraform's functions, on values that may be partly known.

A function that needs whole values is written on Python values (`signature.known`); one that can say something of lists,
maps and texts with unknown parts is written on values (`signature.partial`). Each module is loaded when one of its
functions is first called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.terraform.conversion import (
    Unsure,
    Wrong,
    failing,
    from_python,
    to_python,
    to_string,
    why,
)
from ecrlint.evaluate.terraform.functions.signature import REGISTERED, TerraformFunction, takes
from ecrlint.evaluate.terraform.operators import MAX_CHOICES, choice
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, List, Scalar, Unknown, Value, assume

_HOMES = {
    "strings": "chomp endswith indent join lower regex regexall replace split startswith strcontains substr title trim "
    "trimprefix trimspace trimsuffix upper",
    "formats": "format formatlist",
    "collections": "coalesce coalescelist compact concat distinct element flatten index keys length lookup matchkeys "
    "merge one reverse slice sort values zipmap",
    "sets": "alltrue anytrue contains setproduct setsubtract setunion sum",
    "encoding": "base64decode base64encode csvdecode jsondecode jsonencode urlencode yamldecode yamlencode",
    "numbers": "abs ceil floor log max min parseint pow range signum",
    "types": "list map nonsensitive sensitive tobool tolist tomap tonumber toset tostring",
    "hashes": "base64sha256 base64sha512 md5 sha1 sha256 sha512",
    "networks": "cidrhost cidrsubnet cidrsubnets",
    "paths": "basename dirname",
}

FORMS = ("can", "templatestring", "try")
"""The functions that take an expression, not its value."""

READERS = (
    "file", "filebase64", "filebase64sha256", "filebase64sha512", "fileexists", "filemd5", "fileset", "filesha1", "filesha256",
    "filesha512", "templatefile",
)  # fmt: skip
"""The functions that read files."""

LATE = {
    "abspath": "an absolute path depends on where Terraform runs",
    "base64gzip": "compressed bytes depend on the version of Terraform",
    "bcrypt": "bcrypt gives another value each time",
    "pathexpand": "a home folder depends on where Terraform runs",
    "plantimestamp": "it is the moment of the plan",
    "timestamp": "it is the moment of the run",
    "uuid": "uuid gives another value each time",
}
"""The functions whose value nobody can know before Terraform runs, and why."""


_COLLECTING = frozenset({"compact", "concat", "flatten", "jsonencode", "merge"})
"""The functions that documents are put together with: one part that fails hides none of the others."""

_MEASURING = frozenset({"compact", "flatten"})
"""The functions for which an item decides how many items there are: a list that is empty, a string that is."""

_FEW = 16
"""How many sides such items may have; past that the result is a list that may have more items."""


_PARSING = frozenset({"csvdecode", "jsondecode", "yamldecode"})
"""The functions that make a value of each few characters."""


class _Functions(Mapping[str, TerraformFunction]):
    """By Terraform's name: takes the span of the call and the argument values, gives the value."""

    def __init__(self) -> None:
        self._homes = {name: home for home, names in _HOMES.items() for name in names.split()}

    def __getitem__(self, name: str) -> TerraformFunction:
        found = REGISTERED.get(name)
        if found is None:
            import_module(f"{__name__}.{self._homes[name]}")
            found = REGISTERED[name]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


FUNCTIONS: Mapping[str, TerraformFunction] = _Functions()


def lift(name: str, function: TerraformFunction, arguments: Sequence[Value], span: Span, budget: Budget) -> Value:
    """Call a function; where an argument is a choice, once for each of its sides.

    So also where a choice in a list decides how many items the result has, as long as there are few of them.
    """
    if name in _MEASURING:
        made = _in_lists(name, function, list(arguments), span, _FEW, budget)
        if made is not None:
            return made
    return _lifted(name, function, list(arguments), span, MAX_CHOICES, budget)


def _lifted(name: str, function: TerraformFunction, arguments: list[Value], span: Span, room: int, budget: Budget) -> Value:
    condition = next((argument.condition for argument in arguments if isinstance(argument, Choice)), None)
    if condition is None:
        return _called(name, function, arguments, span, budget)
    if room < 2:
        return Unknown(f"it depends on more than {MAX_CHOICES} combinations of conditions", span)
    sides = [
        _lifted(name, function, [assume(argument, condition, side) for argument in arguments], span, room // 2, budget)
        for side in (True, False)
    ]
    if all(isinstance(side, Unknown) for side in sides):
        return next((side for side in sides if isinstance(side, Unknown) and not side.error), sides[0])
    return choice(condition, sides[0], sides[1], span)


def _in_lists(
    name: str, function: TerraformFunction, arguments: list[Value], span: Span, room: int, budget: Budget
) -> Value | None:
    """The value for each side of the choices that are items of the arguments; None where these are too many."""
    items = (item for argument in arguments if isinstance(argument, List) for item in argument.items)
    condition = next((item.condition for item in items if isinstance(item, Choice)), None)
    if condition is None:
        return _lifted(name, function, arguments, span, MAX_CHOICES, budget)
    if room < 2:
        return None
    sides = [
        _in_lists(name, function, [assume(argument, condition, side) for argument in arguments], span, room // 2, budget)
        for side in (True, False)
    ]
    return None if sides[0] is None or sides[1] is None else choice(condition, sides[0], sides[1], span)


def _called(name: str, function: TerraformFunction, arguments: Sequence[Value], span: Span, budget: Budget) -> Value:
    """What a function gives; a walk through each argument, which is as much as any function does, is charged before."""
    for argument in arguments:
        if not isinstance(argument, Scalar):
            budget.weigh(argument)
        elif isinstance(argument.value, str):
            budget.write(len(argument.value))
            budget.step(len(argument.value) >> (3 if name in _PARSING else 8))
        if isinstance(argument, Unknown) and argument.error:
            return argument
        if isinstance(argument, List) and name not in _COLLECTING:
            for item in argument.items:
                if isinstance(item, Unknown) and item.error:
                    return item
    if not takes(name, len(arguments)):
        return Unknown(f"{name} is not given what it takes", span, error=True)
    try:
        return function(span, *arguments)
    except Wrong as wrong:
        for argument in arguments:
            failed = failing(argument)
            if failed is not None:
                return failed
        return Unknown(f"{name}: {wrong}", span, error=True)
    except Unsure as unsure:
        return Unknown(f"{name}: {unsure}", span)


__all__ = ["FORMS", "FUNCTIONS", "LATE", "READERS", "from_python", "lift", "to_python", "to_string", "why"]

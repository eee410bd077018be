"""How a function is registered, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ecrlint.evaluate.terraform.conversion import UNKNOWN, Wrong, failing, from_python, to_python, why
from ecrlint.model.source import Span
from ecrlint.model.value import List, Map, Unknown, Value, is_unknown

TerraformFunction = Callable[..., Value]

_VARIADIC = 0x04
"""The flag of code that takes any number of arguments: https://docs.python.org/3/library/inspect.html#inspect.CO_VARARGS"""

REGISTERED: dict[str, TerraformFunction] = {}
"""The functions of the modules that are loaded, by Terraform's name."""

_COUNTS: dict[str, tuple[int, int | None]] = {}
"""How many arguments each takes at least and at most; None where there is no end."""


def known(name: str, lists: str = "list", maps: str = "map") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a function of Python values: where one argument is not known throughout, nor is the result.

    `lists` and `maps` say which kind of list and map the function makes.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(span: Span, *arguments: Value) -> Value:
            values = [to_python(argument) for argument in arguments]
            if any(value is UNKNOWN for value in values):
                return unknown(span, *arguments)
            return from_python(function(*values), span, lists, maps)

        REGISTERED[name] = call
        _COUNTS[name] = _counts(function, 0)
        return function

    return register


def partial(name: str) -> Callable[[TerraformFunction], TerraformFunction]:
    """Registers a function of values, which may be known in part."""

    def register(function: TerraformFunction) -> TerraformFunction:
        REGISTERED[name] = function
        _COUNTS[name] = _counts(function, 1)
        return function

    return register


def _counts(function: Callable[..., Any], before: int) -> tuple[int, int | None]:
    """How many arguments a function takes, after those that are not the caller's."""
    code = function.__code__
    most = code.co_argcount - before
    return most - len(function.__defaults__ or ()), None if code.co_flags & _VARIADIC else most


def takes(name: str, count: int) -> bool:
    """Whether a function takes so many arguments; what is not registered takes any."""
    least, most = _COUNTS.get(name, (0, None))
    return least <= count and (most is None or count <= most)


def unknown(span: Span, *arguments: Value) -> Unknown:
    """The result where it depends on what is not known in the arguments."""
    for argument in arguments:
        failed = failing(argument)
        if failed is not None:
            return failed
    return Unknown(why(arguments), span)


def as_list(value: Value) -> List | None:
    """A list; None where it is not known whether this is one."""
    if isinstance(value, List):
        return value
    if is_unknown(value):
        return None
    raise Wrong("a list is needed")


def as_map(value: Value) -> Map | None:
    """A map; None where it is not known whether this is one."""
    if isinstance(value, Map):
        return value
    if is_unknown(value):
        return None
    raise Wrong("a map is needed")

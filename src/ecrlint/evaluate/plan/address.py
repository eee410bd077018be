"""Addresses of modules and resources, and references as the plan's configuration writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TypeAlias

InstanceKey: TypeAlias = "int | str | None"
"""The key of an instance: of `count`, of `for_each`, or None where there is just one."""

ModulePath: TypeAlias = "tuple[tuple[str, InstanceKey], ...]"
"""The module calls that lead to a module, outermost first, each with the key of its instance."""

_INDEX = r'\[(?:(\d{1,18})|("(?:[^"\\]|\\.)*"))\]'
_CALL = re.compile(rf"module\.([\w-]+)(?:{_INDEX})?(?:\.|$)")
_END = re.compile(r"[.\[]")
_STEP = re.compile(rf"\.?([\w-]+)|{_INDEX}")


def module_of(address: str) -> ModulePath:
    """The module in which an address of a plan stands."""
    calls: list[tuple[str, InstanceKey]] = []
    at = 0
    while found := _CALL.match(address, at):
        calls.append((found.group(1), _key(found.group(2), found.group(3))))
        at = found.end()
    return tuple(calls)


def names(module: ModulePath) -> tuple[str, ...]:
    """The names of the calls, which is what the configuration knows a module by."""
    return tuple(name for name, _ in module)


def steps(reference: str) -> tuple[str | tuple[InstanceKey], ...]:
    """The words of a reference in order, and its keys, each in a tuple of one; up to where it cannot be read."""
    found: list[str | tuple[InstanceKey]] = []
    at = 0
    while step := _STEP.match(reference, at):
        name, number, text = step.groups()
        found.append(name if name else (_key(number, text),))
        at = step.end()
    return tuple(found)


def longest(references: Iterable[str]) -> list[str]:
    """The references of an expression without those that only begin another: `aws_x.y` where `aws_x.y.arn` is there.

    Terraform lists each reference with all of its beginnings.
    """
    found = dict.fromkeys(references)
    beginnings = {one[: end.start()] for one in found for end in _END.finditer(one)}
    return [one for one in found if one not in beginnings]


def _key(number: str | None, text: str | None) -> InstanceKey:
    if number is not None:
        return int(number)
    if text is None:
        return None
    try:
        return str(json.loads(text, strict=False)).replace("$${", "${").replace("%%{", "%{")
    except ValueError:
        return text[1:-1]

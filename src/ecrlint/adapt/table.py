"""The table of resource types of a language: what reads each type, and by what it is told, before anything is parsed.

A family is one module with its entries. It is imported when a resource type is met that begins with its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import field
from enum import IntEnum
from typing import Generic, Literal, TypeVar, get_args

from ecrlint.model.dataclass import dataclass
from ecrlint.model.stack import Resource

Gathered = TypeVar("Gathered")
"""What is gathered from the resources of a unit in one language."""

Gift = Literal[
    "role",
    "role to attach to",
    "role for jobs",
    "role policy",
    "repository",
    "repository policy",
    "registry policy",
    "log group",
    "output",
    "parameter",
    "resource policy",
    "network part",
    "task image",
    "manifest",
]
"""What one unit of a repository may give to another one."""

GIFTS: frozenset[Gift] = frozenset(get_args(Gift))

_OF_ONE_FAMILY: frozenset[Gift] = frozenset(
    {"role policy", "repository policy", "registry policy", "log group", "resource policy"}
)
"""What is made of the resources of one family, whatever others there are in its unit."""

Presence = Mapping[Gift, str]
"""Gifts, each with the pattern by which it shows in the bytes of a file; empty: by the name of the resource type."""

PULL: Presence = {"repository policy": "", "registry policy": ""}
"""What everything that pulls may ask of other units."""

MACHINES: Presence = {**PULL, "manifest": "", "network part": ""}
"""What machines that run the containers of manifests may ask of other units."""

JOBS: Presence = {"role for jobs": "", "repository": ""}
"""What pipelines may ask of other units."""

TASK: Presence = {**PULL, "log group": "", "resource policy": "", "network part": ""}
"""What a task may ask of other units."""

ROLE_PROPERTY = r"""(?:[Ee]xecution|[Tt]ask)RoleArn['\"]?\s*:(?!\s*(?:!GetAtt\b|\{?\s*['\"]?Fn::GetAtt\b))"""
"""How a task definition shows that it may name a role of another unit."""

LOOSE_TASK: Presence = {
    **dict.fromkeys((*TASK.keys() - {"network part"}, "task image"), "ontainerDefinitions"),
    "role": ROLE_PROPERTY,
}
"""What a task definition in a file of its own may ask of other units."""


class ReadingPhase(IntEnum):
    """When a type is read: after those that it depends on."""

    PLACE = 0
    PART = 1
    OWNER = 2
    POOL = 3
    TIE = 4
    REST = 5
    OUT = 6


@dataclass(frozen=True, slots=True)
class ResourceType(Generic[Gathered]):
    """One resource type, or all that begin with what stands before a `*`.

    `read` is None where it is only looked up by what reads others.

    `documents` are the attributes, at any depth, that hold a JSON document, `scripts` those that hold commands. `gives` and
    `asks` say what a unit with it gives to other units of the repository, and takes from them.
    """

    type: str
    read: Callable[[Gathered, Resource], None] | None = None
    step: ReadingPhase = ReadingPhase.PART
    documents: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()
    gives: Presence = field(default_factory=dict)
    asks: Presence = field(default_factory=dict)

    def is_for(self, kind: str) -> bool:
        return self.type == kind or (self.type.endswith("*") and kind.startswith(self.type[:-1]))

    def pattern(self, shown: str) -> bytes:
        """The pattern by which something that it gives or asks shows in the bytes of a file."""
        return (shown or rf"\b{re.escape(self.type)}\b").encode()


Entries = tuple[ResourceType[Gathered], ...]


@dataclass(frozen=True, slots=True)
class Family(Generic[Gathered]):
    """The entries of one module. `types` are what its resource types begin with; `words`, the same where it is None, are those
    by which a file concerns ECR. `joins`: some of its entries give or ask something."""

    entries: Callable[[], Entries[Gathered]]
    types: tuple[str, ...]
    words: tuple[str, ...] | None = None
    joins: bool = False


class Table(Generic[Gathered]):
    """The resource types of a language. A type is `in` it if something reads it or looks it up."""

    def __init__(self, *families: Family[Gathered]) -> None:
        self.families = families
        words = {word for family in families for word in (family.types if family.words is None else family.words)}
        self._words = tuple(word.encode() for word in words if not any(word != other and other in word for other in words))
        self._known: dict[str, Entries[Gathered]] = {}
        self._documents: dict[str, frozenset[str]] = {}

    def entries(self, kind: str) -> Entries[Gathered]:
        """What reads a type."""
        known = self._known.get(kind)
        if known is None:
            name = kind.removeprefix("data.")
            met = (family for family in self.families if name.startswith(family.types))
            known = self._known[kind] = tuple(entry for family in met for entry in family.entries() if entry.is_for(kind))
        return known

    def __contains__(self, kind: object) -> bool:
        return isinstance(kind, str) and bool(self.entries(kind))

    def documents(self, kind: str) -> frozenset[str]:
        """The attributes of a type that hold a JSON document."""
        known = self._documents.get(kind)
        if known is None:
            known = self._documents[kind] = frozenset().union(*(entry.documents for entry in self.entries(kind)))
        return known

    def read(self, unit: Gathered, resources: Iterable[Resource]) -> None:
        """Gather what the resources of a unit say, step by step."""
        waiting = [(entry, resource) for resource in resources for entry in self.entries(resource.type)]
        for entry, resource in sorted(waiting, key=lambda pair: pair[0].step):
            if entry.read is not None:
                entry.read(unit, resource)

    def giving(self, gifts: Set[Gift]) -> Table[Gathered]:
        """The families of which alone some gifts come, with what a unit gives out; the whole table where one comes of several."""
        if not gifts <= _OF_ONE_FAMILY:
            return self
        given = (family for family in self.families if family.joins and any(gifts & one.gives.keys() for one in family.entries()))
        return Table(*dict.fromkeys((*given, *(family for family in self.families if "output" in family.types))))

    def concerns(self, data: bytes) -> bool:
        """Whether something in a file may concern ECR, by its bytes."""
        return any(word in data for word in self._words)

    def given(self, data: bytes, among: Set[Gift] | None = None) -> Set[Gift]:
        """What something in a file may give to other units, by its bytes; of some things, where only these matter."""
        return self._shown(data, lambda entry: entry.gives, among)

    def asked(self, data: bytes, among: Set[Gift] | None = None) -> Set[Gift]:
        """What something in a file may ask of other units, by its bytes; of some things, where only these matter."""
        return self._shown(data, lambda entry: entry.asks, among)

    def _shown(self, data: bytes, side: Callable[[ResourceType[Gathered]], Presence], among: Set[Gift] | None) -> Set[Gift]:
        met = (family for family in self.families if family.joins and any(word.encode() in data for word in family.types))
        found: set[Gift] = set()
        for entry in (entry for family in met for entry in family.entries()):
            for gift, word in side(entry).items():
                named = word or entry.type.encode() in data  # which is faster to see than a pattern
                if gift not in found and (among is None or gift in among) and named and re.search(entry.pattern(word), data):
                    found.add(gift)
        return found

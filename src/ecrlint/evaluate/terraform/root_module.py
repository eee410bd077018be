"""What one root module and everything below it share while they are evaluated."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Container
from dataclasses import field
from functools import cached_property
from typing import Protocol

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.terraform.configuration import Folder
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span, SummarizedCall
from ecrlint.model.value import Value

MAX_INSTANCES = 256
"""How many instances of one `count` or `for_each` are evaluated one by one; beyond, one stands for the rest."""

MAX_NESTING = 32
"""How many modules may stand in one another."""

INSTALLED = ".terraform/modules/modules.json"
"""Where `terraform init` lists the modules that it has put below a root."""

MODULE = 5
"""How many instances of resources a module costs as much as, before what is in it."""


class Thing(Protocol):
    """What an address names: an instance of a resource, or of a module call."""

    def attribute(self, name: str, span: Span) -> Value: ...


@dataclass
class RootModule:
    """One root module with everything below it. Filled while it is evaluated.

    `read` gives a file inside the scanned root by its path, None where there is none or it lies outside. It raises `Exceeded`
    where the file is longer than what an expression reads.
    `folders` gives the configuration of a folder, None where it holds no Terraform. `open_variables` are those of
    the root that have no values, whatever their defaults. `documents` gives the arguments of a resource
    type that hold a JSON document. `summaries` says, by path, which calls are read from summaries of their modules, and
    `summarized` has these by the identity of what calls them.
    """

    root: str
    read: Callable[[str], Source | None]
    folders: Callable[[str], Folder | None]
    parse_template: Callable[[Source, str, int], Node]
    documents: Callable[[str], frozenset[str]]
    budget: Budget
    open_variables: Container[str] = frozenset()
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    summaries: dict[str, list[str]] = field(default_factory=dict)
    summarized: dict[int, Folder | None] = field(default_factory=dict)
    objects: dict[str, Thing] = field(default_factory=dict)
    read_paths: set[str] = field(default_factory=set)
    folder_paths: set[str] = field(default_factory=set)

    @cached_property
    def installed(self) -> dict[str, str]:
        """The folders, relative to the root, where `terraform init` has put modules, by the names of the calls that lead there.

        https://developer.hashicorp.com/terraform/cli/commands/init#child-module-installation
        """
        place = posixpath.join(self.root, INSTALLED)
        try:
            source = self.read(place)
        except Exceeded as exceeded:
            self.budget.note(place, str(exceeded))
            return {}
        if source is None:
            return {}
        found = installed_modules(source.text)
        if found is None:
            self.problem("this is not the list of modules that terraform init writes", source.span(0, len(source.text)))
        return found or {}

    def problem(self, message: str, span: Span) -> None:
        span = span.place
        self.problems.setdefault((message, f"{span.path}:{span.start}"), Problem(message, span.path, span))

    def note(self, path: str, reason: str) -> None:
        _keep(self.notes, path, reason)

    def is_summarized(self, call: SummarizedCall, newest: str) -> None:
        """Say that a call is read from the summary of its module."""
        _keep(self.summaries, call.span.path, f"{call.address} is read from a summary of {call.module} (up to {newest})")


def _keep(kept: dict[str, list[str]], path: str, reason: str) -> None:
    reasons = kept.setdefault(path, [])
    if reason not in reasons:
        reasons.append(reason)


def installed_modules(text: str) -> dict[str, str] | None:
    """The folders of installed modules by the names of the calls that lead there; None where this is not their list."""
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError):
        return None
    listed = manifest.get("Modules") if isinstance(manifest, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) and {"Key", "Dir"} <= one.keys() for one in listed):
        return None
    return {str(one["Key"]): str(one["Dir"]) for one in listed}

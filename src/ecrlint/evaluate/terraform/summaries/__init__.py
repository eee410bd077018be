"""Summaries of well-known modules that are not here: Terraform that says which arguments of a call make which resources.

`table.json` lists the modules, each with the first version of every range that one summary is true of, and the newest version
that was looked at. A summary declares every argument of every version of its range; one that has no effect on what is read has
no type and no default. What it does not say is not known: outputs that it lacks, and what the pseudo-resource `module` mentions,
to which the module may add anything.
"""

from __future__ import annotations

import functools
import json
import pkgutil
import re
from typing import Any

from ecrlint.evaluate.terraform.summaries.versions import Version, allowed, version
from ecrlint.model.dataclass import dataclass

BY_ARGUMENTS = "arguments"
"""What stands in the table for a module that `ecrlint.adapt.terraform` reads from the arguments of its call."""

_REGISTRY = re.compile(r"(?:registry\.(?:terraform\.io|opentofu\.org)/)?([\w-]+/[\w-]+/[\w-]+(?://[\w./-]+?)?)/*")
_GITHUB = re.compile(
    r"(?:git::)?(?:(?:https|ssh)://)?(?:git@)?github\.com[/:]([\w-]+)/terraform-([a-z0-9]+)-([\w-]+?)(?:\.git)?"
    r"(//[\w./-]+?)?/*(?:\?(?:[^#]*&)?ref=([^&]+).*)?"
)


@dataclass(frozen=True, slots=True)
class ModuleSummary:
    """What is known of a module in all versions that a call allows; `is_exact`: that is one. `text` is None where the arguments
    of the call are read in its place."""

    module: str
    newest: str
    is_exact: bool
    text: str | None


def summary(source: str, constraint: str | None) -> ModuleSummary | None:
    """The summary of a module by the source and the version of its call; None where there is none that is true of every version
    that the call allows."""
    name, constraint = _named(source, constraint)
    known = _table().get(name)
    versions = None if known is None else allowed(constraint)
    if known is None or versions is None:
        return None
    newest = _version(known["newest"])
    since = [(_version(first), file) for first, file in known["since"].items()]
    ends = [first for first, _ in since[1:]] + [None]
    for (first, file), end in zip(since, ends, strict=True):
        low, high = versions
        if first <= low <= newest and (end is None or (high is not None and high <= end)):
            text = None if file == BY_ARGUMENTS else _text(file)
            return None if file is None else ModuleSummary(name, known["newest"], versions.is_exact, text)
    return None


def _named(source: str, constraint: str | None) -> tuple[str, str | None]:
    """The name of a module in the registry, and what is asked of its version."""
    if (found := _REGISTRY.fullmatch(source)) is not None:
        return found[1].rstrip("/"), constraint
    if (found := _GITHUB.fullmatch(source)) is not None:
        owner, provider, name, part, ref = found.groups()
        return f"{owner}/{name}/{provider}{part or ''}", ref
    return "", None


def _version(text: str) -> Version:
    found = version(text)
    assert found is not None
    return found


@functools.cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(_text("table.json"))["modules"]
    return table


@functools.cache
def _text(name: str) -> str:
    data = pkgutil.get_data(__name__, name)
    assert data is not None
    return data.decode()

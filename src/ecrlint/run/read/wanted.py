"""What is wanted of the units of a repository that are read for others."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from ecrlint.model.dataclass import dataclass

if TYPE_CHECKING:
    from ecrlint.adapt.table import Gift

State: TypeAlias = tuple[str, ...]
"""What tells one state of Terraform from another: the kind of the backend, and its settings or the path of its file."""

CALMING: Mapping[Gift, str] = {
    "repository policy": "repositories_beside",
    "registry policy": "registry",
    "log group": "log_groups",
    "resource policy": "with_policies",
    "network part": "own_network",
}
"""What only ever makes rules say less, so that it is read where they say something, with the part of a stack that it changes."""

SILENT: frozenset[Gift] = frozenset({*CALMING, "role to attach to"})
"""What a unit takes of others without a finding of its own that speaks of it."""

_BLOCK = rb"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"
_KEEPS = re.compile(rb'\bbackend\s+"?\w+"?\s*' + _BLOCK + rb'|"backend"\s*:\s*[\[{]')
_READS = re.compile(
    rb'\b(?:terraform_remote_state|tfe_outputs)"?\s+"?[\w-]+"?\s*' + _BLOCK + rb'|"(?:terraform_remote_state|tfe_outputs)"\s*:'
)
_SETTINGS = rb"bucket|key|prefix|path|storage_account_name|container_name|config"
_COMPUTED = re.compile(rb"\b(?:" + _SETTINGS + rb')\s*=\s*[^"{\s]|\\')
_KIND = re.compile(rb'\bbackend\s*=\s*[^"\s]')
_STATED = frozenset({"local", "s3", "gcs", "azurerm", "oss"})
"""The kinds of states that blocks state in these settings."""

_TEMPLATE = re.compile(rb'"([^"\n]*\$\{[^"\n]*)"')


@dataclass(frozen=True, slots=True)
class Wanted:
    """Things of some kinds, to take from those that give them, or `is_to_give` them to those that take them; outputs only of the
    roots that keep one of these states, unless it is every output."""

    gifts: Set[Gift]
    states: frozenset[State] = field(default_factory=frozenset)
    every_output: bool = False
    is_to_give: bool = False

    def of_root(self, place: str, gifts: Set[Gift], texts: Iterable[bytes]) -> Set[Gift]:
        """What is wanted of a root in a folder, among what it may give by its bytes."""
        common = self.gifts & gifts
        if "output" not in common or self.every_output:
            return common
        text = b"\n".join(texts)
        return common if any(_may_keep(state, place, text) for state in self.states) else common - {"output"}

    def by_file(self, gifts: Set[Gift], text: bytes) -> Set[Gift]:
        """What is wanted by a file, among what it may ask for by its bytes, where these are the things that there are."""
        common = self.gifts & gifts
        if "output" not in common or self.every_output:
            return common
        read = [*_READS.finditer(text)]
        return common if any(_may_be(state, one) for one in read for state in self.states) else common - {"output"}


def _may_keep(state: State, place: str, text: bytes) -> bool:
    """Whether the root in a folder may keep a state, by its bytes. What a backend is set to stands in it in plain words:
    https://developer.hashicorp.com/terraform/language/backend#define-a-backend-block"""
    backends = [*_KEEPS.finditer(text)]
    if not backends:
        return state[0] not in _STATED or (state[0] == "local" and posixpath.dirname(state[1]) == place)
    return any(_may_be(state, one) for one in backends)


def _may_be(state: State, found: re.Match[bytes]) -> bool:
    """Whether a block that keeps or reads a state may mean this one."""
    block: bytes | None = found[1]
    if block is None or state[0] not in _STATED:
        return True
    if b'"%s"' % state[0].encode() not in found[0]:
        return _KIND.search(found[0]) is not None
    if state[0] == "local" or _COMPUTED.search(block) is not None:
        return True
    templates = [_pattern(one) for one in _TEMPLATE.findall(block)]
    return all(
        b'"%s"' % setting in block or any(one.fullmatch(setting) for one in templates)
        for setting in (setting.encode() for setting in state[1:])
    )


def _pattern(template: bytes) -> re.Pattern[bytes]:
    return re.compile(rb".*".join(map(re.escape, re.split(rb"\$\{[^}]*\}", template))))

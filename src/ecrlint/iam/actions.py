"""The actions of the services around ECR: that they exist, what they act on, and the condition keys that they have.

The table is `actions.json`, written by `tools/update_actions.py` from AWS's service authorization reference; its date and
source are in it. Names are compared as IAM compares them, without regard to case.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import Any

from ecrlint.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """An action by its spelling, with service. `types` are the resource types that it acts on; none: it is asked for `*`.

    `keys` are its condition keys beside those that every request may have, in lower case. Those of its resources are among
    them.
    """

    name: str
    types: tuple[str, ...]
    keys: frozenset[str]

    def has_key(self, name: str) -> bool:
        """Whether its requests may have a condition key; one that ends with `/` or `:` stands for all that begin so."""
        return name in self.keys or any(key.endswith(("/", ":")) and name.startswith(key) for key in self.keys)


def find(name: str) -> Action | None:
    """The action of this name (`ecr:PutImage`); None where there is none, or the table does not have its service."""
    service, _, rest = name.lower().partition(":")
    return _service(service).get(rest)


def has_resource(name: str) -> bool:
    """Whether AWS checks an action against the ARN of a resource; the others are checked against `*`."""
    found = find(name)
    return found is None or bool(found.types)


def covers(service: str) -> bool:
    """Whether the table has every action of a service (`ecr`)."""
    return service.lower() in _table()["services"]


def services() -> tuple[str, ...]:
    """The services that the table has every action of."""
    return tuple(_table()["services"])


def named(service: str) -> tuple[str, ...]:
    """The names of all actions of a service, with it; none where the table does not have the service."""
    return tuple(action.name for action in _service(service.lower()).values())


def date() -> str:
    """The day on which the reference was read, as `2026-10-27`."""
    return str(_table()["date"])


def source() -> str:
    """What the table was made of, with its version."""
    return str(_table()["source"])


@functools.cache
def _table() -> dict[str, Any]:
    text = pkgutil.get_data("ecrlint.iam", "actions.json")
    assert text is not None
    table: dict[str, Any] = json.loads(text)
    return table


@functools.cache
def _service(service: str) -> dict[str, Action]:
    """The actions of a service by their names in lower case."""
    entry = _table()["services"].get(service, {"types": {}, "actions": {}})
    return {name.lower(): _action(f"{service}:{name}", entry["types"], *rest) for name, rest in entry["actions"].items()}


def _action(name: str, keys_of: dict[str, list[str]], types: list[str], keys: list[str] | None = None) -> Action:
    of_resources = (key for one in types for key in keys_of.get(one, ()))
    return Action(name, tuple(types), frozenset(keys or ()) | frozenset(of_resources))

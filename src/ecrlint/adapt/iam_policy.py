"""A loose policy document to a Stack. What kind of policy it is shows in its shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecrlint.adapt.policy import Expand, policy
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.value import List, Map, Unknown, Value, string

if TYPE_CHECKING:
    from ecrlint.model.policy import Policy, PolicyKind, Statement


def is_policy(value: Value) -> bool:
    """Whether a document is a policy: it has a statement with an effect and an action."""
    found = value.entries.get("Statement") if isinstance(value, Map) else None
    return any(_is_statement(one) for one in (found.items if isinstance(found, List) else (found,)))


def _is_statement(value: Value | None) -> bool:
    names = set(value.entries) if isinstance(value, Map) else set()
    return "Effect" in names and bool(names & {"Action", "NotAction"})


def adapt(name: str, value: Value, expand: Expand = lambda part: part) -> Stack:
    """The stack of one policy, that stands for itself: attached to nothing, to a repository or to an endpoint nobody names."""
    read = policy(value, "identity", name, expand)
    kind = _kind(read)
    if kind == "identity":
        return Stack(name, policies=(read,))
    made = policy(value, kind, name, expand) if kind is not None else read
    unnamed = Unknown("a policy in a file of its own does not name what it belongs to", value.span)
    if kind == "repository":
        return Stack(name, repositories=(Repository(name, unnamed, value.span, made),))
    if kind == "endpoint":
        from ecrlint.model.network import Endpoint

        return Stack(name, endpoints=(Endpoint(name, unnamed, None, value.span, made),))
    return Stack(name)


def _kind(read: Policy) -> PolicyKind | None:
    """`identity` without principals; with them `trust`, `repository` or `endpoint`; None for what is not ECR's."""
    if not any(statement.principals or statement.not_principals for statement in read.statements):
        return "identity"
    actions = [action.lower() for statement in read.statements for action in _actions(statement)]
    if any(action.startswith("sts:assumerole") for action in actions):
        return "trust"
    if not any(action.startswith("ecr:") for action in actions):
        return None
    # A repository's policy speaks of the repository alone; an endpoint's names resources and lets everyone through.
    others = any(not action.startswith("ecr:") for action in actions)
    return "endpoint" if others or all(statement.resources for statement in read.statements) else "repository"


def _actions(statement: Statement) -> Iterator[str]:
    for value in statement.actions or ():
        text = string(value)
        if text is not None:
            yield text

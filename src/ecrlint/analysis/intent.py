"""What the author of a policy means it for, as far as the actions show that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint.analysis.capability import LOGIN, PUBLIC_PUSH, PULL, PUSH, Capability, names
from ecrlint.iam import patterns
from ecrlint.model.policy import Policy, Statement
from ecrlint.model.truth import NO
from ecrlint.model.value import Scalar, Value, string

_UPLOAD = frozenset(PUSH.actions[1:4])
_GET, _DOWNLOAD = PULL.actions
_CHECK, _PUT = PUSH.actions[0], PUSH.actions[-1]
_PUBLIC_UPLOAD = frozenset(PUBLIC_PUSH.actions[1:4])
_MANIFEST = Capability("put a manifest", (_PUT,))


def means_to_push(statement: Statement) -> tuple[tuple[str, Value], ...]:
    """The push actions that a statement names, each with its pattern, if it is meant for pushing; otherwise nothing.

    Whoever reads images has BatchCheckLayerAvailability by habit, and whoever only moves tags has PutImage next to
    BatchGetImage: neither of them uploads a layer. Nor does a wildcard that covers the download of layers show a push.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
    """
    if statement.effect != "Allow":
        return ()
    named = tuple(names(statement, PUSH))
    actions = {action for action, _ in named}
    reading = tuple(names(statement, PULL))
    downloads = [pattern for action, pattern in reading if action == _DOWNLOAD]
    if any(action in _UPLOAD and pattern not in downloads for action, pattern in named):
        return named
    moves_tags = any(action == _GET for action, _ in reading) or _may_name(statement, _GET)
    return named if {_CHECK, _PUT} <= actions and not moves_tags else ()


def _may_name(statement: Statement, action: str) -> bool:
    """Whether an action of a statement that is not known may turn out to be this one."""
    unknown = (pattern for pattern in statement.actions or () if string(pattern) is None)
    return any(patterns.matches(pattern, Scalar(action, pattern.span), ignore_case=True) is not NO for pattern in unknown)


def shows_pull(pattern: Value) -> str | None:
    """The action of a pull that a pattern is the plain name of."""
    text = (string(pattern) or "").lower()
    return next((action for action in PULL.actions if action.lower() == text), None)


def means_to_pull(policies: Iterable[Policy], statement: Statement) -> bool:
    """Whether a statement is meant for pulling, in the company of these policies.

    Who only reads manifests has ecr:BatchGetImage alone, and who moves tags has ecr:PutImage next to it.
    """
    named = {action for action in map(shows_pull, statement.actions or ()) if action}
    if statement.effect != "Allow" or not named or means_to_push(statement):
        return False
    if any(names(statement, _MANIFEST)) or _may_name(statement, _PUT):
        return False
    return _DOWNLOAD in named or any(any(names(one, LOGIN)) for policy in policies for one in policy.statements)


def pushing(policies: Iterable[Policy]) -> Iterator[tuple[Policy, Statement, Value]]:
    """The statements that are meant for pushing, each with the first pattern that shows it."""
    for policy in policies:
        for statement in policy.statements:
            named = means_to_push(statement)
            if named:
                yield policy, statement, first(named)


def pushing_to_public(policies: Iterable[Policy]) -> Iterator[tuple[frozenset[str], Value]]:
    """The statements meant for pushing to ECR Public: the push actions that each names, and the pattern that shows it."""
    for statement in (one for policy in policies for one in policy.statements if one.effect == "Allow"):
        named = tuple(names(statement, PUBLIC_PUSH))
        shown = next((pattern for action, pattern in named if action in _PUBLIC_UPLOAD), None)
        if shown is not None:
            yield frozenset(action for action, _ in named), shown


def first(named: Iterable[tuple[str, Value]]) -> Value:
    """The pattern that shows the intent most: of an upload or PutImage, otherwise of the check that readers have too."""
    ordered = sorted(named, key=lambda one: one[0] == _CHECK)
    return ordered[0][1]

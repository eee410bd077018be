"""The decision on one action for one role, with every statement that spoke, in the order in which IAM asks them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint.iam import actions
from ecrlint.iam import decide as iam
from ecrlint.iam.capability import SOME_REPOSITORY, WHOLE
from ecrlint.iam.context import ANYWHERE, Context, Request
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.repositories import principal_of
from ecrlint.model.explanation import Effect, Explanation, Voice
from ecrlint.model.policy import Policy, Role
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import MAYBE, NO
from ecrlint.model.value import Scalar, Text, Unknown, Value, same, string

_ORDER = ("Deny", "Allow or Deny", "Allow", "boundary")
_MOST = 3  # names that are offered for one that does not exist


def why(stack: Stack, role: Role, action: str, resource: str | None, context: Context = ANYWHERE) -> Explanation:
    """Whether a role of the stack may do something to a resource: an ARN, `*`, or the name of a repository.

    Without a resource: to one that nobody knows. The policy of a repository of the stack counts where that one is named.
    """
    found = actions.find(action)
    name = action if found is None else found.name
    asked, spoken, policies = _asked(stack, name, resource)
    policies = (*role.policies, *policies, *(() if role.boundary is None else (role.boundary,)))
    request = Request(name, asked, principal_of(role), context)
    decision = iam.decide(policies, name, asked, open=role.open, principal=request.principal, context=context)
    voices = sorted(_voices(policies, request), key=lambda one: _ORDER.index(one.effect))
    reasons = (*role.open, *(reason for policy in policies for reason in iam.unseen(policy, name)))
    return Explanation(role, name, spoken, decision.truth, decision.denied, tuple(voices), tuple(dict.fromkeys(reasons)))


def roles(stack: Stack, name: str) -> list[Role]:
    """The roles, users and groups of a stack that have this address or name."""
    return [role for role in stack.roles if name in (role.address, role.label, string(role.name))]


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The names that are spelled most like one."""
    import difflib

    return difflib.get_close_matches(name, list(dict.fromkeys(known)), n=_MOST, cutoff=0.4)


def unknown_action(action: str) -> list[str] | None:
    """The nearest actions, where a service that ecrlint knows has none of this name; None where there may be one."""
    service = action.partition(":")[0]
    if actions.find(action) is not None or not actions.covers(service):
        return None
    return nearest(action.lower(), actions.named(service)) or nearest(action, actions.named(service))


def _asked(stack: Stack, action: str, resource: str | None) -> tuple[Value, str, tuple[Policy, ...]]:
    """The resource of the request, the words for it, and what policies it has of its own."""
    if not actions.has_resource(action):
        return WHOLE, "*", ()
    if resource is None:
        if action.startswith("ecr:"):
            return SOME_REPOSITORY, "a repository that is not named", ()
        return Unknown("no resource is given", NOWHERE), "a resource that is not given", ()
    if resource == "*" or resource.startswith("arn:"):
        return Scalar(resource, NOWHERE), resource, ()
    repository = next((one for one in stack.repositories if _is_called(one, resource)), None)
    name = Scalar(resource, NOWHERE) if repository is None else repository.name
    own = () if repository is None or repository.policy is None else (repository.policy,)
    parts = name.parts if isinstance(name, Text) else (name,)
    return Text((*SOME_REPOSITORY.parts[:-1], *parts), NOWHERE), f"repository {resource}", own


def _is_called(repository: Repository, name: str) -> bool:
    return name == repository.address or same(repository.name, Scalar(name, NOWHERE))


def _voices(policies: Iterable[Policy], request: Request) -> Iterator[Voice]:
    policies = tuple(policies)
    spoken = list(iam.speaking(policies, request))
    for one in spoken:
        yield _voice(one, request)
    for kept in iam.unmet(policies, request):
        said = f"its condition on {kept.condition.key} never holds: {kept.why}"
        yield Voice(kept.statement.effect or "Allow or Deny", NO, kept.policy.name, kept.span, said)
    for policy in policies:
        lets = any(one.policy is policy and one.statement.effect != "Deny" for one in spoken)
        if policy.kind == "boundary" and not lets and not iam.unseen(policy, request.action):
            yield Voice("boundary", NO, policy.name, policy.attached or policy.span, "nothing in it allows this")


def _voice(one: iam.Applied, request: Request) -> Voice:
    reason = iam.reason(one, request) if one.truth is MAYBE else ""
    effect: Effect = one.statement.effect or "Allow or Deny"
    if one.policy.kind == "boundary" and effect == "Allow":
        effect = "boundary"
    return Voice(effect, one.truth, one.policy.name, one.span, reason)

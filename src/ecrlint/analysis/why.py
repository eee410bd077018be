"""The decision on one action for one role, with every statement that spoke, in the order in which IAM asks them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint.analysis.arns import in_partition
from ecrlint.analysis.capability import SOME_REPOSITORY, WHOLE
from ecrlint.analysis.repositories import principal_of
from ecrlint.iam import actions, patterns
from ecrlint.iam import decide as iam
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.policies import covers_action, statements, unseen
from ecrlint.iam.request import ANYWHERE, Request, RequestContext, segment
from ecrlint.model.explanation import Effect, Explanation, Voice
from ecrlint.model.policy import Policy, Principal, Role
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Scalar, Unknown, Value, join, pieces, same, string

_ORDER = ("Deny", "Allow or Deny", "Allow", "boundary")
_ELSEWHERE = "the policy of a repository of another account may be made elsewhere"
_MOST = 3  # names that are offered for one that does not exist


def why(stack: Stack, role: Role, action: str, resource: str | None, context: RequestContext = ANYWHERE) -> Explanation:
    """Whether a role of the stack may do something to a resource: an ARN, `*`, or the name of a repository.

    Without a resource: to one that nobody knows. The policies of a repository of the stack, and of its
    registry, count where that one is named; where it is of another account, they have to allow it too.
    """
    found = actions.find(action)
    name = action if found is None else found.name
    asked, spoken, own, place = _asked(stack, name, resource)
    limits = () if role.boundary is None else (role.boundary,)
    who = principal_of(role) if role.arn is None else Principal("AWS", in_partition(role.arn, place))
    request = Request(name, asked, who, context, bounded=bool(limits))
    open = role.open
    if _is_of_another_account(role, place):
        there = () if any(one.kind == "repository" for one in own) else (_ELSEWHERE,)
        open = (*open, *there)
        decision = iam.across(
            iam.decide((*role.policies, *limits), name, asked, open=role.open, principal=who, context=context),
            iam.decide(own, name, asked, open=there, principal=who, context=context),
        )
    else:
        decision = iam.decide((*role.policies, *own, *limits), name, asked, open=open, principal=who, context=context)
    policies = (*role.policies, *own, *limits)
    voices = sorted(_voices(policies, request), key=lambda one: _ORDER.index(one.effect))
    reasons = (*open, *(reason for policy in policies for reason in unseen(policy, name)))
    return Explanation(role, name, spoken, decision.truth, decision.denied, tuple(voices), tuple(dict.fromkeys(reasons)))


def _is_of_another_account(role: Role, arn: Value | None) -> bool:
    """Whether a repository is certainly of another account than a role, so that its own policies have to allow as well."""
    accounts = [None if one is None else string(segment(one, 4)) for one in (role.arn, arn)]
    return None not in accounts and accounts[0] != accounts[1]


def roles(stack: Stack, name: str) -> list[Role]:
    """The roles, users and groups of a stack that have this address, name or ARN, whatever its account and path."""
    name = name.rsplit("/", 1)[-1] if name.startswith("arn:") else name
    return [role for role in stack.roles if name in (role.address, role.label, string(role.name))]


def has_resource(action: str) -> bool:
    """Whether an action is asked for a repository, and not for `*`."""
    return actions.has_resource(action)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The names that are spelled most like one."""
    import difflib

    return difflib.get_close_matches(name, list(dict.fromkeys(known)), n=_MOST, cutoff=0.4)


def settling_repository(stack: Stack, role: Role, action: str, context: RequestContext = ANYWHERE) -> str | None:
    """The name of a repository of the stack for which it is known whether a role may do something; None where that is not known
    of any, or nothing depends on it."""
    for repository in stack.repositories if action.startswith("ecr:") and actions.has_resource(action) else ():
        name = string(repository.name)
        if name is not None and why(stack, role, action, name, context).truth is not MAYBE:
            return name
    return None


def with_prefix(action: str) -> str:
    """An action that is written without its service, with that of ECR where it has the action, or of the one that has."""
    if ":" in action:
        return action
    found = [known for service in actions.services() if (known := actions.find(f"{service}:{action}")) is not None]
    names = [known.name for known in found]
    of_ecr = next((name for name in names if name.startswith("ecr:")), None)
    return of_ecr or (names[0] if len(names) == 1 else action)


def unknown_action(action: str) -> list[str] | None:
    """The nearest actions, where a service that ecrlint knows has none of this name; None where there may be one."""
    service, colon, _ = action.partition(":")
    if not colon:
        return nearest(f"ecr:{action}", actions.named("ecr"))
    if actions.find(action) is not None or not actions.covers(service):
        return None
    return nearest(action.lower(), actions.named(service)) or nearest(action, actions.named(service))


def _asked(stack: Stack, action: str, resource: str | None) -> tuple[Value, str, tuple[Policy, ...], Value | None]:
    """The resource of the request, the words for it, what policies it has of its own, and the ARN of a repository."""
    if not actions.has_resource(action):
        return WHOLE, "*", (), None
    if resource is None:
        if action.startswith("ecr:"):
            return SOME_REPOSITORY, "a repository that is not named", _of_registry(stack, SOME_REPOSITORY, action), None
        return Unknown("no resource is given", NOWHERE), "a resource that is not given", (), None
    if resource == "*" or resource.startswith("arn:"):
        arn = Scalar(resource, NOWHERE)
        known = next((one for one in stack.repositories if _has_arn(one, arn)), None)
        own = () if known is None or known.policy is None else (known.policy,)
        return arn, resource, (*own, *_of_registry(stack, arn, action)), arn if action.startswith("ecr:") else None
    repository = next((one for one in stack.repositories if _is_called(one, resource)), None)
    name = Scalar(resource, NOWHERE) if repository is None else repository.name
    own = () if repository is None or repository.policy is None else (repository.policy,)
    parts = pieces(name)
    named = join((*SOME_REPOSITORY.parts[:-1], *parts), NOWHERE)
    its = named if repository is None or repository.arn is None else repository.arn
    return its, f"repository {resource}", (*own, *_of_registry(stack, its, action)), its


def _has_arn(repository: Repository, arn: Value) -> bool:
    return repository.arn is not None and patterns.equals(in_partition(repository.arn), in_partition(arn)) is YES


def _of_registry(stack: Stack, arn: Value, action: str) -> tuple[Policy, ...]:
    """The policies of registries that may speak of an action on a repository."""
    if stack.registry is None or not action.startswith("ecr:"):
        return ()
    from ecrlint.analysis.registries import policies_on  # only where something is said of registries

    return tuple(policies_on(stack, arn, action))


def _is_called(repository: Repository, name: str) -> bool:
    return name == repository.address or same(repository.name, Scalar(name, NOWHERE))


def _voices(policies: Iterable[Policy], request: Request) -> Iterator[Voice]:
    policies = tuple(policies)
    spoken = list(iam.speaking(policies, request))
    for one in spoken:
        yield _voice(one, request)
    yield from _near_misses(policies, request)
    for kept in iam.unmet(policies, request):
        said = f"its condition on {kept.condition.key} never holds: {kept.why}"
        yield Voice(kept.statement.effect or "Allow or Deny", NO, kept.policy.name, kept.span, said)
    for policy in policies:
        lets = any(one.policy is policy and one.statement.effect != "Deny" for one in spoken)
        if policy.kind == "boundary" and not lets and not unseen(policy, request.action):
            yield Voice("boundary", NO, policy.name, policy.attached or policy.span, "nothing in it allows this")


def _near_misses(policies: Iterable[Policy], request: Request) -> Iterator[Voice]:
    """The statements that allow the action, and on other repositories alone."""
    for policy in policies:
        for one in statements(policy):
            grants = one.effect == "Allow" and policy.kind != "boundary" and covers_action(one, request.action) is YES
            listed = [resource for resource in one.resources or () if _is_of_ecr(resource)]
            if grants and listed and iam.covers_resource(one, request.resource) is NO:
                applied = iam.Applied(policy, one, NO)
                asked = string(request.resource) or "this repository"
                said = f"it allows {request.action} on {_written(listed[0])}, which never matches {asked}"
                yield Voice("Allow", NO, policy.name, applied.span, said)


def _is_of_ecr(resource: Value) -> bool:
    """Whether a resource is a repository, as far as it is known."""
    first = segment(resource, 2)
    return first is not None and string(first) == "ecr"


def _written(resource: Value) -> str:
    """A resource as its author wrote it, on one line."""
    known = string(resource)
    return " ".join(resource.span.text.split()) if known is None else f'"{known}"'


def _voice(one: iam.Applied, request: Request) -> Voice:
    reason = iam.reason(one, request) if one.truth is MAYBE else ""
    if reason.endswith("is settled only by deployment") and request.resource is SOME_REPOSITORY:
        reason = "it depends on the repository"
    effect: Effect = one.statement.effect or "Allow or Deny"
    if one.policy.kind == "boundary" and effect == "Allow":
        effect = "boundary"
    return Voice(effect, one.truth, one.policy.name, one.span, reason)

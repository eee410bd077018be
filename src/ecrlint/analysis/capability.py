"""What login, pull and push need, and what of it policies grant. The one place that knows the actions.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from ecrlint.iam import actions, conditions, patterns
from ecrlint.iam import decide as iam
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.policies import covers_action, statements, unseen
from ecrlint.iam.request import ANYWHERE, Request, RequestContext
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Related
from ecrlint.model.policy import Policy, PolicyKind, Principal, Role, Statement
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, all_of, any_of, truth
from ecrlint.model.value import Ref, Scalar, Text, Unknown, Value, string

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Capability:
    """What somebody wants to do, and the actions without which it fails; without the `optional` ones some clients fail."""

    name: str
    actions: tuple[str, ...]
    optional: tuple[str, ...] = ()


TOKEN = "ecr:GetAuthorizationToken"

PUBLIC_TOKEN, BEARER_TOKEN = "ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"
"""What a login to ECR Public needs; its images are pulled without any permission.

https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html
"""

LOGIN = Capability("login", (TOKEN,))
PUBLIC_LOGIN = Capability("login to Amazon ECR Public", (PUBLIC_TOKEN,))
PULL = Capability("pull", ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
PUSH = Capability(
    "push",
    (
        "ecr:BatchCheckLayerAvailability",
        "ecr:InitiateLayerUpload",
        "ecr:UploadLayerPart",
        "ecr:CompleteLayerUpload",
        "ecr:PutImage",
    ),
    optional=("ecr:BatchGetImage",),
)

PUBLIC_PUSH = Capability("push to Amazon ECR Public", tuple(action.replace("ecr:", "ecr-public:") for action in PUSH.actions))
PUSH_OF_NEWER_CLIENTS = Capability("push", (*PUSH.actions, *PUSH.optional))

LOG = Capability("log", ("logs:CreateLogStream", "logs:PutLogEvents"))
LOG_GROUP = Capability("create a log group", ("logs:CreateLogGroup",))

PUSH_INTENT = PUSH.actions[1:]
"""The push actions that only a pusher has: read-only policies hold BatchCheckLayerAvailability by habit."""

WHOLE = Scalar("*", NOWHERE)
"""The resource of a request for an action without one."""

SOME_REPOSITORY = Text(
    (
        Scalar("arn:", NOWHERE),
        Ref("aws", "partition", NOWHERE),
        Scalar(":ecr:", NOWHERE),
        Ref("aws", "region", NOWHERE),
        Scalar(":", NOWHERE),
        Ref("aws", "account_id", NOWHERE),
        Scalar(":repository/", NOWHERE),
        Unknown("the name of the repository", NOWHERE),
    ),
    NOWHERE,
)
"""The ARN of a repository of this account and region whose name is not known."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether all of a capability is granted: `missing` are the actions that are not, `unsure` those that may not be.

    `by` and `because` are those of the decisions: what proves `YES`, what denies, or what leaves it unsure.
    """

    truth: Truth
    missing: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    by: tuple[Span, ...] = ()
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A statement that grants some actions of a capability on resources where others are not granted at all.

    Nothing of `missing` is allowed on any repository that the statement covers; of `unsure` this is not known.
    """

    policy: Policy
    statement: Statement
    granted: tuple[str, ...]
    missing: tuple[str, ...]
    unsure: tuple[str, ...]


def can(
    who: Role | Iterable[Policy],
    capability: Capability,
    repository: Value | None = None,
    *,
    principal: Principal | None = None,
    context: RequestContext = ANYWHERE,
) -> Grant:
    """Whether a role, or a set of policies, has all that a capability needs, on the repository with this ARN.

    Without a repository: on one that nobody knows, so that a grant on a particular repository is `MAYBE`. For access
    through the repository's own policy, give both sides' policies in one list, and the principal.
    """
    policies, reasons = _policies(who)
    resource = SOME_REPOSITORY if repository is None else repository
    asked = {action: resource if actions.has_resource(action) else WHOLE for action in capability.actions}
    decisions = {
        action: iam.decide(policies, action, one, open=reasons, principal=principal, context=context)
        for action, one in asked.items()
    }
    result = all_of(decision.truth for decision in decisions.values())
    telling = [decision for decision in decisions.values() if decision.truth is result]
    return Grant(
        result,
        missing=tuple(action for action, decision in decisions.items() if decision.truth is NO),
        unsure=tuple(action for action, decision in decisions.items() if decision.truth is MAYBE),
        by=_each_once(decision.by for decision in telling),
        because=_each_once(decision.because for decision in telling),
    )


def _each_once(rows: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    several = list(rows)
    return several[0] if len(several) == 1 else tuple(dict.fromkeys(one for row in several for one in row))


def kept_by_conditions(who: Role | Iterable[Policy], action: str, context: RequestContext = ANYWHERE) -> Iterator[Related]:
    """The conditions that keep an Allow of an action from ever holding, each with why, in words for a person."""
    request = Request(action, SOME_REPOSITORY if actions.has_resource(action) else WHOLE, None, context)
    for one in iam.unmet(_policies(who)[0], request):
        grants = one.statement.effect == "Allow" and one.policy.kind != "boundary"
        if grants and covers_action(one.statement, action) is YES:
            yield Related(
                one.span,
                f"this grants {action} only where a condition on {one.condition.key} holds, and it never does: {one.why}",
            )


def granted_somewhere(who: Role | Iterable[Policy], action: str) -> Truth:
    """Whether an action is allowed on at least one resource that it can have: on some repository, or on `*`.

    A Deny counts only where it covers everything, and a boundary not at all.
    """
    policies, reasons = _policies(who)
    found = [(policy, one) for policy in policies if policy.kind != "boundary" for one in statements(policy)]
    allowed = any_of(_grants_something(one, action, policy.kind) for policy, one in found)
    if allowed is NO and (reasons or any(unseen(policy, action) for policy in policies)):
        allowed = MAYBE
    return allowed & ~any_of(_denies_everything(one, action, policy.kind) for policy, one in found)


def names(statement: Statement, capability: Capability) -> Iterator[tuple[str, Value]]:
    """The actions of a capability that a statement means, each with the pattern that names it.

    A pattern that covers a whole service, or everything (`ecr:*`, `*`), names none of its actions.
    """
    for pattern in statement.actions or ():
        text = string(pattern)
        if text is not None:
            yield from ((action, pattern) for action in _named_by(text, capability.actions))
            continue
        for action in capability.actions:
            if patterns.matches(pattern, Scalar(action, NOWHERE), ignore_case=True) is YES:
                yield action, pattern


@lru_cache(maxsize=1 << 12)
def _named_by(pattern: str, actions: tuple[str, ...]) -> tuple[str, ...]:
    if _is_whole_service(pattern):
        return ()
    given = Scalar(pattern, NOWHERE)
    return tuple(action for action in actions if patterns.matches(given, Scalar(action, NOWHERE), ignore_case=True) is YES)


def covers_token_in_vain(statement: Statement, token: str = TOKEN) -> Truth:
    """Whether an Allow covers the login token by its actions while its resources can never be the `*` that it needs."""
    if statement.effect == "Deny":
        return NO
    result = covers_action(statement, token) & ~iam.covers_resource(statement, WHOLE)
    return result if statement.effect == "Allow" else result & MAYBE


def denies_token(who: Role | Iterable[Policy], token: str = TOKEN) -> iam.Decision | None:
    """The decision on the login token if a Deny certainly covers it; None otherwise."""
    policies, reasons = _policies(who)
    decision = iam.decide(policies, token, WHOLE, open=reasons)
    return decision if decision.denied else None


def gaps(who: Role | Iterable[Policy], capability: Capability) -> Iterator[Gap]:
    """The statements that grant some actions of a capability and have no company that grants the rest.

    Looks at what is allowed, not at Deny: who denies a push action does not mean to push. A statement of an AWS managed
    policy is company for others but never a gap itself. One with conditions lacks only what no Allow covers at all: the
    others may hold where it does not.
    """
    policies, reasons = _policies(who)
    found = [(policy, one) for policy in policies if policy.kind != "boundary" for one in statements(policy)]
    for policy, statement in found:
        if statement.effect != "Allow" or statement.span is NOWHERE:
            continue
        granted = tuple(action for action in capability.actions if covers_action(statement, action) is YES)
        if not granted or not _may_cover_repositories(statement):
            continue
        rest = {
            action: _beside(statement, found, action) | _open(policies, reasons, action)
            for action in capability.actions
            if action not in granted
        }
        missing = tuple(action for action, answer in rest.items() if answer is NO)
        unsure = tuple(action for action, answer in rest.items() if answer is MAYBE)
        if missing or unsure:
            yield Gap(policy, statement, granted, missing, unsure)


def allows_nothing(policies: Iterable[Policy]) -> Truth:
    """Whether the policies have no Allow at all, as an endpoint policy that consists of Deny statements."""
    policies = tuple(policies)
    effects = {statement.effect for policy in policies for statement in statements(policy)}
    if "Allow" in effects:
        return NO
    return MAYBE if None in effects or any(policy.open for policy in policies) else YES


def overlap(a: Statement, b: Statement) -> Truth:
    """Whether some repository is covered by the resources of both statements."""
    if a.resources is not None and b.resources is not None:
        return any_of(patterns.overlaps_on_repository(one, other) for one in a.resources for other in b.resources)
    for this, that in ((a, b), (b, a)):
        if this.resources is None and this.not_resources is None:
            return truth(True) if _may_cover_repositories(that) else NO
    return MAYBE


def _policies(who: Role | Iterable[Policy]) -> tuple[tuple[Policy, ...], tuple[str, ...]]:
    if isinstance(who, Role):
        return who.policies if who.boundary is None else (*who.policies, who.boundary), who.open
    return tuple(who), ()


def _open(policies: tuple[Policy, ...], reasons: tuple[str, ...], action: str) -> Truth:
    return MAYBE if reasons or any(unseen(policy, action) for policy in policies) else NO


def _beside(statement: Statement, others: Iterable[tuple[Policy, Statement]], action: str) -> Truth:
    """Whether any Allow grants an action on any repository that a statement covers."""
    return any_of(_company(statement, other, action, policy.kind) for policy, other in others)


def _company(statement: Statement, other: Statement, action: str, kind: PolicyKind) -> Truth:
    if other.effect == "Deny":
        return NO
    result = covers_action(other, action)
    if statement.conditions:
        return result
    if result is not NO:
        result = result & overlap(statement, other)
    return _as_far_as_it_speaks(result, other, action, kind)


def _as_far_as_it_speaks(covers: Truth, statement: Statement, action: str, kind: PolicyKind) -> Truth:
    """What a statement covers, where it has the effect and its conditions hold."""
    if covers is not NO and statement.conditions:
        request = Request(action, SOME_REPOSITORY if actions.has_resource(action) else WHOLE)
        covers = covers & conditions.hold(statement, request, kind)
    return covers & MAYBE if statement.effect is None else covers


def _grants_something(statement: Statement, action: str, kind: PolicyKind) -> Truth:
    if statement.effect == "Deny":
        return NO
    result = covers_action(statement, action)
    if result is not NO and not actions.has_resource(action):
        result = result & iam.covers_resource(statement, WHOLE)
    elif result is not NO:
        result = result & _covers_a_repository(statement)
    return _as_far_as_it_speaks(result, statement, action, kind)


def _denies_everything(statement: Statement, action: str, kind: PolicyKind) -> Truth:
    if statement.effect == "Allow" or covers_action(statement, action) is NO:
        return NO
    everything = any_of(map(patterns.is_everything, statement.resources or ()))
    return _as_far_as_it_speaks(covers_action(statement, action) & everything, statement, action, kind)


def _covers_a_repository(statement: Statement) -> Truth:
    if statement.resources is None:
        return YES if statement.not_resources is None else iam.covers_resource(statement, SOME_REPOSITORY) | MAYBE
    return any_of(patterns.overlaps_on_repository(pattern, WHOLE) for pattern in statement.resources)


def _may_cover_repositories(statement: Statement) -> bool:
    return _covers_a_repository(statement) is not NO


def _is_whole_service(pattern: str) -> bool:
    return pattern.rsplit(":", 1)[-1].strip("*") == ""

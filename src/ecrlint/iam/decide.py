"""Whether policies allow an action on a resource: explicit Deny before Allow, as far as both can be known.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from ecrlint.iam import conditions, patterns, principals
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.policies import IndexedPolicies, covers_action, indexed, statements, unseen
from ecrlint.iam.policy_variables import filled, has_variables
from ecrlint.iam.request import ANYWHERE, Request, RequestContext
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import Policy, PolicyCondition, PolicyKind, Principal, Statement
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, all_of, any_of
from ecrlint.model.value import Scalar, Unknown, Value, holes, key, string


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is allowed, `by` the places that prove it, unsure `because` of these reasons.

    `denied`: a Deny says so; a `NO` without it means that nothing allows it. Where the truth is `MAYBE`, `by` are the
    statements that could settle it.
    """

    truth: Truth
    by: tuple[Span, ...] = ()
    because: tuple[str, ...] = ()
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """A statement in its policy, and whether it speaks about the request in question."""

    policy: Policy
    statement: Statement
    truth: Truth

    @property
    def span(self) -> Span:
        """The place that a person would edit: for an AWS managed policy, where it is attached."""
        if self.statement.span is NOWHERE:
            return self.policy.attached or self.policy.span
        return self.statement.span


def decide(
    policies: Iterable[Policy],
    action: str,
    resource: Value | str,
    *,
    open: tuple[str, ...] = (),
    principal: Principal | None = None,
    context: RequestContext = ANYWHERE,
) -> Decision:
    """Whether the policies together allow `action` on `resource` (an ARN, or `*` where the action has none).

    Identity, repository and endpoint policies in one call are one set: any of them may allow, any may deny. Boundaries
    never allow, and limit all that is allowed but what a policy on the resource grants to a user or a session itself.
    `open` says, per reason, that there may be policies that are not here: then nothing is found missing, but what is
    allowed stays allowed. Without a `principal` the Principal elements are taken to fit. Session policies and the
    policies of an organization stay outside. Each statement is taken by itself: what several of them share and nobody
    knows (an Allow and a Deny of one variable) leaves it `MAYBE`.
    """
    policies = tuple(policies)
    if isinstance(resource, str):
        resource = Scalar(resource, NOWHERE)
    among = indexed(policies)
    request = Request(action, resource, principal, context, bool(among.limits))
    if string(resource) != "*" or principal is not None or context.keys:
        return _judged(among, request, open)
    asked = (action, open, context.caller, None if context.endpoint is None else key(context.endpoint))
    if asked not in among.decided:
        among.decided[asked] = _judged(among, request, open)
    found: Decision = among.decided[asked]
    return found


def across(identity: Decision, of_resource: Decision) -> Decision:
    """The decision on a resource of another account: both sides have to allow it, each by its own policies.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    sides = (identity, of_resource)
    denying = [one for one in sides if one.denied]
    result = all_of(one.truth for one in sides)
    telling = denying or [one for one in sides if one.truth is result]
    return Decision(
        NO if denying else result,
        tuple(dict.fromkeys(span for one in telling for span in one.by)),
        tuple(dict.fromkeys(reason for one in telling for reason in one.because)),
        denied=bool(denying),
    )


def _judged(policies: IndexedPolicies, request: Request, open: tuple[str, ...]) -> Decision:
    """The decision that follows from the statements that may speak, each taken by itself."""
    found = list(_speaking(policies, request))
    denying = _side(found, "Deny")
    proofs = [one for one in denying if one.truth is YES]
    if proofs:
        return Decision(NO, _spans(proofs), denied=True)
    allowed = _allowed(_side(found, "Allow"), policies, request, open)
    if allowed.truth is NO or (allowed.truth is YES and not denying):
        return allowed
    more = allowed if allowed.truth is MAYBE else Decision(YES)
    spans, because = (*_spans(denying), *more.by), (*_reasons(denying, request), *more.because)
    return Decision(MAYBE, tuple(dict.fromkeys(spans)), tuple(dict.fromkeys(because)))


def _allowed(allowing: list[Applied], policies: IndexedPolicies, request: Request, open: tuple[str, ...]) -> Decision:
    """Whether these statements allow a request, Deny aside: within all boundaries, or whatever these say."""
    limits = policies.limits
    granting = [one for one in allowing if one.policy.kind != "boundary"]
    more = (*open, *policies.unseen(request.action))
    granted = _granted(list(_named(granting, request, "within")), request, more)
    if not limits:
        return granted
    inside = [granted, *(_left(allowing, limit, request) for limit in limits)]
    result = all_of(one.truth for one in inside)
    if result is YES:
        return granted
    freely = _granted(list(_named(granting, request, "freely")), request, ())
    if freely.truth is YES:
        return freely
    if result is NO and freely.truth is NO:
        return next(one for one in inside if one.truth is NO)
    unsure = [one for one in (*inside, freely) if one.truth is MAYBE] if result is MAYBE else [freely]
    return Decision(MAYBE, tuple(span for one in unsure for span in one.by), tuple(why for one in unsure for why in one.because))


def _named(allowing: list[Applied], request: Request, how: Literal["freely", "within"]) -> Iterator[Applied]:
    """The statements that grant something, as far as boundaries count for what they grant or do not."""
    for one in allowing:
        if one.policy.kind in ("repository", "registry"):
            granted = principals.grants(one.statement, request, one.policy.kind)
            result = one.truth & (granted.freely if how == "freely" else granted.within)
            if result is not NO:
                yield Applied(one.policy, one.statement, result)
        elif how == "within":
            yield one


@dataclass(frozen=True, slots=True)
class Unmet:
    """A statement that covers a request by action, resource and principal, and the condition that keeps it from it."""

    policy: Policy
    statement: Statement
    condition: PolicyCondition
    why: str

    @property
    def span(self) -> Span:
        return self.condition.span if self.statement.span is not NOWHERE else self.policy.attached or self.policy.span


def unmet(policies: Iterable[Policy], request: Request) -> Iterator[Unmet]:
    """The statements, of either effect, that would speak about a request if it met their conditions, as it never does."""
    for policy in policies:
        for one in statements(policy):
            if not one.conditions or applies(replace(one, conditions=()), request, policy.kind) is NO:
                continue
            for condition in one.conditions:
                if conditions.holds(condition, request, policy.kind, one.variables) is NO:
                    yield Unmet(policy, one, condition, _why_unmet(condition, request, policy.kind))
                    break


def _why_unmet(condition: PolicyCondition, request: Request, kind: PolicyKind) -> str:
    fact = request.fact(condition.key, kind)
    return fact.why if fact.present is NO else "the request has another value"


def applies(statement: Statement, request: Request, kind: PolicyKind = "identity") -> Truth:
    """Whether a statement, of whatever effect and in a policy of this kind, speaks about a request."""
    result = covers_action(statement, request.action)
    return result if result is NO else result & _applies_but_for_action(statement, request, kind)


def _applies_but_for_action(statement: Statement, request: Request, kind: PolicyKind) -> Truth:
    result = _covers_resource_of(statement, request, kind)
    if result is not NO and request.principal is not None:
        result = result & principals.covers(statement, request.principal, bounded=request.bounded)
    if result is not NO and statement.conditions:
        result = result & conditions.hold(statement, request, kind)
    return result


def covers_resource(statement: Statement, resource: Value) -> Truth:
    """Whether the Resource or NotResource element covers a resource; a policy on a resource need not have one."""
    if statement.resources is None and statement.not_resources is None and principals.names_principals(statement):
        return YES
    return _covered(statement.resources, statement.not_resources, lambda pattern: patterns.matches_arn(pattern, resource))


def _covers_resource_of(statement: Statement, request: Request, kind: PolicyKind) -> Truth:
    """Whether the resources cover that of a request, which settles the variables in them."""
    result = covers_resource(statement, request.resource)
    if result is not MAYBE or not any(map(has_variables, (*(statement.resources or ()), *(statement.not_resources or ())))):
        return result

    def settled(values: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
        found = (filled(one, request, kind, statement.variables) for one in values or ())
        return None if values is None else tuple(one for one in found if one is not None)

    listed, excluded = settled(statement.resources), settled(statement.not_resources)
    return _covered(listed, excluded, lambda pattern: patterns.matches_arn(pattern, request.resource))


def _covered(listed: tuple[Value, ...] | None, excluded: tuple[Value, ...] | None, covers: Callable[[Value], Truth]) -> Truth:
    if listed is not None:
        return any_of(map(covers, listed))
    if excluded is not None:
        return ~any_of(map(covers, excluded))
    return MAYBE


def speaking(policies: Iterable[Policy], request: Request) -> Iterator[Applied]:
    """The statements that may speak about the request."""
    return _speaking(indexed(tuple(policies)), request)


def _speaking(policies: IndexedPolicies, request: Request) -> Iterator[Applied]:
    whole = string(request.resource) == "*"
    for policy, statement, covered in policies.about(request.action, request.resource):
        if policy.kind in ("repository", "registry") and whole:
            continue  # these speak about repositories, and never about the login
        result = covered & _applies_but_for_action(statement, request, policy.kind)
        if result is not NO:
            yield Applied(policy, statement, result)


def _side(found: Iterable[Applied], effect: str) -> list[Applied]:
    """The statements that have, or may have, this effect."""
    return [
        one if one.statement.effect else Applied(one.policy, one.statement, MAYBE)
        for one in found
        if one.statement.effect in (effect, None)
    ]


def _granted(allowing: list[Applied], request: Request, more: tuple[str, ...]) -> Decision:
    """Whether any of these statements allows a request; `more` says why others may."""
    proofs = [one for one in allowing if one.truth is YES]
    if proofs:
        return Decision(YES, _spans(proofs))
    because = (*_reasons(allowing, request), *more)
    return Decision(MAYBE if because else NO, _spans(allowing), because)


def _left(allowing: list[Applied], limit: Policy, request: Request) -> Decision:
    """Whether a permissions boundary leaves room for a request."""
    decision = _granted([one for one in allowing if one.policy is limit], request, unseen(limit, request.action))
    if decision.truth is NO:
        return Decision(NO, (limit.attached or limit.span,), (f"permissions boundary {limit.name} does not allow it",))
    return decision


def _spans(found: Iterable[Applied]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(one.span for one in found))


def _reasons(found: Iterable[Applied], request: Request) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason(one, request) for one in found if one.truth is MAYBE))


def reason(one: Applied, request: Request) -> str:
    """What is not known of a statement that may speak about a request."""
    policy, statement = one.policy.name, one.statement
    if statement.effect is None:
        return f"the effect of a statement of {policy} is not known"
    undecided = [
        condition.key
        for condition in statement.conditions
        if conditions.holds(condition, request, one.policy.kind, statement.variables) is MAYBE
    ]
    if undecided:
        return f"a statement of {policy} has a condition on {', '.join(dict.fromkeys(undecided))}"
    patterns_of_it = (statement.actions, statement.not_actions, statement.resources, statement.not_resources)
    for hole in (hole for values in patterns_of_it for value in values or () for hole in holes(value)):
        if isinstance(hole, Unknown):
            return f"a statement of {policy} is not fully known: {hole.why}"
    return f"whether a statement of {policy} covers {request.action} is settled only by deployment"

"""Whether policies allow an action on a resource: explicit Deny before Allow, as far as both can be known.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ecrlint.iam import conditions, managed, patterns
from ecrlint.iam.context import ANYWHERE, OF_AWS, Context, Request
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.owners import matches_aws
from ecrlint.iam.variables import filled, has_variables
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Condition, Policy, PolicyKind, Principal, Statement
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, all_of, any_of
from ecrlint.model.value import Choice, Scalar, Text, Unknown, Value, holes, string


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
    context: Context = ANYWHERE,
) -> Decision:
    """Whether the policies together allow `action` on `resource` (an ARN, or `*` where the action has none).

    Identity, repository and endpoint policies in one call are one set: any of them may allow, any may deny. Boundaries
    never allow, and what they do not allow is not allowed. `open` says, per reason, that there may be policies that are
    not here: then nothing is found missing, but what is allowed stays allowed. Without a `principal` the Principal
    elements are taken to fit. Session policies and the policies of an organization stay outside.
    """
    policies = tuple(policies)
    if isinstance(resource, str):
        resource = Scalar(resource, NOWHERE)
    request = Request(action, resource, principal, context)
    found = list(speaking(policies, request))
    decision = _judged(found, policies, request, open)
    if decision.truth is MAYBE and _may_hang_together(found, open):
        from ecrlint.iam import joint  # only where statements share what is not known

        return joint.decided(found, request, lambda found, request: _judged(found, policies, request, open)) or decision
    return decision


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


def _judged(found: list[Applied], policies: tuple[Policy, ...], request: Request, open: tuple[str, ...]) -> Decision:
    """The decision that follows from the statements that may speak, each taken by itself."""
    limits = [policy for policy in policies if policy.kind == "boundary"]
    grants = [policy for policy in policies if policy.kind != "boundary"]
    denying = _side(found, "Deny")
    proofs = [one for one in denying if one.truth is YES]
    if proofs:
        return Decision(NO, _spans(proofs), denied=True)
    allowing = [_allowed(found, grants, request, open), *(_within(found, limit, request) for limit in limits)]
    allowed = all_of(decision.truth for decision in allowing)
    if allowed is NO:
        return next(decision for decision in allowing if decision.truth is NO)
    if allowed is YES and not denying:
        return Decision(YES, allowing[0].by)
    unsure = [decision for decision in allowing if decision.truth is MAYBE]
    spans = (*_spans(denying), *(span for decision in unsure for span in decision.by))
    because = (*_reasons(denying, request), *(reason for decision in unsure for reason in decision.because))
    return Decision(MAYBE, tuple(dict.fromkeys(spans)), tuple(dict.fromkeys(because)))


def _may_hang_together(found: list[Applied], open: tuple[str, ...]) -> bool:
    """Whether more than one pattern or condition leaves the decision open, and some of them count against each other."""
    unsure = [one for one in found if one.truth is MAYBE]
    against = [one for one in unsure if one.statement.effect != "Allow" or one.policy.kind == "boundary"]
    if open and not against:
        return False
    holding = sum(map(_not_known, (one.statement for one in unsure)))
    return holding > 1 and (bool(against) or any(map(_is_more_than_a_list, (one.statement for one in unsure))))


def _not_known(statement: Statement) -> int:
    """How many patterns and conditions of a statement may be why it is not sure that it speaks."""
    listed = (statement.actions, statement.not_actions, statement.resources, statement.not_resources)
    return len(statement.conditions) + max(sum(len(values) for values in listed if values is not None) - 1, 1)


def _is_more_than_a_list(statement: Statement) -> bool:
    """Whether more of what a statement names may cover less, or something else."""
    excluded = (statement.not_actions, statement.not_resources, statement.not_principals)
    listed = (*(statement.actions or ()), *(statement.resources or ()))
    return (
        bool(statement.conditions) or any(one is not None for one in excluded) or any(isinstance(one, Choice) for one in listed)
    )


@dataclass(frozen=True, slots=True)
class Unmet:
    """A statement that covers a request by action, resource and principal, and the condition that keeps it from it."""

    policy: Policy
    statement: Statement
    condition: Condition
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


def _why_unmet(condition: Condition, request: Request, kind: PolicyKind) -> str:
    fact = request.fact(condition.key, kind)
    return fact.why if fact.present is NO else "the request has another value"


def statements(policy: Policy) -> tuple[Statement, ...]:
    """The statements of a policy; those of an AWS managed policy come from the table and have no place of their own."""
    return policy.statements if policy.managed is None else (*policy.statements, *managed.statements(policy.managed))


def unseen(policy: Policy, action: str) -> tuple[str, ...]:
    """Why a policy may say more about an action than `statements` gives; empty: it does not."""
    if policy.managed is None:
        return policy.open
    if not managed.exists(policy.managed):
        return (*policy.open, f"AWS managed policy {policy.managed} is not in ecrlint's table")
    if not managed.covers(action):
        return (*policy.open, f"ecrlint's table of AWS managed policies does not cover {action}")
    return policy.open


def applies(statement: Statement, request: Request, kind: PolicyKind = "identity") -> Truth:
    """Whether a statement, of whatever effect and in a policy of this kind, speaks about a request."""
    result = covers_action(statement, request.action)
    return result if result is NO else result & _applies_but_for_action(statement, request, kind)


def _applies_but_for_action(statement: Statement, request: Request, kind: PolicyKind) -> Truth:
    result = _covers_resource_of(statement, request, kind)
    if result is not NO and request.principal is not None:
        result = result & covers_principal(statement, request.principal)
    if result is not NO and statement.conditions:
        result = result & conditions.hold(statement, request, kind)
    return result


def covers_action(statement: Statement, action: str) -> Truth:
    """Whether the Action or NotAction element covers an action; case does not count."""
    listed = statement.actions
    if listed is not None:
        return patterns.any_matches_action(listed, action)
    return MAYBE if statement.not_actions is None else ~patterns.any_matches_action(statement.not_actions, action)


def covers_resource(statement: Statement, resource: Value) -> Truth:
    """Whether the Resource or NotResource element covers a resource; a policy on a resource need not have one."""
    if statement.resources is None and statement.not_resources is None and _names_principals(statement):
        return YES
    return _covered(statement.resources, statement.not_resources, lambda pattern: patterns.matches_arn(pattern, resource))


def _covers_resource_of(statement: Statement, request: Request, kind: PolicyKind) -> Truth:
    """Whether the resources cover that of a request, which settles the variables in them."""
    result = covers_resource(statement, request.resource)
    if result is not MAYBE or not any(map(has_variables, (*(statement.resources or ()), *(statement.not_resources or ())))):
        return result
    listed, excluded = (
        None if values is None else tuple(filled(one, request, kind, statement.variables) for one in values)
        for values in (statement.resources, statement.not_resources)
    )
    return _covered(listed, excluded, lambda pattern: patterns.matches_arn(pattern, request.resource))


def covers_principal(statement: Statement, principal: Principal) -> Truth:
    """Whether the Principal or NotPrincipal element covers a principal; an identity policy, which has none, does."""
    if not _names_principals(statement):
        return YES
    if statement.principals is not None:
        return _names(statement.principals, principal)
    return ~_names(statement.not_principals or (), principal)


def _names_principals(statement: Statement) -> bool:
    return statement.principals is not None or statement.not_principals is not None


def _covered(listed: tuple[Value, ...] | None, excluded: tuple[Value, ...] | None, covers: Callable[[Value], Truth]) -> Truth:
    if listed is not None:
        return any_of(map(covers, listed))
    if excluded is not None:
        return ~any_of(map(covers, excluded))
    return MAYBE


def _names(entries: tuple[Principal, ...], principal: Principal) -> Truth:
    if principal is OF_AWS and not any(map(_is_everyone, entries)):
        return matches_aws([entry.value for entry in entries if entry.kind == "AWS"])
    return any_of(_is_principal(entry, principal) for entry in entries)


def _is_everyone(entry: Principal) -> bool:
    return entry.kind == "*" or (entry.kind == "AWS" and string(entry.value) == "*")


def _is_principal(entry: Principal, principal: Principal) -> Truth:
    """An account (its id, or its root) stands for everyone in it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if _is_everyone(entry):
        return YES
    if entry.kind != principal.kind:
        return NO
    same = patterns.equals(entry.value, principal.value)
    everyone = everyone_in(entry.value) if entry.kind == "AWS" else None
    return same if same is YES or everyone is None else same | patterns.matches(everyone, principal.value)


def everyone_in(account: Value) -> Value | None:
    """A pattern for the ARNs of all identities of an account that is given by its id or by the ARN of its root.

    None for the ARN of anybody else.
    """
    match account:
        case Scalar(value=str(arn), span=span) if arn.endswith(":root"):
            return Scalar(arn.removesuffix("root") + "*", span)
        case Text(parts=(*parts, Scalar(value=str(last), span=span))) if last.endswith(":root"):
            return Text((*parts, Scalar(last.removesuffix("root") + "*", span)), account.span)
        case Scalar(value=str(arn)) | Text(parts=(Scalar(value=str(arn)), *_, Scalar())) if arn.startswith("arn:"):
            return None
        case _:
            return Text((Scalar("arn:*:*::", account.span), account, Scalar(":*", account.span)), account.span)


def speaking(policies: Iterable[Policy], request: Request) -> Iterator[Applied]:
    """The statements that may speak about the request."""
    action, whole = request.action, string(request.resource) == "*"
    for policy in policies:
        if policy.kind in ("repository", "registry") and whole:
            continue  # these speak about repositories, and never about the login
        for statement in statements(policy):
            covered = covers_action(statement, action)
            if covered is NO:
                continue  # of nearly every statement, so that its way here is short
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


def _allowed(found: list[Applied], policies: list[Policy], request: Request, open: tuple[str, ...]) -> Decision:
    """Whether any of these policies allows what `found` speaks about; Deny aside."""
    ids = set(map(id, policies))
    allowing = [one for one in _side(found, "Allow") if id(one.policy) in ids]
    proofs = [one for one in allowing if one.truth is YES]
    if proofs:
        return Decision(YES, _spans(proofs))
    more = (*open, *(reason for policy in policies for reason in unseen(policy, request.action)))
    because = (*_reasons(allowing, request), *more)
    return Decision(MAYBE if because else NO, _spans(allowing), because)


def _within(found: list[Applied], limit: Policy, request: Request) -> Decision:
    """Whether a permissions boundary leaves room for what `found` speaks about."""
    decision = _allowed(found, [limit], request, ())
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

"""What login, pull and push need, and what roles and policies grant of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecrlint.analysis.capability import (
    LOGIN,
    PULL,
    PUSH,
    PUSH_INTENT,
    Gap,
    allows_nothing,
    can,
    covers_token_in_vain,
    denies_token,
    gaps,
    granted_somewhere,
    names,
    overlap,
)
from ecrlint.model.policy import Policy, PolicyCondition, PolicyKind, Principal, Role, Statement
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Ref, Scalar, Text, Unknown, Value, string

SPAN = Span(Source("policy.json", ""), 0, 0)
ARN = "arn:aws:ecr:us-east-1:111122223333:repository/"
REPOSITORY = Ref("aws_ecr_repository.app", "arn", SPAN)
LAYERS = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"]
TOKEN = "ecr:GetAuthorizationToken"


def values(entry: Any) -> tuple[Value, ...] | None:
    if entry is None:
        return None
    listed = entry if isinstance(entry, list) else [entry]
    return tuple(Scalar(one, SPAN) if isinstance(one, str) else one for one in listed)


def statement(action: Any = None, resource: Any = None, **more: Any) -> Statement:
    conditions = tuple(
        PolicyCondition("StringEquals", key, values(wanted) or (), SPAN) for key, wanted in more.pop("when", {}).items()
    )
    more = {key: more[key] if key in ("effect", "principals") else values(more[key]) for key in more}
    made = Statement("Allow", SPAN, actions=values(action), resources=values(resource), conditions=conditions)
    return replace(made, **more)


def policy(*statements: Statement, kind: PolicyKind = "identity", open: tuple[str, ...] = ()) -> Policy:
    return Policy(kind, "app", statements, SPAN, open=open)


def managed(name: str) -> Policy:
    return Policy("identity", name, (), SPAN, managed=name)


def role(*policies: Policy, open: tuple[str, ...] = ()) -> Role:
    return Role("role", "aws_iam_role.app", Scalar("app", SPAN), SPAN, None, policies, open)


LOGS_IN = policy(statement(TOKEN, "*"))


def test_a_role_without_policies_can_nothing() -> None:
    assert can(role(), LOGIN).missing == (TOKEN,)
    assert can(role(), PULL, REPOSITORY).truth is NO
    assert can(role(), PUSH, REPOSITORY).missing == PUSH.actions


def test_a_pull_needs_no_layer_check() -> None:
    puller = role(policy(statement(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], REPOSITORY)), LOGS_IN)
    assert can(puller, LOGIN).truth is YES
    assert can(puller, PULL, REPOSITORY).truth is YES


def test_a_push_needs_no_download() -> None:
    pusher = policy(statement(["ecr:BatchCheckLayerAvailability", *LAYERS, "ecr:PutImage"], REPOSITORY))
    assert can([pusher], PUSH, REPOSITORY).truth is YES
    assert can([pusher], replace(PUSH, actions=PUSH.optional), REPOSITORY).missing == ("ecr:BatchGetImage",)


def test_patterns_make_a_whole_push_set() -> None:
    pusher = policy(statement(["ecr:Batch*", "ecr:*Upload*", "ecr:PutImage"], ARN + "*"))
    assert can([pusher], PUSH, Scalar(ARN + "app", SPAN)).truth is YES
    assert can([pusher], LOGIN).truth is NO


def test_what_is_missing_is_named() -> None:
    grant = can([policy(statement(["ecr:Batch*", "ecr:PutImage", *LAYERS[:2]], "*"))], PUSH, REPOSITORY)
    assert grant.truth is NO
    assert grant.missing == ("ecr:CompleteLayerUpload",)


def test_a_grant_on_a_repository_that_is_not_known_depends_on_which_it_is() -> None:
    assert can([policy(statement("ecr:*", "*"))], PULL).truth is YES
    assert can([policy(statement("ecr:*", "arn:*:ecr:*:*:repository/*"))], PULL).truth is YES
    assert can([policy(statement("ecr:*", ARN + "app"))], PULL).truth is MAYBE
    assert can([policy(statement("ecr:*", REPOSITORY))], PULL).truth is MAYBE
    assert can([policy(statement("ecr:*", "arn:aws:s3:::*"))], PULL).truth is NO
    assert can([policy(statement("ecr:*", "arn:aws:ecr:us-east-1:111122223333:app"))], PULL).truth is NO


def test_an_open_role_is_never_found_to_lack_something() -> None:
    open = role(LOGS_IN, open=("module.extra attaches policies to it",))
    assert can(open, LOGIN).truth is YES
    grant = can(open, PULL, REPOSITORY)
    assert (grant.truth, grant.missing, grant.unsure) == (MAYBE, (), PULL.actions)
    assert grant.because == ("module.extra attaches policies to it",)


def test_the_repositorys_own_policy_may_grant_the_pull_but_not_the_login() -> None:
    me = Principal("AWS", Ref("aws_iam_role.app", "arn", SPAN))
    theirs = policy(statement(["ecr:Batch*", "ecr:Get*"], principals=(me,)), kind="repository")
    assert can([theirs, LOGS_IN], PULL, REPOSITORY, principal=me).truth is YES
    assert can([theirs], LOGIN, principal=me).truth is NO
    other = Principal("Service", Scalar("lambda.amazonaws.com", SPAN))
    assert can([theirs], PULL, REPOSITORY, principal=other).truth is NO


def test_the_managed_policies_people_expect_to_pull() -> None:
    for name in ("AmazonEC2ContainerRegistryPullOnly", "AmazonECSTaskExecutionRolePolicy", "ReadOnlyAccess"):
        assert can([managed(name)], PULL, REPOSITORY).truth is YES
    for name in ("AmazonEKSWorkerNodePolicy", "AmazonECS_FullAccess", "AmazonSSMManagedInstanceCore"):
        assert can([managed(name)], PULL, REPOSITORY).truth is NO


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (statement(["ecr:PutImage"], "*"), YES),
        (statement(["ecr:*"], REPOSITORY), YES),
        (statement(["ecr:PutImage"], "arn:aws:s3:::x/*"), NO),
        (statement(["ecr:BatchGetImage"], "*"), NO),
        (statement(["ecr:PutImage"], Unknown("var.arn has no value", SPAN)), MAYBE),
        (statement(["ecr:PutImage"], "*", when={"aws:SourceVpce": "vpce-1"}), MAYBE),
        (statement(["ecr:PutImage"], "*", effect="Deny"), NO),
        (statement(["ecr:PutImage"], "*", effect=None), MAYBE),
    ],
)
def test_an_action_is_granted_somewhere(made: Statement, expected: Truth) -> None:
    assert granted_somewhere([policy(made)], "ecr:PutImage") is expected


def test_the_login_is_granted_somewhere_only_on_everything() -> None:
    assert granted_somewhere([policy(statement("ecr:*", REPOSITORY))], TOKEN) is NO
    assert granted_somewhere([LOGS_IN], TOKEN) is YES


def test_what_is_denied_everywhere_is_granted_nowhere() -> None:
    everything = statement("ecr:*", "*")
    assert granted_somewhere([policy(everything, statement("ecr:Put*", "*", effect="Deny"))], "ecr:PutImage") is NO
    assert granted_somewhere([policy(everything, statement("ecr:Put*", REPOSITORY, effect="Deny"))], "ecr:PutImage") is YES


def test_nothing_is_certainly_nowhere_in_an_open_policy() -> None:
    assert granted_somewhere([policy(open=("its document is a variable",))], "ecr:PutImage") is MAYBE


def test_a_pattern_for_a_whole_service_names_no_action() -> None:
    assert list(names(statement(["*", "ecr:*", "ecr:**"], "*"), PUSH)) == []
    found = list(names(statement(["ecr:*Upload", "ECR:putimage"], "*"), PUSH))
    assert [(action, string(pattern)) for action, pattern in found] == [
        ("ecr:InitiateLayerUpload", "ecr:*Upload"),
        ("ecr:CompleteLayerUpload", "ecr:*Upload"),
        ("ecr:PutImage", "ECR:putimage"),
    ]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (ARN + "app", YES),
        (REPOSITORY, YES),
        (Text((REPOSITORY, Scalar("/*", SPAN)), SPAN), YES),
        ("arn:aws:ecr:*:*:*", YES),
        ("*", NO),
        ([ARN + "app", "*"], NO),
        (Ref("var.arn", "", SPAN), MAYBE),
        ([ARN + "app", Unknown("var.more has no value", SPAN)], MAYBE),
    ],
)
def test_a_statement_on_repositories_covers_the_token_in_vain(resource: Any, expected: Truth) -> None:
    assert covers_token_in_vain(statement([TOKEN, "ecr:BatchGetImage"], resource)) is expected
    assert covers_token_in_vain(statement("ecr:Get*", resource)) is expected
    assert covers_token_in_vain(statement("ecr:BatchGetImage", resource)) is NO
    assert covers_token_in_vain(statement("ecr:*", resource, effect="Deny")) is NO


def test_all_but_some_repositories_is_not_in_vain() -> None:
    assert covers_token_in_vain(statement("ecr:*", not_resources=ARN + "prod-*")) is NO


def test_a_guard_rail_that_denies_the_token_is_found() -> None:
    guard = statement("ecr:*", not_resources=ARN + "team-*", effect="Deny")
    decision = denies_token(role(policy(statement("ecr:*", "*"), guard)))
    assert decision is not None
    assert decision.denied
    assert denies_token(role()) is None


def only(found: list[Gap]) -> Gap:
    assert len(found) == 1
    return found[0]


def test_a_push_set_with_a_gap() -> None:
    gap = only(list(gaps([policy(statement([*LAYERS, "ecr:PutImage"], REPOSITORY))], PUSH)))
    assert gap.missing == ("ecr:BatchCheckLayerAvailability",)
    assert gap.granted == tuple(action for action in PUSH.actions if action not in gap.missing)


def test_the_rest_may_be_granted_by_a_sibling() -> None:
    puts = statement(["ecr:PutImage", *LAYERS], REPOSITORY)
    for company in (
        policy(statement("ecr:BatchCheck*", "*")),
        policy(statement("ecr:BatchCheck*", REPOSITORY)),
        policy(statement("ecr:BatchCheck*", "arn:*:ecr:*:*:repository/*")),
        managed("AmazonEC2ContainerRegistryReadOnly"),
    ):
        assert all("ecr:PutImage" not in gap.granted for gap in gaps([policy(puts), company], PUSH))


def test_what_is_granted_on_another_repository_is_no_company() -> None:
    elsewhere = statement("ecr:BatchCheck*", Text((REPOSITORY, Scalar("/*", SPAN)), SPAN))
    gap = next(gaps([policy(statement(["ecr:PutImage", *LAYERS], REPOSITORY), elsewhere)], PUSH))
    assert gap.missing == ("ecr:BatchCheckLayerAvailability",)


def test_what_may_be_granted_is_not_missing() -> None:
    puts = statement(["ecr:PutImage", *LAYERS], REPOSITORY)
    conditioned = statement("ecr:*", "*", when={"aws:SourceVpce": "vpce-1"})
    for policies in (
        [policy(puts, open=("its document is merged with a variable",))],
        [policy(puts), policy(statement("ecr:Batch*", Unknown("var.arn has no value", SPAN)))],
        [policy(puts), policy(conditioned)],
        [policy(statement([*LAYERS, "ecr:PutImage", Unknown("var.more has no value", SPAN)], REPOSITORY))],
    ):
        found = [gap for gap in gaps(policies, PUSH) if "ecr:PutImage" in gap.granted]
        assert [(gap.missing, gap.unsure) for gap in found] == [((), ("ecr:BatchCheckLayerAvailability",))]


def test_nothing_is_missing_from_a_role_that_may_have_more_policies() -> None:
    open = role(policy(statement(["ecr:PutImage", *LAYERS], REPOSITORY)), open=("module.extra attaches policies to it",))
    gap = only(list(gaps(open, PUSH)))
    assert (gap.missing, gap.unsure) == ((), ("ecr:BatchCheckLayerAvailability",))


def test_a_retagger_has_a_gap_that_only_intent_explains() -> None:
    gap = only(list(gaps([policy(statement(["ecr:BatchGetImage", "ecr:PutImage"], REPOSITORY))], PUSH)))
    assert gap.granted == ("ecr:PutImage",)
    assert "ecr:InitiateLayerUpload" in gap.missing


def test_a_read_only_policy_shows_no_intent_to_push() -> None:
    reader = policy(statement(["ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability"], "*"))
    assert not set(only(list(gaps([reader], PUSH))).granted) & set(PUSH_INTENT)


def test_statements_overlap_on_repositories() -> None:
    assert overlap(statement("ecr:*", ARN + "a*"), statement("ecr:*", ARN + "*b")) is YES
    assert overlap(statement("ecr:*", ARN + "a"), statement("ecr:*", ARN + "b")) is NO
    assert overlap(statement("ecr:*", ARN + "a"), statement("ecr:*", not_resources=ARN + "b")) is MAYBE
    assert overlap(statement("ecr:*", ARN + "a"), statement("ecr:*")) is YES


def test_an_endpoint_policy_without_allow_lets_nothing_through() -> None:
    denies = statement("ecr:DeleteRepository", "*", effect="Deny")
    assert allows_nothing([policy(denies, kind="endpoint")]) is YES
    assert allows_nothing([policy(kind="endpoint")]) is YES
    assert allows_nothing([policy(denies, statement("*", "*"), kind="endpoint")]) is NO
    assert allows_nothing([policy(denies, kind="endpoint", open=("merged with a variable",))]) is MAYBE
    assert allows_nothing([policy(statement("*", "*", effect=None), kind="endpoint")]) is MAYBE

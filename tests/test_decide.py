"""Policies decide as IAM does: explicit Deny, then Allow, then nothing; and what is not known stays unsure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecrlint.iam.decide import applies, decide
from ecrlint.iam.request import Request
from ecrlint.model.policy import Policy, PolicyCondition, PolicyKind, Principal, Statement
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, Flag, Ref, Scalar, Text, Unknown, Value

SOURCE = Source("policy.json", " " * 1000)
SPAN = Span(SOURCE, 0, 1)
ARN = "arn:aws:ecr:us-east-1:111122223333:repository/"
APP = ARN + "app"
TOKEN = "ecr:GetAuthorizationToken"


def value(entry: str | Value) -> Value:
    return Scalar(entry, SPAN) if isinstance(entry, str) else entry


def values(entry: Any) -> tuple[Value, ...] | None:
    if entry is None:
        return None
    return tuple(map(value, entry)) if isinstance(entry, (list, tuple)) else (value(entry),)


def statement(at: int = 0, **elements: Any) -> Statement:
    """A statement from IAM's own element names; its span begins at `at`."""
    conditions = elements.get("Condition", {})
    return Statement(
        effect=elements.get("Effect", "Allow"),
        span=Span(SOURCE, at, at + 1),
        actions=values(elements.get("Action")),
        not_actions=values(elements.get("NotAction")),
        resources=values(elements.get("Resource")),
        not_resources=values(elements.get("NotResource")),
        principals=_principals(elements.get("Principal")),
        not_principals=_principals(elements.get("NotPrincipal")),
        conditions=tuple(
            PolicyCondition(operator, key, values(wanted) or (), SPAN)
            for operator, keys in conditions.items()
            for key, wanted in keys.items()
        ),
    )


def _principals(entry: Any) -> tuple[Principal, ...] | None:
    if entry is None:
        return None
    if entry == "*":
        return (Principal("*", value("*")),)
    return tuple(Principal(kind, one) for kind, listed in entry.items() for one in values(listed) or ())


def policy(*statements: dict[str, Any], kind: PolicyKind = "identity", open: tuple[str, ...] = ()) -> Policy:
    """A policy whose statements begin at 1, 2, ..."""
    made = tuple(statement(at, **elements) for at, elements in enumerate(statements, 1))
    return Policy(kind, "app", made, SPAN, open=open)


def managed(name: str, *, kind: PolicyKind = "identity") -> Policy:
    return Policy(kind, name, (), SPAN, managed=name, attached=Span(SOURCE, 77, 78))


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def test_nothing_is_allowed_that_no_statement_allows() -> None:
    decision = decide([policy(allow("ecr:BatchGetImage"))], "ecr:PutImage", APP)
    assert (decision.truth, decision.by, decision.denied) == (NO, (), False)


def test_the_statements_that_allow_prove_it() -> None:
    decision = decide([policy(allow("s3:*"), allow("ecr:*"), allow("*"))], "ecr:PutImage", APP)
    assert decision.truth is YES
    assert [span.start for span in decision.by] == [2, 3]


def test_a_deny_wins_over_every_allow() -> None:
    decision = decide([policy(allow("*")), policy(deny("ecr:Put*"))], "ecr:PutImage", APP)
    assert (decision.truth, decision.denied) == (NO, True)
    assert [span.start for span in decision.by] == [1]


def test_a_deny_on_one_repository_leaves_the_login() -> None:
    policies = [policy(allow("ecr:*"), deny("ecr:*", ARN + "prod"))]
    assert decide(policies, TOKEN, "*").truth is YES
    assert decide(policies, "ecr:PutImage", ARN + "prod").denied
    assert decide(policies, "ecr:PutImage", APP).truth is YES


def test_a_deny_of_everything_but_some_repositories_denies_the_login() -> None:
    guard: dict[str, Any] = {"Effect": "Deny", "Action": "ecr:*", "NotResource": ARN + "team-*"}
    assert decide([policy(allow("ecr:*"), guard)], TOKEN, "*").denied
    guard["Action"] = ["ecr:PutImage", "ecr:InitiateLayerUpload"]
    assert decide([policy(allow("ecr:*"), guard)], TOKEN, "*").truth is YES


def test_a_deny_of_all_other_actions_denies_the_login() -> None:
    assert decide([policy(allow("*"), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"})], TOKEN, "*").denied


def test_a_deny_of_what_nobody_does_changes_nothing() -> None:
    policies = [policy(allow("ecr:*"), deny(["ecr:DeleteRepository", "ecr:SetRepositoryPolicy"]))]
    assert decide(policies, "ecr:PutImage", APP).truth is YES


def test_policies_are_taken_together() -> None:
    policies = [policy(allow("ecr:*", APP)), policy(allow(TOKEN))]
    assert decide(policies, TOKEN, "*").truth is YES
    assert decide(policies[:1], TOKEN, "*").truth is NO


@pytest.mark.parametrize(
    "elements",
    [
        allow("ecr:get*"),
        allow("ECR:GetAuthorizationToken"),
        allow("*"),
        allow(["ecr:BatchGetImage", TOKEN], [APP, "*"]),
        {"Action": "ecr:*", "NotResource": "arn:aws:ecr:*:*:repository/prod-*"},
        {"NotAction": ["iam:*", "organizations:*"], "Resource": "*"},
    ],
    ids=json.dumps,
)
def test_statements_that_grant_the_login(elements: dict[str, Any]) -> None:
    assert decide([policy(elements)], TOKEN, "*").truth is YES


@pytest.mark.parametrize(
    "elements",
    [
        allow(TOKEN, APP),
        allow(TOKEN, "arn:aws:ecr:*:*:*"),
        allow("ecr:Get*", [ARN + "*", "arn:aws:ecr:us-east-1:111122223333:*"]),
        allow(TOKEN, []),
        allow([], "*"),
        allow("ecr-public:*"),
        {"NotAction": "ecr:*", "Resource": "*"},
        {"Action": "ecr:*", "NotResource": "*"},
    ],
    ids=json.dumps,
)
def test_statements_that_do_not_grant_the_login(elements: dict[str, Any]) -> None:
    assert decide([policy(elements)], TOKEN, "*").truth is NO


def test_a_condition_that_nobody_can_know_leaves_it_unsure() -> None:
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    decision = decide([policy(allow(TOKEN, Condition=condition))], TOKEN, "*")
    assert decision.truth is MAYBE
    assert decision.because == ("a statement of app has a condition on aws:SourceVpce",)
    assert decide([policy(allow(TOKEN, APP, Condition=condition))], TOKEN, "*").truth is NO
    assert decide([policy(allow(TOKEN), deny("ecr:*", Condition=condition))], TOKEN, "*").truth is MAYBE
    assert decide([policy(deny("ecr:*", Condition=condition))], TOKEN, "*").truth is NO


def test_a_condition_does_not_matter_next_to_a_statement_without() -> None:
    conditioned = allow("ecr:BatchGetImage", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})
    assert decide([policy(conditioned, allow("ecr:*"))], "ecr:BatchGetImage", APP).truth is YES


def test_an_effect_that_is_not_known_may_be_either() -> None:
    unclear = policy({"Effect": None, "Action": "ecr:*", "Resource": "*"})
    assert decide([unclear], TOKEN, "*").truth is MAYBE
    decision = decide([policy(allow("*")), unclear], TOKEN, "*")
    assert (decision.truth, decision.because) == (MAYBE, ("the effect of a statement of app is not known",))


def test_a_list_that_may_hold_more_leaves_a_no_unsure() -> None:
    more = Unknown("var.actions has no value", SPAN)
    decision = decide([policy(allow(["ecr:PutImage", more]))], "ecr:BatchGetImage", APP)
    assert decision.truth is MAYBE
    assert decision.because == ("a statement of app is not fully known: var.actions has no value",)
    assert decide([policy(allow(["ecr:PutImage", more]))], "ecr:PutImage", APP).truth is YES
    assert decide([policy({"NotAction": ["s3:*", more], "Resource": "*"})], "ecr:PutImage", APP).truth is MAYBE


def test_an_open_policy_may_allow_more() -> None:
    open = policy(allow("ecr:BatchGetImage"), open=("policy_arn is a variable",))
    decision = decide([open], "ecr:PutImage", APP)
    assert (decision.truth, decision.because) == (MAYBE, ("policy_arn is a variable",))
    assert decide([open], "ecr:BatchGetImage", APP).truth is YES


def test_policies_that_are_not_all_there_may_allow_more() -> None:
    assert decide([], TOKEN, "*").truth is NO
    assert decide([], TOKEN, "*", open=("another module attaches policies",)).because == ("another module attaches policies",)


def test_a_statement_without_resource_is_unsure_unless_it_is_on_a_resource() -> None:
    assert decide([policy({"Action": "ecr:*"})], "ecr:PutImage", APP).truth is MAYBE
    repository = policy({"Action": "ecr:*", "Principal": "*"}, kind="repository")
    assert decide([repository], "ecr:PutImage", APP).truth is YES


def test_a_repository_policy_says_nothing_about_the_login() -> None:
    repository = policy({"Action": "ecr:*", "Principal": "*"}, kind="repository")
    assert decide([repository], TOKEN, "*").truth is NO


ROLE = Principal("AWS", value("arn:aws:iam::111122223333:role/app"))


@pytest.mark.parametrize(
    ("principal", "here", "there", "denied"),
    [
        ("*", YES, YES, NO),
        ({"AWS": "*"}, YES, YES, NO),
        ({"AWS": "arn:aws:iam::111122223333:role/app"}, YES, YES, MAYBE),
        ({"AWS": ["arn:aws:iam::111122223333:role/app", "111122223333"]}, YES, YES, NO),
        ({"AWS": ["arn:aws:iam::111122223333:role/other", "arn:aws:iam::111122223333:root"]}, NO, YES, MAYBE),
        ({"AWS": "111122223333"}, NO, YES, MAYBE),
        ({"AWS": "444455556666"}, NO, NO, YES),
        ({"AWS": "arn:aws:iam::444455556666:root"}, NO, NO, YES),
        ({"AWS": "arn:aws:iam::111122223333:role/other"}, NO, NO, YES),
        ({"Service": "lambda.amazonaws.com"}, NO, NO, YES),
        ({"AWS": Unknown("var.who has no value", SPAN)}, MAYBE, MAYBE, MAYBE),
        ({"AWS": Ref("aws", "account_id", SPAN)}, NO, MAYBE, MAYBE),
    ],
)
def test_a_principal_is_named_by_itself_or_its_account(principal: Any, here: Truth, there: Truth, denied: Truth) -> None:
    """Here the account of the repository is its own, which only lets IAM decide; `denied` is what a NotPrincipal does."""
    repository = policy({"Action": "ecr:*", "Principal": principal}, kind="repository")
    assert decide([repository], "ecr:BatchGetImage", APP, principal=ROLE).truth is here
    assert decide([repository], "ecr:BatchGetImage", APP.replace("111122223333", "777788889999"), principal=ROLE).truth is there
    but = policy({"Action": "ecr:*", "NotPrincipal": principal, "Effect": "Deny"}, kind="repository")
    assert decide([but, policy(allow("*"))], "ecr:BatchGetImage", APP, principal=ROLE).truth is ~denied


def test_the_account_of_the_deployment_is_that_of_its_roles() -> None:
    account = Ref("aws", "account_id", SPAN)
    role = Principal("AWS", Text((value("arn:aws:iam::"), account, value(":role/app")), SPAN))
    root = Text((value("arn:aws:iam::"), account, value(":root")), SPAN)
    here = Text((value("arn:aws:ecr:us-east-1:"), account, value(":repository/app")), SPAN)
    for principal in (root, account):
        repository = policy({"Action": "ecr:*", "Principal": {"AWS": principal}}, kind="repository")
        assert decide([repository], "ecr:BatchGetImage", here, principal=role).truth is NO
        assert decide([repository], "ecr:BatchGetImage", APP, principal=role).truth is MAYBE


def test_a_role_whose_path_is_not_known_is_no_role_of_another_name() -> None:
    account, path = Ref("aws", "account_id", SPAN), Unknown("its path", SPAN)
    role = Principal("AWS", Text((value("arn:aws:iam::"), account, value(":role/"), path, value("app")), SPAN))
    for named, expected in (("role/other", NO), ("role/ci/app", MAYBE), ("root", MAYBE)):
        repository = policy({"Action": "ecr:*", "Principal": {"AWS": f"arn:aws:iam::111122223333:{named}"}}, kind="repository")
        assert decide([repository], "ecr:BatchGetImage", APP, principal=role).truth is expected


def test_without_a_principal_every_principal_element_fits() -> None:
    endpoint = policy(allow("ecr:*", Principal={"AWS": "444455556666"}), kind="endpoint")
    assert decide([endpoint], TOKEN, "*").truth is YES


def test_an_identity_policy_speaks_for_whom_it_is_attached_to() -> None:
    assert decide([policy(allow("ecr:*"))], TOKEN, "*", principal=ROLE).truth is YES


def test_a_boundary_grants_nothing_and_limits() -> None:
    boundary = policy(allow("*"), kind="boundary")
    assert decide([boundary], TOKEN, "*").truth is NO
    assert decide([boundary, policy(allow("ecr:*"))], TOKEN, "*").truth is YES
    narrow = policy(allow("s3:*"), kind="boundary")
    decision = decide([narrow, policy(allow("ecr:*"))], TOKEN, "*")
    assert (decision.truth, decision.denied) == (NO, False)
    assert decision.because == ("permissions boundary app does not allow it",)
    unclear = policy(kind="boundary", open=("its document is a variable",))
    assert decide([unclear, policy(allow("ecr:*"))], TOKEN, "*").truth is MAYBE
    assert decide([managed("AdministratorAccess", kind="boundary"), policy(allow("ecr:*"))], TOKEN, "*").truth is YES


def test_a_managed_policy_is_proved_by_where_it_is_attached() -> None:
    decision = decide([managed("AmazonEC2ContainerRegistryReadOnly")], TOKEN, "*")
    assert decision.truth is YES
    assert [span.start for span in decision.by] == [77]


def test_a_managed_policy_that_is_not_in_the_table_may_allow_anything() -> None:
    decision = decide([managed("AmazonEC2ContainerRegistryDream")], TOKEN, "*")
    assert decision.truth is MAYBE
    assert decision.because == ("AWS managed policy AmazonEC2ContainerRegistryDream is not in ecrlint's table",)


def test_an_action_outside_the_table_of_managed_policies_is_unsure() -> None:
    assert decide([managed("AmazonEC2ContainerRegistryReadOnly")], "ecr:PutImage", APP).truth is NO
    assert decide([managed("AmazonEC2ContainerRegistryReadOnly")], "ec2:RunInstances", "*").truth is MAYBE


def test_a_quarantined_key_is_denied_the_login() -> None:
    assert decide([managed("AdministratorAccess"), managed("AWSCompromisedKeyQuarantineV3")], TOKEN, "*").denied


def test_a_statement_alone_speaks_about_a_request_whatever_its_effect() -> None:
    assert applies(statement(**deny("ecr:*", APP)), Request("ecr:PutImage", value(APP))) is YES
    assert applies(statement(**deny("ecr:*", APP)), Request(TOKEN, value("*"))) is NO


# --- one unknown in several statements -----------------------------------------------------------------------------

NAME = Ref("var.name", "", SPAN)
ITS = Text((value(ARN), NAME), SPAN)


def test_an_unknown_that_is_allowed_and_denied_is_never_called_allowed() -> None:
    for unknown in (ITS, NAME, Unknown("nobody knows", SPAN)):
        assert decide([policy(allow("ecr:*", unknown), deny("ecr:*", unknown))], "ecr:PutImage", APP).truth is MAYBE


def test_two_choices_of_one_condition_are_never_called_missing() -> None:
    prod, other = value(ARN + "prod"), value(ARN + "dev")
    here, there = Choice(Flag("IsProd"), prod, other, SPAN), Choice(Flag("IsProd"), other, prod, SPAN)
    assert decide([policy(allow("ecr:*", here), allow("ecr:*", there))], "ecr:PutImage", ARN + "dev").truth is MAYBE


def test_a_pattern_and_all_others_are_never_called_missing() -> None:
    everything_else: dict[str, Any] = {"Action": "ecr:*", "NotResource": ARN + "app-*"}
    unnamed = Text((value(ARN), Unknown("nobody knows", SPAN)), SPAN)
    assert decide([policy(allow("ecr:*", ARN + "app-*"), everything_else)], "ecr:PutImage", unnamed).truth is MAYBE

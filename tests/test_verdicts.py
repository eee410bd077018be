"""Decisions held against what AWS documents of them: a table of single cases, and every combination of who asks, whom the
repository's policy names, what the caller's own policies say, and its permissions boundary.

The request is known in full: a condition key that a case does not give is absent.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from ecrlint.adapt.policy import policy as adapt
from ecrlint.evaluate.json_document import from_node
from ecrlint.iam import request
from ecrlint.iam.decide import Decision, across, decide
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.request import Fact, RequestContext
from ecrlint.model.policy import Policy, PolicyKind, Principal
from ecrlint.model.source import Source
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Scalar
from ecrlint.parse.json import parse

Document = dict[str, Any]

OWN, OTHER = "222233334444", "555566667777"
REPOSITORY = f"arn:aws:ecr:eu-central-1:{OWN}:repository/team/web"
ELSEWHERE = f"arn:aws:ecr:eu-central-1:{OTHER}:repository/team/web"
ROLE, USER = f"arn:aws:iam::{OWN}:role/ci", f"arn:aws:iam::{OWN}:user/kim"
SESSION, ROOT = f"arn:aws:sts::{OWN}:assumed-role/ci/run-7", f"arn:aws:iam::{OWN}:root"
PULL = "ecr:BatchGetImage"

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
PRINCIPAL = GUIDE + "reference_policies_elements_principal.html"
NOT_PRINCIPAL = GUIDE + "reference_policies_elements_notprincipal.html"
OPERATORS = GUIDE + "reference_policies_elements_condition_operators.html"
VARIABLES = GUIDE + "reference_policies_variables.html"
ARNS = GUIDE + "reference-arns.html"
RESOURCE = GUIDE + "reference_policies_elements_resource.html"


class Keys(dict[str, Fact]):
    """The condition keys of a request that has no others."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name) or request.absent("the request does not have it")


def keys(given: dict[str, str | list[str]]) -> Keys:
    return Keys(
        {
            name.lower(): Fact(YES, tuple(Scalar(one, NOWHERE) for one in ([value] if isinstance(value, str) else value)))
            for name, value in given.items()
        }
    )


def read(kind: PolicyKind, *statements: Document, version: str | None = "2012-10-17") -> Policy:
    document = {"Statement": list(statements)} | ({} if version is None else {"Version": version})
    node, problems = parse(Source(f"{kind}.json", json.dumps(document)))
    assert node is not None
    assert not problems
    return adapt(from_node(node, []), kind, kind, lambda value: value)


def allow(**elements: Any) -> Document:
    return {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"} | elements


def on_repository(principal: Any, effect: str = "Allow", element: str = "Principal", **elements: Any) -> Document:
    return {"Effect": effect, element: principal, "Action": "ecr:*"} | elements


def verdict(decision: Decision) -> str:
    return "denied" if decision.denied else {YES: "allowed", NO: "not allowed", MAYBE: "unsure"}[decision.truth]


def asked(who: str, *policies: Policy, resource: str = REPOSITORY, **given: str | list[str]) -> str:
    principal, known = Principal("AWS", Scalar(who, NOWHERE)), RequestContext(keys=keys(given))
    return verdict(decide(policies, PULL, resource, principal=principal, context=known))


# --- one statement in the caller's own policy ------------------------------------------------------------------------

LAMBDA = "arn:aws:lambda:eu-central-1:222233334444:function:deploy"


@pytest.mark.parametrize(
    ("page", "condition", "given", "expected"),
    [
        (OPERATORS, {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "x"}}, {}, "not allowed"),
        (OPERATORS, {"ForAnyValue:StringNotEqualsIfExists": {"aws:TagKeys": "x"}}, {}, "not allowed"),
        (OPERATORS, {"ForAllValues:StringEqualsIfExists": {"aws:TagKeys": "x"}}, {}, "allowed"),
        (OPERATORS, {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, {}, "allowed"),
        (OPERATORS, {"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}}, {"aws:TagKeys": ["x", "y"]}, "allowed"),
        (OPERATORS, {"ArnLike": {"aws:SourceArn": "arn:*"}}, {"aws:SourceArn": LAMBDA}, "not allowed"),
        (OPERATORS, {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*"}}, {"aws:SourceArn": LAMBDA}, "not allowed"),
        (OPERATORS, {"ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:function:deploy"}}, {"aws:SourceArn": LAMBDA}, "not allowed"),
        (OPERATORS, {"ArnNotLike": {"aws:SourceArn": "arn:aws:lambda:*"}}, {"aws:SourceArn": LAMBDA}, "allowed"),
        (OPERATORS, {"ArnEquals": {"aws:SourceArn": "arn:aws:lambda:*:*:function:*"}}, {"aws:SourceArn": LAMBDA}, "allowed"),
        (OPERATORS, {"ArnLike": {"aws:SourceArn": "arn:aws:*:*:*:function:dep?oy"}}, {"aws:SourceArn": LAMBDA}, "allowed"),
        ("no page says", {"ArnLike": {"aws:SourceArn": "*"}}, {"aws:SourceArn": LAMBDA}, "unsure"),
        (OPERATORS, {"StringLike": {"aws:SourceArn": "arn:aws:lambda:*"}}, {"aws:SourceArn": LAMBDA}, "allowed"),
        (OPERATORS, {"DateLessThan": {"aws:CurrentTime": "2026-12"}}, {"aws:CurrentTime": "2026-11-30T23:59:59Z"}, "allowed"),
        (OPERATORS, {"DateLessThan": {"aws:CurrentTime": "2026-12"}}, {"aws:CurrentTime": "2026-12-01T00:00:00Z"}, "not allowed"),
        ("a year, or seconds", {"DateLessThan": {"aws:CurrentTime": "2027"}}, {"aws:CurrentTime": "2026-12-01"}, "unsure"),
        (OPERATORS, {"NumericEquals": {"aws:MultiFactorAuthAge": "1_0"}}, {"aws:MultiFactorAuthAge": "10"}, "unsure"),
        (VARIABLES, {"StringEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}}, {"aws:SourceVpc": "vpc-1"}, "not allowed"),
        (VARIABLES, {"StringNotEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}}, {"aws:SourceVpc": "vpc-1"}, "allowed"),
        (VARIABLES, {"StringLike": {"aws:SourceVpc": ["${aws:username}", "vpc-*"]}}, {"aws:SourceVpc": "vpc-1"}, "allowed"),
        (VARIABLES, {"StringEquals": {"aws:SourceVpc": "${aws:username, 'vpc-1'}"}}, {"aws:SourceVpc": "vpc-1"}, "allowed"),
        (
            VARIABLES,
            {"StringEquals": {"aws:SourceVpc": "${aws:username, 'vpc-1'}"}},
            {"aws:SourceVpc": "vpc-1", "aws:username": "kim"},
            "not allowed",
        ),
    ],
)
def test_a_condition_holds_as_documented(page: str, condition: Document, given: dict[str, Any], expected: str) -> None:
    assert asked(ROLE, read("identity", allow(Condition=condition)), **given) == expected, page


@pytest.mark.parametrize(
    ("page", "resource", "given", "expected"),
    [
        (VARIABLES, f"arn:aws:ecr:eu-central-1:{OWN}:repository/${{aws:PrincipalTag/team}}/web", {}, "not allowed"),
        (VARIABLES, f"arn:aws:ecr:eu-central-1:{OWN}:repository/${{aws:PrincipalTag/team, 'team'}}/web", {}, "allowed"),
        (
            VARIABLES,
            f"arn:aws:ecr:eu-central-1:{OWN}:repository/${{aws:PrincipalTag/team, 'x'}}/web",
            {"aws:PrincipalTag/team": "team"},
            "allowed",
        ),
        (VARIABLES, "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/*", {"aws:PrincipalAccount": OWN}, "allowed"),
        (ARNS, f"arn:aws:ecr:eu-central-1:{OWN}:repo*", {}, "unsure"),
        (ARNS, f"arn:aws:ecr:eu-central-1:{OWN}:repositor?/team/web", {}, "unsure"),
        (ARNS, f"arn:aws:ec?:eu-central-1:{OWN}:repository/team/web", {}, "unsure"),
        (ARNS, f"arn:aws:*:eu-central-1:{OWN}:repository/team/web", {}, "unsure"),
        (RESOURCE, f"arn:aws:ecr:eu-central-1:{OWN}:*", {}, "allowed"),
        (RESOURCE, "arn:aws:ecr:*:*:*", {}, "allowed"),
        (RESOURCE, "arn:*", {}, "allowed"),
        (RESOURCE, "arn:*:ecr:*:*:repository/team*", {}, "allowed"),
        (RESOURCE, f"arn:aws:ecs:eu-central-1:{OWN}:repo*", {}, "not allowed"),
    ],
)
def test_a_resource_is_covered_as_documented(page: str, resource: str, given: dict[str, Any], expected: str) -> None:
    assert asked(ROLE, read("identity", allow(Resource=resource)), **given) == expected, page


def test_a_bucket_has_no_type_that_a_wildcard_could_stand_for() -> None:
    policy = read("identity", allow(Action="s3:GetObject", Resource="arn:aws:s3:::prod-*-starport-layer-bucket/*"))
    layer = "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/x"
    assert decide([policy], "s3:GetObject", layer).truth is YES


# --- keys that services spell themselves -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "key", "expected"),
    [
        ("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/app", MAYBE),
        ("ssm:GetParameters", "ssm:resourceTag/app", MAYBE),
        ("s3:GetObject", "s3:ExistingObjectTag/app", MAYBE),
        ("kms:Decrypt", "kms:EncryptionContext:SecretARN", MAYBE),
        ("ecr:BatchGetImage", "ecr:ResourceTag/app", MAYBE),
        ("ecr:BatchGetImage", "secretsmanager:ResourceTag/app", NO),
        ("secretsmanager:GetSecretValue", "secretsmanager:RotationLambdaARN", NO),
        ("s3:GetObject", "s3:ResourceAccount", MAYBE),
        ("ecr:BatchGetImage", "s3:ResourceAccount", NO),
    ],
)
def test_a_key_of_a_service_is_in_the_requests_that_have_it(action: str, key: str, expected: Truth) -> None:
    policy = read("identity", {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": {"StringEquals": {key: "web"}}})
    assert decide([policy], action, "arn:aws:s3:::logs/x" if action.startswith("s3:") else REPOSITORY).truth is expected


def test_the_account_of_a_resource_may_be_asked_for_by_the_key_of_the_service() -> None:
    condition = {"StringEquals": {"kms:CallerAccount": OWN}}
    policy = read("identity", allow(Action="kms:*", Condition=condition))
    for who, expected in ((ROLE, YES), (ROLE.replace(OWN, OTHER), NO)):
        principal = Principal("AWS", Scalar(who, NOWHERE))
        assert decide([policy], "kms:Decrypt", f"arn:aws:kms:eu-central-1:{OWN}:key/k", principal=principal).truth is expected


# --- who is named ------------------------------------------------------------------------------------------------------

ONLY_CALLER = {"ArnEquals": {"aws:PrincipalArn": [ROLE, USER]}}
BOUNDARIES: dict[str, tuple[Document, ...]] = {
    "none": (),
    "allows": (allow(Action="*"),),
    "silent": (allow(Action="s3:*"),),
    "denies": (allow(Action="*"), allow(Effect="Deny")),
}
NAMES: dict[str, tuple[Any, Document]] = {
    "nobody": ({"AWS": f"arn:aws:iam::{OWN}:role/other"}, {}),
    "the account's id": ({"AWS": OWN}, {}),
    "the account's root": ({"AWS": ROOT}, {}),
    "another account": ({"AWS": OTHER}, {}),
    "the role": ({"AWS": ROLE}, {}),
    "the session": ({"AWS": SESSION}, {}),
    "another session": ({"AWS": f"arn:aws:sts::{OWN}:assumed-role/other/run-7"}, {}),
    "the user": ({"AWS": USER}, {}),
    "everyone": ("*", {}),
    "everyone who is the caller": ("*", {"Condition": ONLY_CALLER}),
}
ITSELF = {"role": "the role", "session": "the session", "user": "the user"}
CALLERS = {"role": ROLE, "session": SESSION, "user": USER}


def documented(caller: str, named: str, own: str, boundary: str) -> str:
    """What AWS's pages say of a request in one account, by the words of reference_policies_evaluation-logic."""
    if "denies" in (own, boundary):
        return "denied"
    by_itself = ITSELF[caller] == named
    of_its_role = named == "the role" and caller == "session"
    everyone = named.startswith("everyone")
    unsure = named == "the session" and caller == "role"  # whose sessions nobody knows
    if boundary in ("none", "allows"):
        return "allowed" if own == "allows" or by_itself or of_its_role or everyone else "unsure" if unsure else "not allowed"
    if named == "everyone who is the caller" or (by_itself and caller != "role"):
        return "allowed"
    return "unsure" if unsure or named == "everyone" else "not allowed"


CASES = list(itertools.product(CALLERS, NAMES, ("allows", "says nothing", "denies"), BOUNDARIES))


@pytest.mark.parametrize(("caller", "named", "own", "boundary"), CASES, ids=lambda word: word)
def test_a_repository_policy_grants_what_is_documented(caller: str, named: str, own: str, boundary: str) -> None:
    principal, more = NAMES[named]
    statements = {"allows": (allow(),), "says nothing": (allow(Action="s3:*"),), "denies": (allow(), allow(Effect="Deny"))}
    policies = [read("identity", *statements[own]), read("repository", on_repository(principal, **more))]
    limits = [read("boundary", *BOUNDARIES[boundary])] if boundary != "none" else []
    # the ARN of a session's role is what aws:PrincipalArn has
    given = {"aws:PrincipalArn": USER if caller == "user" else ROLE}
    assert asked(CALLERS[caller], *policies, *limits, **given) == documented(caller, named, own, boundary), PRINCIPAL


@pytest.mark.parametrize(
    ("who", "listed", "bounded", "expected"),
    [
        (ROLE, [ROLE, ROOT], False, "allowed"),
        (ROLE, [ROLE, OWN], False, "allowed"),
        (ROLE, [ROLE], False, "unsure"),
        (ROLE, [ROOT], False, "unsure"),
        (ROLE, [ROLE.replace("ci", "other")], False, "denied"),
        (ROLE, [SESSION, ROOT], False, "unsure"),
        (SESSION, [SESSION, ROLE, ROOT], False, "allowed"),
        (SESSION, [ROLE, ROOT], False, "unsure"),
        (USER, [USER, ROOT], False, "allowed"),
        (ROLE, [ROLE, ROOT], True, "denied"),
        (USER, [USER, ROOT], True, "denied"),
        (ROLE, "*", True, "denied"),
    ],
)
def test_a_deny_with_not_principal_spares_whom_it_lists_with_the_account(
    who: str, listed: Any, bounded: bool, expected: str
) -> None:
    denying = read("repository", on_repository({"AWS": listed}, "Deny", "NotPrincipal"))
    limits = [read("boundary", allow(Action="*"))] if bounded else []
    assert asked(who, read("identity", allow(Action="*")), denying, *limits) == expected, NOT_PRINCIPAL


@pytest.mark.parametrize(
    ("effect", "named", "expected"),
    [("Deny", SESSION, "unsure"), ("Deny", SESSION.replace("/ci/", "/other/"), "allowed")],
)
def test_a_deny_of_a_session_may_be_for_the_role_that_asks(effect: str, named: str, expected: str) -> None:
    assert asked(ROLE, read("identity", allow()), read("repository", on_repository({"AWS": named}, effect))) == expected


@pytest.mark.parametrize("who", [ROLE, SESSION, USER])
def test_a_deny_of_the_account_is_for_everybody_in_it(who: str) -> None:
    for named in (OWN, ROOT):
        assert asked(who, read("identity", allow()), read("repository", on_repository({"AWS": named}, "Deny"))) == "denied"


def test_a_role_with_a_path_may_be_the_role_of_a_session() -> None:
    below = read("repository", on_repository({"AWS": f"arn:aws:iam::{OWN}:role/build/ci"}))
    assert asked(SESSION, below) == "unsure"
    assert asked(SESSION, read("repository", on_repository({"AWS": f"arn:aws:iam::{OWN}:role/build/cd"}))) == "not allowed"


@pytest.mark.parametrize(
    ("own", "named", "expected"),
    [
        ("allows", OWN, "allowed"),
        ("allows", ROOT, "allowed"),
        ("allows", ROLE, "allowed"),
        ("allows", OTHER, "not allowed"),
        ("says nothing", OWN, "not allowed"),
        ("says nothing", ROLE, "not allowed"),
    ],
)
def test_another_account_has_to_let_in_and_the_own_to_allow(own: str, named: str, expected: str) -> None:
    principal = Principal("AWS", Scalar(ROLE, NOWHERE))
    mine = read("identity", allow() if own == "allows" else allow(Action="s3:*"))
    theirs = read("repository", on_repository({"AWS": named}))
    sides = (decide([one], PULL, ELSEWHERE, principal=principal) for one in (mine, theirs))
    assert verdict(across(*sides)) == expected


def test_naming_the_own_account_in_a_registry_policy_leaves_it_unsure() -> None:
    assert asked(ROLE, read("registry", on_repository({"AWS": ROOT}, Resource="*"))) == "unsure"


def test_a_policy_without_version_has_no_variables() -> None:
    resource = f"arn:aws:ecr:eu-central-1:{OWN}:repository/${{aws:PrincipalTag/team}}/web"
    old = read("identity", allow(Resource=resource), version=None)
    assert asked(ROLE, old, **{"aws:PrincipalTag/team": "team"}) == "not allowed"

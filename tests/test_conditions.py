"""Conditions hold as IAM has them hold; and what nobody knows of a call leaves them unsure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecrlint.adapt.policy import policy as adapt
from ecrlint.analysis.capability import LOGIN, PULL, PUSH, TOKEN, can
from ecrlint.analysis.network import endpoints
from ecrlint.evaluate.json_document import from_node
from ecrlint.iam import request
from ecrlint.iam.conditions import holds
from ecrlint.iam.decide import decide
from ecrlint.iam.request import Caller, Fact, Request, RequestContext
from ecrlint.model.network import Endpoint
from ecrlint.model.policy import Policy, PolicyCondition, PolicyKind, Principal
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, Flag, Ref, Scalar, Text, Unknown, Value
from ecrlint.parse.json import parse

SPAN = Span(Source("policy.json", ""), 0, 0)
ACCOUNT = "111122223333"
ARN = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/"
REPOSITORY = Scalar(ARN + "app", SPAN)
ROLE = Principal("AWS", Scalar(f"arn:aws:iam::{ACCOUNT}:role/app", SPAN))
PULLING = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSHING = [*PULLING, "ecr:BatchCheck*", "ecr:PutImage", "ecr:*Upload*"]


def policy(*statements: dict[str, Any], kind: PolicyKind = "identity", version: str | None = "2012-10-17") -> Policy:
    """The policy of a document, read as a file is read; without an effect a statement allows."""
    document: dict[str, Any] = {"Version": version} if version else {}
    document["Statement"] = [{"Effect": "Allow", **statement} for statement in statements]
    node, problems = parse(Source("policy.json", json.dumps(document)))
    assert node is not None
    assert problems == []
    return adapt(from_node(node, []), kind, "app", lambda value: value)


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def when(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: values[0] if len(values) == 1 else list(values)}}}


def login(*statements: dict[str, Any], caller: Caller = Caller.UNKNOWN, **more: Any) -> Truth:
    """Whether statements let somebody log in from somewhere."""
    return can([policy(*statements)], LOGIN, context=RequestContext(caller, **more)).truth


# --- operators -----------------------------------------------------------------------------------------------------


def value(entry: Any) -> Value:
    return entry if not isinstance(entry, (str, int, float, bool)) else Scalar(entry, SPAN)


def check(operator: str, wanted: Any, fact: Fact) -> Truth:
    """Whether `operator` with these values of the policy holds where this is known of the key."""
    values = tuple(map(value, wanted)) if isinstance(wanted, list) else (value(wanted),)
    request = Request("ecr:PutImage", REPOSITORY, ROLE, RequestContext(keys={"aws:key": fact}))
    return holds(PolicyCondition(operator, "aws:Key", values, SPAN), request, "identity")


def has(*values: Any, complete: bool = True) -> Fact:
    return Fact(YES, tuple(map(value, values)), complete)


ABSENT = request.absent("it is not there")
SOMETHING = request.present("nobody knows which")


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("StringEquals", "a", "a", YES),
        ("StringEquals", ["b", "a"], "a", YES),
        ("StringEquals", "A", "a", NO),
        ("StringEquals", "a*", "ab", NO),
        ("StringNotEquals", "a", "b", YES),
        ("StringNotEquals", ["a", "b"], "b", NO),
        ("StringNotEquals", ["a", "b"], "c", YES),
        ("StringEqualsIgnoreCase", "APP", "app", YES),
        ("StringNotEqualsIgnoreCase", "APP", "app", NO),
        ("StringLike", "a*", "ab", YES),
        ("StringLike", ["x", "a?"], "ab", YES),
        ("StringLike", "A*", "ab", NO),
        ("StringNotLike", "a*", "ab", NO),
        ("StringNotLike", ["x*", "y*"], "ab", YES),
        ("stringlike", "a*", "ab", YES),
        ("NumericEquals", "10", 10, YES),
        ("NumericEquals", 10, "10.0", YES),
        ("NumericNotEquals", "10", "11", YES),
        ("NumericLessThan", "10", "9", YES),
        ("NumericLessThan", "10", "10", NO),
        ("NumericLessThanEquals", "10", "10", YES),
        ("NumericGreaterThan", "10", "9", NO),
        ("NumericGreaterThanEquals", ["10", "5"], "9", YES),
        ("NumericEquals", "ten", "10", MAYBE),
        ("DateLessThan", "2030-01-01T00:00:00Z", "2026-01-01T00:00:00Z", YES),
        ("DateGreaterThan", "2030-01-01", "2026-01-01T12:00:00+02:00", NO),
        ("DateEquals", "1970-01-02T00:00:00Z", "86400", YES),
        ("DateNotEquals", "1970-01-02T00:00:00Z", 86400, NO),
        ("DateLessThanEquals", "1970-01-02", "86400", YES),
        ("DateGreaterThanEquals", "soon", "86400", MAYBE),
        ("Bool", "true", "true", YES),
        ("Bool", True, "true", YES),
        ("Bool", "True", "true", YES),
        ("Bool", "false", "true", NO),
        ("Bool", False, "false", YES),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", YES),
        ("BinaryEquals", "qmluYXJ5", "QmluYXJ5", NO),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", YES),
        ("IpAddress", ["10.0.0.0/8", "203.0.113.9"], "203.0.113.9", YES),
        ("IpAddress", "2001:db8::/32", "203.0.113.9", NO),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", NO),
        ("NotIpAddress", "10.0.0.0/8", "203.0.113.9", YES),
        ("IpAddress", "nowhere", "203.0.113.9", MAYBE),
        ("ArnEquals", "arn:aws:iam::*:role/app", "arn:aws:iam::111122223333:role/app", YES),
        ("ArnLike", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/app", YES),
        ("ArnLike", "arn:aws:iam::444455556666:role/*", "arn:aws:iam::111122223333:role/app", NO),
        ("ArnNotEquals", "arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/app", NO),
        ("ArnNotLike", "arn:aws:iam::444455556666:*", "arn:aws:iam::111122223333:role/app", YES),
        ("StringSounds", "a", "a", MAYBE),
        ("ForSomeValues:StringEquals", "a", "a", MAYBE),
    ],
)
def test_an_operator_compares(operator: str, wanted: Any, given: Any, expected: Truth) -> None:
    assert check(operator, wanted, has(given)) is expected
    if operator.startswith(("String", "Numeric", "Date", "Arn", "Ip", "Not", "B")):
        assert check(f"{operator}IfExists", wanted, has(given)) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", NO),
        ("StringLike", NO),
        ("NumericLessThan", NO),
        ("DateGreaterThan", NO),
        ("Bool", NO),
        ("IpAddress", NO),
        ("ArnLike", NO),
        ("StringNotEquals", YES),
        ("StringNotLike", YES),
        ("NumericNotEquals", YES),
        ("DateNotEquals", YES),
        ("NotIpAddress", YES),
        ("ArnNotLike", YES),
        ("ForAllValues:StringEquals", YES),
        ("ForAllValues:StringNotEquals", YES),
        ("ForAnyValue:StringEquals", NO),
        ("ForAnyValue:StringNotEquals", NO),
    ],
)
def test_without_the_key_only_a_negated_operator_holds(operator: str, expected: Truth) -> None:
    assert check(operator, "a", ABSENT) is expected
    # https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w: of no values, not any one holds
    assert check(f"{operator}IfExists", "a", ABSENT) is (NO if operator.startswith("ForAnyValue") else YES)


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], YES),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], NO),
        ("ForAllValues:StringEquals", ["a", "b"], [], YES),
        ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], YES),
        ("ForAllValues:StringNotEquals", ["a"], ["a", "c"], NO),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], YES),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c"], NO),
        ("ForAnyValue:StringEquals", ["a", "b"], [], NO),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "c"], YES),
        ("ForAnyValue:StringNotEquals", ["a"], ["a"], NO),
        ("ForAnyValue:StringLike", ["a*"], ["b", "ab"], YES),
        ("StringEquals", ["a"], ["a", "b"], MAYBE),
    ],
)
def test_an_operator_on_a_key_of_several_values(operator: str, wanted: Any, given: list[str], expected: Truth) -> None:
    assert check(operator, wanted, has(*given)) is expected


def test_values_that_may_be_more_leave_open_what_more_can_change() -> None:
    more = has("a", complete=False)
    assert check("ForAllValues:StringEquals", "a", more) is MAYBE
    assert check("ForAllValues:StringEquals", "b", more) is NO
    assert check("ForAnyValue:StringEquals", "a", more) is YES
    assert check("ForAnyValue:StringEquals", "b", more) is MAYBE


def test_null_asks_whether_there_is_a_key() -> None:
    assert check("Null", "true", ABSENT) is YES
    assert check("Null", "false", ABSENT) is NO
    assert check("Null", True, SOMETHING) is NO
    assert check("Null", False, SOMETHING) is YES
    assert check("Null", ["true", "false"], SOMETHING) is YES
    assert check("Null", "true", request.possible("")) is MAYBE
    assert check("Null", Unknown("nobody knows", SPAN), SOMETHING) is MAYBE


def test_a_key_that_may_be_absent_is_unsure_unless_its_absence_changes_nothing() -> None:
    maybe = Fact(MAYBE, (value("a"),))
    assert check("StringEquals", "a", maybe) is MAYBE
    assert check("StringEquals", "b", maybe) is NO
    assert check("StringNotEquals", "b", maybe) is YES
    assert check("StringEqualsIfExists", "a", maybe) is YES
    assert check("StringNotEquals", "a", maybe) is MAYBE


def test_a_value_that_is_not_known_is_unsure_unless_every_value_matches() -> None:
    assert check("StringEquals", "a", SOMETHING) is MAYBE
    assert check("StringLike", "*", SOMETHING) is YES
    assert check("StringNotLike", "*", SOMETHING) is NO
    assert check("IpAddress", "10.0.0.0/8", SOMETHING) is MAYBE
    assert check("DateLessThan", "2030-01-01", SOMETHING) is MAYBE
    assert check("StringEquals", Unknown("nobody knows", SPAN), has("a")) is MAYBE
    assert check("StringEquals", ["a", Unknown("nobody knows", SPAN)], has("a")) is YES
    assert check("StringNotEquals", ["a", Unknown("nobody knows", SPAN)], has("a")) is NO


def test_the_same_reference_is_the_same_value() -> None:
    endpoint = Ref("aws_vpc_endpoint.ecr", "id", SPAN)
    assert check("StringEquals", endpoint, has(endpoint)) is YES
    assert check("StringEquals", Ref("aws_vpc_endpoint.other", "id", SPAN), has(endpoint)) is MAYBE
    assert check("StringLike", Text((value("arn:"), endpoint), SPAN), has(Text((value("arn:"), endpoint), SPAN))) is YES


def test_a_choice_is_settled_where_both_sides_agree() -> None:
    assert check("StringEquals", Choice(Flag("IsProd"), value("a"), value("b"), SPAN), has("a")) is MAYBE
    assert check("StringLike", Choice(Flag("IsProd"), value("a*"), value("*b"), SPAN), has("ab")) is YES
    assert check("StringEquals", Choice(Flag("IsProd"), value("x"), value("y"), SPAN), has("a")) is NO


def test_no_values_are_not_decided() -> None:
    assert check("StringEquals", [], has("a")) is MAYBE


def test_all_conditions_of_a_statement_are_to_hold() -> None:
    both = {"Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
    assert login(allow(**both)) is MAYBE
    none = {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
    assert login(allow(**none)) is NO
    sure = {"Condition": {"Bool": {"aws:securetransport": "true"}, "Null": {"aws:SourceArn": "true"}}}
    assert login(allow(**sure)) is YES


# --- variables -----------------------------------------------------------------------------------------------------


def test_a_variable_has_the_value_of_its_key() -> None:
    own = allow("ecr:*", "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/*")
    assert decide([policy(own)], "ecr:PutImage", REPOSITORY, principal=ROLE).truth is YES
    other = Principal("AWS", Scalar("arn:aws:iam::444455556666:role/app", SPAN))
    assert decide([policy(own)], "ecr:PutImage", REPOSITORY, principal=other).truth is NO
    tagged = allow("ecr:*", ARN + "${aws:PrincipalTag/team}")
    assert decide([policy(tagged)], "ecr:PutImage", REPOSITORY, principal=ROLE).truth is MAYBE


def test_an_old_policy_has_no_variables() -> None:
    same = allow("ecr:*", **when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"))
    named = allow("ecr:*", "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/*")
    for version in ("2008-10-17", None):
        assert decide([policy(same, version=version)], "ecr:PutImage", REPOSITORY, principal=ROLE).truth is NO
        assert decide([policy(named, version=version)], "ecr:PutImage", REPOSITORY, principal=ROLE).truth is NO


def test_escapes_are_characters_and_no_wildcards() -> None:
    assert check("StringLike", "a${*}", has("a*")) is YES
    assert check("StringLike", "a${*}", has("ab")) is NO
    assert check("StringEquals", "a${$}", has("a$")) is YES


# --- facts A.4: what grants the login, and what only looks like it ---------------------------------------------------

TAG = when("StringEquals", "aws:ResourceTag/team", "shop")
HERE, FARGATE, CI = Caller.HOST, Caller.FARGATE, Caller.HOSTED_CI
VPCE = when("StringEquals", "aws:SourceVpce", "vpce-1")
GUARD = {"Effect": "Deny", "Action": "ecr:*"}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow(TOKEN, ARN + "app")], NO),
        ([allow(TOKEN, "arn:aws:ecr:*:*:*")], NO),
        ([allow(TOKEN, "arn:aws:ecr:*:*:repository/*")], NO),
        ([allow("ecr:*", ARN + "app")], NO),
        ([allow("ecr:Get*", ARN + "app")], NO),
        ([allow(TOKEN, ["*", ARN + "app"])], YES),
        ([allow(TOKEN, "*")], YES),
        ([{"Action": "ecr:*", "NotResource": ARN + "prod-*"}], YES),
        ([{"NotAction": ["iam:*", "organizations:*"], "Resource": "*"}], YES),
        ([allow("ecr:*"), deny("ecr:*", ARN + "app")], YES),
        ([allow("ecr:*"), {**GUARD, "NotResource": ARN + "team-*"}], NO),
        ([allow("ecr:*"), {**GUARD, "Action": "ecr:Get*", "NotResource": [ARN + "app", ARN + "team-*"]}], NO),
        ([allow("ecr:*"), {**GUARD, "Action": "ecr:PutImage", "NotResource": ARN + "team-*"}], YES),
        ([allow("ecr:*"), {"Effect": "Deny", "NotAction": ["ecr:Batch*"], "Resource": "*"}], NO),
        ([allow("ecr:*"), {"Effect": "Deny", "NotAction": ["ecr:Get*"], "Resource": "*"}], YES),
        ([{"NotAction": ["iam:*", "ecr:Get*"], "Resource": "*"}], NO),
        ([allow("ecr:*", **TAG)], NO),
        ([allow("ecr:*", **when("StringEquals", "ecr:ResourceTag/team", "shop"))], NO),
        ([allow("ecr:*", **when("StringNotEquals", "aws:ResourceTag/env", "prod"))], YES),
        ([allow("ecr:*", **when("StringNotLike", "ecr:ResourceTag/env", "prod*"))], YES),
        ([allow("ecr:*", **when("ArnNotLike", "aws:SourceArn", "arn:aws:s3:::*"))], YES),
        ([allow("ecr:*"), deny("ecr:*", **when("ArnNotLike", "aws:SourceArn", "arn:aws:codebuild:*"))], NO),
        ([allow("ecr:*"), deny("ecr:*", **when("StringNotEquals", "aws:ResourceTag/team", "shop"))], NO),
        ([allow("ecr:*"), deny("ecr:*", **TAG)], YES),
        ([allow("ecr:*", **when("StringEqualsIfExists", "aws:ResourceTag/team", "shop"))], YES),
        ([allow("ecr:*", **when("StringLikeIfExists", "ecr:ResourceTag/team", "shop*"))], YES),
        ([allow("ecr:*", **when("Null", "aws:ResourceTag/team", "true"))], YES),
        ([allow("ecr:*", **when("Null", "aws:ResourceTag/team", "false"))], NO),
        ([allow("ecr:*", **when("StringEquals", "aws:SourceArn", "arn:aws:codebuild:eu-west-1:1:project/x"))], NO),
        ([allow("ecr:*", **when("StringEquals", "aws:SourceAccount", ACCOUNT))], NO),
        ([allow("ecr:*", **when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"))], YES),
        ([allow("ecr:*", **when("StringNotEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"))], NO),
        ([allow("ecr:*", **when("StringEquals", "aws:PrincipalOrgID", "o-1"))], MAYBE),
        ([allow("ecr:*", **when("StringEquals", "aws:PrincipalAccount", ACCOUNT))], MAYBE),
        ([allow("ecr:*", **when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/ci-*"))], MAYBE),
        ([allow("ecr:*", **when("StringEquals", "aws:PrincipalTag/team", "shop"))], MAYBE),
        ([allow("ecr:*", **when("StringEquals", "aws:RequestedRegion", "eu-west-1"))], MAYBE),
        ([allow("ecr:*", **when("Bool", "aws:SecureTransport", "true"))], YES),
        ([allow("ecr:*"), deny("*", **when("Bool", "aws:SecureTransport", "false"))], YES),
        ([allow("ecr:*", **when("StringEquals", "ecr:AccountSetting", "BLOB_MOUNTING"))], NO),
        ([allow("ecr:*", **when("StringEquals", "aws:RequestTag/team", "shop"))], NO),
        ([allow("ecr:*", **when("ForAllValues:StringEquals", "aws:TagKeys", "team"))], YES),
        ([allow("ecr:*", **when("StringEquals", "kms:ViaService", "ecr.eu-west-1.amazonaws.com"))], NO),
        ([allow("ecr:*", **when("Bool", "aws:MultiFactorAuthPresent", "true"))], MAYBE),
        ([allow("ecr:*", **VPCE)], MAYBE),
        ([allow("ecr:*", **when("StringEquals", "ec2:SourceInstanceARN", "arn:aws:ec2:eu-west-1:1:instance/i-1"))], MAYBE),
        ([allow("ecr:*", **when("StringEquals", "aws:KeyOfTomorrow", "x"))], MAYBE),
    ],
    ids=str,
)
def test_what_grants_the_login(statements: list[dict[str, Any]], expected: Truth) -> None:
    assert login(*statements) is expected


@pytest.mark.parametrize(
    ("conditions", "caller", "expected"),
    [
        (VPCE, Caller.FARGATE, NO),
        (when("StringEquals", "aws:SourceVpc", "vpc-1"), Caller.FARGATE, NO),
        (when("StringEquals", "aws:SourceVpc", "vpc-1"), Caller.HOST, MAYBE),
        (when("StringEquals", "aws:SourceVpc", "vpc-1"), Caller.HOSTED_CI, NO),
        (VPCE, Caller.HOST, MAYBE),
        (VPCE, Caller.HOSTED_CI, NO),
        (when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), Caller.FARGATE, MAYBE),
        (when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), Caller.HOSTED_CI, MAYBE),
        (when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), Caller.HOST, MAYBE),
        (when("Bool", "aws:MultiFactorAuthPresent", "true"), Caller.HOST, NO),
        (when("BoolIfExists", "aws:MultiFactorAuthPresent", "true"), Caller.HOST, MAYBE),
        (when("NumericLessThan", "aws:MultiFactorAuthAge", "3600"), Caller.HOSTED_CI, NO),
        (when("Bool", "aws:ViaAWSService", "false"), Caller.HOST, YES),
        (when("Bool", "aws:PrincipalIsAWSService", "false"), Caller.FARGATE, YES),
        (when("ForAnyValue:StringEquals", "aws:CalledVia", "cloudformation.amazonaws.com"), Caller.HOST, NO),
        (when("StringEquals", "aws:username", "ci"), Caller.FARGATE, NO),
        (when("StringEquals", "aws:Ec2InstanceSourceVpc", "vpc-1"), Caller.FARGATE, NO),
        (when("StringEquals", "aws:Ec2InstanceSourceVpc", "vpc-1"), Caller.HOST, MAYBE),
    ],
    ids=str,
)
def test_what_grants_the_login_from_there(conditions: dict[str, Any], caller: Caller, expected: Truth) -> None:
    assert login(allow("ecr:*", **conditions), caller=caller) is expected


def test_a_guard_on_the_endpoint_denies_the_login_of_fargate() -> None:
    guard = deny("ecr:*", **when("StringNotEquals", "aws:SourceVpce", "vpce-1"))
    assert login(allow("ecr:*"), guard, caller=Caller.FARGATE) is NO
    assert login(allow("ecr:*"), guard, caller=Caller.HOST) is MAYBE
    assert login(allow("ecr:*"), guard, caller=Caller.HOSTED_CI) is NO
    assert login(allow("ecr:*"), guard, caller=Caller.HOST, endpoint=Scalar("vpce-1", SPAN)) is YES


def test_on_fargate_only_the_login_avoids_the_endpoint() -> None:
    pulls = policy(allow(PULLING, **VPCE))
    assert can([pulls], PULL, REPOSITORY, context=RequestContext(Caller.FARGATE)).truth is MAYBE
    assert can([pulls], PULL, REPOSITORY, context=RequestContext(Caller.HOSTED_CI)).truth is NO
    through = RequestContext(Caller.FARGATE, Scalar("vpce-1", SPAN))
    assert can([pulls], PULL, REPOSITORY, context=through).truth is YES
    assert can([policy(allow("ecr:*", **VPCE))], LOGIN, context=through).truth is NO
    address = policy(allow("ecr:*", **when("IpAddress", "aws:SourceIp", "203.0.113.0/24")))
    assert can([address], PULL, REPOSITORY, context=through).truth is NO
    assert can([address], LOGIN, context=through).truth is MAYBE


def test_a_call_through_an_endpoint_of_the_stack() -> None:
    endpoint = Ref("aws_vpc_endpoint.ecr_api", "id", SPAN)
    through: dict[str, Any] = {"caller": Caller.HOST, "endpoint": endpoint}
    made = Policy("identity", "app", (), SPAN)
    assert login(allow("ecr:*", **when("Null", "aws:SourceVpce", "false")), **through) is YES
    known: dict[str, Any] = {"caller": Caller.HOST, "endpoint": Scalar("vpce-1", SPAN)}
    assert login(allow("ecr:*", **VPCE), **known) is YES
    assert login(allow("ecr:*", **when("StringEquals", "aws:SourceVpce", "vpce-2")), **known) is NO
    assert login(allow("ecr:*", **when("StringEquals", "aws:SourceVpc", "vpc-1")), **known) is MAYBE
    assert login(allow("ecr:*", **when("IpAddress", "aws:SourceIp", "203.0.113.0/24")), **through) is NO
    request = Request(TOKEN, Scalar("*", SPAN), None, RequestContext(Caller.HOST, endpoint))
    assert holds(PolicyCondition("StringEquals", "aws:SourceVpce", (endpoint,), SPAN), request, made.kind) is YES


def test_a_repository_says_its_account_and_region() -> None:
    for key, mine, other in (
        ("aws:ResourceAccount", ACCOUNT, "444455556666"),
        ("aws:RequestedRegion", "eu-west-1", "us-east-1"),
        ("aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/app", f"arn:aws:iam::{ACCOUNT}:role/other"),
        ("aws:PrincipalAccount", ACCOUNT, "444455556666"),
    ):
        for wanted, expected in ((mine, YES), (other, NO)):
            made = policy(allow("ecr:*", **when("StringEquals", key, wanted)))
            assert decide([made], "ecr:PutImage", REPOSITORY, principal=ROLE).truth is expected, key


def test_the_account_of_the_deployment_owns_its_repositories() -> None:
    made = policy(allow(PUSHING, **when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}")))
    assert can([made], PUSH).truth is YES


def test_tags_of_a_repository_are_not_known() -> None:
    assert can([policy(allow(PULLING, **TAG))], PULL, REPOSITORY).truth is MAYBE
    assert can([policy(allow(PULLING, **when("StringEquals", "aws:RequestTag/team", "shop")))], PULL, REPOSITORY).truth is NO


def test_the_public_login_is_in_one_region() -> None:
    guard = policy(allow("*", **when("StringEquals", "aws:RequestedRegion", "eu-west-1")))
    assert decide([guard], "ecr-public:GetAuthorizationToken", "*").truth is NO


def test_a_service_calls_with_keys_of_its_own() -> None:
    service = Principal("Service", Scalar("lambda.amazonaws.com", SPAN))
    source = {"Action": PULLING, "Principal": {"Service": "lambda.amazonaws.com"}}
    for conditions, expected in (
        (when("StringLike", "aws:SourceArn", "arn:aws:lambda:*"), MAYBE),
        (when("Bool", "aws:PrincipalIsAWSService", "true"), YES),
        (when("StringEquals", "aws:SourceVpce", "vpce-1"), NO),
    ):
        made = policy({**source, **conditions}, kind="repository")
        assert decide([made], "ecr:BatchGetImage", REPOSITORY, principal=service).truth is expected
    perimeter = {"Action": "ecr:*", "Principal": "*", **when("StringNotEquals", "aws:SourceVpce", "vpce-1"), "Effect": "Deny"}
    assert decide([policy(source, perimeter, kind="repository")], "ecr:BatchGetImage", REPOSITORY, principal=service).denied


# --- facts E.4: the policies of ECR's endpoints ------------------------------------------------------------------------

OWN_PULL = {"Action": [TOKEN, *PULLING], "Resource": "*", "Principal": "*"}


def through(*statements: dict[str, Any]) -> Policy:
    return policy(*statements, kind="endpoint")


def test_an_endpoint_policy_scoped_to_repositories_stops_the_login() -> None:
    assert can([through({**OWN_PULL, "Resource": ARN + "*"})], LOGIN).truth is NO


def test_an_endpoint_policy_without_the_token_stops_the_login() -> None:
    assert can([through({**OWN_PULL, "Action": PULLING})], LOGIN).truth is NO
    assert can([through({**OWN_PULL, "Effect": "Deny"})], LOGIN).truth is NO


def test_an_endpoint_policy_may_leave_out_the_principal() -> None:
    made = through({"Action": [TOKEN, *PULLING], "Resource": "*"})
    assert can([made], LOGIN, principal=ROLE).truth is YES
    assert can([made], PULL, REPOSITORY, principal=ROLE).truth is YES


def test_an_endpoint_policy_for_pulls_stops_a_push() -> None:
    assert can([through(OWN_PULL)], PULL, REPOSITORY).truth is YES
    assert "ecr:PutImage" in can([through(OWN_PULL)], PUSH, REPOSITORY).missing


def test_an_endpoint_policy_for_one_role_stops_another() -> None:
    made = through({**OWN_PULL, "Principal": {"AWS": ROLE.value.value}})  # type: ignore[union-attr]
    other = Principal("AWS", Scalar(f"arn:aws:iam::{ACCOUNT}:role/other", SPAN))
    assert can([made], PULL, REPOSITORY, principal=ROLE).truth is YES
    assert can([made], PULL, REPOSITORY, principal=other).truth is NO


@pytest.mark.parametrize(
    "only_own",
    [
        {"Principal": {"AWS": ACCOUNT}},
        when("StringEquals", "aws:PrincipalAccount", ACCOUNT),
        when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/*"),
    ],
    ids=str,
)
def test_an_endpoint_policy_for_the_own_account_lets_its_roles_through(only_own: dict[str, Any]) -> None:
    made = through({**OWN_PULL, **only_own})
    assert can([made], PULL, REPOSITORY, principal=ROLE).truth is YES
    assert can([made], LOGIN, principal=ROLE).truth is YES
    foreign = Principal("AWS", Scalar("arn:aws:iam::444455556666:role/app", SPAN))
    assert can([made], PULL, REPOSITORY, principal=foreign).truth is NO


def test_an_endpoint_policy_for_the_own_organization_is_not_decided() -> None:
    made = through({**OWN_PULL, **when("StringEquals", "aws:PrincipalOrgID", "o-1")})
    assert can([made], LOGIN, principal=ROLE).truth is MAYBE


def test_an_endpoint_policy_for_own_repositories_stops_those_of_aws() -> None:
    made = through({**OWN_PULL, **when("StringEquals", "aws:ResourceAccount", ACCOUNT)})
    assert can([made], PULL, REPOSITORY, principal=ROLE).truth is YES
    addon = Scalar("arn:aws:ecr:eu-west-1:602401143452:repository/eks/kube-proxy", SPAN)
    assert can([made], PULL, addon, principal=ROLE).truth is NO
    made = through({**OWN_PULL, **when("StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5")})
    assert can([made], PULL, addon, principal=ROLE).truth is MAYBE
    exempt = through({**OWN_PULL, **when("StringEquals", "aws:ResourceAccount", ACCOUNT, "602401143452")})
    assert can([exempt], PULL, addon, principal=ROLE).truth is YES


def test_a_separate_statement_lets_the_login_through() -> None:
    made = through({**OWN_PULL, "Resource": [ARN + "app"]}, {"Action": TOKEN, "Resource": "*", "Principal": "*"})
    assert can([made], LOGIN).truth is YES
    assert can([made], PULL, REPOSITORY).truth is YES


def test_a_call_through_an_endpoint_has_no_source_address() -> None:
    assert can([through({**OWN_PULL, **when("IpAddress", "aws:SourceIp", "10.0.0.0/8")})], LOGIN).truth is NO
    assert can([through({**OWN_PULL, **when("StringEquals", "aws:SourceVpc", "vpc-1")})], LOGIN).truth is MAYBE


# --- facts E.5: the policies of S3's endpoint --------------------------------------------------------------------------

LAYERS = "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"
OPEN = {"Action": "s3:GetObject", "Resource": "*", "Principal": "*"}
ALL = {"Action": "*", "Resource": "*", "Principal": "*"}
OWN_ORG = {**ALL, **when("StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5")}
BOTH = {"Condition": {"StringEquals": {"aws:ResourceAccount": "444455556666", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}
S3 = Endpoint("aws_vpc_endpoint.s3", Scalar("com.amazonaws.eu-west-1.s3", SPAN), None, SPAN)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([{**OPEN, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}}], NO),
        ([{**OPEN, "Principal": {"AWS": ACCOUNT}}], NO),
        ([{**OPEN, **when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")}], NO),
        ([{**OPEN, **when("StringEquals", "aws:PrincipalAccount", ACCOUNT)}], NO),
        ([{**OPEN, **when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/*")}], NO),
        ([{**OPEN, **when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*")}], NO),
        ([{**OPEN, **when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*")}], MAYBE),
        ([{**OPEN, **when("StringEquals", "aws:ResourceAccount", ACCOUNT)}], NO),
        ([{**OPEN, **when("StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5")}], NO),
        ([{**OPEN, **when("StringEqualsIfExists", "aws:ResourceOrgID", "o-a1b2c3d4e5")}], MAYBE),
        ([{**OPEN, **when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5")}], MAYBE),
        ([{**OPEN, **when("StringEqualsIfExists", "aws:ResourceAccount", ACCOUNT)}], NO),
        ([{**OPEN, **when("Null", "aws:PrincipalOrgID", "true")}], MAYBE),
        ([{**OPEN, **when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5", "o-f6g7h8i9j0")}], NO),
        ([{**OPEN, **when("StringEquals", "aws:ResourceAccount", ACCOUNT, "444455556666")}], MAYBE),
        ([{**OPEN, **when("StringEquals", "aws:PrincipalAccount", ACCOUNT, "444455556666")}], MAYBE),
        ([{**OPEN, "Principal": {"AWS": [ACCOUNT, "arn:aws:iam::444455556666:root"]}}], MAYBE),
        ([{**OPEN, "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in "ab"]}}], NO),
        ([{**OPEN, "Resource": LAYERS, **when("StringEquals", "aws:ResourceAccount", "444455556666")}], MAYBE),
        ([{**OPEN, "Resource": LAYERS, **when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")}], NO),
        ([OWN_ORG, {**OPEN, **when("StringEquals", "aws:ResourceAccount", "444455556666")}], MAYBE),
        ([OWN_ORG, {**OPEN, **BOTH}], NO),
        ([{**OPEN, **when("StringEquals", one, ACCOUNT)} for one in ("aws:ResourceAccount", "aws:PrincipalAccount")], NO),
        ([OWN_ORG, {**OPEN, **when("Bool", "aws:PrincipalIsAWSService", "true")}], NO),
        ([OWN_ORG, {**OPEN, **when("StringEquals", "aws:PrincipalTag/exempt", "true")}], MAYBE),
        ([{**OPEN, **when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}")}], MAYBE),
        ([ALL, {**ALL, "Effect": "Deny", **when("StringNotEquals", "aws:ResourceAccount", ACCOUNT)}], NO),
        ([ALL, {**ALL, "Effect": "Deny", **when("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")}], NO),
        ([ALL, {**ALL, "Effect": "Deny", **when("StringNotEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5")}], NO),
        ([ALL, {**ALL, "Effect": "Deny", **when("StringNotEquals", "aws:ResourceAccount", ACCOUNT, "444455556666")}], MAYBE),
        ([ALL, {**ALL, "Effect": "Deny", **when("StringNotEqualsIfExists", "aws:ResourceOrgID", "o-a1b2c3d4e5")}], NO),
        ([ALL, {**ALL, "Effect": "Deny", **when("StringEquals", "aws:ResourceAccount", ACCOUNT)}], YES),
        ([{**OPEN, "Resource": ["arn:aws:s3:::shop", "arn:aws:s3:::shop/*"]}], NO),
        ([{**OPEN, "Action": "s3:*", "Resource": LAYERS}], YES),
        ([{**OPEN, "Resource": LAYERS.replace("aws", "*", 1)}], YES),
        ([{**OPEN, "Resource": "arn:*:s3:::prod-*-starport-layer-bucket/*"}], YES),
        ([ALL], YES),
        ([{**OPEN, "Resource": LAYERS.replace("eu-west-1", "us-east-1")}], NO),
        ([{**OPEN, "Resource": LAYERS.replace("arn:aws:", "arn:aws-cn:")}], NO),
        ([{**OPEN, "Action": ["s3:ListBucket", "s3:PutObject"]}], NO),
        ([{**OPEN, "Resource": LAYERS.removesuffix("/*")}], NO),
        ([{**OPEN, **when("StringEquals", "aws:ResourceOrgID", "o-a1b2c3d4e5")}, {**OPEN, "Resource": LAYERS}], YES),
    ],
    ids=str,
)
def test_what_lets_layers_through(statements: list[dict[str, Any]], expected: Truth) -> None:
    assert endpoints.lets_layers_through(S3, through(*statements)) is expected


def test_the_place_that_stops_layers_is_the_condition_or_the_principal() -> None:
    made = through({**OPEN, **when("StringEquals", "aws:ResourceAccount", ACCOUNT)})
    assert "aws:ResourceAccount is your own" in endpoints.stops_layers(S3, made)[1]
    made = through({**OPEN, "Principal": {"AWS": ACCOUNT}})
    assert "only a principal of your own" in endpoints.stops_layers(S3, made)[1]

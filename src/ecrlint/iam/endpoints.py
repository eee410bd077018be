"""What VPC endpoint policies let through on the way of an image: the login, the registry, the layers in S3.

An endpoint's policy is a gate that every request through the endpoint has to pass beside all other policies; it grants
nothing by itself. https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from __future__ import annotations

import re
from typing import Literal

from ecrlint.iam import decide as iam
from ecrlint.iam.capability import allows_nothing
from ecrlint.model.image import in_private_ecr
from ecrlint.model.policy import Condition, Policy, Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Endpoint, Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth, all_of, any_of
from ecrlint.model.value import Ref, Scalar, Text, Unknown, Value, string

Service = Literal["ecr.api", "ecr.dkr", "s3"]

_SERVICE = r"(?:^|\.)(ecr\.api|ecr\.dkr|s3)$"
_REGION = r"^(?:cn\.)?com\.amazonaws\.([a-z0-9-]+)\."

GET_LAYER = "s3:GetObject"


def service(endpoint: Endpoint) -> Service | None:
    """Which of the three services an endpoint is for; None for any other, and where its name's end is not known."""
    value = endpoint.service
    last = value.parts[-1] if isinstance(value, Text) else value
    found = re.search(_SERVICE, string(last) or "")
    return found.group(1) if found else None  # type: ignore[return-value]


def policies(stack: Stack, wanted: Service) -> list[tuple[Endpoint, Policy]]:
    """The endpoints for a service that have a policy of their own which is known as a whole."""
    return [
        (endpoint, endpoint.policy)
        for endpoint in stack.endpoints
        if endpoint.policy is not None and endpoint.policy.complete and service(endpoint) == wanted
    ]


def blocks_everything(policy: Policy) -> bool:
    """Whether a policy allows nothing at all, as one that is only a list of Deny statements."""
    return allows_nothing((policy,)) is YES


def said_of_login(stack: Stack, policy: Policy) -> bool:
    """Whether the same policy stands on an endpoint for logins, where its blocking everything is said: one cause, once."""
    return any(other.span == policy.span for _, other in policies(stack, "ecr.api"))


def place(policy: Policy) -> Span:
    """The line of a policy that a person would extend: the actions of its first Allow, or the policy."""
    for statement in policy.statements:
        if statement.effect == "Allow" and statement.actions:
            return statement.actions[0].span
    return policy.statements[0].span if policy.statements else policy.span


def carries_images(stack: Stack) -> bool:
    """Whether the stack evidently pulls images from private ECR through its endpoints."""
    if any(service(endpoint) in ("ecr.api", "ecr.dkr") for endpoint in stack.endpoints):
        return True
    return any(in_private_ecr(container.image) is YES for task in stack.tasks for container in task.containers)


# Layers
#
# The request for a layer goes to a bucket of ECR's with a URL that an account of ECR's has signed, so no principal,
# account or organisation of the user's own is in it.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms

_OWNER_KEYS = frozenset(
    {
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
    }
)
"""Keys that a request for a layer has with the value of an account or organisation of ECR's."""


def layer(endpoint: Endpoint) -> Value:
    """The ARN of a layer in the bucket of the endpoint's region."""
    span = endpoint.span
    found = re.match(_REGION, string(endpoint.service) or "")
    region: Value = Scalar(found.group(1), span) if found else Ref("aws", "region", span)
    return Text(
        (
            Scalar("arn:", span),
            Ref("aws", "partition", span),
            Scalar(":s3:::prod-", span),
            region,
            Scalar("-starport-layer-bucket/", span),
            Unknown("the name of a layer", span),
        ),
        span,
    )


def lets_layers_through(endpoint: Endpoint, policy: Policy) -> Truth:
    """Whether an S3 endpoint's policy lets the layers of images through."""
    wanted = layer(endpoint)
    allowed = any_of(_speaks(one, wanted) for one in policy.statements if one.effect != "Deny")
    denied = any_of(_speaks(one, wanted) for one in policy.statements if one.effect != "Allow")
    unsure = MAYBE if any(one.effect is None for one in policy.statements) else YES
    return allowed & ~denied & (unsure if allowed is not NO else YES)


def stops_layers(endpoint: Endpoint, policy: Policy) -> tuple[Span, str]:
    """The place that stops the layers, and why, in words that follow "the policy of endpoint ..."."""
    wanted = layer(endpoint)
    for one in policy.statements:
        if one.effect == "Deny" and _speaks(one, wanted) is YES:
            return one.span, "denies s3:GetObject on ECR's layer bucket"
    for one in policy.statements:
        if one.effect != "Allow" or iam.covers_action(one, GET_LAYER) is NO:
            continue
        if iam.covers_resource(one, wanted) is NO:
            continue
        for condition in one.conditions:
            if holds_for_layers(condition) is NO:
                said = f"lets ECR's layer bucket through only where {condition.key} is your own, and the layers are ECR's"
                return condition.span, said
        for principal in one.principals or ():
            return principal.value.span, "lets only a principal of your own through, and layers are signed by ECR"
    for one in policy.statements:
        for pattern in one.resources or ():
            if one.effect == "Allow" and "starport-layer-bucket" in pattern.span.text:
                return pattern.span, "names ECR's layer bucket in a form that no layer matches"
    return place(policy), "does not let s3:GetObject on ECR's layer bucket through"


def _speaks(statement: Statement, wanted: Value) -> Truth:
    result = iam.covers_action(statement, GET_LAYER)
    if result is not NO:
        result = result & iam.covers_resource(statement, wanted) & _names_ecr(statement)
    if result is not NO:
        result = result & all_of(holds_for_layers(condition) for condition in statement.conditions)
    return result


def _names_ecr(statement: Statement) -> Truth:
    """Whether the principals of a statement hold an account of ECR's, which nobody knows: everyone does."""
    if statement.not_principals is not None:
        return MAYBE
    if statement.principals is None:
        return YES
    return any_of(_is_everyone(one.kind, one.value) for one in statement.principals)


def _is_everyone(kind: str, value: Value) -> Truth:
    text = string(value)
    if kind == "*" or text == "*":
        return YES
    if text is not None or (isinstance(value, Ref) and value.address == "aws") or isinstance(value, Text):
        return NO
    return MAYBE


def holds_for_layers(condition: Condition) -> Truth:
    """Whether a condition holds for a request for a layer, as far as that is known."""
    if condition.key.lower() not in _OWNER_KEYS or not condition.values:
        return MAYBE
    operator = condition.operator.lower().removesuffix("ifexists").rpartition(":")[2]
    if not all(_is_own(value) for value in condition.values):
        return MAYBE
    if operator in ("stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike"):
        return NO
    if operator in ("stringnotequals", "stringnotlike", "stringnotequalsignorecase", "arnnotequals", "arnnotlike"):
        return YES
    return MAYBE


def _is_own(value: Value) -> bool:
    """Whether a value is certainly an account, principal or organisation of the user's own: no wildcard, no variable."""
    text = string(value)
    if text is not None:
        return "*" not in text and "?" not in text and "$" not in text and text != ""
    if isinstance(value, Ref):
        return value.address == "aws" or "aws_organizations_organization." in value.address or "aws_iam_role." in value.address
    if isinstance(value, Text):
        return all(_is_own(part) for part in value.parts)
    return False

"""What VPC endpoint policies let through on the way of an image: the login, the registry, the layers in S3.

An endpoint's policy is a gate that every request through the endpoint has to pass beside all other policies; it grants
nothing by itself. https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Literal

from ecrlint.analysis.capability import allows_nothing
from ecrlint.iam import conditions
from ecrlint.iam import decide as iam
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.owners import names_account
from ecrlint.iam.policies import covers_action
from ecrlint.iam.request import FOREIGN, FOREIGN_ORGANIZATION, OF_AWS, Request, RequestContext
from ecrlint.model.address import type_of
from ecrlint.model.dataclass import replace
from ecrlint.model.image import in_private_ecr
from ecrlint.model.policy import Policy, Principal, Statement
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Ref, Scalar, Text, Unknown, Value, is_null, join, mentions, pieces, prefix, same, string, suffix

if TYPE_CHECKING:
    from ecrlint.model.network import Endpoint
    from ecrlint.model.source import Span
    from ecrlint.model.stack import Stack

EndpointService = Literal["ecr.api", "ecr.dkr", "s3"]

_SERVICE = r"(?:^|\.)(ecr\.api|ecr\.dkr|s3)$"
_MISSPELT = r"\.(ecr|ecr[-_]?(?:api|dkr|docker)|ecr\.docker|(?:api|dkr)[.-]ecr)$"
_REGION = r"^(?:cn\.)?com\.amazonaws\.([a-z0-9-]+)\."
_ZONE = r"([a-z]{2}(?:-[a-z]+)+-\d)[a-z]"
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso", None), ("eu-iso", None), ("eusc-", None), ("", "aws"))
"""The partition of a region, by how its name begins; None where that alone does not tell."""

ANYONE = Principal("AWS", Unknown("who calls through the endpoint is not known", NOWHERE))
"""A caller in the VPC: a statement that names somebody else says nothing of this one."""

GET_LAYER = "s3:GetObject"
_BUCKET = "starport-layer-bucket"
_BUCKET_NAMES = ("bucket", "id")


def service(endpoint: Endpoint) -> EndpointService | None:
    """Which of the three services an endpoint is for; None for any other, and where its name's end is not known."""
    found = re.search(_SERVICE, suffix(endpoint.service))
    return found.group(1) if found else None  # type: ignore[return-value]


def misspelt_service(endpoint: Endpoint) -> str | None:
    """The end of the name of a service that was meant for one of ECR and that AWS has nowhere."""
    found = re.search(_MISSPELT, suffix(endpoint.service))
    return found.group(1) if found else None


def shares_its_text(stack: Stack, endpoint: Endpoint) -> bool:
    """Whether the block of an endpoint, or what it says of type and DNS, makes an endpoint for something else than ECR too."""
    others = (other for other in stack.endpoints if service(other) not in ("ecr.api", "ecr.dkr"))
    return any(not _texts(endpoint).isdisjoint(_texts(other)) for other in others)


def _texts(endpoint: Endpoint) -> set[Span]:
    stated = (endpoint.type, endpoint.private_dns)
    return {endpoint.span, *(value.span for value in stated if value is not None)}


def service_is_known(endpoint: Endpoint) -> bool:
    """Whether it is known which service an endpoint is for, or that it is none of the three."""
    value = endpoint.service
    if not isinstance(value, Text):
        return string(value) is not None
    last = suffix(value)
    return service(endpoint) is not None or ("." in last and last not in (".api", ".dkr"))


def region(endpoint: Endpoint) -> str | None:
    """The region that the name of an endpoint's service holds, where that is known."""
    found = re.match(_REGION, prefix(endpoint.service))
    return found.group(1) if found else None


def in_other_region(stack: Stack, endpoint: Endpoint) -> tuple[str, str, Span, str] | None:
    """The region whose service an endpoint names and the one that its VPC is in, where these differ; and what shows it."""
    own = region(endpoint)
    if service(endpoint) is None or own is None or not is_null(endpoint.region):
        return None
    found = _region_of_vpc(stack, endpoint)
    return None if found is None or found[0] == own else (own, *found)


def _region_of_vpc(stack: Stack, endpoint: Endpoint) -> tuple[str, Span, str] | None:
    """The region that an endpoint's VPC is in, where the availability zone of a subnet or the provider says it."""
    regions: dict[str, tuple[str, Span, str]] = {}
    own = set(endpoint.subnets.names)
    for subnet in stack.network.subnets.values():
        if subnet.address in own or (endpoint.vpc is not None and subnet.vpc == endpoint.vpc):
            found = re.fullmatch(_ZONE, string(subnet.zone) or "")
            if found and subnet.zone is not None:
                regions.setdefault(found.group(1), (found.group(1), subnet.zone.span, f'subnet "{subnet.label}" is there'))
    stated = endpoint.deployed
    name = string(stated)
    if not regions and stated is not None and name:
        return name, stated.span, "the provider deploys there"
    return next(iter(regions.values())) if len(regions) == 1 else None


def policies(stack: Stack, wanted: EndpointService) -> list[tuple[Endpoint, Policy]]:
    """The endpoints for a service that may be made and have a policy of their own which is known as a whole."""
    return [
        (endpoint, endpoint.policy)
        for endpoint in stack.endpoints
        if endpoint.policy is not None and endpoint.policy.complete and endpoint.exists is not NO and service(endpoint) == wanted
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
    if any(service(endpoint) in ("ecr.api", "ecr.dkr") and endpoint.exists is not NO for endpoint in stack.endpoints):
        return True
    made = (task for task in stack.tasks if task.exists is not NO)
    return any(in_private_ecr(container.image) is YES for task in made for container in task.containers)


def may_carry_images(stack: Stack) -> bool:
    """Whether the stack has nodes of EKS, which pull at least EKS's own add-ons, or hosts that log in to ECR.

    Which VPC they are in is not looked at.
    """
    if any(host.user_data.login is not None for host in stack.hosts if host.exists is not NO):
        return True
    return not stack.without_addons and any(nodes.exists is not NO for nodes in stack.nodes)


def means_layers(policy: Policy) -> bool:
    """Whether a policy names ECR's layer bucket, in whatever form."""
    named = (resource for one in policy.statements if one.effect != "Deny" for resource in one.resources or ())
    return any(_BUCKET in (string(part) or "") for resource in named for part in pieces(resource))


def told_apart(policy: Policy, stack: Stack) -> Policy:
    """A policy in whose principals and conditions the roles of the stack have names, since no two of them are the same."""
    statements = tuple(
        replace(
            one,
            principals=_principals(one.principals, stack),
            not_principals=_principals(one.not_principals, stack),
            conditions=tuple(
                replace(condition, values=tuple(_named(value, stack) for value in condition.values))
                for condition in one.conditions
            ),
        )
        for one in policy.statements
    )
    return replace(policy, statements=statements)


def told_apart_principal(principal: Principal, stack: Stack) -> Principal:
    return replace(principal, value=_named(principal.value, stack))


def _principals(listed: tuple[Principal, ...] | None, stack: Stack) -> tuple[Principal, ...] | None:
    return None if listed is None else tuple(told_apart_principal(one, stack) for one in listed)


def _named(value: Value, stack: Stack) -> Value:
    """A value in which a reference to the name of a role is a string that no other role has."""
    if isinstance(value, Text):
        return replace(value, parts=tuple(_named(part, stack) for part in value.parts))
    if isinstance(value, Ref):
        for at, role in enumerate(stack.roles):
            if role.address == value.address and not role.address.endswith('["*"]'):
                return Scalar(f"role-{at}", value.span)
    return value


# Layers
#
# The request for a layer goes to a bucket of ECR's with a URL that an account of ECR's has signed, so no principal,
# account or organisation of the user's own is in it.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms

_OF_ECR = RequestContext(
    keys={
        "aws:resourceaccount": FOREIGN,
        "aws:resourceorgid": FOREIGN_ORGANIZATION,
        "aws:resourceorgpaths": FOREIGN_ORGANIZATION,
    }
)
"""The bucket that a request for a layer asks is ECR's own."""


def layer(endpoint: Endpoint) -> Value:
    """The ARN of a layer in the bucket of the endpoint's region."""
    span = endpoint.span
    known = region(endpoint)
    where: Value = Ref("aws", "region", span) if known is None else Scalar(known, span)
    partition = Ref("aws", "partition", span) if known is None else _partition(known, span)
    name = Unknown("the name of a layer", span)
    return join(("arn:", partition, ":s3:::prod-", where, "-starport-layer-bucket/", name), span)


def _partition(region: str, span: Span) -> Value:
    name = next(partition for start, partition in _PARTITIONS if region.startswith(start))
    return Ref("aws", "partition", span) if name is None else Scalar(name, span)


def _request(endpoint: Endpoint) -> Request:
    return Request(GET_LAYER, layer(endpoint), OF_AWS, _OF_ECR)


def lets_layers_through(endpoint: Endpoint, policy: Policy) -> Truth:
    """Whether an S3 endpoint's policy lets the layers of images through."""
    request = _request(endpoint)
    policy = replace(policy, statements=tuple(map(_without_declared_buckets, policy.statements)))
    decision = iam.decide((policy,), request.action, request.resource, principal=request.principal, context=request.context)
    if decision.truth is NO and not decision.denied:
        return MAYBE if any(_may_ask_for_ecr(one, policy, request) for one in policy.statements) else NO
    return decision.truth


def _without_declared_buckets(statement: Statement) -> Statement:
    """An Allow without the buckets that the stack makes: none of them is ECR's, whatever its name turns out to be."""
    if statement.effect != "Allow" or statement.resources is None:
        return statement
    return replace(statement, resources=tuple(one for one in statement.resources if not _is_declared_bucket(one)))


def _is_declared_bucket(resource: Value) -> bool:
    parts = pieces(resource)
    names = (name for before, name in itertools.pairwise(parts) if (string(before) or "").endswith(":s3:::"))
    return any(
        isinstance(name, Ref) and name.attribute in _BUCKET_NAMES and not type_of(name.address).startswith("data.")
        for name in names
    )


_ACCOUNTS = frozenset({"aws:resourceaccount", "s3:resourceaccount", "aws:principalaccount"})
_OWNERS = _ACCOUNTS | {f"aws:{whose}org{what}" for whose in ("resource", "principal") for what in ("id", "paths")}


def _may_ask_for_ecr(statement: Statement, policy: Policy, request: Request) -> bool:
    """Whether a statement asks for an account that may be ECR's, and for nothing else that keeps the layers out.

    It may be ECR's where the statement is for ECR's bucket alone, or where the policy asks for somebody else elsewhere.
    """
    asked = [one for one in statement.conditions if one.key.lower() in _ACCOUNTS and any(map(names_account, one.values))]
    if not asked or statement.effect == "Deny":
        return False
    rest = tuple(one for one in statement.conditions if one not in asked)
    if iam.applies(replace(statement, conditions=rest), request, policy.kind) is NO:
        return False
    resources = statement.resources or ()
    if resources and all(mentions(one, _BUCKET) for one in resources):
        return True
    conditions_of_allows = (one for other in policy.statements if other.effect != "Deny" for one in other.conditions)
    owners = [value for one in conditions_of_allows if one.key.lower() in _OWNERS for value in one.values]
    return any(not same(value, owners[0]) for value in owners)


def stops_layers(endpoint: Endpoint, policy: Policy) -> tuple[Span, str]:
    """The place that stops the layers, and why, in words that follow "the policy of endpoint ..."."""
    request = _request(endpoint)
    for one in policy.statements:
        if one.effect == "Deny" and iam.applies(one, request, policy.kind) is YES:
            return one.span, "denies s3:GetObject on ECR's layer bucket"
    for one in policy.statements:
        if one.effect != "Allow" or covers_action(one, GET_LAYER) is NO:
            continue
        if iam.covers_resource(_without_declared_buckets(one), request.resource) is NO:
            continue
        for condition in one.conditions:
            if conditions.holds(condition, request, policy.kind, one.variables) is NO:
                said = f"lets ECR's layer bucket through only where {condition.key} is your own, and the layers are ECR's"
                return condition.span, said
        for principal in one.principals or ():
            return principal.value.span, "lets only a principal of your own through, and layers are signed by ECR"
    for one in policy.statements:
        for pattern in one.resources or ():
            if one.effect == "Allow" and mentions(pattern, _BUCKET):
                return pattern.span, "names ECR's layer bucket in a form that no layer matches"
    return place(policy), "does not allow s3:GetObject on ECR's layer bucket"

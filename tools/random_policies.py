"""Random policies and requests for record_verdicts.py: near enough to each other that most answers turn on a detail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

OWN, OTHER = "222233334444", "555566667777"
REPOSITORIES = f"arn:aws:ecr:eu-central-1:{OWN}:repository/"
REPOSITORY = REPOSITORIES + "team/web"
SECRET = f"arn:aws:secretsmanager:eu-central-1:{OWN}:secret:team/key-Ab12Cd"
GROUP = f"arn:aws:logs:eu-central-1:{OWN}:log-group:/team/web"
STREAM = GROUP + ":log-stream:ecs/web/1"
ROLE, USER = f"arn:aws:iam::{OWN}:role/ci", f"arn:aws:iam::{OWN}:user/kim"
SESSION, STRANGER = f"arn:aws:sts::{OWN}:assumed-role/ci/run-7", f"arn:aws:iam::{OTHER}:role/ci"
FUNCTION = f"arn:aws:lambda:eu-central-1:{OWN}:function:fn"

CALLERS = (ROLE, ROLE, SESSION, USER, STRANGER)
SERVICES = {"ecr": 0.8, "secretsmanager": 0.1, "logs": 0.1}
ASKED = {
    "ecr": [*(("BatchGetImage", REPOSITORY),) * 4, ("PutImage", REPOSITORY), ("GetAuthorizationToken", "*")],
    "secretsmanager": [("GetSecretValue", SECRET)],
    "logs": [("PutLogEvents", STREAM)],
}
SHARES = {"identity": 1.0, "repository": 0.6, "boundary": 0.2, "endpoint": 0.06}
"""In how many cases there is such a policy; that of a repository is only in those that ask for one."""

ACTIONS = {
    "ecr": [
        "*",
        "ecr:*",
        "ecr:*",
        "ecr:Batch*",
        "ecr:BatchGetImage",
        "ECR:batchgetimage",
        "ecr:*Image",
        "ecr:Put?mage",
        "ecr:Get*",
        "ecr:PutImage",
        "ecr:GetAuthorizationToken",
        "ecr:BatchGetImage?",
        "ecr:*Get*",
        "ecr:?atchGetImage",
        "ecr-public:*",
        "s3:*",
        "ec2:*",
    ],
    "secretsmanager": [
        "*",
        "secretsmanager:*",
        "secretsmanager:Get*",
        "secretsmanager:GetSecret",
        "secretsmanager:*Value",
        "ecr:*",
    ],
    "logs": ["*", "logs:*", "logs:PutLogEvents", "logs:Put*", "logs:Create*", "logs:*Events", "ecr:*"],
}
RESOURCES = {
    "ecr": [
        *("*", "*", REPOSITORY, REPOSITORY, REPOSITORIES + "*", REPOSITORIES + "team/*", REPOSITORIES + "team/we?"),
        *("arn:*", "arn:aws:ecr:*", "arn:aws:ecr:*:*:*", f"arn:aws:ecr:eu-central-1:{OWN}:*", "arn:aws:ecr:eu-central-1:*"),
        *(f"arn:aws:ecr:*:{OWN}:repository/*", "arn:aws:ecr:*:*:repository/*/web", REPOSITORIES + "team"),
        *(REPOSITORIES + "*/web", REPOSITORY + "*", "arn:aws:ecr:us-east-1:*:repository/*", REPOSITORY.replace(OWN, OTHER)),
        *(f"arn:*:ecr:eu-*-1:{OWN}:repository/team/web", f"arn:aws:ecr:eu-central-?:{OWN}:repository/team/*"),
        *(REPOSITORIES + "${aws:PrincipalTag/team}/web", REPOSITORIES + "${aws:PrincipalTag/team, 'team'}/*"),
        *(REPOSITORIES + "${aws:PrincipalTag/none}*", REPOSITORIES + "${aws:PrincipalTag/none, 'team'}/web"),
        *("arn:aws:ecr:*:${aws:PrincipalAccount}:repository/*", REPOSITORIES + "${aws:username}/*"),
        *(REPOSITORIES + "team/w${*}", "arn:aws:s3:::*", "arn:aws:ecs:*:*:*", f"arn:aws:ecr:eu-central-1:{OWN}"),
        *(f"arn:aws:ecr:eu-central-1:{OWN}:repo*", f"arn:aws:ec?:eu-central-1:{OWN}:repository/*"),
        *(REPOSITORIES.replace("repo", "Repo") + "*", "arn:aws:ecr:*:*:repository/tea?/*"),
    ],
    "secretsmanager": [
        *("*", "arn:aws:secretsmanager:*:*:secret:*", SECRET, SECRET[:-7], SECRET[:-7] + "-??????", SECRET[:-6] + "*"),
        *("arn:aws:secretsmanager:*:*:secret:team/*", "arn:aws:secretsmanager:*", "arn:aws:ssm:*:*:parameter/*"),
    ],
    "logs": [
        *("*", "arn:aws:logs:*:*:*", f"arn:aws:logs:*:{OWN}:log-group:/team/*", STREAM, GROUP, GROUP + ":*"),
        *("arn:aws:logs:*:*:log-group:*:log-stream:*", "arn:aws:logs:*:*:log-group:*:*:ecs/*", "arn:aws:logs:*"),
    ],
}


@dataclass(frozen=True)
class Key:
    """A condition key: the operators for it, the values that a request may have, and those that policies ask for."""

    operators: tuple[str, ...]
    given: tuple[Any, ...]
    wanted: tuple[str, ...]


ORDER = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
STRING = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
STRINGS = tuple(f"{every}:{operator}" for every in ("ForAllValues", "ForAnyValue") for operator in STRING)
ARN = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals", "StringNotLike")
DATE, NUMERIC = tuple("Date" + one for one in ORDER), tuple("Numeric" + one for one in ORDER)
NOW = ("2026-11-29T02:00:00Z", "1795917600")
TAGS = ("team", "${aws:PrincipalTag/team}", "co*", "${aws:PrincipalTag/none, 'core'}")

KEYS = {
    "aws:SourceVpce": Key(
        STRING, ("vpce-1a", "vpce-2b"), ("vpce-1a", "vpce-*", "VPCE-1A", "vpce-?a", "${aws:PrincipalTag/vpce}")
    ),
    "aws:PrincipalTag/team": Key(STRING, ("team", "Team", "core"), ("team", "TEAM", "te*", "core", "${aws:username}", "*", "")),
    "aws:PrincipalOrgID": Key(STRING, ("o-abc",), ("o-abc", "o-*", "o-xyz")),
    "aws:RequestedRegion": Key(STRING, ("eu-central-1",), ("eu-central-1", "eu-*", "us-east-1", "EU-CENTRAL-1")),
    "aws:userid": Key(STRING, ("AROA1:run-7", "AIDA1"), ("AROA1:*", "*:run-?", "AIDA1", "aida1")),
    "ecr:ResourceTag/team": Key(STRING, ("team", "core"), TAGS),
    "aws:ResourceTag/team": Key(STRING, ("team", "core"), TAGS),
    "aws:PrincipalArn": Key(
        ARN, (), (ROLE, USER, *(f"arn:aws:iam::{OWN}:role/*", f"arn:aws:iam::{OWN}:*", "arn:aws:iam::*:role/c?", "arn:*", "*"))
    ),
    "aws:SourceArn": Key(
        ARN,
        (FUNCTION,),
        (
            FUNCTION,
            "arn:aws:lambda:*:*:function:*",
            "arn:aws:lambda:*",
            f"arn:aws:lambda:*:{OWN}:*",
            FUNCTION.replace("fun", "Fun"),
        ),
    ),
    "aws:SourceIp": Key(
        ("IpAddress", "NotIpAddress"),
        ("10.1.2.3", "203.0.113.9", "2001:db8::7"),
        ("10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "203.0.113.0/24", "2001:db8::/32", "::/0"),
    ),
    "aws:CurrentTime": Key(DATE, NOW[:1], (*NOW, "2026-11-29T03:00:00+01:00", "2026-11-29", "2026-12", "1795917601")),
    "aws:EpochTime": Key(DATE, NOW[1:], (*NOW, "1795917601", "2026-11-29T02:00Z")),
    "aws:MultiFactorAuthAge": Key(NUMERIC, ("30", "3600"), ("30", "30.0", "3600", "31", "-1")),
    "aws:MultiFactorAuthPresent": Key(("Bool",), ("true", "false"), ("true", "false", "True")),
    "aws:SecureTransport": Key(("Bool",), ("true", "false"), ("true", "false")),
    "aws:PrincipalOrgPaths": Key(
        STRINGS,
        (["o-abc/r-1/ou-1/"], ["o-abc/r-1/ou-1/", "o-abc/r-1/ou-2/"]),
        ("o-abc/*", "o-abc/r-1/ou-1/", "o-abc/r-1/ou-?/", "o-xyz/*"),
    ),
    "aws:CalledVia": Key(
        STRINGS,
        (["cloudformation.amazonaws.com"], ["athena.amazonaws.com", "s3.amazonaws.com"]),
        ("cloudformation.amazonaws.com", "*.amazonaws.com", "s3.amazonaws.com"),
    ),
}

_ROOT = f"arn:aws:iam::{OWN}:root"
PRINCIPALS: tuple[Any, ...] = (
    *("*", {"AWS": "*"}, {"AWS": OWN}, {"AWS": _ROOT}, {"AWS": OTHER}, {"AWS": _ROOT.replace(OWN, OTHER)}, {"AWS": ROLE}),
    *({"AWS": USER}, {"AWS": SESSION}, {"AWS": STRANGER}, {"AWS": [ROLE, USER]}, {"AWS": [OTHER, ROLE]}, {"AWS": [OWN, SESSION]}),
    *({"AWS": f"arn:aws:iam::{OWN}:role/build/ci"}, {"AWS": SESSION.replace("run-7", "other")}, {"AWS": ROLE + "-other"}),
    *({"Service": "lambda.amazonaws.com"}, {"Service": "lambda.amazonaws.com", "AWS": STRANGER}),
)
SPARED: tuple[Any, ...] = (
    *({"AWS": [ROLE, OWN]}, {"AWS": [ROLE, _ROOT]}, {"AWS": ROLE}, {"AWS": OWN}, {"AWS": [USER, OWN]}, {"AWS": [ROLE, SESSION]}),
    *({"AWS": [SESSION, ROLE, OWN]}, {"AWS": [STRANGER, OTHER]}, {"AWS": OTHER}, "*", {"AWS": STRANGER}),
)

# --- cases --------------------------------------------------------------------------------------------------------------


def some(draw: random.Random, choices: list[str] | tuple[str, ...]) -> str | list[str]:
    """One of the choices, alone or in a list, as both are written, or several."""
    picked = draw.sample(choices, min(draw.choice((1, 1, 1, 2, 3)), len(choices)))
    return picked[0] if len(picked) == 1 and draw.random() < 0.7 else picked


def condition(draw: random.Random) -> Document:
    result: Document = {}
    for _ in range(draw.choice((1, 1, 2))):
        name = draw.choice([*KEYS, *("aws:SourceIp", "aws:SourceArn") * 2])
        key = KEYS[name]
        operator, values = draw.choice(key.operators), some(draw, key.wanted)
        if ":" not in operator and draw.random() < 0.05:
            operator = draw.choice(("ForAllValues:", "ForAnyValue:")) + operator
        if draw.random() < 0.15:
            operator += "IfExists"
        if draw.random() < 0.08:
            operator, values = "Null", draw.choice(("true", "false"))
        result.setdefault(operator, {})[name] = values
    return result


def statement(draw: random.Random, service: str, kind: str) -> Document:
    effect = "Deny" if draw.random() < 0.2 else "Allow"
    result: Document = {"Effect": effect}
    if kind == "repository":
        spares = draw.random() < (0.4 if effect == "Deny" else 0.03)
        result["NotPrincipal" if spares else "Principal"] = draw.choice(SPARED if spares else PRINCIPALS)
    elif kind == "endpoint":
        result["Principal"] = "*"
    result["NotAction" if draw.random() < 0.1 else "Action"] = some(draw, ACTIONS[service])
    if kind != "repository":
        result["NotResource" if draw.random() < 0.1 else "Resource"] = some(draw, RESOURCES[service])
    if draw.random() < 0.4:
        result["Condition"] = condition(draw)
    return result


def policy(draw: random.Random, service: str, kind: str) -> Document:
    version = {} if draw.random() < 0.08 else {"Version": "2012-10-17"}
    return version | {"Statement": [statement(draw, service, kind) for _ in range(draw.choice((1, 1, 2, 3)))]}


def keys(draw: random.Random, service: str, resource: str, caller: str) -> Document:
    """The condition keys of a request, those of the caller as AWS sets them; of tags only where the action has them."""
    given: Document = {"aws:PrincipalArn": ROLE if caller == SESSION else caller, "aws:PrincipalAccount": caller.split(":")[4]}
    if caller == USER:
        given["aws:username"] = "kim"
    for name in draw.sample(list(KEYS), draw.randint(2, 14)):
        without = resource == "*" or service != "ecr" if name.startswith("ecr:") else resource == "*" and "ResourceTag" in name
        if KEYS[name].given and not without:
            given[name] = draw.choice(KEYS[name].given)
    return given


def request(draw: random.Random, service: str) -> Document:
    action, resource = draw.choice(ASKED[service])
    caller = draw.choice(CALLERS)
    given = keys(draw, service, resource, caller)
    return {"principal": caller, "action": f"{service}:{action}", "resource": resource, "keys": given}


def cases(draw: random.Random, count: int) -> Iterator[Document]:
    """Requests and policies put together at random, each of which is in several cases, so that the record stays small."""
    drawn = {
        (service, kind): [
            request(draw, service) if kind == "request" else policy(draw, service, kind)
            for _ in range(max(4, round(share * count * weight / 12)))
        ]
        for service, weight in SERVICES.items()
        for kind, share in {"request": 1.0, **SHARES}.items()
    }
    for _ in range(count):
        (service,) = draw.choices(list(SERVICES), list(SERVICES.values()))
        result = dict(draw.choice(drawn[service, "request"]))
        result["identity"] = draw.sample(drawn[service, "identity"], draw.choice((0, 1, 1, 2)))
        for kind in ("repository", "boundary", "endpoint"):
            if draw.random() < SHARES[kind] and (kind != "repository" or result["resource"] == REPOSITORY):
                result[kind] = draw.choice(drawn[service, kind])
        yield result

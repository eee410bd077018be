"""Decisions held against moto's: the access control of its mock AWS is an evaluator of IAM policies that others wrote.

moto says itself that it is not complete. Where the two differ, the difference goes away when the gap of moto's that is
listed here is closed, and each gap is shown by an example of its own.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ecrlint.adapt.policy import policy as adapt
from ecrlint.evaluate.json_document import from_node
from ecrlint.iam.decide import decide
from ecrlint.iam.request import RequestContext, known
from ecrlint.model.policy import Policy
from ecrlint.model.source import Source
from ecrlint.model.truth import MAYBE, NO, YES, Truth, truth
from ecrlint.parse.json import parse

moto = pytest.importorskip("moto.iam.access_control")

ARN = "arn:aws:ecr:eu-west-1:111122223333:repository/"
ACTIONS = ["ecr:PutImage", "ecr:Put*", "ecr:*Image", "ecr:*", "*", "s3:*", "ecr:BatchGetImage", "ecr:Get*Token", "*:PutImage"]
RESOURCES = [
    "*",
    ARN + "app",
    ARN + "*",
    ARN + "a*p",
    "arn:aws:ecr:*:*:repository/app",
    "arn:*:ecr:*:*:*",
    "arn:aws:s3:::x",
    ARN + "app/*",
]
REQUESTS = [
    ("ecr:PutImage", ARN + "app"),
    ("ecr:PutImage", ARN + "app/web"),
    ("ecr:BatchGetImage", ARN + "other"),
    ("ecr:GetAuthorizationToken", "*"),
    ("s3:GetObject", "arn:aws:s3:::x"),
]
KNOWN = {"aws:PrincipalOrgID": "o-1"}
SETS = 600

Document = dict[str, Any]


def some(draw: random.Random, choices: list[str]) -> str | list[str]:
    """One of the choices, alone or in a list with others, as both are written."""
    picked = draw.sample(choices, draw.randint(1, 3))
    return picked[0] if len(picked) == 1 and draw.random() < 0.5 else picked


def supported(draw: random.Random) -> Document:
    """A statement of the kind that moto evaluates."""
    return {
        "Effect": draw.choice(["Allow", "Allow", "Deny"]),
        draw.choice(["Action", "Action", "Action", "NotAction"]): some(draw, ACTIONS),
        "Resource": some(draw, RESOURCES),
    }


def beyond(draw: random.Random) -> Document:
    """A statement with something of which moto knows nothing, or something else."""
    made = supported(draw)
    match draw.randrange(6):
        case 0:
            made["NotResource"] = made.pop("Resource")
        case 1:
            key = "Action" if "Action" in made else "NotAction"
            made[key] = draw.choice(["ECR:PutImage", "ecr:putimage", "Ecr:*"])
        case 2:
            made["Resource"] = draw.choice([ARN + "a?p", ARN + "?pp", ARN + "app?"])
        case 3:
            made["Resource"] = draw.choice([ARN + "a.p", ARN + "app+", "arn:aws:ecr:eu.west-1:*:repository/*"])
        case 4:
            made["Condition"] = {
                draw.choice(["StringEquals", "StringNotEquals"]): {"aws:PrincipalOrgID": draw.choice(["o-1", "o-2"])}
            }
        case 5:
            made["Condition"] = {draw.choice(["StringEquals", "StringNotEquals"]): {"aws:SourceArn": "arn:aws:s3:::x"}}
    return made


def policy_sets(kind: Any, seed: int) -> Iterator[list[list[Document]]]:
    """Policy sets, each a list of lists of statements; the same ones at each run."""
    draw = random.Random(seed)
    for _ in range(SETS):
        yield [[kind(draw) for _ in range(draw.randint(1, 3))] for _ in range(draw.randint(1, 3))]


def document(statements: list[Document]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def read(statements: list[Document]) -> Policy:
    node, _ = parse(Source("policy.json", document(statements)))
    assert node is not None
    return adapt(from_node(node, []), "identity", "app", lambda value: value)


def ours(policies: list[list[Document]], request: tuple[str, str]) -> Truth:
    keys = {key.lower(): known(value) for key, value in KNOWN.items()}
    return decide(map(read, policies), *request, context=RequestContext(keys=keys)).truth


def theirs(policies: list[list[Document]], request: tuple[str, str]) -> Truth:
    """moto's decision, put together as its `check_action_permitted` does."""
    results = [moto.IAMPolicy(document(one)).is_action_permitted(*request, None, KNOWN) for one in policies]
    permitted, denied = moto.PermissionResult.PERMITTED, moto.PermissionResult.DENIED
    return truth(permitted in results and denied not in results)


# --- what moto lacks -----------------------------------------------------------------------------------------------


def gaps(statement: Document) -> Iterator[str]:
    """The gaps of moto's that may make it decide otherwise on a statement."""
    if "NotResource" in statement:
        yield "NotResource"
    patterns = [str(one) for key in ("Action", "NotAction", "Resource", "NotResource") for one in listed(statement.get(key, []))]
    if any(pattern.partition(":")[0] != "arn" and pattern not in ACTIONS and pattern != "*" for pattern in patterns):
        yield "case"
    if any("?" in pattern for pattern in patterns):
        yield "?"
    if any(re.search(r"[.+]", pattern) for pattern in patterns):
        yield "regular expression"
    if "Condition" in statement:
        yield "condition"


def listed(entry: Any) -> list[Any]:
    return entry if isinstance(entry, list) else [entry]


class Mended:
    """moto's evaluation of a statement, with the gaps closed by the shortest words of AWS's pages."""

    def __init__(self, statement: Document) -> None:
        self.statement = statement

    def is_action_permitted(self, action: str, resource: str, *_: Any) -> Any:
        result = moto.PermissionResult
        if not (self._concerns("Action", action.lower(), str.lower) and self._concerns("Resource", resource, str)):
            return result.NEUTRAL
        if not all(self._holds(operator, keys) for operator, keys in self.statement.get("Condition", {}).items()):
            return result.NEUTRAL
        return result.PERMITTED if self.statement["Effect"] == "Allow" else result.DENIED

    def _concerns(self, element: str, text: str, fold: Any) -> bool:
        if f"Not{element}" in self.statement:
            return not any(self._match(fold(one), text) for one in listed(self.statement[f"Not{element}"]))
        return any(self._match(fold(one), text) for one in listed(self.statement[element]))

    @staticmethod
    def _match(pattern: str, text: str) -> bool:
        return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None

    @staticmethod
    def _holds(operator: str, keys: dict[str, str]) -> bool:
        ((key, wanted),) = keys.items()
        return (KNOWN.get(key) == wanted) is (operator == "StringEquals")


def mended(policies: list[list[Document]], request: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Truth:
    with monkeypatch.context() as patch:
        patch.setattr(moto, "IAMPolicyStatement", Mended)
        return theirs(policies, request)


def test_what_moto_supports_is_decided_as_moto_decides() -> None:
    decided: Counter[Truth] = Counter()
    for policies in policy_sets(supported, seed=1):
        for request in REQUESTS:
            decision = ours(policies, request)
            assert decision is theirs(policies, request), (policies, request)
            decided[decision] += 1
    assert sum(decided.values()) == SETS * len(REQUESTS)
    assert decided[MAYBE] == 0
    assert min(decided[YES], decided[NO]) > SETS  # both are tried, often


def test_every_other_difference_is_a_gap_of_motos(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[str] = Counter()
    for policies in policy_sets(beyond, seed=2):
        for request in REQUESTS:
            decision = ours(policies, request)
            assert decision is mended(policies, request, monkeypatch), (policies, request)
            if decision is not theirs(policies, request):
                seen.update({gap for statements in policies for one in statements for gap in gaps(one)})
    assert set(seen) == {"NotResource", "case", "?", "regular expression", "condition"}


@pytest.mark.parametrize(
    ("statement", "request_", "aws", "moto_"),
    [
        pytest.param(
            {"Effect": "Deny", "Action": "ecr:*", "NotResource": ARN + "x"}, REQUESTS[0], NO, YES, id="NotResource is not read"
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "ecr:*", "NotResource": ARN + "app"},
            REQUESTS[0],
            NO,
            YES,
            id="nor is what it leaves out",
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "ECR:putimage", "Resource": "*"}, REQUESTS[0], YES, NO, id="the case of actions"
        ),
        pytest.param({"Effect": "Allow", "Action": "*", "Resource": ARN + "a?p"}, REQUESTS[0], YES, NO, id="? is one character"),
        pytest.param({"Effect": "Allow", "Action": "*", "Resource": ARN + "a.p"}, REQUESTS[0], NO, YES, id=". is a character"),
        pytest.param(
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}},
            REQUESTS[0],
            NO,
            YES,
            id="only StringEquals is read",
        ),
        pytest.param(
            {
                "Effect": "Allow",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:s3:::x"}},
            },
            REQUESTS[0],
            NO,
            YES,
            id="a key that the request lacks is passed over",
        ),
    ],
)
def test_a_gap_of_motos(statement: Document, request_: tuple[str, str], aws: Truth, moto_: Truth) -> None:
    assert (ours([[statement]], request_), theirs([[statement]], request_)) == (aws, moto_)


def test_a_condition_that_does_not_hold_denies_in_moto_alone() -> None:
    everything: Document = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policies = [[everything, {**everything, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-2"}}}]]
    assert ours(policies, REQUESTS[0]) is YES
    assert theirs(policies, REQUESTS[0]) is NO

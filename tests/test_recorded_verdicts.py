"""Decisions held against those of an independent simulator of IAM, recorded by tools/record_verdicts.py.

Where the two differ, one is wrong by AWS's documentation. The simulator's errors are listed in the record, each with the page
that says so, and its verdict is there without them; ecrlint's are mended.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
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
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Scalar
from ecrlint.parse.json import parse

FOLDER = Path(__file__).parent / "verdicts"
RECORD = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
UNSURE = FOLDER / "unsure.json"
KINDS: tuple[PolicyKind, ...] = ("identity", "repository", "boundary", "endpoint")
TRUTHS = {"A": YES, "D": NO, "N": NO}


class Keys(dict[str, Fact]):
    """The condition keys of a request that has no others."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name) or request.absent("the request does not have it")


@functools.cache
def read(kind: PolicyKind, number: int) -> Policy:
    node, problems = parse(Source(f"{kind}.json", json.dumps(RECORD["parts"][number])))
    assert node is not None
    assert not problems
    return adapt(from_node(node, []), kind, kind, lambda value: value)


def decided(asked: dict[str, Any], numbers: dict[str, list[int]]) -> Decision:
    """The decision within one account or across two, and through an endpoint where there is one."""
    own, theirs, limits, endpoints = ([read(kind, one) for one in numbers.get(kind, ())] for kind in KINDS)
    facts = {
        name.lower(): Fact(YES, tuple(Scalar(one, NOWHERE) for one in (value if isinstance(value, list) else [value])))
        for name, value in asked["keys"].items()
    }
    who, context = Principal("AWS", Scalar(asked["principal"], NOWHERE)), RequestContext(keys=Keys(facts))
    ask = functools.partial(decide, action=asked["action"], resource=asked["resource"], principal=who, context=context)
    is_own = asked["resource"] == "*" or asked["resource"].split(":")[4] == asked["principal"].split(":")[4]
    result = ask([*own, *theirs, *limits]) if is_own else across(ask([*own, *limits]), ask(theirs))
    return across(result, ask(endpoints)) if endpoints else result


@functools.cache
def decisions() -> list[Decision]:
    return [decided(RECORD["parts"][number], policies) for number, policies, _ in RECORD["cases"]]


def settled(decision: Decision, verdict: str) -> bool:
    """Whether nothing is left unsure: a Deny that may hold is one where nothing allows the request anyway."""
    return decision.truth is not MAYBE and (decision.denied or verdict != "D")


def test_what_is_sure_is_what_the_simulator_says() -> None:
    different = [
        (at, case, decision)
        for at, (case, decision) in enumerate(zip(RECORD["cases"], decisions(), strict=True))
        if decision.truth is not MAYBE
        if decision.truth is not TRUTHS[case[-1]] or (decision.denied and case[-1] != "D")
    ]
    assert not different


def test_no_more_is_unsure_than_was(request: pytest.FixtureRequest) -> None:
    pairs = zip(RECORD["cases"], decisions(), strict=True)
    unsure = [at for at, (case, decision) in enumerate(pairs) if not settled(decision, case[-1])]
    if request.config.getoption("--update-golden"):
        UNSURE.write_text(json.dumps(unsure, separators=(",", ":")) + "\n", encoding="utf-8")
    assert set(unsure) <= set(json.loads(UNSURE.read_text(encoding="utf-8")))
    assert len(unsure) < len(RECORD["cases"]) / 25


def test_the_record_has_every_verdict_often_and_every_error_of_the_simulator() -> None:
    verdicts = [case[-1] for case in RECORD["cases"]]
    assert min(map(verdicts.count, TRUTHS)) > 300
    assert len(verdicts) >= 3000
    for name, error in RECORD["errors"].items():
        assert error["cases"], name
        assert error["page"].startswith("https://docs.aws.amazon.com/"), name

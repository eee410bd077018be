"""Writes tests/verdicts/cases.json: what an independent simulator of IAM decides of random policies.

.venv/bin/python tools/record_verdicts.py [cases] [seed]
.venv/bin/pytest tests/test_recorded_verdicts.py --update-golden    then writes which of them ecrlint leaves unsure

Needs node and npm: the simulator, iam-simulate of Cloud Copilot, is installed into a temporary folder and runs there. Its
licence (AGPL-3.0) is the reason why none of it is kept here: what is recorded are its answers.
https://www.npmjs.com/package/@cloud-copilot/iam-simulate

`OVERSIGHTS` are the simulator's own errors. A case that one of them concerns is put to it a second time in other words,
which by AWS's documentation mean the same, and that answer is recorded.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from random_policies import Document, cases

PACKAGE, VERSION = "@cloud-copilot/iam-simulate", "0.1.173"
HERE = Path(__file__).resolve().parent
RECORD = HERE.parent / "tests" / "verdicts" / "cases.json"
CASES, SEED = 3000, 16

# --- the simulator's errors ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Oversight:
    """An error of the simulator's, the page that says so, and a statement put so that it makes no difference."""

    page: str
    reworded: Callable[[Document, Document, bool], Document]
    """Takes the statement, the keys of the request, and whether the policy is of the version that has variables."""
    given: Callable[[Document], Document] = dict
    """The keys of the request, put so."""


GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
OPERATORS, VARIABLES = GUIDE + "reference_policies_elements_condition_operators.html", GUIDE + "reference_policies_variables.html"


def conditions(operators: str, changed: Callable[[str], list[str]]) -> Callable[[Document, Document, bool], Document]:
    """Rewords each value of the conditions whose operator matches an expression."""

    def reworded(statement: Document, _: Document, __: bool) -> Document:
        found = {
            operator: {
                key: [other for one in _list(values) for other in changed(one)] if re.search(operators, operator) else values
                for key, values in tests.items()
            }
            for operator, tests in statement.get("Condition", {}).items()
        }
        return statement | ({"Condition": found} if found else {})

    return reworded


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def date(value: str) -> list[str]:
    return [datetime.fromtimestamp(int(value), timezone.utc).isoformat()] if value.isdigit() else [value]


def moment(given: Document) -> Document:
    return {key: date(value)[0] if key == "aws:EpochTime" else value for key, value in given.items()}


def network(value: str) -> list[str]:
    return ["0.0.0.0/1", "128.0.0.0/1"] if value == "0.0.0.0/0" else [value]


def address(value: str) -> list[str]:
    return [value if "/" in value else value + ("/128" if ":" in value else "/32")]


def arn_of_nothing(value: str) -> list[str]:
    return ["arn:none:none:none:none:none"] if value != "*" and value.count(":") < 5 else [value]


def account(statement: Document, given: Document, variables: bool) -> Document:
    text = json.dumps(statement)
    return json.loads(text.replace(":${aws:PrincipalAccount}:", f":{given['aws:PrincipalAccount']}:")) if variables else statement


def literal(statement: Document, _: Document, variables: bool) -> Document:
    """No value of a request has braces, so `{x}` matches what `${x}` does as plain text: nothing."""
    return statement if variables else json.loads(json.dumps(statement).replace("${", "{"))


def valueless(statement: Document, given: Document, variables: bool) -> Document:
    """A pattern that matches nothing instead of one with a variable that has neither a value nor a default."""

    def replaced(match: re.Match[str]) -> str:
        return match[0] if match[1] in given or match[1] in "*?$" else "{nothing}"

    return json.loads(re.sub(r"\$\{([^},]+)\}", replaced, json.dumps(statement))) if variables else statement


def completed(statement: Document, _: Document, __: bool) -> Document:
    found = [one if one == "*" else one + ":*" * (5 - one.count(":")) for one in _list(statement.get("NotResource", []))]
    return statement | ({"NotResource": found} if found else {})


OVERSIGHTS = {
    "seconds since 1970 are compared with dates as if they were milliseconds": Oversight(
        OPERATORS + "#Conditions_Date", conditions("^(For[^:]*:)?Date", date), moment
    ),
    "0.0.0.0/0 holds no address": Oversight(OPERATORS + "#Conditions_IPAddress", conditions("IpAddress", network)),
    "NotIpAddress of an address alone never holds for the other version of IP": Oversight(
        OPERATORS + "#Conditions_IPAddress", conditions("IpAddress", address)
    ),
    "ArnNotLike never holds where the pattern has fewer than six segments": Oversight(
        OPERATORS + "#Conditions_ARN", conditions("ArnNot", arn_of_nothing)
    ),
    "a variable for the account of an ARN has no value, though AWS's managed policies have it there": Oversight(
        "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonTimestreamInfluxDBServiceRolePolicy.html", account
    ),
    "a policy without Version has variables": Oversight(GUIDE + "reference_policies_elements_version.html", literal),
    "a variable without a value keeps NotResource and negated operators from holding": Oversight(
        VARIABLES + "#policy-vars-no-value", valueless
    ),
    "NotResource with an ARN of fewer than six segments never holds": Oversight(
        GUIDE + "reference_policies_elements_notresource.html", completed
    ),
}


def reworded(case: Document, oversight: Oversight) -> Document:
    def of(policy: Document) -> Document:
        version = policy.get("Version") == "2012-10-17"
        return policy | {"Statement": [oversight.reworded(one, case["keys"], version) for one in policy["Statement"]]}

    more: Document = {"keys": oversight.given(case["keys"])}
    more |= {kind: of(case[kind]) for kind in ("repository", "boundary", "endpoint") if kind in case}
    return case | {"identity": [of(one) for one in case["identity"]]} | more


def in_other_words(case: Document) -> tuple[Document, list[str]]:
    """A case that no error of the simulator's concerns, and the names of those that concerned it."""
    named = []
    for name, oversight in OVERSIGHTS.items():
        other = reworded(case, oversight)
        if _plain(other) != _plain(case):
            named.append(name)
        case = other
    return case, named


def _plain(value: Any) -> Any:
    """A document in which a list of one is what is in it."""
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case [one]:
            return _plain(one)
        case list():
            return [_plain(one) for one in value]
        case _:
            return value


# --- asking, and writing ------------------------------------------------------------------------------------------------


def simulation(case: Document) -> Document:
    """A case as the simulator takes it."""
    caller, resource = case["principal"], case["resource"]
    owner = (caller if resource == "*" else resource).split(":")[4]
    result: Document = {
        "request": {
            "principal": caller,
            "action": case["action"],
            "resource": {"resource": resource, "accountId": owner},
            "contextVariables": case["keys"],
        },
        "identityPolicies": [{"name": str(at), "policy": one} for at, one in enumerate(case["identity"])],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if "repository" in case:
        result["resourcePolicy"] = case["repository"]
    for kind, name in (("boundary", "permissionBoundaryPolicies"), ("endpoint", "vpcEndpointPolicies")):
        if kind in case:
            result[name] = [{"name": kind, "policy": case[kind]}]
    return result


LETTERS = {"Allowed": "A", "ExplicitlyDenied": "D", "ImplicitlyDenied": "N"}


def simulated(cases: list[Document], folder: Path) -> list[str]:
    """The simulator's verdicts as letters: allowed, denied, not allowed."""
    shutil.copy(HERE / "record_verdicts.mjs", folder)
    lines = "\n".join(json.dumps(simulation(one)) for one in cases)
    answer = subprocess.run(["node", "record_verdicts.mjs"], cwd=folder, check=True, input=lines, capture_output=True, text=True)
    return [LETTERS[line] for line in answer.stdout.splitlines()]


def record(cases: list[Document], folder: Path) -> Iterator[str]:
    """The record as JSON, a case a line: what is asked, and the verdict. What occurs often has a number."""
    other = [in_other_words(one) for one in cases]
    plain, right = simulated(cases, folder), simulated([one for one, _ in other], folder)
    pool: dict[str, int] = {}
    lines = [_line(one, verdict, pool) for one, verdict in zip(cases, right, strict=True)]
    wrong = {
        name: {
            "page": oversight.page,
            "cases": [at for at, (_, named) in enumerate(other) if name in named and plain[at] != right[at]],
        }
        for name, oversight in OVERSIGHTS.items()
    }
    day = datetime.now(timezone.utc).date().isoformat()
    yield f'{{"simulator":{_json(f"{PACKAGE} {VERSION}")},"date":"{day}",\n"errors":{_json(wrong)},\n"parts":[\n'
    yield ",\n".join(pool)
    yield '\n],\n"cases":[\n' + ",\n".join(lines) + "\n]}\n"


def _line(case: Document, verdict: str, pool: dict[str, int]) -> str:
    """The numbers of the request and of its policies by their kind, and the verdict."""

    def number(part: Any) -> int:
        return pool.setdefault(_json(part), len(pool))

    asked = number({key: case[key] for key in ("principal", "action", "resource", "keys")})
    policies = {"identity": list(map(number, case["identity"]))}
    policies |= {kind: [number(case[kind])] for kind in ("repository", "boundary", "endpoint") if kind in case}
    return _json([asked, policies, verdict])


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def main(arguments: list[str]) -> int:
    count, seed = (*map(int, arguments), *(CASES, SEED)[len(arguments) :])
    with tempfile.TemporaryDirectory() as name:
        install = ["npm", "install", "--no-audit", "--no-fund", "--silent", f"{PACKAGE}@{VERSION}"]
        subprocess.run(install, cwd=name, check=True)
        text = "".join(record(list(cases(random.Random(seed), count)), Path(name)))
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

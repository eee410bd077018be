"""Writes src/ecrlint/iam/managed_policies.json from moto's copy of the AWS managed policies.

.venv/bin/python tools/update_managed_policies.py          writes the table
.venv/bin/python tools/update_managed_policies.py --check  exit status 1 where it is not what moto's copy gives
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

from ecrlint.iam import patterns
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import NO
from ecrlint.model.value import Scalar

TABLE = Path(__file__).parent.parent / "src/ecrlint/iam/managed_policies.json"
ACTIONS = (
    "ecr:*",
    "ecr-public:*",
    "sts:GetServiceBearerToken",
    "s3:GetObject",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "kms:Decrypt",
)
"""What the table says everything about. Whatever a rule asks for beyond is `MAYBE`: add it here, and run this."""

_SERVICES = {action.partition(":")[0] for action in ACTIONS}
_NOWHERE = Span(Source("", ""), 0, 0)


def main(arguments: list[str]) -> int:
    text = render(moto_policies(), importlib.metadata.version("moto"))
    if "--check" in arguments:
        return 0 if TABLE.read_text(encoding="utf-8") == text else 1
    TABLE.write_text(text, encoding="utf-8")
    return 0


def moto_policies() -> dict[str, Any]:
    """Every AWS managed policy by name, with `Document`, `Path`, `UpdateDate`."""
    module = importlib.import_module("moto.iam.aws_managed_policies")
    policies: dict[str, Any] = json.loads(module.aws_managed_policies_data)
    return policies


def render(policies: dict[str, Any], version: str) -> str:
    """The table as JSON, one policy a line."""
    paths = sorted({policy["Path"] for policy in policies.values()})
    head = {
        "source": f"moto {version}, moto/iam/aws_managed_policies.py",
        "date": max(policy["UpdateDate"] for policy in policies.values())[:10],
        "actions": ACTIONS,
        "paths": paths,
    }
    lines = [f"{_compact(key)}:{_compact(value)}" for key, value in head.items()]
    entries = (f"{_compact(name)}:{_compact(_entry(policy, paths))}" for name, policy in sorted(policies.items()))
    lines.append('"policies":{\n' + ",\n".join(entries) + "}")
    return "{" + ",\n".join(lines) + "}\n"


def _entry(policy: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": paths.index(policy["Path"])}
    statements = list(filter(None, map(_relevant, _listed(policy["Document"]["Statement"]))))
    if statements:
        entry["statements"] = statements
    return entry


def _relevant(statement: dict[str, Any]) -> dict[str, Any] | None:
    """The statement without what concerns other actions; None where nothing is left."""
    kept = {key: value for key, value in statement.items() if key != "Sid"}
    for key in ("Action", "NotAction"):
        if key in kept:
            kept[key] = _single([action for action in _listed(kept[key]) if _concerns(action)])
    if kept.get("Action") == []:
        return None
    for key in ("Resource", "NotResource"):
        if key in kept:
            kept[key] = _single(_listed(kept[key]))
    return kept


@functools.cache
def _concerns(action: str) -> bool:
    service = action.partition(":")[0].lower()
    if "*" not in service and service not in _SERVICES:
        return False
    pattern = Scalar(action, _NOWHERE)
    return any(patterns.overlaps(pattern, Scalar(own, _NOWHERE), ignore_case=True) is not NO for own in ACTIONS)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

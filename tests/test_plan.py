"""Terraform plans: what `terraform show -json` prints, with and without the `.tf` files that it was made from.

The format is that of https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from ecrlint.adapt import terraform as adapter
from ecrlint.boundary.repository import around
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.plan import PlanEvaluation, evaluate
from ecrlint.model.finding import Report
from ecrlint.model.source import Source
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.value import Json, List, Map, Ref, Scalar, Text, Unknown, Value
from ecrlint.report.text import render
from ecrlint.run.pipeline import scan
from ecrlint.run.read import plan as stage
from ecrlint.run.read.files import Tree

SHOP = Path(__file__).parent / "plans" / "shop"

TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)
SECRET = "hunter2"

PULL = json.dumps({"Statement": [{"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}]})


def entry(address: str, values: dict[str, Any], unknown: Any = None, **more: Any) -> dict[str, Any]:
    """A resource as a plan has it: its identity is taken from its address."""
    words = address.split(".")
    while words[0] == "module":
        words = words[2:]
    mode = "data" if words[0] == "data" else "managed"
    name, _, key = ".".join(words[2:] if mode == "data" else words[1:]).partition("[")
    found = {"address": address, "mode": mode, "type": words[1] if mode == "data" else words[0], "name": name}
    if key:
        found["index"] = json.loads(key.rstrip("]"))
    return {**found, "values": values, "unknown": unknown or {}, "actions": ["create"], "sensitive": {}, **more}


def uses(*references: str) -> dict[str, Any]:
    """An expression as the configuration has it: each reference with all of its beginnings."""
    found: list[str] = []
    for one in references:
        found.append(one)
        words = one.split(".")
        found += [".".join(words[:end]) for end in range(len(words) - 1, 1, -1)]
    return {"references": found}


def always(value: Any) -> dict[str, Any]:
    return {"constant_value": value}


def block(address: str, expressions: dict[str, Any], **more: Any) -> dict[str, Any]:
    kind, name = address.removeprefix("data.").split(".")
    mode = "data" if address.startswith("data.") else "managed"
    return {"address": address, "mode": mode, "type": kind, "name": name, "expressions": expressions, **more}


def text(entries: list[dict[str, Any]], configuration: dict[str, Any] | None = None, **sections: Any) -> str:
    """The text of a plan. Resources stand in the modules that their addresses name."""
    root: dict[str, Any] = {}
    changes = []
    for one in entries:
        identity = {key: value for key, value in one.items() if key not in ("values", "unknown", "actions", "sensitive")}
        change = {"actions": one["actions"], "after": one["values"], "after_unknown": one["unknown"]}
        changes.append({**identity, "change": {**change, "after_sensitive": one["sensitive"]}})
        if one["actions"] != ["delete"]:
            module = root
            words = one["address"].split(".")
            for depth in range(2, len(words), 2):
                if words[depth - 2] != "module":
                    break
                module = child(module, ".".join(words[:depth]))
            module.setdefault("resources", []).append({**identity, "values": one["values"]})
    found = {"format_version": "1.2", "planned_values": {"root_module": root}, "resource_changes": changes}
    if configuration is not None:
        found["configuration"] = {"root_module": configuration}
    return json.dumps({**found, **sections}, indent=1)


def child(module: dict[str, Any], address: str) -> dict[str, Any]:
    """The child of a module with an address, made where there is none."""
    children: list[dict[str, Any]] = module.setdefault("child_modules", [])
    found = next((one for one in children if one["address"] == address), None)
    if found is None:
        found = {"address": address}
        children.append(found)
    return found


def read(plan: str) -> PlanEvaluation:
    """A plan with nothing beside it."""
    found = evaluate(
        Source("plan.json", plan), adapter.TABLE, adapter.TABLE.documents, lambda path: None, lambda path: None, Budget()
    )
    assert found is not None
    return found


def read_beside(folder: Path, name: str = "plan.json") -> PlanEvaluation:
    """A plan with what lies in its folder."""
    tree = Tree(around(str(folder), []))
    source = tree.source(name)
    assert source is not None
    found = stage.read(tree, source, Budget())
    assert found is not None
    return found


def by_address(evaluation: PlanEvaluation) -> dict[str, Resource]:
    return {resource.address: resource for resource in evaluation.resources}


def attribute(evaluation: PlanEvaluation, address: str, name: str) -> Value:
    return by_address(evaluation)[address].attributes.entries[name]


def known(value: Value | None) -> Any:
    """A value that is known throughout, in Python's types."""
    match value:
        case Scalar():
            return value.value
        case List(complete=True):
            return [known(item) for item in value.items]
        case Map(complete=True):
            return {name: known(item) for name, item in value.entries.items()}
        case _:
            raise AssertionError(f"not known: {value}")


def refers(value: Value | None) -> tuple[str, str] | None:
    return (value.address, value.attribute) if isinstance(value, Ref) else None


def stack(evaluation: PlanEvaluation) -> Stack:
    return adapter.adapt("plan.json", evaluation.resources)


def place(value: Value | Resource) -> tuple[str, int]:
    return value.span.path, value.span.line


def strings(thing: object) -> list[str]:
    """Every string in a value, a finding or a problem; not the text of the files that they stand in."""
    if isinstance(thing, str):
        return [thing]
    if isinstance(thing, Source):
        return [thing.path]
    if isinstance(thing, Mapping):
        return [found for item in thing.values() for found in strings(item)]
    if isinstance(thing, (list, tuple)):
        return [found for item in thing for found in strings(item)]
    if is_dataclass(thing):
        return [found for one in fields(thing) for found in strings(getattr(thing, one.name))]
    return []


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """The folder of the shop's plan without its `.tf` files."""
    shutil.copy(SHOP / "plan.json", tmp_path)
    return tmp_path


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """The folder of the shop's plan with its `.tf` files."""
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


# What a plan is


@pytest.mark.parametrize(
    "data",
    [
        {"format_version": "1.0", "values": {"root_module": {"resources": []}}},  # a state
        {"planned_values": {"root_module": {}}},
        ["format_version", "planned_values"],
        {},
    ],
)
def test_another_file_is_no_plan(data: object) -> None:
    source = Source("plan.json", json.dumps(data))
    assert evaluate(source, adapter.TABLE, adapter.TABLE.documents, lambda path: None, lambda path: None, Budget()) is None


def test_a_plan_holds_the_resources_of_every_module(alone: Path) -> None:
    assert [one.address for one in read_beside(alone).resources] == [
        "aws_ecr_repository.app",
        'aws_ecs_task_definition.app["api"]',
        'aws_ecs_task_definition.app["worker"]',
        'aws_iam_role.task["api"]',
        'aws_iam_role.task["worker"]',
        "module.execution.aws_iam_policy.this",
        "module.execution.aws_iam_role.this",
        "module.execution.aws_iam_role_policy_attachment.this",
        "aws",
    ]


def test_a_plan_that_was_stripped_of_its_values_is_read_from_its_changes() -> None:
    plan = json.loads(text([entry("module.a.aws_iam_role.x", {"name": "app"}, {"arn": True})]))
    del plan["planned_values"]
    found = read(json.dumps(plan))
    assert known(attribute(found, "module.a.aws_iam_role.x", "name")) == "app"


def test_what_is_deleted_or_forgotten_is_no_part_of_the_result() -> None:
    gone = [
        entry(f"aws_iam_role.{name}", {"name": name}, actions=[action]) for name, action in (("a", "delete"), ("b", "forget"))
    ]
    plan = json.loads(text([*gone, entry("aws_iam_role.c", {"name": "c"}, actions=["delete", "create"])]))
    plan["planned_values"]["root_module"]["resources"].append(
        {"address": "aws_iam_role.a", "mode": "managed", "type": "aws_iam_role", "name": "a", "values": {"name": "a"}}
    )
    assert list(by_address(read(json.dumps(plan)))) == ["aws_iam_role.c"]


def test_an_object_that_is_left_over_does_not_take_the_living_one_with_it() -> None:
    plan = json.loads(text([entry("aws_iam_role.x", {"name": "app"})]))
    left = {"address": "aws_iam_role.x", "deposed": "1a2b", "change": {"actions": ["delete"], "before": {}, "after": None}}
    plan["resource_changes"].append(left)
    assert list(by_address(read(json.dumps(plan)))) == ["aws_iam_role.x"]


def test_a_data_source_that_was_read_is_in_the_prior_state() -> None:
    parameter = {"address": "data.aws_ssm_parameter.ami", "mode": "data", "type": "aws_ssm_parameter", "name": "ami"}
    old = {"address": "aws_iam_role.old", "mode": "managed", "type": "aws_iam_role", "name": "old", "values": {}}
    values = {"name": "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"}
    prior = {"values": {"root_module": {"resources": [{**parameter, "values": values}, old]}}}
    found = read(text([entry("aws_iam_role.x", {"name": "app"})], prior_state=prior))
    assert list(by_address(found)) == ["aws_iam_role.x", "data.aws_ssm_parameter.ami"]
    assert known(attribute(found, "data.aws_ssm_parameter.ami", "name")) == values["name"]


# What is known


def test_a_document_in_a_string_is_decoded_at_its_place_in_the_plan() -> None:
    found = read(text([entry("aws_iam_policy.x", {"name": "app", "policy": PULL})]))
    policy = attribute(found, "aws_iam_policy.x", "policy")
    assert isinstance(policy, Map)
    (statement,) = policy.entries["Statement"].items if isinstance(policy.entries["Statement"], List) else ()
    assert statement.span.text == json.dumps(PULL)[len('"{\\"Statement\\": [') : -len(']}"')]
    assert statement.span.path == "plan.json"


def test_nulls_and_empty_blocks_that_nobody_wrote_are_not_there() -> None:
    values: dict[str, object] = {"name": "app", "permissions_boundary": None, "launch_template": [], "description": ""}
    found = read(text([entry("aws_iam_role.x", values)], {"resources": [block("aws_iam_role.x", {"name": always("app")})]}))
    assert list(by_address(found)["aws_iam_role.x"].attributes.entries) == ["name"]


def test_what_the_provider_makes_up_leaves_a_role_closed() -> None:
    unknown = {"arn": True, "id": True, "inline_policy": True, "managed_policy_arns": True}
    conf = {"resources": [block("aws_iam_role.x", {"name": always("app"), "assume_role_policy": {}})]}
    found = read(text([entry("aws_iam_role.x", {"name": "app", "assume_role_policy": TRUST}, unknown)], conf))
    (role,) = stack(found).roles
    assert role.open == ()


def test_what_the_provider_reports_of_other_resources_is_not_the_role_itself() -> None:
    values = {"name": "app", "managed_policy_arns": ["arn:aws:iam::123456789012:policy/old"], "inline_policy": []}
    conf = {"resources": [block("aws_iam_role.x", {"name": always("app")})]}
    (role,) = stack(read(text([entry("aws_iam_role.x", values, actions=["no-op"])], conf))).roles
    assert (role.policies, role.open) == ((), ())


def test_the_arn_of_a_policy_that_is_there_already_joins_it_to_its_role() -> None:
    arn = "arn:aws:iam::123456789012:policy/pull"
    entries = [
        entry("aws_iam_role.x", {"name": "app", "arn": "arn:aws:iam::123456789012:role/app"}),
        entry("aws_iam_policy.p", {"name": "pull", "arn": arn, "id": arn, "policy": PULL}),
        entry("aws_iam_role_policy_attachment.a", {"role": "app", "policy_arn": arn}),
    ]
    found = read(text(entries))
    assert refers(attribute(found, "aws_iam_role_policy_attachment.a", "policy_arn")) == ("aws_iam_policy.p", "arn")
    assert known(attribute(found, "aws_iam_policy.p", "arn")) == arn
    (role,) = stack(found).roles
    assert [policy.name for policy in role.policies] == ["aws_iam_policy.p"]


def test_the_identifier_of_a_machine_image_joins_it_to_what_was_looked_up() -> None:
    image = {"id": "ami-0123456789abcdef0", "name": "al2023-ami-2023.9.1-kernel-6.1-x86_64", "imds_support": "v2.0"}
    prior = {"values": {"root_module": {"resources": [{**entry("data.aws_ami.linux", image), "values": image}]}}}
    found = read(text([entry("aws_instance.x", {"ami": image["id"]})], prior_state=prior))
    assert refers(attribute(found, "aws_instance.x", "ami")) == ("data.aws_ami.linux", "id")


def test_account_and_region_stay_what_the_plan_says() -> None:
    policy = PULL.replace('"*"', '"arn:aws:ecr:eu-west-1:123456789012:repository/shop"')
    found = read(text([entry("aws_iam_policy.x", {"policy": policy})]))
    assert known(attribute(found, "aws_iam_policy.x", "policy")) == json.loads(policy)


def test_of_user_data_that_is_only_a_hash_nothing_is_known() -> None:
    found = read(text([entry("aws_instance.x", {"user_data": "da39a3ee5e6b4b0d3255bfef95601890afd80709"})]))
    assert isinstance(attribute(found, "aws_instance.x", "user_data"), Unknown)


def test_what_nobody_asks_for_is_not_read() -> None:
    found = read(text([entry("aws_iam_policy.x", {"name": "app", "policy": "{]"})]))
    assert known(attribute(found, "aws_iam_policy.x", "name")) == "app"
    assert list(found.problems) == []
    assert isinstance(attribute(found, "aws_iam_policy.x", "policy"), Unknown)
    assert [problem.message for problem in found.problems] == [
        'this policy is not valid JSON: expected a name in double quotes, found "]"'
    ]


def test_what_is_nested_too_deep_is_unknown() -> None:
    deep: list[object] = []
    for _ in range(300):
        deep = [deep]
    found = read(text([entry("data.aws_ami.x", {"filter": deep})]))
    assert "nested deeper" in " ".join(strings(attribute(found, "data.aws_ami.x", "filter")))
    assert stack(found).hosts == ()


# Where it is deployed

IMAGES = {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws", "alias": "images"}
ROLE = always("arn:aws:iam::222233334444:role/terraform")


def arns(evaluation: PlanEvaluation) -> list[str]:
    """The ARNs of the repositories of a plan, with dashes in them for what is not known."""
    found = [one.arn for one in stack(evaluation).repositories]
    parts = [one.parts if isinstance(one, Text) else (one,) for one in found]
    return ["".join(str(one.value) if isinstance(one, Scalar) else "-" for one in some) for some in parts]


def repositories(configuration: dict[str, Any], *more: dict[str, Any], **values: Any) -> PlanEvaluation:
    """A plan of a repository of the default provider and one of `aws.images`, with `values`."""
    named = [entry(f"aws_ecr_repository.{one}", {"name": one, **values}, {"arn": True}) for one in ("shop", "base")]
    shop, base = (block(f"aws_ecr_repository.{one}", {"name": always(one)}) for one in ("shop", "base"))
    resources = [{**shop, "provider_config_key": "aws"}, {**base, "provider_config_key": "aws.images"}]
    for one in more:
        resources.append({**block(one["address"], {}), "provider_config_key": "aws"})
    plan = json.loads(text([*named, *more], {"resources": resources}))
    plan["configuration"]["provider_config"] = {"aws": {"name": "aws"}, "aws.images": {**IMAGES, **configuration}}
    return read(json.dumps(plan))


def test_a_resource_is_where_the_provider_that_it_names_deploys_to() -> None:
    found = repositories({"expressions": {"region": always("us-west-2"), "assume_role": [{"role_arn": ROLE}]}})
    assert arns(found) == ["arn:-:ecr:-:-:repository/shop", "arn:-:ecr:us-west-2:222233334444:repository/base"]
    found = repositories({"expressions": {"region": uses("var.region"), "allowed_account_ids": always(["111122223333"])}})
    assert arns(found)[1] == "arn:-:ecr:-:111122223333:repository/base"


def test_what_a_provider_says_of_its_place_when_asked_is_known_of_its_resources() -> None:
    caller = entry("data.aws_caller_identity.current", {"account_id": "111122223333"})
    region = entry("data.aws_region.current", {"name": "eu-west-1", "region": "eu-west-1"})
    found = repositories({}, caller, region)
    assert arns(found) == ["arn:-:ecr:eu-west-1:111122223333:repository/shop", "arn:-:ecr:-:-:repository/base"]


def test_the_region_that_a_provider_gives_each_resource_is_its_own() -> None:
    found = repositories({}, region="eu-north-1")
    assert "region" not in by_address(found)["aws_ecr_repository.shop"].attributes.entries
    assert arns(found)[0] == "arn:-:ecr:eu-north-1:-:repository/shop"


def test_a_provider_that_a_module_has_for_itself_is_another(beside: Path) -> None:
    plan = json.loads((beside / "plan.json").read_text())
    inner = plan["configuration"]["root_module"]["module_calls"]["execution"]["module"]["resources"]
    inner[1]["provider_config_key"] = "module.execution:aws"
    (beside / "plan.json").write_text(json.dumps(plan))
    found = by_address(read_beside(beside))
    assert found["module.execution.aws_iam_role.this"].provider == "aws@module.execution."
    assert found["module.execution.aws_iam_policy.this"].provider == "aws"


def test_the_region_of_a_provider_is_what_the_files_make_of_the_variables(beside: Path) -> None:
    main = beside / "main.tf"
    main.write_text(main.read_text() + 'provider "aws" {\n  region = var.tag == "v7" ? "eu-west-1" : "us-east-1"\n}\n')
    (place,) = [one for one in read_beside(beside).resources if one.type == "provider"]
    assert known(place.attributes.entries["region"]) == "eu-west-1"
    assert known(place.attributes.entries["account_id"]) == "123456789012"


# What is not known


def test_an_unknown_value_refers_to_the_one_thing_that_it_comes_from(alone: Path) -> None:
    found = read_beside(alone)
    task = 'aws_ecs_task_definition.app["worker"]'
    assert refers(attribute(found, task, "execution_role_arn")) == ("module.execution.aws_iam_role.this", "arn")
    assert refers(attribute(found, task, "task_role_arn")) == ('aws_iam_role.task["worker"]', "arn")
    attachment = "module.execution.aws_iam_role_policy_attachment.this"
    assert refers(attribute(found, attachment, "policy_arn")) == ("module.execution.aws_iam_policy.this", "arn")


def test_a_policy_document_that_is_read_only_later_is_its_statements(alone: Path) -> None:
    found = attribute(read_beside(alone), "module.execution.aws_iam_policy.this", "policy")
    assert isinstance(found, Map)
    assert isinstance(found.entries["Statement"], List)
    login, pull = found.entries["Statement"].items
    assert known(login) == {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]}
    assert isinstance(pull, Map)
    assert isinstance(pull.entries["Resource"], List)
    (resource,) = pull.entries["Resource"].items
    assert isinstance(resource, Text)  # what may follow the ARN, the plan does not say
    assert refers(resource.parts[0]) == ("aws_ecr_repository.app", "arn")


def with_images(plan: dict[str, Any]) -> dict[str, Any]:
    """The shop's plan, with images that are known before it is applied."""
    image = '[{"name": "app", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:v7"}]'
    for one in plan["planned_values"]["root_module"]["resources"]:
        if one["type"] == "aws_ecs_task_definition":
            one["values"]["container_definitions"] = image
    for one in plan["resource_changes"]:
        one["change"]["after_unknown"].pop("container_definitions", None)
    return plan


def test_a_finding_of_a_plan_alone_stands_in_the_plan(alone: Path) -> None:
    plan = with_images(json.loads((alone / "plan.json").read_text()))
    (alone / "plan.json").write_text(json.dumps(plan, indent=1))
    report = scan([str(alone)], str(alone))
    assert {finding.rule for finding in report.findings} == {"execution-role-cannot-pull"}
    assert {finding.span.path for finding in report.findings} == {"plan.json"}
    assert {finding.span.text for finding in report.findings} == {"true"}  # of after_unknown
    assert [(status.path, status.kind, status.status) for status in report.files] == [("plan.json", "terraform-plan", "analysed")]


ROLES = [entry(f"aws_iam_role.{name}", {}, {"arn": True, "name": True}) for name in ("a", "b")]


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        (("aws_iam_role.a.arn",), ("aws_iam_role.a", "arn")),
        (("aws_iam_role.a.arn", "var.create"), ("aws_iam_role.a", "arn")),  # the root's variables are known
        (("aws_iam_role.a.arn", "aws_ecr_repository.known.name"), ("aws_iam_role.a", "arn")),
        (("aws_iam_role.a.arn", "aws_iam_role.gone.arn"), ("aws_iam_role.a", "arn")),  # count = 0
        (("aws_iam_role.a.arn", "path.module", "terraform.workspace"), ("aws_iam_role.a", "arn")),
        (("aws_iam_role.a.arn", "aws_iam_role.b.arn"), None),
        (("aws_iam_role.a.arn", "local.other"), None),
        (("local.role",), None),
        (("aws_iam_role.a.unique_id",), None),
        (("module.nobody.role",), None),
        (("aws_iam_role.",), None),
        ((), None),
    ],
)
def test_only_an_origin_without_alternatives_is_referred_to(
    references: tuple[str, ...], expected: tuple[str, str] | None
) -> None:
    entries = [*ROLES, entry("aws_ecr_repository.known", {"name": "shop"}, {"arn": True})]
    entries.append(entry("aws_ecs_task_definition.t", {"family": "t"}, {"execution_role_arn": True}))
    conf = {"resources": [block("aws_ecs_task_definition.t", {"execution_role_arn": uses(*references)})]}
    found = attribute(read(text(entries, conf)), "aws_ecs_task_definition.t", "execution_role_arn")
    assert refers(found) == expected
    assert expected is not None or isinstance(found, Unknown)


def test_a_value_that_may_be_made_of_another_is_not_that_other() -> None:
    """Two names that are made of one random suffix are not the same name."""
    entries = [*ROLES, *(entry(f"aws_iam_role.{name}", {}, {"name": True}) for name in ("api", "worker"))]
    conf = {"resources": [block(f"aws_iam_role.{name}", {"name": uses("aws_iam_role.a.name")}) for name in ("api", "worker")]}
    assert isinstance(attribute(read(text(entries, conf)), "aws_iam_role.api", "name"), Unknown)


def test_an_instance_refers_to_the_one_with_its_key() -> None:
    entries = []
    for key in ("api", "worker"):
        entries.append(entry(f'aws_iam_role.x["{key}"]', {}, {"arn": True}))
        entries.append(entry(f'aws_ecs_task_definition.t["{key}"]', {}, {"execution_role_arn": True, "task_role_arn": True}))
    expressions = {"execution_role_arn": uses("each.value.arn"), "task_role_arn": uses("aws_iam_role.x")}
    conf = {"resources": [block("aws_ecs_task_definition.t", expressions, for_each_expression=uses("aws_iam_role.x"))]}
    found = read(text(entries, conf))
    task = 'aws_ecs_task_definition.t["worker"]'
    assert refers(attribute(found, task, "execution_role_arn")) == ('aws_iam_role.x["worker"]', "arn")
    assert isinstance(attribute(found, task, "task_role_arn"), Unknown)  # no key, and nothing says that it is this one's


def test_a_key_in_a_reference_counts() -> None:
    entries = [entry(f"aws_iam_role.x[{at}]", {}, {"arn": True}) for at in (0, 1)]
    entries.append(entry("aws_ecs_task_definition.t", {}, {"execution_role_arn": True}))
    reference = {"references": ["aws_iam_role.x[1].arn", "aws_iam_role.x[1]", "aws_iam_role.x"]}
    conf = {"resources": [block("aws_ecs_task_definition.t", {"execution_role_arn": reference})]}
    found = attribute(read(text(entries, conf)), "aws_ecs_task_definition.t", "execution_role_arn")
    assert refers(found) == ("aws_iam_role.x[1]", "arn")


def rules_of_group(*allowed: str) -> Value:
    """The ingress of a security group of a plan, whose rules let in the groups of these addresses, for which nobody knows
    the identifiers yet."""
    rule = {"from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": []}
    entries = [entry(address, {"name": "a"}, {"id": True}) for address in dict.fromkeys(allowed)]
    values = {"name": "x", "ingress": [{**rule, "security_groups": [None]} for _ in allowed]}
    unknown = {"id": True, "ingress": [{"cidr_blocks": [], "security_groups": [True]} for _ in allowed]}
    references = uses(*(f"{address}.id" for address in dict.fromkeys(allowed)))
    configuration = {"resources": [block("aws_security_group.x", {"ingress": references})]}
    return attribute(
        read(text([*entries, entry("aws_security_group.x", values, unknown)], configuration)), "aws_security_group.x", "ingress"
    )


def groups(ingress: Value) -> list[object]:
    assert isinstance(ingress, List)
    found = [rule.entries["security_groups"] for rule in ingress.items if isinstance(rule, Map)]
    return [refers(one.items[0]) for one in found if isinstance(one, List)]


def test_what_is_unknown_in_the_one_rule_of_a_group_comes_from_the_one_origin() -> None:
    assert groups(rules_of_group("aws_security_group.a")) == [("aws_security_group.a", "id")]


@pytest.mark.parametrize("other", ["aws_security_group.a", "aws_security_group.b"])
def test_which_of_several_rules_the_references_are_of_nobody_knows(other: str) -> None:
    assert groups(rules_of_group("aws_security_group.a", other)) == [None, None]  # one may be dynamic, of which there are none


def test_the_only_instance_of_a_resource_is_meant_where_no_key_is_given() -> None:
    entries = [entry("aws_iam_role.x[0]", {}, {"arn": True}), entry("aws_ecs_task_definition.t", {}, {"task_role_arn": True})]
    conf = {"resources": [block("aws_ecs_task_definition.t", {"task_role_arn": uses("aws_iam_role.x")})]}  # one(x[*].arn)
    found = attribute(read(text(entries, conf)), "aws_ecs_task_definition.t", "task_role_arn")
    assert refers(found) == ("aws_iam_role.x[0]", "arn")


def a_key(reference: str) -> dict[str, Any]:
    """A reference with a key, and its beginnings."""
    return {"references": [f"{reference}.role", reference, reference.partition("[")[0]]}


@pytest.mark.parametrize(
    ("given", "each", "expected"),
    [
        (a_key('module.role["api"]'), {}, "api"),
        (uses("each.value.role"), uses("module.role"), "worker"),
        ({"references": ["module.role", "each.key"]}, {}, None),  # the output's name is not told
    ],
)
def test_a_reference_is_followed_through_the_calls_of_modules(given: Any, each: Any, expected: str | None) -> None:
    entries = []
    for key in ("api", "worker"):
        entries.append(entry(f'module.role["{key}"].module.inner.aws_iam_role.x', {}, {"arn": True}))
        entries.append(entry(f'module.task["{key}"].aws_ecs_task_definition.t', {}, {"execution_role_arn": True}))
    inner = {"outputs": {"role": {"expression": uses("aws_iam_role.x")}}}
    role = {"outputs": {"role": {"expression": uses("module.inner.role")}}, "module_calls": {"inner": {"module": inner}}}
    task = {"resources": [block("aws_ecs_task_definition.t", {"execution_role_arn": uses("var.role.arn")})]}
    calls = {"role": {"module": role}, "task": {"module": task, "for_each_expression": each, "expressions": {"role": given}}}
    found = read(text(entries, {"module_calls": calls}))
    value = attribute(found, 'module.task["worker"].aws_ecs_task_definition.t', "execution_role_arn")
    assert refers(value) == (expected and (f'module.role["{expected}"].module.inner.aws_iam_role.x', "arn"))


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"role_arn": uses("aws_iam_role.x.arn")}, ("x", "arn")),
        ({"role_arn": uses("aws_iam_role.x.arn"), "role_name": uses("aws_iam_role.x.name")}, ("x", "arn")),
        ({"role_arn": uses("aws_iam_role.x.arn"), "other_arn": uses("aws_iam_role.y.arn")}, None),
        ({"role_arn": uses("aws_iam_role.x.arn"), "region": uses("local.region")}, None),
    ],
)
def test_of_a_module_whose_outputs_all_come_from_one_thing_any_means_that(
    outputs: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    entries = [entry(f"module.role[{at}].aws_iam_role.{name}", {}, {"arn": True, "name": True}) for at in (0, 1) for name in "xy"]
    entries += [entry(f"aws_ecs_task_definition.t[{at}]", {}, {"execution_role_arn": True}) for at in (0, 1)]
    lost = {"references": ["module.role", "count.index"]}  # module.role[count.index].role_arn
    called = {"outputs": {name: {"expression": expression} for name, expression in outputs.items()}}
    configuration = {
        "resources": [block("aws_ecs_task_definition.t", {"execution_role_arn": lost}, count_expression=always(2))],
        "module_calls": {"role": {"module": called, "count_expression": always(2)}},
    }
    value = attribute(read(text(entries, configuration)), "aws_ecs_task_definition.t[1]", "execution_role_arn")
    assert refers(value) == (expected and (f"module.role[1].aws_iam_role.{expected[0]}", expected[1]))


def test_the_revision_of_a_task_definition_is_that_of_its_family() -> None:
    entries = [
        entry("aws_ecs_task_definition.t", {"family": "shop"}, {"arn": True, "revision": True}),
        entry("aws_ecs_service.s", {}, {"task_definition": True}),
    ]
    written = uses("aws_ecs_task_definition.t.family", "aws_ecs_task_definition.t.revision")
    configuration = {"resources": [block("aws_ecs_service.s", {"task_definition": written})]}
    value = attribute(read(text(entries, configuration)), "aws_ecs_service.s", "task_definition")
    assert refers(value) == ("aws_ecs_task_definition.t", "arn")


def test_references_in_a_circle_end() -> None:
    circle = {"outputs": {"a": {"expression": uses("module.m.a")}}, "module_calls": {}}
    circle["module_calls"] = {
        "m": {"module": {"outputs": {"a": {"expression": uses("var.a")}}}, "expressions": {"a": uses("module.m.a")}}
    }
    entries = [entry("aws_ecs_task_definition.t", {}, {"task_role_arn": True}), entry("module.m.aws_iam_role.x", {})]
    conf = {**circle, "resources": [block("aws_ecs_task_definition.t", {"task_role_arn": uses("module.m.a")})]}
    assert isinstance(attribute(read(text(entries, conf)), "aws_ecs_task_definition.t", "task_role_arn"), Unknown)


def test_the_unknown_items_of_a_list_are_as_many_as_what_they_come_from() -> None:
    policies = [entry(f"aws_iam_policy.{name}", {"policy": PULL}, {"arn": True}) for name in ("a", "b")]
    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    role = entry(
        "aws_iam_role.x",
        {"name": "x", "managed_policy_arns": [managed, None, None]},
        {"managed_policy_arns": [False, True, True]},
    )
    for references, expected in (
        (("aws_iam_policy.a.arn", "aws_iam_policy.b.arn"), [("aws_iam_policy.a", "arn"), ("aws_iam_policy.b", "arn")]),
        (("aws_iam_policy.a.arn",), [None, None]),
    ):
        conf = {"resources": [block("aws_iam_role.x", {"managed_policy_arns": uses(*references)})]}
        found = attribute(read(text([*policies, role], conf)), "aws_iam_role.x", "managed_policy_arns")
        assert isinstance(found, List)
        assert [refers(item) for item in found.items] == [None, *expected]
        assert known(found.items[0]) == managed


def test_a_list_of_which_nothing_is_known_may_have_more_than_what_it_refers_to() -> None:
    entries = [*ROLES, entry("aws_iam_policy_attachment.x", {"policy_arn": "arn:aws:iam::aws:policy/X"}, {"roles": True})]
    conf = {"resources": [block("aws_iam_policy_attachment.x", {"roles": uses("aws_iam_role.a.name")})]}
    found = attribute(read(text(entries, conf)), "aws_iam_policy_attachment.x", "roles")
    assert isinstance(found, List)
    assert [refers(item) for item in found.items] == [("aws_iam_role.a", "name")]
    assert not found.complete


def test_blocks_are_told_apart_by_what_is_written_in_them() -> None:
    """A set of blocks has another order in the values than in the configuration."""
    values = {"inline_policy": [{"name": "a"}, {"name": "b"}]}
    unknown = {"inline_policy": [{"policy": True}, {"policy": True}]}
    documents = [
        entry(
            f"data.aws_iam_policy_document.{name}",
            {"statement": [{"actions": [f"ecr:{name}"], "resources": ["*"]}]},
            {"json": True},
        )
        for name in ("a", "b")
    ]
    blocks = [{"name": always(name), "policy": uses(f"data.aws_iam_policy_document.{name}.json")} for name in ("b", "a")]
    conf = {"resources": [block("aws_iam_role.x", {"inline_policy": blocks})]}
    (role,) = stack(read(text([entry("aws_iam_role.x", values, unknown), *documents], conf))).roles
    actions = [statement.actions for policy in role.policies for statement in policy.statements]
    assert [known(action) for found in actions for action in found or ()] == ["ecr:a", "ecr:b"]


def test_a_document_is_put_together_from_others() -> None:
    entries = [
        entry("aws_iam_policy.x", {}, {"policy": True}),
        entry(
            "data.aws_iam_policy_document.all",
            {"source_policy_documents": [None]},
            {"json": True, "source_policy_documents": [True]},
        ),
        entry("data.aws_iam_policy_document.one", {"statement": [{"actions": ["ecr:*"], "resources": ["*"]}]}, {"json": True}),
    ]
    conf = {
        "resources": [
            block("aws_iam_policy.x", {"policy": uses("data.aws_iam_policy_document.all.json")}),
            block("data.aws_iam_policy_document.all", {"source_policy_documents": uses("data.aws_iam_policy_document.one.json")}),
            block("data.aws_iam_policy_document.one", {}),
        ]
    }
    found = attribute(read(text(entries, conf)), "aws_iam_policy.x", "policy")
    assert isinstance(found, Map)
    assert known(found.entries["Statement"]) == [{"Effect": "Allow", "Action": ["ecr:*"], "Resource": ["*"]}]


# What must not be said


def test_a_sensitive_value_is_unknown_and_never_printed() -> None:
    containers = json.dumps([{"name": "app", "image": "shop", "environment": [{"name": "TOKEN", "value": SECRET}]}])
    task = entry("aws_ecs_task_definition.t", {"container_definitions": containers}, sensitive={"container_definitions": True})
    broken = entry("aws_iam_policy.p", {"policy": f'{{"{SECRET}": {SECRET}'}, sensitive={"policy": True})
    role = entry(
        "aws_iam_role.x", {"inline_policy": [{"name": SECRET, "policy": PULL}]}, sensitive={"inline_policy": [{"name": True}]}
    )
    found = read(text([task, broken, role]))
    for resource in found.resources:
        assert SECRET not in " ".join(strings(dict(resource.attributes.entries)))
    inline = attribute(found, "aws_iam_role.x", "inline_policy")
    assert isinstance(inline, List)
    assert isinstance(inline.items[0], Map)
    assert isinstance(inline.items[0].entries["name"], Unknown)
    assert known(inline.items[0].entries["policy"]) == json.loads(PULL)
    containers_found = attribute(found, "aws_ecs_task_definition.t", "container_definitions")
    assert isinstance(containers_found, Unknown)
    assert containers_found.why == "it is sensitive"
    assert SECRET not in " ".join(strings(stack(found)))
    assert list(found.problems) == []


def test_a_place_in_a_plan_is_shown_without_the_secrets_beside_it(alone: Path) -> None:
    """The whole of a plan is one line, unless somebody breaks it."""
    plan = with_images(json.loads((alone / "plan.json").read_text()))
    for one in plan["planned_values"]["root_module"]["resources"]:
        if one["type"] == "aws_ecs_task_definition":
            one["values"]["cpu"], one["sensitive_values"]["cpu"] = SECRET, True
    for one in plan["resource_changes"]:
        one["change"]["before"], one["change"]["before_sensitive"] = {"a": [{"b": SECRET}]}, {"a": [{"b": True}]}
    (alone / "plan.json").write_text(json.dumps(plan))
    report = scan([str(alone)], str(alone))
    assert report.findings
    for finding in report.findings:
        assert SECRET not in finding.span.source.text
        assert finding.span.text == "true"
    assert SECRET not in render(report, full=True)


@pytest.mark.parametrize(
    "sections",
    [
        {"variables": {"token": {"value": SECRET}}},
        {"output_changes": {"it": {"after": SECRET, "after_sensitive": True}}},
        {"resource_drift": [{"change": {"before": {"a": SECRET}, "before_sensitive": {"a": True}}}]},
        {"prior_state": {"values": {"outputs": {"it": {"sensitive": True, "value": SECRET}}}}},
        {"prior_state": {"values": {"root_module": {"resources": [{"values": [SECRET], "sensitive_values": [True]}]}}}},
    ],
)
def test_a_secret_is_hidden_wherever_a_plan_keeps_it(sections: dict[str, Any]) -> None:
    conf = {"variables": {"token": {"sensitive": True, "default": f"{SECRET} too"}}}
    plan = text([entry("aws_iam_role.x", {"name": "app"})], conf, **sections)
    found = read(plan)
    assert plan.count(SECRET) == 2
    assert SECRET not in found.contents.source.text
    assert len(found.contents.source.text) == len(plan)
    assert found.contents.source.line_starts == Source("", plan).line_starts


def test_of_a_plan_that_cannot_be_read_nothing_is_shown() -> None:
    found = read(text([entry("aws_iam_role.x", {"name": SECRET})])[:-3])
    (problem,) = found.problems
    assert problem.span is not None
    assert SECRET not in problem.span.source.text


def test_a_sensitive_variable_of_a_plan_does_not_fill_what_the_files_say(beside: Path) -> None:
    main = beside / "main.tf"
    main.write_text(main.read_text().replace("${var.tag}", "${var.token}"))
    found = read_beside(beside)
    containers = attribute(found, 'aws_ecs_task_definition.app["api"]', "container_definitions")
    assert isinstance(containers, List)
    assert "hunter2-from-the-plan" not in " ".join(strings(containers))
    assert "hunter2-from-the-plan" in (beside / "plan.json").read_text()


# The files beside


def test_what_a_plan_holds_has_its_place_in_the_files_beside_it(beside: Path) -> None:
    found = read_beside(beside)
    task = by_address(found)['aws_ecs_task_definition.app["api"]']
    lines = (beside / "main.tf").read_text().splitlines()
    line = {line.strip().split(" ")[0]: at for at, line in enumerate(lines, 1)}
    assert place(task) == ("main.tf", lines.index('resource "aws_ecs_task_definition" "app" {') + 1)
    assert place(task.attributes.entries["execution_role_arn"]) == ("main.tf", line["execution_role_arn"])
    assert place(task.attributes.entries["skip_destroy"]) == place(task)  # which nobody wrote
    role = by_address(found)["module.execution.aws_iam_role.this"]
    assert place(role) == ("modules/role/main.tf", 5)
    assert [call.line for call in role.calls] == [lines.index('module "execution" {') + 1]
    policy = attribute(found, "module.execution.aws_iam_policy.this", "policy")
    assert isinstance(policy, Map)
    assert isinstance(policy.entries["Statement"], List)
    assert [place(one) for one in policy.entries["Statement"].items] == [("main.tf", 16), ("main.tf", 21)]


def test_what_only_the_files_say_fills_what_the_plan_does_not_know(beside: Path) -> None:
    found = read_beside(beside)
    containers = attribute(found, 'aws_ecs_task_definition.app["worker"]', "container_definitions")
    assert isinstance(containers, List)
    (container,) = containers.items
    assert isinstance(container, Map)
    assert known(container.entries["name"]) == "worker"
    image = container.entries["image"]
    assert isinstance(image, Text)
    assert refers(image.parts[0]) == ("aws_ecr_repository.app", "repository_url")
    assert known(image.parts[-1]) == "v7"  # the variable that the plan was made with, not its default


def test_what_others_may_change_only_the_files_say(tmp_path: Path) -> None:
    lifecycle = "lifecycle {\n    ignore_changes = [ingress]\n  }"
    (tmp_path / "main.tf").write_text(f'resource "aws_security_group" "x" {{\n  name = "x"\n  {lifecycle}\n}}\n')
    configuration = {"resources": [block("aws_security_group.x", {"name": always("x")})]}
    (tmp_path / "plan.json").write_text(text([entry("aws_security_group.x", {"name": "x"}, {"ingress": True})], configuration))
    assert by_address(read_beside(tmp_path))["aws_security_group.x"].ignored == {"ingress"}


def test_files_that_have_changed_since_say_nothing_of_the_plan(beside: Path) -> None:
    main = beside / "main.tf"
    main.write_text(main.read_text().replace('"shop-${each.key}"\n', '"other-${each.key}"\n'))
    containers = attribute(read_beside(beside), 'aws_ecs_task_definition.app["api"]', "container_definitions")
    assert isinstance(containers, Unknown)
    assert containers.span.path == "main.tf"


def test_what_the_plan_knows_of_the_account_stands_in_what_the_files_say(beside: Path) -> None:
    main = beside / "main.tf"
    address = "${data.aws_caller_identity.current.account_id}.dkr.ecr.eu-west-1.amazonaws.com/shop:1"
    main.write_text(main.read_text().replace("${aws_ecr_repository.app.repository_url}:${var.tag}", address))
    containers = attribute(read_beside(beside), 'aws_ecs_task_definition.app["api"]', "container_definitions")
    assert known(containers) == [{"name": "api", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1"}]


def findings(report: Report) -> list[tuple[object, ...]]:
    return [(one.rule, one.span.path, one.span.start, one.message) for one in report.findings]


def test_a_finding_is_the_same_and_reported_once_whether_files_or_plan_are_read(beside: Path) -> None:
    both = scan([str(beside)], str(beside))
    plan = scan([str(beside / "plan.json")], str(beside))
    (beside / "plan.json").unlink()
    files = scan([str(beside)], str(beside))
    assert [one.rule for one in files.findings] == ["execution-role-cannot-pull"]
    assert findings(both) == findings(plan) == findings(files)
    assert [status.status for status in both.files] == ["analysed"] * 3


def test_what_to_do_is_said_in_the_language_that_a_plan_was_made_of(tmp_path: Path) -> None:
    configuration = {"resources": [block("aws_instance.x", {"metadata_options": [{"http_tokens": always("optional")}]})]}
    values = {"ami": "ami-0123456789abcdef0", "metadata_options": [{"http_tokens": "optional"}]}
    (tmp_path / "plan.json").write_text(text([entry("aws_instance.x", values)], configuration))
    (finding,) = scan([str(tmp_path)], root=str(tmp_path)).findings
    assert finding.help == 'http_tokens = "required"'


def test_a_plan_below_the_folder_it_was_made_from_is_read_with_that_folder(beside: Path) -> None:
    (beside / "out").mkdir()
    (beside / "plan.json").rename(beside / "out" / "plan.json")
    found = read_beside(beside, "out/plan.json")
    assert by_address(found)["aws_ecr_repository.app"].span.path == "main.tf"


def test_files_of_something_else_are_not_those_of_the_plan(alone: Path) -> None:
    (alone / "main.tf").write_text('resource "aws_ecr_repository" "app" {\n  name = "other"\n}\n')
    assert {resource.span.path for resource in read_beside(alone).resources} == {"plan.json"}


def test_a_module_that_is_not_here_has_its_places_in_the_plan_and_its_call_in_the_files(beside: Path) -> None:
    shutil.rmtree(beside / "modules")
    found = read_beside(beside)
    role = by_address(found)["module.execution.aws_iam_role.this"]
    assert role.span.path == "plan.json"
    assert [call.path for call in role.calls] == ["main.tf"]
    task = 'aws_ecs_task_definition.app["api"]'
    assert refers(attribute(found, task, "execution_role_arn")) == ("module.execution.aws_iam_role.this", "arn")
    assert place(attribute(found, task, "execution_role_arn")) == ("main.tf", 53)


def test_a_document_that_is_no_json_is_a_problem_where_it_is_written(beside: Path) -> None:
    plan = json.loads((beside / "plan.json").read_text())
    (child,) = plan["planned_values"]["root_module"]["child_modules"]
    child["resources"][1]["values"]["assume_role_policy"] = "{]"
    (beside / "plan.json").write_text(json.dumps(plan))
    found = read_beside(beside)
    assert isinstance(attribute(found, "module.execution.aws_iam_role.this", "assume_role_policy"), Unknown)
    (problem,) = found.problems
    assert problem.message.startswith("this assume role policy is not valid JSON")
    assert problem.span is not None
    assert (problem.path, problem.span.line) == ("modules/role/main.tf", 7)


# Where a plan is deployed


def located(provider_config: dict[str, Any], resources: list[dict[str, Any]], **prior: dict[str, Any]) -> str:
    """A plan of an ECR repository of the provider `aws.us`, with data sources that were read."""
    repository = block("aws_ecr_repository.x", {"name": always("shop")}, provider_config_key="aws.us")
    data = [{**entry(f"data.{kind}.here", values), "values": values} for kind, values in prior.items()]
    configuration = {"provider_config": provider_config, "root_module": {"resources": [repository, *resources]}}
    plan = json.loads(text([entry("aws_ecr_repository.x", {"name": "shop"}, {"arn": True, "repository_url": True})]))
    plan["configuration"] = configuration
    plan["prior_state"] = {"values": {"root_module": {"resources": data}}}
    return json.dumps(plan)


def provider(key: str, **expressions: Any) -> dict[str, Any]:
    name, _, alias = key.partition(".")
    found = {"name": name, "full_name": "registry.terraform.io/hashicorp/aws", "expressions": expressions}
    return {key: {**found, **({"alias": alias} if alias else {})}}


def where(plan: str) -> str:
    """The ARN of the repository of a plan, with `*` for what is not known."""
    evaluation = read(plan)
    (repository,) = stack(evaluation).repositories
    parts = repository.arn.parts if isinstance(repository.arn, Text) else (repository.arn,)
    return "".join(str(part.value) if isinstance(part, Scalar) else "*" for part in parts)


def test_a_resource_is_where_its_provider_says() -> None:
    config = {
        **provider("aws", region=always("eu-west-1")),
        **provider("aws.us", region=always("us-east-1"), allowed_account_ids=always(["111122223333"])),
    }
    assert where(located(config, [])) == "arn:*:ecr:us-east-1:111122223333:repository/shop"


def test_a_provider_is_in_the_account_of_the_role_that_it_assumes() -> None:
    assumed = [{"role_arn": always("arn:aws:iam::111122223333:role/deploy")}]
    assert where(located(provider("aws.us", assume_role=assumed), [])) == "arn:*:ecr:*:111122223333:repository/shop"


def test_a_provider_is_where_its_data_sources_saw_it() -> None:
    seen = [
        block("data.aws_caller_identity.here", {}, provider_config_key="aws.us"),
        block("data.aws_region.here", {}, provider_config_key="aws.us"),
    ]
    plan = located(
        provider("aws.us", region=uses("var.region")),
        seen,
        aws_caller_identity={"account_id": "111122223333"},
        aws_region={"name": "us-west-2"},
    )
    assert where(plan) == "arn:*:ecr:us-west-2:111122223333:repository/shop"


@pytest.mark.parametrize(
    ("key", "expressions"),
    [("aws", {}), ("aws.us", {"name": {"constant_value": "us-west-2"}}), ("aws.us", {"region": uses("var.other")})],
)
def test_what_was_seen_elsewhere_is_not_where_a_provider_is(key: str, expressions: dict[str, Any]) -> None:
    asked = block("data.aws_region.here", expressions, provider_config_key=key)
    plan = located({**provider("aws"), **provider("aws.us")}, [asked], aws_region={"name": "us-west-2"})
    assert where(plan) == "arn:*:ecr:*:*:repository/shop"


def test_the_region_that_a_provider_gives_its_resources_is_its_own() -> None:
    plan = json.loads(located(provider("aws.us", region=uses("var.region")), []))
    plan["planned_values"]["root_module"]["resources"][0]["values"]["region"] = "us-west-2"
    found = by_address(read(json.dumps(plan)))
    assert known(found["aws.us"].attributes.get("region")) == "us-west-2"
    assert "region" not in found["aws_ecr_repository.x"].attributes.entries


def test_the_region_that_a_resource_states_is_not_that_of_its_provider() -> None:
    plan = json.loads(located(provider("aws.us"), []))
    plan["planned_values"]["root_module"]["resources"][0]["values"]["region"] = "us-west-2"
    plan["configuration"]["root_module"]["resources"][0]["expressions"]["region"] = always("us-west-2")
    assert where(json.dumps(plan)) == "arn:*:ecr:us-west-2:*:repository/shop"
    assert "region" not in by_address(read(json.dumps(plan)))["aws.us"].attributes.entries


def test_one_provider_for_each_key_is_nowhere_that_is_known() -> None:
    config = provider("aws.us", region=uses("each.key"), allowed_account_ids=always(["111122223333"]))
    found = read(located(config, []))
    assert by_address(found)["aws_ecr_repository.x"].provider == "aws@aws_ecr_repository.x"
    assert where(located(config, [])) == "arn:*:ecr:*:*:repository/shop"


def test_the_files_say_where_a_provider_is_that_the_plan_gives_by_a_variable(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'variable "region" {}\nprovider "aws" {\n  alias = "us"\n  region = var.region\n}\n'
        'resource "aws_ecr_repository" "x" {\n  provider = aws.us\n  name = "shop"\n}\n'
    )
    plan = json.loads(located(provider("aws.us", region=uses("var.region")), []))
    plan["variables"] = {"region": {"value": "us-west-2"}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    found = by_address(read_beside(tmp_path))["aws.us"]
    assert known(found.attributes.get("region")) == "us-west-2"
    assert place(found) == ("main.tf", 2)


# What is not a whole plan


def test_a_plan_that_is_not_complete_leaves_its_roles_open() -> None:
    found = read(text([entry("aws_iam_role.x", {"name": "app"})], complete=False))
    (role,) = stack(found).roles
    assert len(role.open) == 1
    assert "-target" in found.notes[-1]


def test_without_changes_nobody_knows_what_is_unknown() -> None:
    conf = {
        "resources": [block("aws_ecs_task_definition.t", {"family": always("t"), "task_role_arn": uses("aws_iam_role.a.arn")})]
    }
    plan = json.loads(
        text([*ROLES, entry("aws_ecs_task_definition.t", {"family": "t", "requires_compatibilities": [None]})], conf)
    )
    del plan["resource_changes"]
    found = read(json.dumps(plan))
    task = by_address(found)["aws_ecs_task_definition.t"].attributes
    assert refers(task.entries["task_role_arn"]) == ("aws_iam_role.a", "arn")
    assert known(task.entries["family"]) == "t"
    assert any("resource_changes" in note for note in found.notes)
    del plan["configuration"]
    found = read(json.dumps(plan))
    assert isinstance(by_address(found)["aws_ecs_task_definition.t"].attributes.get("execution_role_arn"), Unknown)
    assert len(found.notes) == 2


@pytest.mark.parametrize(
    ("plan", "line", "said"),
    [
        ('{"format_version": "1.2",\n"planned_values": {"root_module": ]}}', 2, "this plan is not valid JSON: expected value"),
        ('{"format_version": "1.2",\n"planned_values": {}', 2, "this plan is not valid JSON"),
        ('{"format_version": "1.2",\n"planned_values": ' + "[" * 200_000, 1, "this plan is not read: it is nested too deep"),
        ('{\n"format_version": "2.0", "planned_values": {}}', 2, "the format of this plan is version 2.0"),
        ('{"format_version": "1.2",\n"planned_values": []}', 2, "planned_values is not an object"),
        ('{"format_version": "1.2",\n"resource_changes": {}}', 2, "resource_changes is not a list"),
        ('{"format_version": "1.2",\n"resource_changes": [\n7]}', 3, "a change of the plan has no address"),
        ('{"format_version": "1.2", "planned_values": {"root_module":\n{"resources": 1}}}', 2, "the resources of a module"),
        (
            '{"format_version": "1.2", "planned_values": {"root_module":\n{"resources": [\n{}]}}}',
            3,
            "a resource of the plan has no",
        ),
    ],
)
def test_a_shape_that_no_plan_has_is_a_problem_at_its_place(plan: str, line: int, said: str) -> None:
    (problem,) = read(plan).problems
    assert problem.message.startswith(said)
    assert problem.span is not None
    assert (problem.path, problem.span.line) == ("plan.json", line)


def test_a_thousand_wrong_shapes_are_not_a_thousand_problems() -> None:
    plan = json.dumps({"format_version": "1.2", "resource_changes": [1] * 1000})
    assert len(list(read(plan).problems)) == 21


@pytest.mark.parametrize("wrong", [None, True, 7, "x", [], {}, [None], {"references": ["each.value.x", "var.name"]}])
def test_a_part_of_another_shape_breaks_nothing(wrong: object) -> None:
    """Each part of a plan in turn is something else."""
    plan = json.loads((SHOP / "plan.json").read_text())
    tree = Tree(around(str(SHOP.parent), []))
    for holder, name in parts(plan)[::7]:
        before = holder[name]
        holder[name] = wrong
        found = stage.read(tree, Source("plan.json", json.dumps(plan)), Budget())
        holder[name] = before
        if found is not None:
            stack(found)
            assert all(problem.span is not None for problem in found.problems)


def parts(data: Any) -> list[tuple[Any, Any]]:
    """Every place in data: what holds it, and its name or number there."""
    names = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    return [place for name in names for place in [(data, name), *parts(data[name])]]


# In a run


def test_a_plan_without_anything_of_ours_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text([entry("google_project.x", {})]))
    (status,) = scan([str(tmp_path)], str(tmp_path)).files
    assert (status.kind, status.status) == ("terraform-plan", "skipped")


def test_a_plan_that_cannot_be_read_has_failed(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text([entry("aws_iam_role.x", {})])[:-40])
    report = scan([str(tmp_path)], str(tmp_path))
    assert [(status.kind, status.status) for status in report.files] == [("terraform-plan", "failed")]
    assert len(report.problems) == 1


def test_a_plan_that_powershell_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(text([entry("aws_iam_role.x", {"name": "app"})]).encode("utf-16"))
    report = scan([str(tmp_path)], str(tmp_path))
    assert [(status.kind, status.status) for status in report.files] == [("terraform-plan", "partial")]
    assert "UTF-16" in report.problems[0].message


def test_all_that_a_plan_says_of_a_value_is_a_value(alone: Path) -> None:
    for resource in read_beside(alone).resources:
        for value in resource.attributes.entries.values():
            assert isinstance(value, (Scalar, List, Map, Text, Json, Ref, Unknown))

"""Terraform's language: expressions, modules, repetition, and what stays unknown.

Values are those of Terraform's documentation: https://developer.hashicorp.com/terraform/language
"""

from __future__ import annotations

import posixpath
from typing import Any

import pytest

from ecrlint.evaluate import terraform
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.terraform.configuration import Folder, folder
from ecrlint.evaluate.terraform.functions import to_python, to_string
from ecrlint.model.source import Source
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE, YES
from ecrlint.model.value import Choice, Flag, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null, settle
from ecrlint.parse import hcl, terraform_json


def evaluate(files: dict[str, str], *types: str, documents: tuple[str, ...] = ()) -> terraform.TerraformEvaluation:
    """The resources of a configuration given as texts by path; the root is the folder of `main.tf`."""
    sources = {path: Source(path, text) for path, text in files.items()}

    def folders(path: str) -> Folder | None:
        found = [
            (p, hcl.parse(s)[0]) for p, s in sources.items() if posixpath.dirname(p) == path and p.endswith((".tf", ".tfvars"))
        ]
        return folder(path, found) if found else None

    root = folders("")
    assert root is not None
    return terraform.evaluate(root, sources.get, folders, types or ("aws_x",), lambda _: frozenset(documents), Budget())


def value(expression: str, before: str = "") -> Value:
    evaluation = evaluate({"main.tf": f'{before}\nresource "aws_x" "it" {{\n  v = {expression}\n}}\n'})
    (found,) = [r for r in evaluation.resources if r.address == "aws_x.it"]
    return found.attributes.entries["v"]


def python(expression: str, before: str = "") -> Any:
    found = value(expression, before)
    known = to_python(found)
    assert type(known) is not object, found
    return known


def resources(evaluation: terraform.TerraformEvaluation) -> dict[str, Resource]:
    return {resource.address: resource for resource in evaluation.resources}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("7 / 2", 3.5),
        ("-7 % 3", -1),
        ('"1" + 2', 3),
        ("1 == 1.0", True),
        ('1 == "1"', False),
        ("true && !false", True),
        ('"a" != null', True),
        ('true ? "a" : "b"', "a"),
        ('"${1 + 1}x"', "2x"),
        ('[for s in ["a", "b"] : upper(s)]', ["A", "B"]),
        ('[for i, s in ["a", "b"] : "${i}${s}"]', ["0a", "1b"]),
        ('{for s in ["a", "b"] : s => upper(s) if s != "a"}', {"b": "B"}),
        ('{for s in ["a", "ab", "b"] : substr(s, 0, 1) => s...}', {"a": ["a", "ab"], "b": ["b"]}),
        ("[{ c = [1, 2] }, { c = [3] }][*].c[0]", [1, 3]),
        ('"%{ for x in ["a", "b"] }${x},%{ endfor }"', "a,b,"),
        ('"%{ if 1 > 2 }yes%{ else }no%{ endif }"', "no"),
        ('format("%s-%03d", "x", 7)', "x-007"),
        ('formatlist("%s/*", ["a", "b"])', ["a/*", "b/*"]),
        ('join(",", ["a", "b"])', "a,b"),
        ('split(",", "a,b")', ["a", "b"]),
        ('replace("a.b", "/\\\\./", "-")', "a-b"),
        ('concat(["a"], ["b"])', ["a", "b"]),
        ('toset(["b", "a", "b"])', ["a", "b"]),
        ("merge({ a = 1 }, { a = 2, b = 3 })", {"a": 2, "b": 3}),
        ('lookup({ a = 1 }, "b", 9)', 9),
        ('try({ a = 1 }.b, "else")', "else"),
        ("can({ a = 1 }.b)", False),
        ('coalesce("", "b")', "b"),
        ('flatten([["a"], [["b"]]])', ["a", "b"]),
        ("one([])", None),
        ('cidrsubnet("10.0.0.0/16", 8, 2)', "10.0.2.0/24"),
        ('jsonencode({ b = [1, true, null], a = "<" })', '{"a":"\\u003c","b":[1,true,null]}'),
        ('jsondecode("{\\"a\\": [1]}").a[0]', 1),
        ('base64encode("hello")', "aGVsbG8="),
    ],
)
def test_an_expression_has_the_value_that_terraform_gives(expression: str, expected: Any) -> None:
    assert python(expression) == expected


def test_a_variable_has_its_default_and_its_conversions() -> None:
    before = 'variable "n" {\n  type = number\n  default = "2"\n}\nvariable "b" {\n  type = bool\n  default = "true"\n}'
    assert python("[var.n, var.b]", before) == [2, True]


def test_an_optional_attribute_has_its_default() -> None:
    before = 'variable "o" {\n  type = object({ a = optional(string, "x"), b = optional(string) })\n  default = {}\n}'
    assert python("var.o", before) == {"a": "x", "b": None}


def test_a_variable_file_wins_over_the_default() -> None:
    files = {
        "main.tf": 'variable "v" { default = "a" }\nresource "aws_x" "it" { v = var.v }\n',
        "terraform.tfvars": 'v = "b"\n',
    }
    found = resources(evaluate(files))["aws_x.it"].attributes.entries["v"]
    assert to_python(found) == "b"
    assert found.span.path == "terraform.tfvars"


def test_an_override_file_wins_attribute_by_attribute() -> None:
    files = {
        "main.tf": 'resource "aws_x" "it" {\n  v = "a"\n  w = "b"\n}\n',
        "main_override.tf": 'resource "aws_x" "it" { v = "c" }\n',
    }
    entries = resources(evaluate(files))["aws_x.it"].attributes.entries
    assert [to_python(entries[name]) for name in ("v", "w")] == ["c", "b"]


def test_a_tofu_file_is_read_in_place_of_the_tf_file_beside_it() -> None:
    bodies = [(path, hcl.parse(Source(path, text))[0]) for path, text in (
        ("a.tf", 'resource "aws_x" "it" { v = "terraform" }\n'), ("a.tofu", 'resource "aws_x" "it" { v = "tofu" }\n')
    )]  # fmt: skip
    evaluation = terraform.evaluate(
        folder("", bodies), lambda _: None, lambda _: None, {"aws_x"}, lambda _: frozenset(), Budget()
    )
    assert to_python(resources(evaluation)["aws_x.it"].attributes.entries["v"]) == "tofu"


def test_a_variable_without_a_value_is_the_same_unknown_wherever_it_stands() -> None:
    found = value("[var.v, var.v]", 'variable "v" {}')
    assert isinstance(found, List)
    first, second = found.items
    assert isinstance(first, Ref)
    assert isinstance(second, Ref)
    assert first.address == second.address == "var.v"


def test_a_condition_that_nobody_knows_keeps_both_sides() -> None:
    found = value('var.v ? "a" : "b"', 'variable "v" {}')
    assert isinstance(found, Choice)
    assert found.condition == Flag("var.v")


def test_a_condition_whose_sides_agree_is_no_condition() -> None:
    assert python('var.v ? "a" : "a"', 'variable "v" {}') == "a"


def test_a_local_that_needs_itself_is_a_problem_and_unknown() -> None:
    evaluation = evaluate({"main.tf": 'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_x" "it" { v = local.a }\n'})
    assert isinstance(resources(evaluation)["aws_x.it"].attributes.entries["v"], Unknown)
    assert [p.message for p in evaluation.problems] == ["local.a refers to itself"]


def test_a_function_that_is_not_evaluated_is_unknown_with_its_name() -> None:
    found = value('rsadecrypt("a", "b")')
    assert isinstance(found, Unknown)
    assert found.why == "function rsadecrypt is not evaluated"


def test_account_region_and_partition_are_the_same_unknown_in_every_data_source() -> None:
    before = 'data "aws_caller_identity" "a" {}\ndata "aws_caller_identity" "b" {}\ndata "aws_region" "r" {}'
    found = value(
        "[data.aws_caller_identity.a.account_id, data.aws_caller_identity.b.account_id, data.aws_region.r.name]", before
    )
    assert isinstance(found, List)
    assert [(item.address, item.attribute) for item in found.items if isinstance(item, Ref)] == [
        ("aws", "account_id"), ("aws", "account_id"), ("aws", "region")
    ]  # fmt: skip


def test_a_configured_attribute_of_another_resource_is_known_and_a_computed_one_a_reference() -> None:
    before = 'resource "aws_y" "o" { name = "n" }'
    assert python("aws_y.o.name", before) == "n"
    found = value('"${aws_y.o.arn}/*"', before)
    assert isinstance(found, Text)
    assert isinstance(found.parts[0], Ref)
    assert (found.parts[0].address, found.parts[0].attribute) == ("aws_y.o", "arn")


def test_count_and_for_each_make_one_instance_a_key() -> None:
    files = {
        "main.tf": 'resource "aws_x" "c" {\n  count = 2\n  v = count.index\n}\n'
        'resource "aws_x" "e" {\n  for_each = toset(["p", "q"])\n  v = each.key\n}\n'
    }
    found = resources(evaluate(files))
    assert set(found) == {"aws_x.c[0]", "aws_x.c[1]", 'aws_x.e["p"]', 'aws_x.e["q"]'}
    assert to_python(found['aws_x.e["q"]'].attributes.entries["v"]) == "q"


def test_a_count_of_zero_makes_nothing_and_an_unknown_one_makes_a_maybe() -> None:
    files = {
        "main.tf": 'variable "v" {}\nresource "aws_x" "no" { count = 0 }\nresource "aws_x" "maybe" { count = var.v ? 1 : 0 }\n'
        'resource "aws_x" "sure" {}\n'
    }
    found = resources(evaluate(files))
    assert {address: resource.exists for address, resource in found.items()} == {
        "aws_x.maybe[0]": MAYBE, "aws_x.sure": YES
    }  # fmt: skip


def test_unknown_keys_are_stood_in_for_beside_the_known_ones() -> None:
    files = {
        "main.tf": 'variable "v" {}\nresource "aws_x" "e" {\n  for_each = toset(concat(["a"], var.v))\n  v = each.value\n}\n'
    }
    found = resources(evaluate(files))
    assert {address: resource.exists for address, resource in found.items()} == {'aws_x.e["a"]': YES, 'aws_x.e["*"]': MAYBE}


def test_a_local_module_is_evaluated_once_for_each_call() -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./child"\n  for_each = { a = 1, b = 2 }\n  n = each.value\n}\n'
        'resource "aws_x" "it" { v = module.m["b"].out }\n',
        "child/main.tf": 'variable "n" {}\nresource "aws_x" "c" { v = var.n }\noutput "out" { value = aws_x.c.v }\n',
    }
    found = resources(evaluate(files))
    assert to_python(found["aws_x.it"].attributes.entries["v"]) == 2
    assert 'module.m["a"].aws_x.c' in found
    (call,) = found['module.m["a"].aws_x.c'].calls
    assert call.path == "main.tf"


def test_a_remote_module_is_unknown_and_said_to_be() -> None:
    files = {"main.tf": 'module "m" { source = "terraform-aws-modules/vpc/aws" }\nresource "aws_x" "it" { v = module.m.id }\n'}
    evaluation = evaluate(files)
    found = resources(evaluation)
    assert found["aws_x.it"].attributes.entries["v"] == Ref("module.m", "id", found["aws_x.it"].attributes.entries["v"].span)
    assert evaluation.notes["main.tf"] == [
        'module.m comes from "terraform-aws-modules/vpc/aws", which is not in the scanned tree'
    ]
    assert found["module.m"].type == "module"


def test_a_remote_module_that_is_installed_is_read_where_it_was_put() -> None:
    files = {
        "main.tf": 'module "m" { source = "acme/thing/aws" }\nresource "aws_x" "it" { v = module.m.out }\n',
        ".terraform/modules/modules.json": '{"Modules": [{"Key": "", "Dir": "."}, {"Key": "m", "Dir": ".terraform/modules/m"}]}',
        ".terraform/modules/m/main.tf": 'output "out" { value = "here" }\n',
    }
    evaluation = evaluate(files)
    assert to_python(resources(evaluation)["aws_x.it"].attributes.entries["v"]) == "here"
    assert evaluation.notes == {}


def test_a_module_that_calls_itself_is_a_problem() -> None:
    files = {"main.tf": 'module "m" { source = "./a" }', "a/main.tf": 'module "n" { source = "../a" }'}
    assert [p.message for p in evaluate(files).problems] == ["module.m.module.n calls the module that it stands in"]


@pytest.mark.parametrize(
    ("expression", "there", "not_there"),
    [
        ("length(aws_y.one)", 1, 0),
        ("aws_y.one[*].name", ["n"], []),
        ("try(aws_y.one[0].name, null)", "n", None),
        ('join("", aws_y.one.*.name)', "n", ""),
        ("one(aws_y.one[*].name)", "n", None),
        ("[for name, each in aws_y.each : name]", ["k"], []),
        ('can(aws_y.each["k"])', True, False),
    ],
)
def test_what_a_condition_makes_is_there_on_one_side_alone(expression: str, there: Any, not_there: Any) -> None:
    before = """
variable "v" { type = bool }
resource "aws_y" "one" {
  count = var.v ? 1 : 0
  name  = "n"
}
resource "aws_y" "each" {
  for_each = toset(var.v ? ["k"] : [])
}
"""
    found = value(expression, before)
    assert isinstance(found, Choice)
    assert found.condition == Flag("var.v")
    assert (to_python(found.then), to_python(found.otherwise)) == (there, not_there)
    named = value("aws_y.one[0].arn", before)  # Terraform stops where it is not there
    assert isinstance(named, Ref)
    assert named.address == "aws_y.one[0]"


@pytest.mark.parametrize(
    ("expression", "then", "otherwise"),
    [
        ('flatten([var.v ? ["a", "b"] : [], ["c"]])', ["a", "b", "c"], ["c"]),
        ('compact([var.v ? "a" : "", "b"])', ["a", "b"], ["b"]),
        ('concat(var.v ? ["a"] : [], ["b"])', ["a", "b"], ["b"]),
        ('merge(var.v ? { a = "x" } : {}, { b = "y" })', {"a": "x", "b": "y"}, {"b": "y"}),
        ('toset(var.v ? ["b", "a"] : [])', ["a", "b"], []),
    ],
)
def test_what_is_put_together_under_a_condition_is_known_on_both_sides(expression: str, then: Any, otherwise: Any) -> None:
    found = value(expression, 'variable "v" { type = bool }')
    assert isinstance(found, Choice)
    assert (to_python(found.then), to_python(found.otherwise)) == (then, otherwise)


def test_many_conditions_in_one_list_leave_it_open() -> None:
    names = [f"v{at}" for at in range(6)]
    found = value(
        f"flatten([[1], {', '.join(f'var.{name} ? [2] : []' for name in names)}])",
        "\n".join(f'variable "{n}" {{}}' for n in names),
    )
    assert isinstance(found, List)
    assert not found.complete


def test_yaml_with_a_part_that_is_not_known_is_no_json() -> None:
    before = 'variable "v" { type = string }'
    found = value('yamlencode({ a = [var.v, "b"] })', before)
    assert isinstance(found, Json)
    assert (found.language, to_string(found)) == ("yaml", None)
    assert isinstance(value("jsondecode(yamlencode({ a = var.v }))", before), Unknown)
    assert isinstance(value("yamldecode(yamlencode({ a = var.v })).a", before), Ref)
    assert python("yamldecode(yamlencode({ a = var.v, b = [1] })).b", before) == [1]
    long = value(f'yamlencode({{ a = "{"x" * 100}" }})')
    assert isinstance(long, Json)
    assert to_python(long.value) == {"a": "x" * 100}
    (policy,) = evaluate(
        {"main.tf": f'{before}\nresource "aws_x" "it" {{ policy = yamlencode({{ a = var.v }}) }}'}, documents=("policy",)
    ).resources
    assert isinstance(policy.attributes.entries["policy"], Unknown)


def test_a_template_that_a_condition_picks_is_one_of_two() -> None:
    files = {
        "main.tf": 'variable "v" { type = bool }\nresource "aws_x" "it" {\n'
        '  t = templatefile(var.v ? "a.tpl" : "b.tpl", var.v ? { n = "1" } : { n = "2" })\n}',
        "a.tpl": "a${n}",
        "b.tpl": "b${n}",
    }
    found = resources(evaluate(files))["aws_x.it"].attributes.entries["t"]
    assert isinstance(found, Choice)
    assert (to_python(found.then), to_python(found.otherwise)) == ("a1", "b2")


def test_a_dynamic_block_under_a_condition_is_there_or_null() -> None:
    text = (
        'variable "v" { type = bool }\nresource "aws_x" "it" {\n  b { name = "sure" }\n  dynamic "b" {\n'
        '    for_each = var.v ? ["p"] : []\n    content { name = b.value }\n  }\n}\n'
    )
    (found,) = evaluate({"main.tf": text}).resources
    blocks = found.attributes.entries["b"]
    assert isinstance(blocks, List)
    assert blocks.complete
    sure, under_condition = blocks.items
    assert isinstance(sure, Map)
    assert isinstance(under_condition, Choice)
    assert under_condition.condition == Flag("var.v")
    assert isinstance(under_condition.then, Map)
    assert is_null(under_condition.otherwise)


def test_statements_under_conditions_are_taken_one_by_one() -> None:
    """Those that are sure stay known; an override gives way where it is not there."""
    text = """
variable "v" { type = bool }
data "aws_iam_policy_document" "first" {
  statement {
    sid     = "a"
    actions = ["s3:GetObject"]
  }
  dynamic "statement" {
    for_each = var.v ? [] : ["ecr:*"]
    content {
      actions = [statement.value]
      dynamic "principals" {
        for_each = toset(var.v ? ["*"] : ["AWS"])
        content {
          type        = principals.key
          identifiers = ["*"]
        }
      }
    }
  }
}
data "aws_iam_policy_document" "it" {
  source_policy_documents = var.v ? [data.aws_iam_policy_document.first.json] : []
  dynamic "statement" {
    for_each = var.v ? [1] : []
    content {
      sid     = "b"
      actions = ["s3:PutObject"]
    }
  }
  override_policy_documents = [var.v ? "" : jsonencode({ Statement = [{ Sid = "b", Effect = "Deny" }] })]
}
resource "aws_x" "it" {
  first = data.aws_iam_policy_document.first.json
  it    = data.aws_iam_policy_document.it.json
}
"""
    (found,) = evaluate({"main.tf": text}).resources

    def statements(name: str, side: bool) -> Any:
        value = settle(found.attributes.entries[name], {Flag("var.v"): side})
        assert isinstance(value, Json)
        return to_python(value.value)["Statement"]

    first = {"Effect": "Allow", "Sid": "a", "Action": ["s3:GetObject"]}
    assert statements("first", True) == [first]
    assert statements("first", False) == [first, {"Effect": "Allow", "Action": ["ecr:*"], "Principal": {"AWS": ["*"]}}]
    assert statements("it", True) == [first, {"Effect": "Allow", "Sid": "b", "Action": ["s3:PutObject"]}]
    assert statements("it", False) == [{"Sid": "b", "Effect": "Deny"}]


@pytest.mark.parametrize("question", ['length(concat(["a"], var.l)) > 0', 'length(merge({ a = "b" }, var.m)) == 0'])
def test_that_what_is_known_in_part_is_empty_is_no_condition(question: str) -> None:
    found = value(f'{question} ? "a" : "b"', 'variable "l" { type = list(string) }\nvariable "m" { type = map(string) }')
    assert isinstance(found, Unknown)
    assert not found.error


def test_dynamic_blocks_are_repeated_and_unknown_ones_leave_the_list_open() -> None:
    files = {
        "main.tf": 'variable "v" {}\nresource "aws_x" "it" {\n  dynamic "b" {\n    for_each = ["p", "q"]\n'
        '    content { name = b.value }\n  }\n  dynamic "o" {\n    for_each = var.v\n    content {}\n  }\n}\n'
    }
    entries = resources(evaluate(files))["aws_x.it"].attributes.entries
    blocks, unknown = entries["b"], entries["o"]
    assert isinstance(blocks, List)
    assert [to_python(item.entries["name"]) for item in blocks.items if isinstance(item, Map)] == ["p", "q"]
    assert unknown == List((), unknown.span, complete=False)


def test_a_template_file_points_into_itself() -> None:
    files = {
        "main.tf": 'resource "aws_x" "it" { policy = templatefile("${path.module}/p.tpl", { name = "n" }) }\n',
        "p.tpl": '{\n "a": "x-${name}"}\n',
    }
    evaluation = evaluate(files, documents=("policy",))
    found = resources(evaluation)["aws_x.it"].attributes.entries["policy"]
    assert to_python(found) == {"a": "x-n"}
    assert evaluation.read == {"p.tpl"}


def test_the_variables_of_a_template_file_may_be_a_block_as_they_once_were() -> None:
    before = 'data "template_file" "t" {\n  template = "x-$${name}"\n  vars { name = "n" }\n}\n'
    assert python("data.template_file.t.rendered", before) == "x-n"


def test_what_is_not_known_of_an_inline_template_stays_a_hole() -> None:
    before = 'variable "x" {}\ndata "template_file" "t" {\n  template = "${var.x}-$${name}"\n  vars = { name = "n" }\n}\n'
    found = value("data.template_file.t.rendered", before)
    assert isinstance(found, Text)
    hole, known = found.parts
    assert isinstance(hole, Ref)
    assert known == Scalar("-n", known.span)
    open_end = before.replace("-$${name}", "$${name}").replace("${var.x}", '${"$"}${var.x}')
    assert isinstance(value("data.template_file.t.rendered", open_end), Unknown), "the hole may begin an interpolation"


def test_a_file_outside_the_tree_is_unknown() -> None:
    assert isinstance(value('file("../../etc/passwd")'), Unknown)


def test_a_policy_document_composes_its_sources_and_overrides() -> None:
    before = """
data "aws_iam_policy_document" "base" {
  statement {
    sid = "a"
    actions = ["ecr:One"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    actions   = ["s3:Get&{x}"]
    resources = ["*"]
    condition {
      test = "StringEquals"
      variable = "aws:username"
      values = ["&{aws:username}"]
    }
    principals {
      type = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
  override_policy_documents = [jsonencode({ Statement = [{ Sid = "a", Effect = "Deny", Action = "ecr:Two", Resource = "*" }] })]
}
"""
    found = python("jsondecode(data.aws_iam_policy_document.all.json)", before)
    assert found == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "a", "Effect": "Deny", "Action": "ecr:Two", "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": ["s3:Get${x}"],
                "Resource": ["*"],
                "Condition": {"StringEquals": {"aws:username": ["${aws:username}"]}},
                "Principal": {"Service": ["ecs-tasks.amazonaws.com"]},
            },
        ],
    }


def test_dynamic_blocks_of_json_may_be_a_list() -> None:
    text = '{"resource": {"aws_x": {"it": {"dynamic": [%s]}}}}'
    block = '{"%s": [{"for_each": ["a", "b"], "content": {"name": "${%s.value}"}}]}'
    source = Source("main.tf.json", text % ", ".join(block % (name, name) for name in ("statement", "filter")))
    body, problems = terraform_json.parse(source)
    assert problems == []
    root = folder("", [("main.tf.json", body)])
    (found,) = terraform.evaluate(
        root, lambda path: None, lambda path: root, frozenset({"aws_x"}), lambda _: frozenset(), Budget()
    ).resources
    for name in ("statement", "filter"):
        blocks = found.attributes.entries[name]
        assert isinstance(blocks, List)
        assert [to_python(one.entries["name"]) for one in blocks.items if isinstance(one, Map)] == ["a", "b"]


@pytest.mark.parametrize(
    "backend", ['[{"s3": {"bucket": "state"}}]', '{"s3": {"bucket": "state"}}', '{"s3": [{"bucket": "state"}]}']
)
def test_a_backend_in_json_is_where_a_root_keeps_its_state(backend: str) -> None:
    body, problems = terraform_json.parse(Source("main.tf.json", f'{{"terraform": {{"backend": {backend}}}}}'))
    assert problems == []
    found = folder("", [("main.tf.json", body)])
    assert found.deployed
    assert found.backend is not None
    assert found.backend[0] == "s3"


def test_in_json_what_stands_beside_dynamic_blocks_of_its_name_is_a_block() -> None:
    text = """{"resource": {"aws_elastic_beanstalk_environment": {"shop": {
      "setting": [{"name": "A", "value": "1"}],
      "dynamic": {"setting": [{"for_each": "${var.more}", "content": {"name": "${setting.value}"}}]}
    }}}}"""
    body, problems = terraform_json.parse(Source("main.tf.json", text))
    assert problems == []
    (block,) = body.value
    assert [item.value[:2] for item in block.value[2].value] == [("setting", ()), ("dynamic", ("setting",))]


@pytest.mark.parametrize("name", ["content", "filter", "source", "dynamic"])
def test_a_local_of_json_is_a_value_whatever_its_name(name: str) -> None:
    body, problems = terraform_json.parse(Source("main.tf.json", f'{{"locals": {{"{name}": {{"a": ["b"]}}}}}}'))
    assert problems == []
    assert folder("", [("main.tf.json", body)]).locals.keys() == {name}


@pytest.mark.parametrize("wrapped", ['{"outer": [{"inner": {%s}}]}', '{"outer": {"inner": [{%s}]}}'])
def test_a_block_of_json_in_which_blocks_are_made_is_one_whatever_its_name(wrapped: str) -> None:
    made = '"dynamic": {"part_of_it": {"for_each": "${var.parts}", "content": {"name": "${part_of_it.value}"}}}'
    text = '{"variable": {"parts": {}}, "resource": {"aws_x": {"it": %s}}}' % (wrapped % made)
    body, problems = terraform_json.parse(Source("main.tf.json", text))
    assert problems == []
    root = folder("", [("main.tf.json", body)])
    (found,) = terraform.evaluate(
        root, lambda path: None, lambda path: root, frozenset({"aws_x"}), lambda _: frozenset(), Budget()
    ).resources
    (outer,) = found.attributes.entries["outer"].items  # type: ignore[union-attr]
    (inner,) = outer.entries["inner"].items  # type: ignore[union-attr]
    assert isinstance(inner, Map)
    parts = inner.entries["part_of_it"]
    assert isinstance(parts, List)
    assert not parts.complete


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('length(regexall("^aws/codebuild/.*", "${data.aws_caller_identity.here.account_id}.dkr.ecr"))', 0),
        ('can(regex("^public[.]ecr", aws_ecr_repository.shop.repository_url))', False),
        ('can(regex("^public/", "${data.aws_caller_identity.here.account_id}.dkr.ecr"))', False),
        ('can(regex("^(aws|public)/", "${data.aws_caller_identity.here.account_id}.dkr.ecr"))', None),
        ('can(regex("^aw*", "${data.aws_caller_identity.here.account_id}.dkr.ecr"))', None),
    ],
)
def test_a_pattern_that_begins_with_a_word_does_not_match_what_begins_with_an_account(expression: str, expected: object) -> None:
    declared = 'data "aws_caller_identity" "here" {}\nresource "aws_ecr_repository" "shop" {\n  name = "shop"\n}\n'
    found = value(expression, declared)
    assert (found.value if isinstance(found, Scalar) else None) == expected


def test_what_aws_fills_is_not_null() -> None:
    nat = 'resource "aws_instance" "nat" {\n  ami = "ami-0abc1234def567890"\n}\n'
    assert python("aws_instance.nat.primary_network_interface_id != null ? 1 : 0", nat) == 1
    assert isinstance(value("aws_instance.nat.key_name != null ? 1 : 0", nat), Choice)

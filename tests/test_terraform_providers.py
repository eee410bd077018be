"""Several AWS providers in one root: what each deploys is where it says.

https://developer.hashicorp.com/terraform/language/modules/develop/providers
"""

from __future__ import annotations

import posixpath

import pytest

from ecrlint.adapt import terraform as adapter
from ecrlint.evaluate import terraform
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.terraform.configuration import Folder, folder
from ecrlint.model.source import Source
from ecrlint.model.value import Ref, Scalar, Text, Value
from ecrlint.parse import hcl

TWO = """
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
  assume_role { role_arn = "arn:aws:iam::444455556666:role/deploy" }
}
"""
PULLER = """
resource "aws_iam_role" "puller" { assume_role_policy = "{}" }
resource "aws_iam_role_policy" "pull" {
  role   = aws_iam_role.puller.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "ecr:*", Resource = RESOURCE }] })
}
"""
REPOSITORY = """
resource "aws_ecr_repository" "app" {
  name = "app"
  ARGUMENT
}
"""


def granted(files: dict[str, str]) -> str:
    """The resource that the one policy of a configuration grants on."""
    sources = {path: Source(path, text) for path, text in files.items()}

    def folders(path: str) -> Folder | None:
        found = [(p, hcl.parse(source)[0]) for p, source in sources.items() if posixpath.dirname(p) == path]
        return folder(path, found) if found else None

    root = folders("")
    assert root is not None
    evaluation = terraform.evaluate(root, sources.get, folders, adapter.TABLE, adapter.TABLE.documents, Budget())
    stack = adapter.adapt(".", evaluation.resources)
    ((statement,),) = (policy.statements for role in stack.roles for policy in role.policies)
    assert statement.resources is not None
    (resource,) = statement.resources
    return shown(resource)


def shown(value: Value) -> str:
    match value:
        case Text():
            return "".join(map(shown, value.parts))
        case Ref():
            return f"<{value.address}.{value.attribute}>"
        case Scalar():
            return str(value.value)
        case _:
            return "?"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("", "arn:<aws.partition>:ecr:eu-west-1:111122223333:repository/app"),
        ("provider = aws", "arn:<aws.partition>:ecr:eu-west-1:111122223333:repository/app"),
        ("provider = aws.west", "arn:<aws.west.partition>:ecr:us-west-2:444455556666:repository/app"),
        ('provider = "aws.west"', "arn:<aws.west.partition>:ecr:us-west-2:444455556666:repository/app"),
        ("provider = aws.east", "arn:<aws.east.partition>:ecr:<aws.east.region>:<aws.east.account_id>:repository/app"),
        ('region = "ap-south-1"', "arn:<aws.partition>:ecr:ap-south-1:111122223333:repository/app"),
        ("region = null", "arn:<aws.partition>:ecr:eu-west-1:111122223333:repository/app"),
        ("region = var.region", "arn:<aws.partition>:ecr:<var.region.>:111122223333:repository/app"),
    ],
)
def test_an_arn_is_of_the_account_and_region_of_its_provider(argument: str, expected: str) -> None:
    text = TWO + 'variable "region" {}' + REPOSITORY + PULLER.replace("RESOURCE", "aws_ecr_repository.app.arn")
    assert granted({"main.tf": text.replace("ARGUMENT", argument)}) == expected


def test_a_data_source_says_the_place_of_its_own_provider() -> None:
    text = (
        TWO
        + 'data "aws_region" "here" {}\ndata "aws_region" "west" { provider = aws.west }\n'
        + 'data "aws_caller_identity" "west" { provider = aws.west }\n'
        + PULLER.replace(
            "RESOURCE", '"${data.aws_region.here.name}/${data.aws_region.west.name}/${data.aws_caller_identity.west.account_id}"'
        )
    )
    assert granted({"main.tf": text}) == "eu-west-1/us-west-2/444455556666"


@pytest.mark.parametrize(
    ("arguments", "declared", "region"),
    [
        ("", "", "eu-west-1"),
        ("providers = { aws = aws.west }", "", "us-west-2"),
        ("providers = { aws.src = aws.west }", "ARGUMENT = aws.src", "us-west-2"),
        ('providers = { "aws.src" = aws.west }', "ARGUMENT = aws.src", "us-west-2"),
        ("", "ARGUMENT = aws.src", "<aws.src@module.m..region>"),
        ("providers = { aws = aws.by[each.key] }", "", "<aws@module.m.aws.region>"),
    ],
)
def test_a_module_has_the_providers_that_it_is_given(arguments: str, declared: str, region: str) -> None:
    module = REPOSITORY.replace("ARGUMENT", declared.replace("ARGUMENT", "provider"))
    module += 'output "arn" { value = aws_ecr_repository.app.arn }'
    call = f'module "m" {{\n  source = "./m"\n  {arguments}\n}}\n'
    text = TWO + call + PULLER.replace("RESOURCE", "module.m.arn")
    assert granted({"main.tf": text, "m/main.tf": module}).split(":")[3] == region


def test_a_module_with_a_provider_of_its_own_is_not_where_its_caller_is() -> None:
    module = 'provider "aws" { region = "sa-east-1" }' + REPOSITORY.replace("ARGUMENT", "")
    module += 'output "arn" { value = aws_ecr_repository.app.arn }'
    text = TWO + 'module "m" { source = "./m" }' + PULLER.replace("RESOURCE", "module.m.arn")
    assert granted({"main.tf": text, "m/main.tf": module}).split(":")[3] == "sa-east-1"


def test_two_providers_of_one_name_say_nothing() -> None:
    text = TWO + 'provider "aws" { region = "eu-west-2" }' + REPOSITORY.replace("ARGUMENT", "")
    text += PULLER.replace("RESOURCE", "aws_ecr_repository.app.arn")
    assert granted({"main.tf": text}) == "arn:<aws.partition>:ecr:<aws.region>:<aws.account_id>:repository/app"

"""The language of a file decides the words of its help; neither the names of its folders nor its other text do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.boundary.repository import around
from ecrlint.run.pipeline import scan
from ecrlint.run.read.files import Tree
from ecrlint.run.read.language import language

TASK = {
    "stack.yaml": """Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions:
        - {Name: shop, Image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1"}
""",
    "main.tf": """resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "shop", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1" }])
}
""",
    "task.json": '{"family": "shop", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"name": "shop",'
    ' "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1"}]}',
}
HELP = {"stack.yaml": "ExecutionRoleArn: ", "main.tf": "execution_role_arn = ", "task.json": '"executionRoleArn": '}


@pytest.mark.parametrize("folder", ["infra", "pre.tf-migration", "old.tofu", "plan"])
@pytest.mark.parametrize("name", TASK)
def test_help_is_in_the_language_of_the_file_whatever_its_folder_is_called(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / name).write_text(TASK[name])
    missing = [one for one in scan([str(tmp_path)], str(tmp_path)).findings if one.rule == "execution-role-missing"]
    assert len(missing) == 1
    assert HELP[name] in missing[0].help


@pytest.mark.parametrize("remark", ["containerDefinitions", "format_version planned_values", "see ../main.tf"])
def test_other_words_in_a_template_do_not_change_its_language(tmp_path: Path, remark: str) -> None:
    quoted = " ".join(f'"{word}"' for word in remark.split())
    (tmp_path / "stack.yaml").write_text(TASK["stack.yaml"] + f"Description: '{quoted}'\n")
    missing = [one for one in scan([str(tmp_path)], str(tmp_path)).findings if one.rule == "execution-role-missing"]
    assert HELP["stack.yaml"] in missing[0].help


def test_the_language_of_a_file_is_told_by_its_name_or_by_its_bytes(tmp_path: Path) -> None:
    files = {
        "main.tf": "",
        "main.tofu": "",
        "prod.tfvars": "",
        "main.tf.json": "{}",
        "prod.auto.tfvars.json": "{}",
        "plan.json": '{"format_version": "1.2", "planned_values": {}}',
        "stack.yaml": TASK["stack.yaml"],
        "task.json": TASK["task.json"],
        "policy.json": '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
        "policy.json.tftpl": '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "${arn}"}]}',
        "package.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    tree = Tree(around(str(tmp_path), []))
    assert {name: source.language for name in files if (source := tree.source(name)) is not None} == {
        "main.tf": "terraform",
        "main.tofu": "terraform",
        "prod.tfvars": "terraform",
        "main.tf.json": "terraform-json",
        "prod.auto.tfvars.json": "terraform-json",
        "plan.json": "terraform-plan",
        "stack.yaml": "cloudformation",
        "task.json": "task-definition",
        "policy.json": "iam-policy",
        "policy.json.tftpl": "iam-policy",
        "package.json": "other",
    }


def test_what_says_what_a_template_looks_like_is_none() -> None:
    assert (
        language("s.json", b'{"$schema": "http://json-schema.org/draft-07/schema#", "AWSTemplateFormatVersion": {}}') == "other"
    )


def test_a_workflow_of_comments_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / ".github/workflows/image.yml"
    path.parent.mkdir(parents=True)
    path.write_text("# on: push\n# jobs:\n#   image:\n#     steps: [{uses: aws-actions/amazon-ecr-login@v2}]\n")
    (file,) = scan([str(tmp_path)], str(tmp_path)).files
    assert (file.status, file.reason) == ("skipped", "nothing but comments")

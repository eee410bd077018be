"""What services say of the tasks that they start, and references that are written as texts."""

from __future__ import annotations

import pytest

from ecrlint.adapt import cloudformation as adapter
from ecrlint.evaluate import cloudformation
from ecrlint.evaluate.budget import DEEP, Budget
from ecrlint.model.source import Source
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, YES, Truth
from ecrlint.parse import yaml

HEAD = """
Parameters: {P: {Type: String}}
Conditions: {C: !Equals [!Ref P, x]}
Resources:
  D: {Type: "AWS::ECS::TaskDefinition", Properties: {ContainerDefinitions: [{Name: a, Image: b}]}}
"""
SERVICE = '  S%s: {Type: "AWS::ECS::Service", %s Properties: {TaskDefinition: %s, LaunchType: %s}}\n'


def stack(text: str) -> Stack:
    source = Source("t.yaml", text)
    nodes, problems = yaml.parse(source)
    assert not problems
    return adapter.adapt(
        "t", cloudformation.evaluate(nodes[0], source, adapter.TABLE, adapter.TABLE.documents, Budget()).resources
    )


@pytest.mark.parametrize(
    ("services", "fargate"),
    [
        (SERVICE % (1, "", "!Ref D", "FARGATE"), YES),
        (SERVICE % (1, "", '!Sub "${D}"', "FARGATE"), YES),
        (SERVICE % (1, "", "!Ref D", "EC2") + SERVICE % (2, "", "!Ref D", "FARGATE"), YES),
        (SERVICE % (1, "Condition: C,", "!Ref D", "FARGATE"), MAYBE),
        (SERVICE % (1, "", "!If [C, !Ref D, other]", "FARGATE"), MAYBE),
        (SERVICE % (1, "", "!Ref D", "!Ref P"), MAYBE),
    ],
)
def test_a_task_has_the_launch_types_of_all_services_that_start_it(services: str, fargate: Truth) -> None:
    assert stack(HEAD + services).tasks[0].launches_on("FARGATE") is fargate


def test_a_role_that_is_named_by_a_sub_has_the_policy() -> None:
    text = """
Resources:
  R: {Type: "AWS::IAM::Role", Properties: {}}
  P: {Type: "AWS::IAM::Policy", Properties: {PolicyDocument: {Statement: []}, Roles: [!Sub "${R}"]}}
"""
    assert [policy.name for policy in stack(text).roles[0].policies] == ["P"]


def test_a_condition_that_is_nested_too_deep_may_hold() -> None:
    chain = "".join(f"  C{at}: !Not [!Condition C{at - 1}]\n" for at in range(1, 2000))
    text = f"Conditions:\n  C0: !Equals [!Ref AWS::Region, x]\n{chain}"
    text += 'Resources:\n  R: {Type: "AWS::IAM::Role", Condition: C1999, Properties: {}}\n'
    source = Source("t.yaml", text)
    nodes, _ = yaml.parse(source)
    result = cloudformation.evaluate(nodes[0], source, adapter.TABLE, adapter.TABLE.documents, Budget())
    assert [resource.exists for resource in result.resources] == [MAYBE]
    assert result.notes == (f"line 2003: the condition C1999 is not evaluated: {DEEP}",)

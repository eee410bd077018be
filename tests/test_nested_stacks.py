"""Templates that nest others and that import what others export: one stack, with every part at its own place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from ecrlint.evaluate.budget import STEPS, Budget
from ecrlint.evaluate.cloudformation import TemplateEvaluation, evaluate
from ecrlint.evaluate.cloudformation.expression import STACK
from ecrlint.model.finding import Report
from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.model.truth import MAYBE
from ecrlint.model.value import Value
from ecrlint.parse import yaml
from ecrlint.run.pipeline import scan

Shown = Callable[[Value | None], object]


def document(path: str, text: str) -> tuple[Node, Source]:
    source = Source(path, dedent(text))
    nodes, problems = yaml.parse(source)
    assert problems == []
    return nodes[0], source


def run(outer: str, **inner: str) -> TemplateEvaluation:
    """`outer` with the templates `stacks/NAME.yaml`."""
    known = {f"stacks/{name}.yaml": document(f"stacks/{name}.yaml", text)[0] for name, text in inner.items()}
    node, source = document("main.yaml", outer)
    types = {"AWS::X::Y", "AWS::CloudFormation::Stack"}
    return evaluate(node, source, types, lambda _: frozenset(), Budget(), known.get)


def properties(evaluation: TemplateEvaluation, shown: Shown) -> Mapping[str, object]:
    return {one.address: shown(one.attributes) for one in evaluation.resources if one.type == "AWS::X::Y"}


def test_a_nested_stack_has_its_parameters_and_gives_its_outputs(shown: Shown) -> None:
    evaluation = run(
        """\
        Parameters: {Env: {Type: String}}
        Resources:
          Roles:
            Type: AWS::CloudFormation::Stack
            Properties:
              TemplateURL: ./stacks/roles.yaml
              Parameters: {Name: !Sub 'app-${Env}', Count: 2, Zones: 'a, b'}
          Task:
            Type: AWS::X::Y
            Properties: {Role: !GetAtt Roles.Outputs.Arn, Name: !Sub '${Roles.Outputs.Name}!', X: !GetAtt Roles.Outputs.Nobody}
        """,
        roles="""\
        Parameters:
          Name: {Type: String, Default: x}
          Count: {Type: Number}
          Zones: {Type: CommaDelimitedList}
          Other: {Type: String}
        Resources:
          Role:
            Type: AWS::X::Y
            Properties: {Name: !Ref Name, N: !Ref Count, Z: !Ref Zones, O: !Ref Other, S: !Ref 'AWS::StackName'}
        Outputs:
          Arn: {Value: !GetAtt Role.Arn}
          Name: {Value: !Ref Name}
        """,
    )  # fmt: skip
    assert properties(evaluation, shown) == {
        "Roles.Role": {"Name": "app-<Env>", "N": "2", "Z": ["a", "b"], "O": "<Roles.Other>", "S": "<Roles.aws.stack_name>"},
        "Task": {"Role": "<Roles.Role.Arn>", "Name": "app-<Env>!", "X": "?"},
    }
    role = next(one for one in evaluation.resources if one.address == "Roles.Role")
    assert (role.span.path, [call.path for call in role.calls]) == ("stacks/roles.yaml", ["main.yaml"])
    assert evaluation.nested == {"stacks/roles.yaml": ()}


def test_what_one_nested_stack_gives_another_takes(shown: Shown) -> None:
    evaluation = run(
        """\
        Resources:
          B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/b.yaml, Parameters: {P: !GetAtt A.Outputs.O}}}
          A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/a.yaml}}
        """,
        a="Resources: {R: {Type: AWS::X::Y}}\nOutputs: {O: {Value: !Ref R}}\n",
        b="Parameters: {P: {Type: String}}\nResources: {R: {Type: AWS::X::Y, Properties: {P: !Ref P}}}\n",
    )
    assert properties(evaluation, shown) == {"A.R": {}, "B.R": {"P": "<A.R.Ref>"}}


def test_a_condition_has_one_name_in_all_templates_of_a_tree(shown: Shown) -> None:
    evaluation = run(
        """\
        Parameters: {Env: {Type: String}}
        Conditions: {IsProd: !Equals [!Ref Env, prod]}
        Resources:
          R: {Type: AWS::X::Y, Properties: {P: !If [IsProd, 1, 2]}}
          S:
            Type: AWS::CloudFormation::Stack
            Condition: IsProd
            Properties: {TemplateURL: stacks/s.yaml, Parameters: {Stage: !Ref Env}}
        """,
        s="""\
        Parameters: {Stage: {Type: String}, Zone: {Type: String}}
        Conditions: {Live: !Equals [!Ref Stage, prod], HasZone: !Not [!Equals [!Ref Zone, '']]}
        Resources:
          R: {Type: AWS::X::Y, Condition: HasZone, Properties: {P: !If [Live, 1, 2]}}
        """,
    )
    assert properties(evaluation, shown) == {"R": {"P": ('Env == "prod"', 1, 2)}, "S.R": {"P": ('Env == "prod"', 1, 2)}}
    inner = next(one for one in evaluation.resources if one.address == "S.R")
    assert (inner.exists, shown(inner.when)) == (MAYBE, ('Env == "prod"', ('S.Zone == ""', False, True), False))


@pytest.mark.parametrize(
    "url", ["https://s3.amazonaws.com/x/roles.yaml", "!Sub '${Bucket}/roles.yaml'", "/stacks/a.yaml", "nobody.yaml"]
)
def test_a_template_that_is_elsewhere_leaves_the_stack_as_it_is(shown: Shown, url: str) -> None:
    evaluation = run(
        f"Parameters: {{Bucket: {{Type: String}}}}\nResources:\n  S:\n    Type: AWS::CloudFormation::Stack\n"
        f"    Properties:\n      TemplateURL: {url}\n  R: {{Type: AWS::X::Y, Properties: {{P: !GetAtt S.Outputs.X}}}}\n",
        a="Resources: {R: {Type: AWS::X::Y}}\n",
    )
    assert [one.address for one in evaluation.resources if one.type == "AWS::CloudFormation::Stack"] == ["S"]
    assert properties(evaluation, shown) == {"R": {"P": "<S.Outputs.X>"}}


def test_a_template_that_nests_itself_ends_and_a_note_says_so(shown: Shown) -> None:
    inner = "Resources:\n  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s.yaml}}\n  R: {Type: AWS::X::Y}\n"
    evaluation = run(
        "Resources: {A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/a.yaml}}}",
        a=inner % "b",
        b=inner % "a",
    )
    assert properties(evaluation, shown) == {"A.R": {}, "A.S.R": {}}
    assert evaluation.nested == {"stacks/a.yaml": (), "stacks/b.yaml": ("S nests a template in itself",)}


def test_nested_stacks_without_end_are_bounded() -> None:
    def nesting(name: str) -> str:
        return "Resources:\n" + "".join(
            f"  S{n}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {name}.yaml}}}}\n" for n in range(10)
        )

    inner = {f"t{n}": nesting(f"t{n + 1}") for n in range(7)}
    evaluation = run(nesting("stacks/t0"), **inner, t7="Resources: {R: {Type: AWS::X::Y}}")
    assert len(evaluation.resources) < STEPS // STACK
    assert any("is not evaluated" in note for notes in evaluation.nested.values() for note in notes)


def test_outputs_that_depend_on_each_other_are_unknown(shown: Shown) -> None:
    evaluation = run(
        """\
        Resources:
          A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/a.yaml, Parameters: {P: !GetAtt A.Outputs.O}}}
        """,
        a="Parameters: {P: {Type: String}}\nResources: {R: {Type: AWS::X::Y, Properties: {P: !Ref P}}}\n"
        "Outputs: {O: {Value: !Ref P}}\n",
    )
    assert properties(evaluation, shown) == {"A.R": {"P": "?"}}


# A repository

TASK = """\
Parameters: {Exec: {Type: String}}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ExecutionRoleArn: %s
      ContainerDefinitions: [{Name: app, Image: !Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1'}]
"""
ROLE = """\
Resources:
  Exec:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [arn:aws:iam::aws:policy/CloudWatchLogsFullAccess]
Outputs:
  Exec: {Value: !GetAtt Exec.Arn, Export: {Name: exec-role}}
"""
MAIN = """\
Resources:
  Roles: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./stacks/roles.yaml}}
  App:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./stacks/task.yaml, Parameters: {Exec: !GetAtt Roles.Outputs.Exec}}
"""


def report(folder: Path, files: Mapping[str, str]) -> Report:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return scan([str(folder)], str(folder))


def test_a_role_that_one_nested_stack_hands_to_another_is_seen(tmp_path: Path) -> None:
    found = report(tmp_path, {"main.yaml": MAIN, "stacks/roles.yaml": ROLE, "stacks/task.yaml": TASK % "!Ref Exec"})
    assert [(one.rule, one.span.path) for one in found.findings] == [("execution-role-cannot-pull", "stacks/task.yaml")]
    assert [(file.path, file.status) for file in found.files] == [
        ("main.yaml", "analysed"), ("stacks/roles.yaml", "analysed"), ("stacks/task.yaml", "analysed")
    ]  # fmt: skip


def test_an_exported_role_is_the_one_that_is_imported(tmp_path: Path) -> None:
    found = report(tmp_path, {"roles.yaml": ROLE, "task.yaml": TASK % "!ImportValue exec-role"})
    assert [(one.rule, one.span.path) for one in found.findings] == [("execution-role-cannot-pull", "task.yaml")]


def test_of_two_exports_with_one_name_none_is_taken(tmp_path: Path) -> None:
    found = report(tmp_path, {"a.yaml": ROLE, "b.yaml": ROLE, "task.yaml": TASK % "!ImportValue exec-role"})
    assert not found.findings


def test_a_role_that_comes_by_parameter_from_another_template_stays_unknown(tmp_path: Path) -> None:
    found = report(tmp_path, {"roles.yaml": ROLE, "task.yaml": TASK % "!Ref Exec"})
    assert not found.findings

"""A finding in a template points at its own line and column, however deep in it the cause stands."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from ecrlint.run.pipeline import scan


@pytest.mark.parametrize(
    ("template", "place"),
    [
        pytest.param(
            """\
            Parameters:
              Env: {Type: String}
            Conditions:
              IsProd: !Equals [!Ref Env, prod]
            Resources:
              Push:
                Type: AWS::IAM::ManagedPolicy
                Properties:
                  PolicyDocument:
                    Statement:
                      - !If
                        - IsProd
                        - Effect: Allow
                          Action: ecr:GetAuthorizationToken
                          Resource: arn:aws:ecr:eu-west-1:111122223333:repository/a
                        - !Ref AWS::NoValue
            """,
            (14, 23),
            id="inside Fn::If",
        ),
        pytest.param(
            """\
            Resources:
              Push:
                Type: AWS::IAM::ManagedPolicy
                Properties:
                  PolicyDocument:
                    Fn::Sub: |
                      {
                        "Version": "2012-10-17",
                        "Statement": [{
                          "Effect": "Allow",
                          "Action": ["ecr:GetAuthorizationToken"],
                          "Resource": "arn:${AWS::Partition}:ecr:eu-west-1:${AWS::AccountId}:repository/a"
                        }]
                      }
            """,
            (11, 26),
            id="inside a block scalar of Fn::Sub",
        ),
        pytest.param(
            """\
            Resources:
              Push:
                Type: AWS::IAM::ManagedPolicy
                Properties:
                  PolicyDocument: '{"Statement": [{"Effect": "Allow",
                      "Action": "ecr:GetAuthorizationToken", "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/a"}]}'
            """,
            (6, 21),
            id="inside a JSON string",
        ),
        pytest.param(
            """\
            # first
            kind: Other
            metadata: {}
            ---
            AWSTemplateFormatVersion: "2010-09-09"
            Resources:
              Push:
                Type: AWS::IAM::ManagedPolicy
                Properties:
                  PolicyDocument:
                    Statement:
                      - Effect: Allow
                        Action: ecr:GetAuthorizationToken
                        Resource: arn:aws:ecr:eu-west-1:111122223333:repository/a
            """,
            (13, 21),
            id="in the second document",
        ),
    ],
)
def test_a_finding_stands_where_its_cause_is_written(tmp_path: Path, template: str, place: tuple[int, int]) -> None:
    (tmp_path / "template.yaml").write_text(dedent(template))
    (finding,) = scan([str(tmp_path)], str(tmp_path)).findings
    assert (finding.rule, finding.span.line, finding.span.column) == ("token-on-repository", *place)

"""One root cause is one finding: the table of which rule speaks, held against every fixture of its rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from ecrlint import rule_registry
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.source import Source, Span
from ecrlint.run import pipeline
from ecrlint.wording.precedence import PRECEDENCE, once

FIXTURES = Path(__file__).resolve().parent / "fixtures"
CASES = [case for rule in PRECEDENCE for case in sorted((FIXTURES / rule / "fires").glob("*")) if case.name != "expected.txt"]


def of(rule: str, *roots: str, severity: Severity = Severity.ERROR) -> Finding:
    place = Span(Source("main.tf", ""), 0, 0)
    found = tuple(("aws_iam_role.a", root) for root in roots)
    return Finding(place, "", "", "", severity=severity, roots=found, rule=rule)


def test_every_rule_of_the_table_exists_and_stands_there_once() -> None:
    assert set(PRECEDENCE) - {rule.name for rule in rule_registry.rules()} == set()
    assert len(set(PRECEDENCE)) == len(PRECEDENCE)


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_no_two_rules_speak_of_one_cause(case: Path) -> None:
    findings = pipeline.scan([str(case)], root=str(case)).findings
    by_root: dict[object, set[str]] = defaultdict(set)
    for finding in findings:
        assert finding.rule in PRECEDENCE or not finding.roots, f"{finding.rule} states roots and is not in the table"
        for root in finding.roots:
            by_root[root].add(finding.rule)
    assert [rules for rules in by_root.values() if len(rules) > 1] == []


def test_the_finding_with_more_roots_speaks() -> None:
    first, second = of("token-on-repository", "login"), of("execution-role-cannot-pull", "login", "pull")
    assert once([first, second]) == [second]


def test_of_findings_with_the_same_roots_that_of_the_rule_that_stands_before_speaks() -> None:
    first, second = of("pull-on-task-role", "login"), of("execution-role-cannot-pull", "login")
    assert once([second, first]) == [first]


def test_a_finding_goes_where_one_that_stays_explains_it() -> None:
    first, second = of("execution-role-cannot-pull", "login"), of("execution-role-cannot-log", "stream", "events")
    explaining = replace(first, explains=second.roots)
    assert once([second, explaining]) == [explaining]
    third = of("token-on-repository", "login")
    assert once([second, explaining, third]) == [second, third]


def test_what_two_findings_share_only_in_part_both_speak_of() -> None:
    first, second = of("login-not-granted", "login", "push"), of("execution-role-cannot-pull", "login", "pull")
    assert once([first, second]) == [first, second]


def test_a_warning_hides_no_error() -> None:
    first, second = of("token-on-repository", "login", severity=Severity.WARNING), of("execution-role-cannot-pull", "login")
    assert once([first, second]) == [first, second]


def test_what_one_rule_says_twice_of_the_same_roots_is_one_finding_with_both_places() -> None:
    first, second = of("execution-role-cannot-log", "stream"), replace(of("execution-role-cannot-log", "stream"), message="too")
    (merged,) = once([first, second])
    assert [one.message for one in merged.related] == ["too"]


ROLE = """
resource "aws_iam_role" "execution" {
  name = "execution"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "pull" {
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = [%s]
      Resource = "arn:aws:ecr:eu-west-1:123456789012:repository/shop"
    }]
  })
}

resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([{
    name  = "web"
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:7"
    logConfiguration = { logDriver = "awslogs", options = { awslogs-group = "/shop" } }
  }])
}
"""
PULL = '"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"'


@pytest.mark.parametrize(
    ("actions", "rules"),
    [
        (f'"ecr:GetAuthorizationToken", "logs:*", {PULL}', ["execution-role-cannot-log", "token-on-repository"]),
        ('"ecr:GetAuthorizationToken"', ["execution-role-cannot-pull"]),
        (PULL, ["execution-role-cannot-pull"]),
    ],
)
def test_what_is_said_of_an_execution_role(actions: str, rules: list[str], tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ROLE % actions)
    assert sorted(finding.rule for finding in pipeline.scan([str(tmp_path)], root=str(tmp_path)).findings) == rules

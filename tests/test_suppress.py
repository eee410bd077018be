"""Ignores and the baseline: what silences a finding, and what is said of an exception that does not count."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecrlint.cli import main

RULE = "token-on-repository"
TERRAFORM = """resource "aws_ecr_repository" "app" {
  name = "app"
}
resource "aws_iam_user" "ci" {
  name = "ci"
}
@block
resource "aws_iam_user_policy" "pull" { @header
  user = aws_iam_user.ci.name
  @attribute
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      @item
      {
        Effect   = "Allow"
        @above
        Action   = "ecr:GetAuthorizationToken" @line
        Resource = aws_ecr_repository.app.arn
      },
      { Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource = "*" }, @wrong
    ]
  })
}
"""
TEMPLATE = """@top
Resources:
  App:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: app
  @block
  Ci:
    Type: AWS::IAM::User
    METADATA
    Properties:
      Policies:
        - PolicyName: pull
          @attribute
          PolicyDocument:
            Statement:
              @item
              - Effect: Allow
                @above
                Action: ecr:GetAuthorizationToken @line
                Resource: !GetAtt App.Arn
              @wrong
              - Effect: Allow
                Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
                Resource: "*"
"""

NO_REASON = "this ignore has no reason, so it does not count"

Scan = Callable[..., dict[str, Any]]


def with_ignore(text: str, where: str = "", comment: str = "") -> str:
    """A text with a comment at one of its places, and without the marks of the others."""
    lines = text.replace("METADATA", "").splitlines()
    made = [line.replace(f"@{where}", comment) if f"@{where}" in line and where else line.partition("@")[0] for line in lines]
    return "\n".join(line.rstrip() for line in made if line.strip()) + "\n"


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Scan:
    """Runs ecrlint in the test's folder, which is a repository: the report."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **files: str) -> dict[str, Any]:
        for name, text in files.items():
            (tmp_path / name.replace("_dot_", ".")).write_text(text)
        capsys.readouterr()
        status = main(["--format", "json", *words])
        report: dict[str, Any] = json.loads(capsys.readouterr().out)
        return report | {"status": status}

    return run


def said(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["rule"], finding["message"]) for finding in report["findings"]]


def rules(report: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in report["findings"]]


@pytest.mark.parametrize("mark", ["#", "//"])
@pytest.mark.parametrize("where", ["block", "header", "attribute", "item", "above", "line"])
def test_an_ignore_in_terraform_silences_what_begins_on_its_line_or_below_it(where: str, mark: str, scan: Scan) -> None:
    assert rules(scan(main_dot_tf=with_ignore(TERRAFORM))) == [RULE]
    report = scan(main_dot_tf=with_ignore(TERRAFORM, where, f"{mark} ecrlint: ignore[{RULE}] our mirror has one repository"))
    assert (said(report), report["summary"]["suppressed"], report["status"]) == ([], 1, 0)


@pytest.mark.parametrize("where", ["block", "attribute", "item", "above", "line"])
def test_an_ignore_in_a_template_silences_what_begins_on_its_line_or_below_it(where: str, scan: Scan) -> None:
    assert rules(scan(stack_dot_yaml=with_ignore(TEMPLATE))) == [RULE]
    report = scan(stack_dot_yaml=with_ignore(TEMPLATE, where, f"# ecrlint: ignore[{RULE}] our mirror has one repository"))
    assert (said(report), report["summary"]["suppressed"]) == ([], 1)


def test_an_ignore_in_the_metadata_of_a_resource_is_for_that_resource(scan: Scan) -> None:
    metadata = f"Metadata: {{ecrlint: {{ignore: {{{RULE}: our mirror has one repository}}}}}}"
    report = scan(stack_dot_yaml=with_ignore(TEMPLATE.replace("METADATA", metadata)))
    assert (said(report), report["summary"]["suppressed"]) == ([], 1)


def test_an_ignore_in_metadata_works_in_json_and_for_a_whole_template(scan: Scan) -> None:
    statement = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": {"Fn::GetAtt": ["App", "Arn"]}}
    pull = {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Resource": "*"}
    policy = {"PolicyName": "pull", "PolicyDocument": {"Statement": [statement, pull]}}
    ci: dict[str, Any] = {"Type": "AWS::IAM::User", "Properties": {"Policies": [policy]}}
    stack: dict[str, Any] = {"Resources": {"App": {"Type": "AWS::ECR::Repository"}, "Ci": ci}}
    assert rules(scan(stack_dot_json=json.dumps(stack))) == [RULE]
    metadata = {"ecrlint": {"ignore": {RULE: "our mirror has one repository"}}}
    stack["Resources"]["App"]["Metadata"] = metadata  # on the same line, and of another resource
    assert rules(scan(stack_dot_json=json.dumps(stack))) == ["ignore-silences-nothing", RULE]
    del stack["Resources"]["App"]["Metadata"]
    assert scan(stack_dot_json=json.dumps(stack | {"Metadata": metadata}))["summary"]["suppressed"] == 1
    ci["Metadata"] = metadata
    assert scan(stack_dot_json=json.dumps(stack))["summary"]["suppressed"] == 1


@pytest.mark.parametrize(
    ("comment", "rule", "message"),
    [
        (f"# ecrlint: ignore[{RULE}]", "ignore-has-no-reason", NO_REASON),
        (f"# ecrlint: ignore[{RULE}] --", "ignore-has-no-reason", NO_REASON),
        (
            f"# ecrlint: ignore[{RULE}] until 2999-01-01",
            "ignore-has-no-reason",
            "this ignore has no reason, so it does not count",
        ),
        (
            f"# ecrlint: ignore[{RULE}] a test until 2020-02-29",
            "ignore-has-expired",
            "this ignore was until 2020-02-29, so it does not count",
        ),
        (
            f"# ecrlint: ignore[{RULE}] a test until 2027-02-29",
            "ignore-has-expired",
            "this ignore is until 2027-02-29, which is no day, so it does not count",
        ),
        (
            "# ecrlint: ignore everything",
            "ignore-silences-nothing",
            "this ignore names no rule, so it does not count; write: # ecrlint: ignore[rule-name] REASON",
        ),
        (
            "# ecrlint: ignore[token-on-a-repository] a test",
            "ignore-silences-nothing",
            f'this ignore silences nothing: there is no rule "token-on-a-repository"; nearest: {RULE}',
        ),
    ],
)
def test_an_ignore_that_does_not_count_is_told_and_silences_nothing(comment: str, rule: str, message: str, scan: Scan) -> None:
    report = scan(main_dot_tf=with_ignore(TERRAFORM, "above", comment))
    assert [finding for finding in said(report) if finding[0] != RULE] == [(rule, message)]
    assert (RULE in rules(report), report["summary"]["suppressed"], report["status"]) == (True, 0, 1)


def test_an_ignore_holds_until_its_day_and_in_a_block_comment(scan: Scan) -> None:
    report = scan(main_dot_tf=with_ignore(TERRAFORM, "above", f"/* ecrlint: ignore[{RULE}] a test, until 2999-12-31 */"))
    assert (said(report), report["summary"]["suppressed"]) == ([], 1)


def test_an_ignore_elsewhere_silences_nothing_and_that_is_told(scan: Scan) -> None:
    message = f"this ignore silences nothing: there is no finding of {RULE} here"
    report = scan(main_dot_tf=with_ignore(TERRAFORM, "wrong", f"# ecrlint: ignore[{RULE}] a test"))
    assert said(report) == [(RULE, said(report)[0][1]), ("ignore-silences-nothing", message)]
    report = scan(
        "--config", "none", main_dot_tf=with_ignore(TERRAFORM, "line", f"# ecrlint: ignore[{RULE}, pull-on-task-role] a")
    )
    assert rules(report) == ["ignore-silences-nothing"]


def test_an_ignore_of_a_rule_that_is_off_is_not_told(scan: Scan) -> None:
    text = with_ignore(TERRAFORM, "line", f"# ecrlint: ignore[{RULE}] a test")
    assert said(scan(main_dot_tf=text, ecrlint_dot_toml=f'[rules]\n{RULE} = "off"\n')) == []
    off = '[rules]\nignore-silences-nothing = "off"\n'
    assert said(scan(main_dot_tf="# ecrlint: ignore[pull-on-task-role] a test\n" + text, ecrlint_dot_toml=off)) == []


def test_a_finding_in_the_baseline_is_silent_and_a_new_one_is_not(scan: Scan, tmp_path: Path) -> None:
    report = scan(main_dot_tf=with_ignore(TERRAFORM))
    assert main(["baseline", "write"]) == 0
    (entry,) = json.loads((tmp_path / "ecrlint-baseline.json").read_text())["findings"]
    assert entry == {
        "fingerprint": report["findings"][0]["fingerprint"],
        "rule": RULE,
        "path": "main.tf",
        "address": report["findings"][0]["address"],
        "cause": "ecr:GetAuthorizationToken not on everything",
    }
    report = scan()
    assert (said(report), report["summary"]["suppressed"], report["status"]) == ([], 1, 0)
    moved = "# a line\n\n" + with_ignore(TERRAFORM).replace("Statement = [", "Statement = [\n")
    assert said(scan(main_dot_tf=moved)) == []
    assert main(["baseline", "check"]) == 0
    second = with_ignore(TERRAFORM).replace('" "', '" "second_')
    second = second.replace("aws_iam_user.ci", "aws_iam_user.second_ci").replace('"ci"', '"cd"')
    assert rules(scan(other_dot_tf=second)) == [RULE]
    assert main(["baseline", "check"]) == 1


@pytest.mark.parametrize("after", ["iam.tf", "infra/iam.tf"])
def test_a_finding_in_the_baseline_is_known_in_a_renamed_file(after: str, scan: Scan, tmp_path: Path) -> None:
    scan(main_dot_tf=with_ignore(TERRAFORM))
    main(["baseline", "write"])
    (tmp_path / after).parent.mkdir(exist_ok=True)
    (tmp_path / "main.tf").rename(tmp_path / after)
    report = scan()
    assert (said(report), report["summary"]["suppressed"]) == ([], 1)


def test_a_finding_in_the_baseline_is_known_where_its_code_went_to_another_file_of_the_folder(scan: Scan, tmp_path: Path) -> None:
    text = with_ignore(TERRAFORM)
    at = text.index('resource "aws_iam_user_policy"')
    scan(main_dot_tf=text)
    main(["baseline", "write"])
    assert said(scan(main_dot_tf=text[:at], iam_dot_tf=text[at:])) == []


def test_the_same_flaw_in_a_copy_of_a_file_is_new(scan: Scan, tmp_path: Path) -> None:
    scan(main_dot_tf=with_ignore(TERRAFORM))
    main(["baseline", "write"])
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "main.tf").write_text(with_ignore(TERRAFORM))
    report = scan()
    assert ([finding["path"] for finding in report["findings"]], report["summary"]["suppressed"]) == (["copy/main.tf"], 1)


def test_a_baseline_is_the_same_from_wherever_a_scan_starts(scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(with_ignore(TERRAFORM))
    main(["baseline", "write"])
    monkeypatch.chdir(tmp_path / "infra")
    assert scan()["summary"]["suppressed"] == 1


def test_what_is_gone_or_late_is_told_and_written_away(scan: Scan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan(main_dot_tf=with_ignore(TERRAFORM))
    main(["baseline", "write"])
    path = tmp_path / "ecrlint-baseline.json"
    path.write_text(path.read_text().replace('"cause"', '"until": "2020-01-31", "cause"'))
    report = scan()
    assert said(report)[0][1].endswith(" (its entry in the baseline was until 2020-01-31)")
    assert main(["baseline", "check"]) == 1
    assert "expired: main.tf: " in capsys.readouterr().out
    scan(main_dot_tf=with_ignore(TERRAFORM).replace("aws_ecr_repository.app.arn", '"*"'))
    assert main(["baseline", "check"]) == 1
    assert "gone:    main.tf: " in capsys.readouterr().out
    main(["baseline", "write"])
    assert path.read_text() == '{"schema": 1, "findings": []}\n'
    assert main(["baseline", "check"]) == 0


def test_a_baseline_that_cannot_be_read_is_a_usage_error(scan: Scan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main.tf").write_text(with_ignore(TERRAFORM))
    (tmp_path / "ecrlint-baseline.json").write_text("[]")
    assert main([]) == 2
    assert "ecrlint-baseline.json:1: this is not a baseline" in capsys.readouterr().err
    (tmp_path / "ecrlint.toml").write_text('baseline = "known.json"\n')
    assert main([]) == 2
    assert "known.json:1: this baseline cannot be read" in capsys.readouterr().err
    assert main(["baseline", "write"]) == 0
    assert main([]) == 0


def test_what_the_user_hides_is_the_same_in_every_format(scan: Scan, capsys: pytest.CaptureFixture[str]) -> None:
    scan(main_dot_tf=with_ignore(TERRAFORM, "line", f"# ecrlint: ignore[{RULE}] a test"))
    assert main([]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1 suppressed" in captured.err


CUT = ('image \\"2305279726348302.dkr.ecr...\\"', 'image \\"42.dkr...\\"')


@pytest.mark.parametrize(("cause", "silenced"), [(CUT[0], 1), (CUT[1], 0)])
def test_an_entry_of_0_1_0_is_known_though_a_long_value_in_it_was_cut(
    cause: str, silenced: int, scan: Scan, tmp_path: Path
) -> None:
    image = "2305279726348302.dkr.ecr.us-east-1.amazonaws.com/shop-orders-repository:latest"
    task = f"""Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions: [{{Name: shop, Image: "{image}"}}]
"""
    (tmp_path / "ecrlint-baseline.json").write_text(
        '{"schema": 1, "findings": [{"fingerprint": "0", "rule": "image-reference-invalid", "path": "template.yaml",'
        f' "address": "Task", "cause": "{cause}"}}]}}'
    )
    assert scan(template_dot_yaml=task)["summary"]["suppressed"] == silenced


CACHED = """Resources:
  Hub:
    Type: AWS::ECR::PullThroughCacheRule
    Properties: {EcrRepositoryPrefix: hub, UpstreamRegistryUrl: registry-1.docker.io}
  Access:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      # ecrlint: ignore[%s] the cache is filled by hand
      ExecutionRoleArn: !GetAtt Access.Arn
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions:
        - {Name: web, Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/hub/library/nginx:1"}
"""


@pytest.mark.parametrize("rule", ["cache-pull-not-granted", "execution-role-cannot-pull"])
def test_what_silenced_a_finding_before_its_rule_had_a_name_of_its_own_silences_it(rule: str, scan: Scan, tmp_path: Path) -> None:
    report = scan(template_dot_yaml=CACHED % rule)
    assert (said(report), report["summary"]["suppressed"]) == ([], 1)
    assert rules(scan(template_dot_yaml=CACHED.replace("ecrlint:", ""))) == ["cache-pull-not-granted"]
    assert main(["baseline", "write"]) == 0
    path = tmp_path / "ecrlint-baseline.json"
    path.write_text(path.read_text().replace("cache-pull-not-granted", rule))
    assert scan()["summary"]["suppressed"] == 1

"""What a user states in `ecrlint.toml` or `pyproject.toml` holds for the files below it, from wherever ecrlint is started."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecrlint.cli import main

POLICY = """variable "scope" {
  type = string
}
resource "aws_ecr_repository" "app" {
  name = "app"
}
resource "aws_iam_user" "ci" {
  name = "ci"
}
resource "aws_iam_user_policy" "pull" {
  user = aws_iam_user.ci.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = RESOURCE },
      { Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource = "*" },
    ]
  })
}
"""
FLAWED = POLICY.replace("RESOURCE", "aws_ecr_repository.app.arn")
OPEN = POLICY.replace("RESOURCE", "var.scope")
NARROW = 'scope = "arn:aws:ecr:eu-west-1:111122223333:repository/app"\n'

Scan = Callable[..., tuple[int, list[dict[str, Any]]]]


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Scan:
    """Runs ecrlint in the test's folder, which is a repository: the exit status and the findings."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, list[dict[str, Any]]]:
        status = main(["--format", "json", *words])
        out = capsys.readouterr().out
        return status, json.loads(out)["findings"] if out else []

    return run


def said(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["path"], one["rule"], one["severity"]) for one in found]


def test_a_rule_is_switched_off_or_given_another_severity(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, main_dot_tf=FLAWED)
    assert said(scan()[1]) == [("main.tf", "token-on-repository", "error")]
    write(tmp_path, ecrlint_dot_toml='[rules]\ntoken-on-repository = "off"\n')
    assert scan() == (0, [])
    write(tmp_path, ecrlint_dot_toml='[rules]\ntoken-on-repository = "warning"\n')
    status, found = scan()
    assert (status, said(found)) == (0, [("main.tf", "token-on-repository", "warning")])
    write(tmp_path, ecrlint_dot_toml='severity = "error"\n[rules]\ntoken-on-repository = "warning"\n')
    assert scan() == (0, [])


def test_fail_on_of_the_command_line_goes_before_that_of_the_configuration(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, main_dot_tf=FLAWED, ecrlint_dot_toml='fail-on = "warning"\n[rules]\ntoken-on-repository = "warning"\n')
    assert scan()[0] == 1
    assert scan("--fail-on", "error")[0] == 0


def test_the_nearest_configuration_holds_from_wherever_the_scan_starts(
    tmp_path: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a__main_dot_tf=FLAWED, b__main_dot_tf=FLAWED, ecrlint_dot_toml='[rules]\ntoken-on-repository = "note"\n')
    write(tmp_path, b__pyproject_dot_toml='[tool.ecrlint.rules]\ntoken-on-repository = "warning"\n')
    write(tmp_path, a__pyproject_dot_toml='[project]\nname = "other"\n')
    everywhere = [("a/main.tf", "token-on-repository", "note"), ("b/main.tf", "token-on-repository", "warning")]
    assert said(scan()[1]) == everywhere
    assert said(scan("a/main.tf", "b")[1]) == everywhere
    monkeypatch.chdir(tmp_path / "a")
    assert said(scan()[1]) == [("a/main.tf", "token-on-repository", "note")]


def test_nothing_above_the_repository_is_read(tmp_path: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, inner__main_dot_tf=FLAWED, ecrlint_dot_toml="nonsense\n")
    (tmp_path / "inner" / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    assert scan()[0] == 1


def test_an_excluded_path_is_not_scanned_even_where_it_is_named(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, vendor__x__main_dot_tf=FLAWED, ecrlint_dot_toml='exclude = ["vendor"]\n')
    assert scan() == (0, [])
    assert scan("vendor/x/main.tf") == (0, [])
    assert scan("--config", "none")[0] == 1


def test_an_excluded_module_is_read_where_it_is_called_and_what_is_found_in_it_is_counted(
    tmp_path: Path, scan: Scan, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, main_dot_tf='module "m" {\n  source = "./vendor"\n}\n', vendor__main_dot_tf=FLAWED)
    write(tmp_path, ecrlint_dot_toml='exclude = ["vendor/**"]\n')
    assert main(["--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["findings"], report["summary"]["suppressed"]) == ([], 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fial-on = 1\n", 'ecrlint.toml:1: there is no key "fial-on"; nearest: "fail-on"'),
        (
            "\n[rules]\ntoken-on-rep = 'off'\n",
            'ecrlint.toml:3: there is no rule "token-on-rep"; nearest: "token-on-repository"',
        ),
        ("[rules]\ntoken-on-repository = 'of'\n", 'ecrlint.toml:2: "token-on-repository" is one of off, on, '),
        ("fail-on = 'fatal'\n", 'ecrlint.toml:1: "fail-on" is one of error, warning, note; this is "fatal"'),
        ("exclude = 'vendor'\n", 'ecrlint.toml:1: "exclude" must be a list of strings'),
        ("account = 123456789012\n", 'ecrlint.toml:1: "account" must be a string'),
        ("account = '1234'\n", 'ecrlint.toml:1: "account" is 12 digits in quotes; this is "1234"'),
        ("region = 'Ireland'\n", 'ecrlint.toml:1: "region" is a region as in "eu-west-1"; this is "Ireland"'),
        ("[terraform]\nvar-files = ['a.tfvars']\n", "ecrlint.toml:2: no such file: a.tfvars"),
        ("[terraform]\nvar-files = ['../a.tfvars']\n", "ecrlint.toml:2: this lies outside of the repository: ../a.tfvars"),
        ("[[terraform.environments]]\nvar-files = []\n", "ecrlint.toml:1: an environment needs a name of its own"),
        ("[terraform.environments]\nname = 'a'\n", "ecrlint.toml:1: write [[terraform.environments]], once for each"),
        ("a = 1\nb\n", "ecrlint.toml:2: this is not valid TOML: "),
        (f"\na = {'1' * 5000}\n", "ecrlint.toml:2: this is not valid TOML: exceeds the limit"),
        (f"\n{'a.' * 30_000}b = 1\n", "ecrlint.toml:2: this is not valid TOML: key with more than 16 parts"),
        ("a = {" + '"b\\"." . ' * 30_000 + "b = 1}\n", "ecrlint.toml:1: this is not valid TOML: key with more than 16 parts"),
        (f"[{'a . ' * 20_000}b]\n", "ecrlint.toml:1: this is not valid TOML: key with more than 16 parts"),
        (
            "".join(f"[[terraform.environments]]\nname = 'e{at}'\n" for at in range(20_000)),
            "ecrlint.toml:401: more than 200 environments",
        ),
        (f"'{'x' * 2000}' = 1", f'ecrlint.toml:1: there is no key "{"x" * 900}'),
    ],
)
def test_a_mistake_in_a_configuration_is_a_usage_error_at_its_line(
    text: str, message: str, tmp_path: Path, scan: Scan, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, main_dot_tf=FLAWED, ecrlint_dot_toml=text)
    assert main([]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err[: len(message) + 7]) == ("", f"Error: {message}")


@pytest.mark.parametrize("value", ["'a.b'", '"a\\".b"', "1.2", '"""x.y"""', "1979-05-27T07:32:00.9"])
def test_dots_in_values_part_no_key(value: str, tmp_path: Path, scan: Scan) -> None:
    quotes = "'" * 3
    listed = ", ".join([value] * 40)
    text = f"[tool.ecrlint]\n[other]\na = [{listed}] # {'a.b' * 40}\nb = {quotes}{'a . b.' * 40}\n{quotes}\n"
    write(tmp_path, main_dot_tf=FLAWED, pyproject_dot_toml=text)
    assert scan()[0] == 1


SPELLINGS = ["tool.ecrlint.fail-on = 'no'", "tool = {ecrlint = {fail-on = 'no'}}", "[tool.'ecrlint']\nfail-on = 'no'"]


@pytest.mark.parametrize("text", SPELLINGS)
@pytest.mark.usefixtures("scan")
def test_a_section_counts_in_whichever_spelling(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, main_dot_tf=FLAWED, pyproject_dot_toml=text)
    assert main([]) == 2
    assert 'is one of error, warning, note; this is "no"' in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["[tool.poetry]\necrlint = '*'\n", "[tool\n# ecrlint\n", "[tool]\nx = [[[[[[[[[[[[[[[['ecrlint'"]
)
def test_a_pyproject_of_others_is_none_of_ours(text: str, tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, main_dot_tf=FLAWED, pyproject_dot_toml=text)
    assert scan()[0] == 1


def test_a_variable_file_gives_the_values_and_the_last_one_wins(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, main_dot_tf=OPEN, wide_dot_tfvars='scope = "*"\n', narrow_dot_tfvars=NARROW)
    write(tmp_path, narrow_dot_json='{"scope": "arn:aws:ecr:eu-west-1:111122223333:repository/app"}')
    assert scan() == (0, [])
    assert said(scan("--var-file", "narrow.tfvars")[1]) == [("main.tf", "token-on-repository", "error")]
    assert said(scan("--var-file", "narrow.json")[1]) == [("main.tf", "token-on-repository", "error")]
    assert scan("--var-file", "narrow.tfvars", "--var-file", "wide.tfvars")[1] == []


def test_a_variable_file_of_a_root_may_lie_outside_of_what_is_scanned(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, app__main_dot_tf=OPEN, env__prod_dot_tfvars=NARROW)
    assert said(scan("--var-file", "env/prod.tfvars", "app")[1]) == [("app/main.tf", "token-on-repository", "error")]


def test_what_terraform_loads_by_itself_comes_first_in_json_too(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, main_dot_tf=OPEN, wide_dot_tfvars='scope = "*"\n')
    (tmp_path / "terraform.tfvars.json").write_text('{"scope": "arn:aws:ecr:eu-west-1:111122223333:repository/app"}')
    assert scan()[0] == 1
    assert scan("--var-file", "wide.tfvars") == (0, [])


ENVIRONMENTS = """[[terraform.environments]]
name = "dev"
var-files = ["env/dev.tfvars"]
[[terraform.environments]]
name = "prod"
var-files = ["env/prod.tfvars"]
"""


def test_a_finding_names_the_environment_that_it_needs_and_none_where_it_holds_in_all(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, main_dot_tf=OPEN, env__dev_dot_tfvars='scope = "*"\n', env__prod_dot_tfvars=NARROW)
    write(tmp_path, ecrlint_dot_toml=ENVIRONMENTS)
    status, (finding,) = scan()
    assert status == 1
    assert finding["message"].endswith(" (in prod)")
    write(tmp_path, env__dev_dot_tfvars=NARROW)
    (finding,) = scan()[1]
    assert " (in " not in finding["message"]


def test_an_environment_is_for_the_roots_that_it_names_and_for_those_whose_variables_it_sets(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, a__main_dot_tf=OPEN, b__main_dot_tf=OPEN, env__prod_dot_tfvars=NARROW, env__dev_dot_tfvars="other = 1\n")
    write(tmp_path, ecrlint_dot_toml=ENVIRONMENTS.replace('name = "prod"', 'name = "prod"\nroots = ["a"]'))
    assert [path for path, _, _ in said(scan()[1])] == ["a/main.tf"]


def test_the_command_line_goes_before_the_environments(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, main_dot_tf=OPEN, env__dev_dot_tfvars=NARROW, env__prod_dot_tfvars=NARROW, wide_dot_tfvars='scope = "*"\n')
    write(tmp_path, ecrlint_dot_toml=ENVIRONMENTS)
    assert scan("--var-file", "wide.tfvars") == (0, [])


def test_a_stated_place_deploys_no_module(tmp_path: Path, scan: Scan) -> None:
    """A folder for others to call is still read with its variables unknown, so what an open variable decides is said so."""
    module = 'variable "scope" {\n  default = "*"\n}\n' + OPEN.partition("}\n")[2]
    write(tmp_path, main_dot_tf=module)
    before = scan()
    write(tmp_path, ecrlint_dot_toml='region = "eu-west-1"\n[[terraform.environments]]\nname = "a"\n')
    assert scan() == before


def test_a_configuration_that_is_a_link_out_of_the_repository_is_none(tmp_path: Path, scan: Scan) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}.toml"
    outside.write_text("nonsense\n")
    write(tmp_path, main_dot_tf=FLAWED)
    (tmp_path / "ecrlint.toml").symlink_to(outside)
    assert scan()[0] == 1


def test_a_configuration_that_nests_too_deep_is_a_usage_error(tmp_path: Path, scan: Scan) -> None:
    write(tmp_path, main_dot_tf=FLAWED, ecrlint_dot_toml="exclude = " + "[" * 20_000)
    assert scan()[0] == 2


def test_config_says_what_applies_and_which_line_says_so(tmp_path: Path, scan: Scan, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, a__main_dot_tf=OPEN, env__dev_dot_tfvars="", env__prod_dot_tfvars="")
    write(tmp_path, ecrlint_dot_toml='exclude = ["a"]\nregion = "eu-west-1"\n' + ENVIRONMENTS)
    assert main(["config", "a/main.tf"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a/main.tf: ecrlint.toml applies, the nearest configuration above it",
        "fail-on      error                            default",
        "severity     note                             default",
        "exclude      a                                ecrlint.toml:1",
        "region       eu-west-1                        ecrlint.toml:2",
        "environment  dev: env/dev.tfvars eu-west-1    ecrlint.toml:3",
        "environment  prod: env/prod.tfvars eu-west-1  ecrlint.toml:6",
        'excluded     yes, by "a"',
    ]


def test_config_says_where_no_configuration_was_found(tmp_path: Path, scan: Scan, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config"]) == 0
    assert capsys.readouterr().out.startswith(f".: no configuration from there up to {tmp_path}\n")


TERRAFORM_ELSEWHERE = """resource "aws_ecr_repository" "app" {
  name = "app"
}
resource "aws_iam_role" "exec" {
  name               = "exec"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_role_policy" "exec" {
  role = aws_iam_role.exec.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      { Effect = "Allow", Action = "ecr:*", Resource = "arn:aws:ecr:us-east-1:111122223333:repository/app" },
    ]
  })
}
resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.exec.arn
  container_definitions    = jsonencode([{ name = "app", image = "${aws_ecr_repository.app.repository_url}:1" }])
}
"""
TEMPLATE_ELSEWHERE = """Resources:
  Repo:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: app
  Exec:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: pull
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: ecr:GetAuthorizationToken
                Resource: "*"
              - Effect: Allow
                Action: ecr:*
                Resource: arn:aws:ecr:us-east-1:111122223333:repository/app
  App:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ExecutionRoleArn: !GetAtt Exec.Arn
      ContainerDefinitions:
        - Name: app
          Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/app:1"
"""


@pytest.mark.parametrize(("name", "text"), [("main.tf", TERRAFORM_ELSEWHERE), ("stack.yaml", TEMPLATE_ELSEWHERE)])
@pytest.mark.parametrize(
    ("stated", "rules"),
    [
        ("", []),
        ('region = "us-east-1"', []),
        ('region = "eu-west-1"', ["execution-role-cannot-pull"]),
        ('account = "111122223333"', []),
        ('account = "444455556666"', ["execution-role-cannot-pull"]),
    ],
)
def test_a_stated_account_or_region_settles_what_the_files_leave_open(
    name: str, text: str, stated: str, rules: list[str], tmp_path: Path, scan: Scan
) -> None:
    write(tmp_path, **{name.replace(".", "_dot_"): text, "ecrlint_dot_toml": stated + "\n"})
    assert [rule for _, rule, _ in said(scan()[1])] == rules

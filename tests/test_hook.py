"""The hook reports what belongs to the changed files, nothing lost and nothing twice, however the list of them is split."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrlint.boundary.repository import boundary
from ecrlint.cli import main
from ecrlint.model.finding import Finding, Report
from ecrlint.run import pipeline
from ecrlint.run.hook import hook
from ecrlint.run.scan_state import ScanOptions

BESIDE = Path(__file__).parent / "fixtures/execution-role-cannot-pull/quiet/repository-in-another-root"
CALL = """module "ci" {
  source = "../../modules/ci"
  scope  = "arn:aws:ecr:eu-west-1:111122223333:repository/NAME"
}
"""
FILES = {
    # Two roots that call one module, whose flaw comes from what the roots give it.
    "apps/a/main.tf": CALL.replace("NAME", "a"),
    "apps/a/repo.tf": 'resource "aws_ecr_repository" "a" {\n  name = "a"\n}\n',
    "apps/b/main.tf": CALL.replace("NAME", "b"),
    "modules/ci/main.tf": """variable "scope" {
  type = string
}
resource "aws_iam_user" "ci" {
  name = "ci"
}
resource "aws_iam_user_policy" "pull" {
  user   = aws_iam_user.ci.name
  policy = templatefile("${path.module}/pull.json.tftpl", { scope = var.scope })
}
""",
    "modules/ci/pull.json.tftpl": """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "${scope}"},
  {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Resource": "*"}
]}
""",
    # A task definition of its own, whose role is made elsewhere and lacks the pull; the flaw has places in both.
    "tasks/app.json": """{"family": "app", "requiresCompatibilities": ["FARGATE"],
  "executionRoleArn": "arn:aws:iam::111122223333:role/app-exec",
  "containerDefinitions": [{"name": "app", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1"}]}
""",
    "roles/main.tf": """resource "aws_iam_role" "exec" {
  name               = "app-exec"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
""",
    # A template that nests another.
    "stacks/outer.yaml": """Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: inner.yaml
      Parameters:
        Scope: arn:aws:ecr:eu-west-1:111122223333:repository/app
""",
    "stacks/inner.yaml": """Parameters:
  Scope:
    Type: String
Resources:
  Ci:
    Type: AWS::IAM::User
    Properties:
      Policies:
        - PolicyName: pull
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: ecr:GetAuthorizationToken
                Resource: !Ref Scope
              - Effect: Allow
                Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
                Resource: "*"
""",
    # A role that may pull because the policy of a repository in another root lets it in: nothing is to be said of it.
    "registry/main.tf": (BESIDE / "registry/main.tf").read_text(),
    "service/main.tf": (BESIDE / "service/main.tf").read_text(),
    # What stands alone, what is not ours, and an ignore that silences nothing.
    "policy.json": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", '
    '"Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/app"}]}\n',
    "values.yaml": "replicas: 3\n",
    "lone/main.tf": '# ecrlint: ignore[token-on-repository] a test\nresource "aws_ecr_repository" "lone" {\n  name = "lone"\n}\n',
}
NOTES = Path(".git/ecrlint-hook.json")
Seen = tuple[str, str, int, str]


def git(*words: str) -> None:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository with one commit that holds the files, each of which has grown by an empty line since."""
    root = tmp_path_factory.mktemp("repository")
    before = Path.cwd()
    os.chdir(root)
    try:
        git("init", "-q")
        for name, text in FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        git("add", ".")
        git("commit", "-qm", "first")
        for name, text in FILES.items():
            (root / name).write_text(text + "\n")
        yield root
    finally:
        os.chdir(before)


def seen(findings: Iterator[Finding] | tuple[Finding, ...]) -> Counter[Seen]:
    return Counter((one.rule, one.span.path, one.span.line, one.message) for one in findings)


def touches(finding: Finding, files: list[str]) -> bool:
    return bool({finding.span.path, *(other.span.path for other in finding.related)} & set(files))


def whole(repository: Path) -> Report:
    return pipeline.scan([str(repository)], str(repository))


def test_the_repository_of_this_test_has_findings_with_places_in_several_files(repository: Path) -> None:
    found = whole(repository).findings
    spread = [one for one in found if len({one.span.path, *(other.span.path for other in one.related)}) > 1]
    assert {one.rule for one in spread} >= {"token-on-repository", "role-not-trusting-ecs-tasks"}
    assert len(found) >= 5


CHANGED = st.lists(st.sampled_from(sorted(FILES)), unique=True, min_size=1)
SPLIT = st.lists(st.integers(0, 3), min_size=len(FILES), max_size=len(FILES))


def calls(changed: list[str], split: list[int]) -> list[list[str]]:
    return [part for call in range(4) if (part := [path for path, number in zip(changed, split, strict=False) if number == call])]


@settings(max_examples=60, deadline=None)
@given(CHANGED, SPLIT)
def test_the_reports_of_any_split_are_together_that_of_one_call(repository: Path, changed: list[str], split: list[int]) -> None:
    git("reset", "-q")
    git("add", *changed)
    one = hook.scan(changed)
    several = [hook.scan(part) for part in calls(changed, split)]
    assert sum((seen(report.findings) for report in several), Counter()) == seen(one.findings)
    assert {file.path for report in several for file in report.files} == {file.path for file in one.files}
    assert any(report.fails for report in several) == one.fails
    belonging = tuple(finding for finding in whole(repository).findings if touches(finding, changed))
    assert seen(one.findings) == seen(belonging)


@settings(max_examples=60, deadline=None)
@given(CHANGED, SPLIT)
def test_any_list_that_pre_commit_splits_is_reported_once(repository: Path, changed: list[str], split: list[int]) -> None:
    git("reset", "-q")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRE_COMMIT", "1")
        parts = [hook.scan(part) for part in calls(changed, split)]
        NOTES.unlink(missing_ok=True)  # it is another pre-commit
        whole = hook.scan(changed)
        NOTES.unlink(missing_ok=True)
    assert sum((seen(report.findings) for report in parts), Counter()) == seen(whole.findings)
    assert any(report.fails for report in parts) == whole.fails


def test_the_notes_are_of_one_pre_commit_and_one_list(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding is only left out where the same parent has already heard it, of other files, with the same options."""
    git("reset", "-q")
    monkeypatch.setenv("PRE_COMMIT", "1")
    task, role = ["tasks/app.json"], ["roles/main.tf"]
    assert seen(hook.scan(task).findings)
    noted = NOTES.read_text()
    assert not seen(hook.scan(role).findings)
    assert seen(hook.scan(task).findings)  # the list begins again
    for other in (noted.replace(str(os.getppid()), "1"), "", "[]", '{"parent": 1'):
        NOTES.write_text(other)
        assert seen(hook.scan(role).findings)
    NOTES.write_text(noted)
    assert seen(hook.scan(role, ScanOptions(fail_on="note")).findings)
    NOTES.write_text(noted)
    os.utime(NOTES, (0, 0))
    assert seen(hook.scan(role).findings)
    NOTES.write_text(noted)
    monkeypatch.delenv("PRE_COMMIT")
    assert seen(hook.scan(role).findings)
    NOTES.unlink()


@settings(max_examples=30, deadline=None)
@given(CHANGED, SPLIT)
def test_without_a_list_of_git_and_pre_commit_nothing_is_lost(repository: Path, changed: list[str], split: list[int]) -> None:
    git("reset", "-q")
    several = [hook.scan(part) for part in calls(changed, split)]
    assert set(sum((seen(report.findings) for report in several), Counter())) == set(seen(hook.scan(changed).findings))


def test_what_another_unit_gives_is_known_in_the_hook_and_of_a_folder_alone(repository: Path) -> None:
    alone = boundary(["service"], "service")
    assert [one.rule for one in pipeline.scan(["service"], alone).findings] == ["execution-role-cannot-pull"]
    assert pipeline.scan(["service"], boundary(["service"])).findings == ()
    assert pipeline.scan(["service/main.tf"], boundary(["service/main.tf"])).findings == ()
    assert hook.scan(["service/main.tf"]).findings == ()


def test_what_a_unit_gives_that_is_wanted_for_something_else_too_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(BESIDE, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    (giver,) = (path for path in tmp_path.rglob("*.tf") if "aws_ecr_repository_policy" in path.read_text())
    attached = (
        'resource "aws_iam_role_policy_attachment" "x" {\n  role = "other"\n  policy_arn = "arn:aws:iam::aws:policy/X"\n}\n'
    )
    giver.write_text(giver.read_text() + attached)
    (taker,) = {path.parent.name for path in tmp_path.rglob("*.tf")} - {giver.parent.name}
    assert pipeline.scan([taker], boundary([taker])).findings == ()
    assert hook.scan([str(path) for path in (tmp_path / taker).iterdir()]).findings == ()


def test_a_folder_alone_tells_nothing_of_the_rest_of_its_repository(repository: Path) -> None:
    report = pipeline.scan(["service"], boundary(["service"]))
    assert [file.path for file in report.files] == ["service/main.tf"]
    assert report.problems == ()


def test_all_files_in_one_call_are_the_scan_of_the_repository(repository: Path) -> None:
    assert seen(hook.scan(sorted(FILES)).findings) == seen(whole(repository).findings)


def test_a_problem_is_reported_with_its_file_alone(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = repository / "apps/a/repo.tf"
    before = path.read_text()
    path.write_text('resource "aws_ecr_repository" "a" {\n')
    try:
        assert hook.scan(["apps/b/main.tf"]).problems == ()
        assert [problem.path for problem in hook.scan(["apps/a/repo.tf"]).problems] == ["apps/a/repo.tf"]
    finally:
        path.write_text(before)


def test_what_is_not_ours_costs_no_parser_and_says_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hook", "values.yaml"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_file_that_is_gone_and_an_excluded_one_are_passed_over(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hook", "gone.tf"]) == 0
    (repository / "ecrlint.toml").write_text('exclude = ["policy.json"]\n')
    try:
        assert main(["hook", "policy.json"]) == 0
    finally:
        (repository / "ecrlint.toml").unlink()


def test_only_errors_stop_a_commit(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hook", "lone/main.tf"]) == 0
    assert "ignore-silences-nothing" in capsys.readouterr().out
    assert main(["hook", "--fail-on", "warning", "lone/main.tf"]) == 1


def test_a_variable_file_is_read_with_the_root_that_the_user_states(repository: Path) -> None:
    (repository / "env").mkdir(exist_ok=True)
    values, config = repository / "env/prod.tfvars", repository / "ecrlint.toml"
    values.write_text('scope = "arn:aws:ecr:eu-west-1:111122223333:repository/x"\n')
    config.write_text('[[terraform.environments]]\nname = "prod"\nroots = ["apps/c"]\nvar-files = ["env/prod.tfvars"]\n')
    root = repository / "apps/c/main.tf"
    root.parent.mkdir(exist_ok=True)
    root.write_text('variable "scope" {}\nmodule "ci" {\n  source = "../../modules/ci"\n  scope = var.scope\n}\n')
    try:
        report = hook.scan(["env/prod.tfvars"])
        assert [file.path for file in report.files] == ["env/prod.tfvars"]
    finally:
        for path in (values, config, root):
            path.unlink()


@pytest.mark.parametrize("changed", ["k8s/metrics.yaml", "terraform/main.tf"])
def test_a_manifest_is_read_with_the_nodes_that_pull_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    cache = Path(__file__).parent / "fixtures/cache-pull-not-granted/fires/manifest"
    shutil.copytree(cache, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    assert [one.rule for one in hook.scan([changed]).findings] == ["cache-pull-not-granted"]


PUSH = (
    'resource "aws_iam_role" "ci" {\n  assume_role_policy = "{}"\n}\n'
    'resource "aws_iam_role_policy" "push" {\n  role = aws_iam_role.ci.name\n  policy = jsonencode({ Statement = [{\n'
    '    Effect = "Allow"\n    Action = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:PutImage"]\n'
    '    Resource = "*" }] })\n}\n'
)
REST = (
    'resource "aws_iam_role_policy_attachment" "rest" {\n  role = aws_iam_role.ci.name\n'
    '  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"\n}\n'
)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder: a repository whose `infra/rest.tf` completes what `infra/main.tf` grants."""
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(PUSH)
    (tmp_path / "infra" / "rest.tf").write_text(REST)
    (tmp_path / "other.yaml").write_text("a: 1\n")
    (tmp_path / "notes.txt").write_text("a\n")
    git("add", ".")
    git("commit", "-qm", "first")
    return tmp_path


def test_a_commit_that_only_deletes_is_checked(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("rm", "-q", "infra/rest.tf")
    assert main(["hook", "--fail-on", "warning"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("infra/main.tf:8:")
    assert "[push-set-incomplete]" in out


def test_what_a_deletion_breaks_is_said_once(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("rm", "-q", "infra/rest.tf")
    for name in ("a.json", "b.json"):
        (small / name).write_text("{}")
    git("add", ".")
    for files, status in ((["a.json"], 1), (["b.json"], 0), (["a.json", "b.json"], 1)):
        assert main(["hook", "--fail-on", "warning", *files]) == status
        assert capsys.readouterr().out.count("push-set-incomplete") == status
    (small / "infra" / "main.tf").write_text(f"{PUSH}\n")
    git("add", ".")
    assert main(["hook", "--fail-on", "warning", "a.json", "b.json", "infra/main.tf"]) == 1
    assert capsys.readouterr().out.count("push-set-incomplete") == 1


@pytest.mark.parametrize("name", ["other.yaml", "notes.txt"])
def test_a_deletion_of_nothing_of_ours_scans_nothing(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    git("rm", "-q", name)
    monkeypatch.setattr(pipeline, "read", None)
    assert main(["hook", "--fail-on", "warning"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_push_that_deletes_is_compared_with_where_it_begins(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("rm", "-q", "infra/rest.tf")
    git("commit", "-qm", "second")
    assert main(["hook", "--fail-on", "warning"]) == 0
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", "HEAD~1")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    assert main(["hook", "--fail-on", "warning"]) == 1


def test_a_finding_has_a_line_of_help_and_the_message_of_aws(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("rm", "-q", "infra/rest.tf")
    main(["hook", "--fail-on", "warning"])
    finding, aws, help, *_ = capsys.readouterr().out.splitlines()
    assert finding.startswith("infra/main.tf:8:")
    assert aws.startswith("   = aws:  Error parsing HTTP 403 response body")
    assert help.startswith("   = help: add to the actions of this statement: ")


def test_pre_commit_always_runs_the_hooks(project: Path) -> None:
    hooks = yaml.safe_load((project / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks if hook["always_run"]] == ["ecrlint", "ecrlint-all"]

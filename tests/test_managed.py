"""The table of AWS managed policies, against what is known of them from elsewhere (facts from AWS's own pages)."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint.analysis.capability import LOGIN, PULL, PUSH, Capability, can
from ecrlint.iam import managed
from ecrlint.model.policy import Policy
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Ref

SPAN = Span(Source("main.tf", ""), 0, 0)
REPOSITORY = Ref("aws_ecr_repository.app", "arn", SPAN)

# Name, path, then login, pull, push: Y all of it on everything, cond all of it but under a condition or on some
# repositories, part not all of it, - nothing.
ROWS = """
AdministratorAccess / Y Y Y
PowerUserAccess / Y Y Y
ReadOnlyAccess / Y Y part
ViewOnlyAccess /job-function/ - - -
SecurityAudit / - - -
AmazonEC2ContainerRegistryFullAccess / Y Y Y
AmazonEC2ContainerRegistryPowerUser / Y Y Y
AmazonEC2ContainerRegistryReadOnly / Y Y part
AmazonEC2ContainerRegistryPullOnly / Y Y -
AmazonElasticContainerRegistryPublicFullAccess / - - -
AmazonElasticContainerRegistryPublicPowerUser / - - -
AmazonElasticContainerRegistryPublicReadOnly / - - -
AmazonECSTaskExecutionRolePolicy /service-role/ Y Y part
AmazonEC2ContainerServiceforEC2Role /service-role/ Y Y part
AmazonECSInstanceRolePolicyForManagedInstances / - - -
AmazonECSInfrastructureRolePolicyForManagedInstances / - - -
AmazonECS_FullAccess / - - -
AmazonEC2ContainerServiceRole /service-role/ - - -
AmazonEKSWorkerNodePolicy / - - -
AmazonEKSWorkerNodeMinimalPolicy / - - -
AmazonEKS_CNI_Policy / - - -
AmazonEKSClusterPolicy / - - -
AmazonEKSComputePolicy / - - -
AmazonEKSFargatePodExecutionRolePolicy / Y Y part
AWSAppRunnerServicePolicyForECRAccess /service-role/ Y Y part
AWSCodeBuildAdminAccess / - - -
AWSCodeBuildDeveloperAccess / - - -
AWSCodePipeline_FullAccess / - - -
AWSLambdaBasicExecutionRole /service-role/ - - -
AWSLambda_FullAccess / - - -
AWSBatchServiceRole /service-role/ - - -
AmazonSageMakerFullAccess / Y Y cond
EC2InstanceProfileForImageBuilderECRContainerBuilds / Y Y Y
AmazonSSMManagedInstanceCore / - - -
AWSElasticBeanstalkWebTier / - - -
AWSElasticBeanstalkMulticontainerDocker / - - -
AWSElasticBeanstalkEKSImageBuild / Y cond cond
AWSECRPullThroughCache_ServiceRolePolicy /aws-service-role/ Y cond cond
ECRReplicationServiceRolePolicy /aws-service-role/ - - -
ECRTemplateServiceRolePolicy /aws-service-role/ - - -
AWSCompromisedKeyQuarantineV2 / - - -
AWSCompromisedKeyQuarantineV3 / - - -
AWSDenyAll / - - -
AmazonInspector2ServiceRolePolicy /aws-service-role/ Y Y -
ROSAWorkerInstancePolicy /service-role/ Y cond part
AmazonBraketFullAccess / Y cond part
SageMakerStudioProjectRoleMachineLearningPolicy / Y cond -
"""


def policy(name: str) -> Policy:
    return Policy("identity", name, (), SPAN, managed=name)


def flag(name: str, capability: Capability) -> str:
    """What a managed policy grants, in the words of the table above."""
    grant = can([policy(name)], capability, REPOSITORY)
    if grant.truth is YES:
        return "Y"
    if len(grant.missing) == len(capability.actions):
        return "-"
    return "part" if grant.missing else "cond"


@pytest.mark.parametrize("row", ROWS.strip().splitlines(), ids=lambda row: row.split()[0])
def test_a_managed_policy_grants_what_it_is_known_to_grant(row: str) -> None:
    name, path, login, pull, push = row.split()
    assert managed.path(name) == path
    assert (flag(name, LOGIN), flag(name, PULL), flag(name, PUSH)) == (login, pull, push)


def test_a_name_without_its_path_exists_all_the_same() -> None:
    assert managed.exists("AmazonECSTaskExecutionRolePolicy")
    assert not managed.exists("service-role/AmazonECSTaskExecutionRolePolicy")
    assert not managed.exists("amazonecstaskexecutionrolepolicy")


def test_a_policy_that_does_not_exist_has_no_path_and_no_statements() -> None:
    assert managed.path("AmazonEC2ContainerRegistryDream") is None
    assert managed.statements("AmazonEC2ContainerRegistryDream") == ()


def test_the_execution_role_policy_writes_logs_and_creates_no_group() -> None:
    assert can([policy("AmazonECSTaskExecutionRolePolicy")], Capability("logs", ("logs:CreateLogStream",))).truth is YES
    assert can([policy("AmazonECSTaskExecutionRolePolicy")], Capability("group", ("logs:CreateLogGroup",))).truth is NO
    assert can([policy("AmazonECSTaskExecutionRolePolicy")], Capability("s", ("secretsmanager:GetSecretValue",))).truth is NO


def test_the_table_knows_what_it_covers() -> None:
    assert managed.covers("ecr:PutImage")
    assert managed.covers("ECR:putimage")
    assert managed.covers("sts:GetServiceBearerToken")
    assert not managed.covers("ec2:RunInstances")
    assert can([policy("ReadOnlyAccess")], Capability("run", ("ec2:RunInstances",))).truth is MAYBE
    assert can([policy("AWSDenyAll")], Capability("run", ("ec2:RunInstances",))).truth is NO


def test_the_table_has_a_date_and_a_source() -> None:
    assert managed.date() >= "2026-09"
    assert managed.source().startswith("moto ")


def test_the_table_is_small(project: Path) -> None:
    assert (project / "src/ecrlint/iam/managed_policies.json").stat().st_size < 300_000


def test_the_table_is_what_its_source_gives(project: Path) -> None:
    try:
        version = importlib.metadata.version("moto")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("moto is not installed")
    if f"moto {version}," not in managed.source():
        pytest.skip("the table is of another version of moto")
    command = [sys.executable, str(project / "tools/update_managed_policies.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run tools/update_managed_policies.py"

"""Small syntactic faults, one for each way in which a rule's subject breaks, and the places where they can be planted.

A fault is an edit of a few characters of one block, or the block taken away. No evaluation chooses the places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from truth.blocks import Block

GRANT = "policies|statements|containers"
WAY = "routes|route table|endpoints|subnets|route tables"
RULES = "ingress rules|egress rules|security groups|subnets"
ECS_ROLE = "AmazonECSTaskExecutionRolePolicy"


@dataclass(frozen=True)
class Fault:
    """`rules` may flag it, `types` are the blocks that have its subject, `pattern` what is replaced in them (None: the block is
    taken away), `needs` what they have besides. `sets` are those whose being open is a reason for silence; `action` is what is no
    longer granted."""

    name: str
    rules: frozenset[str]
    types: str
    pattern: str | None
    replacement: str = ""
    needs: str = ""
    sets: str = GRANT
    action: str = ""
    uses: str = ""
    """What of the type has to be near, for the rule to have a subject: `type` or `type:words in it`."""


@dataclass(frozen=True)
class Planted:
    fault: Fault
    block: Block
    start: int
    end: int
    text: str


def _rules(words: str) -> frozenset[str]:
    return frozenset(words.split())


POLICY = r"aws_(iam_\w*policy\w*|ecr_repository_policy)$|AWS::IAM::|AWS::ECR::Repository$|^(file|locals|module)$"
ROLE = r"aws_iam_(role|policy_document)$|AWS::IAM::Role$|^file$"
PULL = (
    "pull-set-incomplete execution-role-cannot-pull login-not-granted instance-role-cannot-pull node-role-cannot-pull "
    "codebuild-cannot-pull-image grant-misses-repository lambda-without-repository-grant app-runner-without-access-role "
    "cross-account-without-repository-policy pod-execution-role-cannot-pull pull-on-task-role public-registry-confused"
)
PUSH = "push-set-incomplete ci-role-cannot-push login-not-granted grant-misses-repository push-without-batch-get-image"
DEFINITION = "aws_ecs_task_definition$|AWS::ECS::TaskDefinition$"
GROUP = r"aws_security_group_rule$|aws_vpc_security_group_\w+_rule$|AWS::EC2::SecurityGroup\w+gress$"
ENDPOINT, VPC = "aws_vpc_endpoint$|AWS::EC2::VPCEndpoint$", "aws_vpc$|AWS::EC2::VPC$"
HOST = r"aws_(instance|launch_\w+)$|AWS::EC2::(Instance|LaunchTemplate)$"
OF_REPOSITORY = "aws_ecr_repository_policy$|AWS::ECR::Repository$"
WITH_IMAGE = r"aws_ecs_task_definition$|aws_lambda_function$|AWS::(ECS::TaskDefinition|Lambda::Function)$|^file$"
SWAPPED = "pull-on-task-role execution-role-cannot-pull execution-role-cannot-log role-not-trusting-ecs-tasks"
SERVICES = r"ecr\.|\bs3\b"
NEVER = "$^"
UPLOAD = "ecr:(PutImage|InitiateLayerUpload)"
LOGGING, SECRETS = f"({DEFINITION}):awslogs", f"({DEFINITION}):valueFrom|secrets"
IN_NETWORK = r"aws_ecs_service$|AWS::ECS::Service$|aws_batch_compute_environment$|aws_vpc_endpoint$|AWS::EC2::VPCEndpoint$"
PULLS = r"aws_ecs_service$|AWS::ECS::Service$|aws_batch_compute_environment$|AWS::Batch::ComputeEnvironment$"
ECR_ENDPOINT = r"(aws_vpc_endpoint$|AWS::EC2::VPCEndpoint$):ecr\."
GROUPS = "consumer-cannot-reach-https endpoint-closed-to-consumers task-without-way-out"
WAYS = "task-without-way-out endpoint-set-incomplete layers-not-routed consumer-cannot-reach-https endpoint-in-other-region"


def _taken(action: str, other: str, rules: str, needs: str = "", uses: str = "") -> Iterator[Fault]:
    """An action misspelt, and another in its place."""
    words = rf"(?<![\w:*]){action}(?![\w*])"
    yield Fault(f"action taken away: {action}", _rules(rules), POLICY, words, other, needs, action=action, uses=uses)
    if action.startswith("ecr:"):
        misspelt = _rules(f"{rules} unknown-ecr-action")
        yield Fault(f"action misspelt: {action}", misspelt, POLICY, words, action + "s", action=action, uses=uses)


FAULTS = (
    *_taken("ecr:GetAuthorizationToken", "ecr:DescribeRegistry", f"{PULL} {PUSH}"),
    *_taken("ecr:BatchGetImage", "ecr:DescribeImages", f"{PULL} {PUSH}"),
    *_taken("ecr:GetDownloadUrlForLayer", "ecr:DescribeImages", PULL),
    *_taken("ecr:BatchCheckLayerAvailability", "ecr:DescribeImages", PUSH, UPLOAD),
    *_taken("ecr:InitiateLayerUpload", "ecr:DescribeImages", PUSH),
    *_taken("ecr:UploadLayerPart", "ecr:DescribeImages", PUSH),
    *_taken("ecr:CompleteLayerUpload", "ecr:DescribeImages", PUSH),
    *_taken("ecr:PutImage", "ecr:DescribeImages", PUSH),
    *_taken("logs:CreateLogStream", "logs:DescribeLogStreams", "execution-role-cannot-log", uses=LOGGING),
    *_taken("logs:PutLogEvents", "logs:DescribeLogStreams", "execution-role-cannot-log", uses=LOGGING),
    *_taken("secretsmanager:GetSecretValue", "secretsmanager:ListSecrets", "execution-role-cannot-read-secrets", uses=SECRETS),
    *_taken("ssm:GetParameters", "ssm:DescribeParameters", "execution-role-cannot-read-secrets", uses=SECRETS),
    *_taken("iam:PassRole", "iam:GetRole", "pass-role-missing", "ecs:(RegisterTaskDefinition|RunTask)", DEFINITION),
    Fault(
        "policy narrowed: * to the ARN of a repository",
        _rules(f"{PULL} {PUSH} token-on-repository"),
        POLICY,
        r"""(?i)(?P<before>\bresources?["']?\s*[=:]\s*\[?\s*(-\s*)?["'])\*(?=["'])""",
        r"\g<before>arn:aws:ecr:eu-west-1:111122223333:repository/planted",
        needs="ecr:GetAuthorizationToken|ecr:\\*",
        action="ecr:GetAuthorizationToken",
    ),
    Fault(
        "managed policy misspelt",
        _rules("managed-policy-unknown"),
        r"aws_iam|AWS::IAM::|^(locals|variable|module)$",
        rf"{ECS_ROLE}\b",
        "AmazonECSTaskExecutionPolicy",
    ),
    Fault(
        "managed policy changed",
        _rules(f"{PULL} execution-role-cannot-log login-not-granted"),
        r"aws_iam|AWS::IAM::|^(locals|variable|module)$",
        rf"(service-role/)?{ECS_ROLE}\b",
        "AmazonSQSReadOnlyAccess",
        action="ecr:BatchGetImage",
    ),
    Fault(
        "attachment taken away",
        _rules(f"{PULL} execution-role-cannot-log"),
        "aws_iam_role_policy_attachment$",
        None,
        needs=f"{ECS_ROLE}|ContainerRegistry",
        action="ecr:BatchGetImage",
    ),
    Fault(
        "ARN of a repository misspelt",
        _rules("arn-matches-no-repository grant-misses-repository"),
        POLICY,
        r"(?P<before>arn:[\w${}.:-]*:ecr:[^\s\"']*?:)repository/",
        r"\g<before>repo/",
    ),
    Fault(
        "trust changed: ecs-tasks",
        _rules("role-not-trusting-ecs-tasks"),
        ROLE,
        r"\becs-tasks\.amazonaws\.com",
        "ecs.amazonaws.com",
        needs="sts:AssumeRole",
    ),
    Fault(
        "trust changed: subject of GitHub",
        _rules("oidc-trust-never-matches oidc-subject-not-trusted"),
        ROLE,
        r"(?P<before>[\"']repo:[\w./-]+):[^\"']*(?=[\"'])",
        r"\g<before>",
    ),
    Fault(
        "trust changed: audience of GitHub",
        _rules("oidc-audience-mismatch"),
        ROLE,
        r"(?<=[\"'])sts\.amazonaws\.com(?=[\"'])",
        "sts.amazonaws.co",
        needs="token\\.actions\\.githubusercontent\\.com:aud",
        uses="aws_iam_openid_connect_provider$|AWS::IAM::OIDCProvider$",
    ),
    Fault(
        "execution role taken away",
        _rules("execution-role-missing execution-role-cannot-pull pull-on-task-role"),
        DEFINITION,
        r"(?m)^\s*(execution_role_arn\s*=|[\"']?ExecutionRoleArn[\"']?:)[^\n{]*\n",
        "",
        needs="amazonaws|secrets|awslogs|var\\.|local\\.|Ref|Sub",
    ),
    Fault(
        "execution and task role swapped",
        _rules(SWAPPED),
        "aws_ecs_task_definition$",
        r"(?s)\bexecution_role_arn(?P<a>\s*=.*?\b)task_role_arn",
        r"task_role_arn\g<a>execution_role_arn",
    ),
    Fault(
        "task and execution role swapped",
        _rules(SWAPPED),
        "aws_ecs_task_definition$",
        r"(?s)\btask_role_arn(?P<a>\s*=.*?\b)execution_role_arn",
        r"execution_role_arn\g<a>task_role_arn",
    ),
    Fault(
        "roles of a template swapped",
        _rules(SWAPPED),
        "AWS::ECS::TaskDefinition$",
        r"(?s)ExecutionRoleArn(?P<a>\W.*?)TaskRoleArn",
        r"TaskRoleArn\g<a>ExecutionRoleArn",
    ),
    Fault(
        "route taken away", _rules(WAYS), r"aws_route$|AWS::EC2::Route$", None, needs=r"0\.0\.0\.0/0", sets=WAY, uses=IN_NETWORK
    ),
    Fault(
        "route of a table taken away",
        _rules(WAYS),
        r"aws_route_table$",
        r"(?s)\n\s*route\s*=?\s*\{[^{}]*\}",
        "",
        needs=r"0\.0\.0\.0/0",
        sets=WAY,
        uses=IN_NETWORK,
    ),
    Fault("endpoint taken away", _rules(WAYS), ENDPOINT, None, needs=SERVICES, sets=WAY, uses=PULLS),
    Fault("rule of a group taken away", _rules(GROUPS), GROUP, None, sets=RULES, uses=IN_NETWORK),
    Fault(
        "egress of a group taken away",
        _rules(GROUPS),
        r"aws_security_group$",
        r"(?s)\n\s*egress\s*=?\s*\{[^{}]*\}",
        "",
        sets=RULES,
        uses=PULLS,
    ),
    Fault(
        "ingress of an endpoint's group moved",
        _rules(GROUPS),
        r"aws_security_group\w*$|AWS::EC2::SecurityGroup",
        r"(?P<a>(from_?port|FromPort)[\"']?\s*[=:]\s*[\"']?)443\b(?P<b>[\"']?,?\s*(to_?port|ToPort)[\"']?\s*[=:]\s*[\"']?)443\b",
        r"\g<a>8443\g<b>8443",
        sets=RULES,
        uses=ECR_ENDPOINT,
    ),
    Fault(
        "private DNS off",
        _rules("endpoint-without-private-dns"),
        ENDPOINT,
        r"(?P<a>(private_dns_enabled|PrivateDnsEnabled)[\"']?\s*[=:]\s*[\"']?)true",
        r"\g<a>false",
        needs=r"ecr\.",
        sets=WAY,
        uses=PULLS,
    ),
    Fault(
        "DNS of a VPC off",
        _rules("vpc-without-dns"),
        VPC,
        r"(?i)(?P<a>(enable_?dns_?support|enable_?dns_?hostnames)[\"']?\s*[=:]\s*[\"']?)true",
        r"\g<a>false",
        sets=WAY,
        uses=ECR_ENDPOINT,
    ),
    Fault(
        "endpoint of another type",
        _rules("endpoint-not-interface"),
        ENDPOINT,
        r"\bInterface\b",
        "Gateway",
        needs=r"ecr\.(api|dkr)",
        sets=WAY,
    ),
    Fault(
        "endpoint in another region",
        _rules("endpoint-in-other-region"),
        ENDPOINT,
        r"(?P<a>com\.amazonaws\.)([a-z]+-[a-z]+-\d|\$\{[^}]*\})(?=\.(ecr|s3))",
        r"\g<a>sa-east-1",
        sets=WAY,
    ),
    Fault(
        "privileged off",
        _rules("codebuild-not-privileged"),
        r"aws_codebuild_project$|AWS::CodeBuild::Project$",
        r"(?P<a>(privileged_mode|PrivilegedMode)[\"']?\s*[=:]\s*[\"']?)true",
        r"\g<a>false",
        sets=NEVER,
    ),
    Fault(
        "tokens not required",
        _rules("imdsv1-allowed imdsv2-not-required"),
        HOST,
        r"(?P<a>(http_tokens|HttpTokens)[\"']?\s*[=:]\s*[\"']?)required",
        r"\g<a>optional",
        sets=NEVER,
    ),
    Fault(
        "repository open",
        _rules("repository-open-to-everyone"),
        OF_REPOSITORY,
        r"(?P<a>(AWS)[\"']?\s*[=:]\s*)([\"'][^\"'*\n]*[\"']|![^\n]*)",
        r'\g<a>"*"',
        sets="statements",
    ),
    Fault(
        "image in upper case",
        _rules("image-reference-invalid"),
        WITH_IMAGE,
        r"(?P<a>\.amazonaws\.com/)[a-z]",
        r"\g<a>X",
        needs=r"\.dkr\.ecr\.",
        sets=NEVER,
    ),
    Fault(
        "token of GitHub not permitted",
        _rules("oidc-token-not-permitted"),
        "^file$",
        r"(?P<a>\bid-token:\s*)write",
        r"\g<a>none",
        needs="amazon-ecr-login|docker push|get-login",
        sets=NEVER,
    ),
    Fault(
        "login of a workflow taken away",
        _rules("push-without-login login-of-another-job"),
        "^file$",
        r"(?P<a>\buses:\s*)aws-actions/amazon-ecr-login@[\w.]+",
        r"\g<a>actions/setup-node@v4",
        needs=r"(?s)\A(?!.*steps\.[\w-]+\.outputs)",
        sets=NEVER,
    ),
    Fault(
        "login of a script taken away",
        _rules("push-without-login"),
        "^file$",
        r"(\$\()?aws ecr get-login[^\n\"]*",
        "true",
        needs="docker push",
        sets=NEVER,
    ),
    Fault(
        "login in a repository policy",
        _rules("login-in-repository-policy unknown-ecr-action"),
        OF_REPOSITORY,
        r"ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        sets="statements",
    ),
)


def places(block: Block, fault: Fault) -> Iterator[Planted]:
    """Where a fault can be planted in a block."""
    if not re.search(fault.types, block.type) or (fault.needs and not re.search(fault.needs, block.text)):
        return
    if fault.pattern is None:
        yield Planted(fault, block, block.start, block.end, "")
        return
    for match in re.finditer(fault.pattern, block.text):
        line = block.text[block.text.rfind("\n", 0, match.start()) + 1 : match.start()].lstrip()
        if not line.startswith(("#", "//")):
            text = match.expand(fault.replacement)
            if (
                fault.rules == _rules(SWAPPED)
                and len(set(re.findall(r"(?i)(?:task|execution)_?role_?arn\W*?[=:]\s*([^\n]+)", text))) < 2
            ):
                continue  # one role for both
            yield Planted(fault, block, block.start + match.start(), block.start + match.end(), text)

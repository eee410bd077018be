"""How the cost of a scan grows with what is scanned: series of generated trees, each twice as large as the one before.

Usage: python bench/growth.py [--sizes 100 200 400 800] [--tries 3] [--limit 1.15] [SERIES...]

For each series and size it prints the seconds of the processor that `ecrlint` takes beyond its start (the least of the
tries), and the exponent of its growth over the last two doublings: 1 is a line, 2 a square. Each scan must analyse all the
files and come to the findings that the generator planned, or it says so. Exit status 1 where one does not, or grows faster
than the limit.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

_PER_FILE = 50


@dataclass
class Tree:
    """The files of a tree by their paths, how many findings a scan of it has, and how many of the files it reads in part."""

    files: dict[str, str]
    findings: int
    partial: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 200, 400, 800])
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--limit", type=float, default=1.15)
    parser.add_argument(
        "--calls", metavar="FOLDER", help="print instead, as JSON, how often each function is called in a scan of it"
    )
    parser.add_argument("series", nargs="*", choices=[[], *SERIES], metavar="SERIES")
    options = parser.parse_args()
    if options.calls:
        print(json.dumps(_calls(options.calls)))
        return 0
    start, _, _ = _seconds(_root([_REPOSITORY.format(name="app")]), options.tries)
    print(f"{'series':<24}" + "".join(f"{size:>9}" for size in options.sizes) + "   exponent")
    return max(_series(name, options, start) for name in options.series or SERIES)


def _series(name: str, options: argparse.Namespace, start: float) -> int:
    """1 where a scan is not what it should be or grows too fast."""
    print(f"{name:<24}", end="", flush=True)
    taken, wrong = [], []
    for size in options.sizes:
        tree = SERIES[name](size)
        seconds, statuses, findings = _seconds(tree, options.tries)
        taken.append(max(seconds - start, 0.001))
        print(f"{taken[-1]:>9.2f}", end="", flush=True)
        expected = {"analysed": len(tree.files) - tree.partial, "partial": tree.partial}
        if statuses != {status: count for status, count in expected.items() if count} or findings != tree.findings:
            wrong.append(f"{name} of {size}: {statuses} of {len(tree.files)} files, {findings} findings for {tree.findings}")
    sizes = options.sizes[-3:]
    exponent = math.log(taken[-1] / taken[-len(sizes)]) / math.log(sizes[-1] / sizes[0]) if len(sizes) > 1 else 1.0
    print(f"   {exponent:>8.2f}" + ("  too fast" if exponent > options.limit else ""), *wrong, sep="\n    " if wrong else "")
    return int(bool(wrong) or exponent > options.limit)


def _seconds(tree: Tree, tries: int) -> tuple[float, dict[str, int], int]:
    with tempfile.TemporaryDirectory() as folder:
        for path, text in tree.files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        taken = []
        for _ in range(tries):
            process = subprocess.Popen(
                [sys.executable, "-m", "ecrlint", "--root", ".", "--format", "json", "."],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert process.stdout is not None
            out = process.stdout.read()
            _, _, usage = os.wait4(process.pid, 0)
            taken.append(usage.ru_utime + usage.ru_stime)
    report = json.loads(out)
    statuses: dict[str, int] = {}
    for file in report["files"]:
        statuses[file["status"]] = statuses.get(file["status"], 0) + 1
    return min(taken), statuses, len(report["findings"])


def _calls(folder: str) -> Counter[str]:
    """How often each function is called, or calls another, in a scan."""
    from ecrlint.run import pipeline
    from ecrlint.run.suppress.judge import judge

    counts: Counter[CodeType] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event in ("call", "c_call"):
            counts[frame.f_code] += 1

    sys.setprofile(note)
    try:
        scanned = pipeline.read([folder], folder)
        pipeline.report(scanned, judge(scanned, pipeline.check(scanned)))
    finally:
        sys.setprofile(None)
    return Counter({f"{code.co_filename}:{code.co_firstlineno} {code.co_name}": count for code, count in counts.items()})


_ROLE = """
resource "aws_iam_role" "{name}" {{
  name               = "{name}"
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ecs-tasks.amazonaws.com" }} }}]
  }})
}}
"""
_POLICY = """
resource "aws_iam_role_policy" "{name}" {{
  role   = aws_iam_role.{role}.id
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [
      {{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }},
      {{
        Effect   = "Allow"
        Action   = [{actions}]
        Resource = aws_ecr_repository.{repository}.arn
      }},
    ]
  }})
}}
"""
_REPOSITORY = """
resource "aws_ecr_repository" "{name}" {{
  name = "{name}"
}}
"""
_TASK = """
resource "aws_ecs_task_definition" "{name}" {{
  family                   = "{name}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.{role}.arn
  container_definitions = jsonencode([{{
    name  = "{name}"
    image = "${{aws_ecr_repository.{repository}.repository_url}}:1"
  }}])
}}
"""
_SERVICE = """
resource "aws_security_group" "{name}" {{
  vpc_id = aws_vpc.main.id
  egress {{
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }}
}}
resource "aws_ecs_service" "{name}" {{
  name            = "{name}"
  task_definition = aws_ecs_task_definition.{name}.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {{
    subnets          = [aws_subnet.main.id]
    security_groups  = [aws_security_group.{name}.id]
    assign_public_ip = true
  }}
}}
"""
_NETWORK = """
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}
resource "aws_route_table" "main" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}
resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.0.0/24"
}
resource "aws_route_table_association" "main" {
  subnet_id      = aws_subnet.main.id
  route_table_id = aws_route_table.main.id
}
"""
_PULLS = '"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"'


def _app(name: str, actions: str = _PULLS) -> str:
    """A repository and a task with an execution role that pulls from it."""
    return (
        _REPOSITORY.format(name=name)
        + _ROLE.format(name=name)
        + _POLICY.format(name=name, role=name, repository=name, actions=actions)
        + _TASK.format(name=name, role=name, repository=name)
    )


def _root(blocks: list[str], fixed: str = "", findings: int = 0) -> Tree:
    """One root of several files."""
    files = {f"part{at}.tf": "".join(blocks[at : at + _PER_FILE]) for at in range(0, len(blocks), _PER_FILE)}
    return Tree({"main.tf": fixed, **files} if fixed else files, findings)


def _roots(size: int) -> Tree:
    return Tree({f"app{at}/main.tf": _app("app") for at in range(size)}, 0)


def _services(size: int) -> Tree:
    return _root([_app(f"app{at}") + _SERVICE.format(name=f"app{at}") for at in range(size)], _NETWORK)


def _module_calls(size: int) -> Tree:
    module = 'variable "name" {}\n' + _app("app").replace('"app"\n', "var.name\n")
    calls = [f'module "app{at}" {{\n  source = "./app"\n  name   = "app{at}"\n}}\n' for at in range(size)]
    tree = _root(calls)
    return Tree({**tree.files, "app/main.tf": module}, 0)


def _conditions(size: int) -> Tree:
    """A variable without a default decides of each repository whether its tags are immutable; most of them stay open."""
    variable = 'variable "fixed{at}" {{\n  type = bool\n}}\n'
    mutability = '"app{at}"\n  image_tag_mutability = var.fixed{at} ? "IMMUTABLE" : "MUTABLE"\n}}'
    tree = _root(
        [variable.format(at=at) + _app(f"app{at}").replace(f'"app{at}"\n}}', mutability.format(at=at), 1) for at in range(size)]
    )
    return Tree(tree.files, 0, partial=1)


def _subnets_and_rules(size: int) -> Tree:
    def block(at: int) -> str:
        return f"""
resource "aws_subnet" "s{at}" {{
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.{at // 250 + 1}.{at % 250}.0/24"
}}
resource "aws_route_table_association" "s{at}" {{
  subnet_id      = aws_subnet.s{at}.id
  route_table_id = aws_route_table.main.id
}}
resource "aws_security_group_rule" "r{at}" {{
  type              = "egress"
  security_group_id = aws_security_group.app.id
  protocol          = "tcp"
  from_port         = {at + 1000}
  to_port           = {at + 1000}
  cidr_blocks       = ["10.{at % 200}.0.0/16"]
}}
"""

    return _root([block(at) for at in range(size)], _NETWORK + _app("app") + _SERVICE.format(name="app"))


def _policies_of_one_role(size: int) -> Tree:
    """A role with a policy for each repository, and a task for each image."""
    return _root(
        [
            _REPOSITORY.format(name=f"app{at}")
            + _POLICY.format(name=f"app{at}", role="app", repository=f"app{at}", actions=_PULLS)
            + _TASK.format(name=f"app{at}", role="app", repository=f"app{at}")
            for at in range(size)
        ],
        _ROLE.format(name="app"),
    )


def _findings(size: int) -> Tree:
    """Execution roles which may not fetch the layers of their images."""
    return _root([_app(f"app{at}", '"ecr:BatchGetImage"') for at in range(size)], findings=size)


def _template(size: int) -> Tree:
    """Tasks and services of one template; the size counts its resources."""
    resources: dict[str, object] = {}
    for at in range(size // 5):
        resources |= _template_app(f"App{at}")
    return Tree({"template.json": json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}, indent=1)}, 0)


def _template_app(name: str) -> dict[str, object]:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    statements = [
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Effect": "Allow", "Action": json.loads(f"[{_PULLS}]"), "Resource": {"Fn::GetAtt": [f"{name}Repository", "Arn"]}},
    ]
    policy = {"PolicyName": "pull", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    return {
        f"{name}Repository": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": name.lower()}},
        f"{name}Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}, "Policies": [policy]},
        },
        f"{name}Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": name,
                "RequiresCompatibilities": ["FARGATE"],
                "ExecutionRoleArn": {"Fn::GetAtt": [f"{name}Role", "Arn"]},
                "ContainerDefinitions": [
                    {"Name": "app", "Image": {"Fn::Sub": f"${{{name}Repository.RepositoryUri}}:1"}},
                ],
            },
        },
        f"{name}Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": name, "VpcId": "vpc-0123456789abcdef0"},
        },
        f"{name}Service": {
            "Type": "AWS::ECS::Service",
            "Properties": {
                "TaskDefinition": {"Ref": f"{name}Task"},
                "LaunchType": "FARGATE",
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {
                        "Subnets": ["subnet-0123456789abcdef0"],
                        "SecurityGroups": [{"Fn::GetAtt": [f"{name}Group", "GroupId"]}],
                    }
                },
            },
        },
    }


def _workflows(size: int) -> Tree:
    """Workflows that push as a role of a root, each to a repository of its own."""
    trust = """
resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Condition = {
        StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" }
        StringLike   = { "token.actions.githubusercontent.com:sub" = "repo:acme/shop:*" }
      }
    }]
  })
}
resource "aws_iam_role_policy" "ci" {
  role   = aws_iam_role.ci.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Effect   = "Allow"
        Action   = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload",
          "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
        ]
        Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app*"
      },
    ]
  })
}
"""
    workflow = """
on: {{ push: {{ branches: [main] }} }}
permissions: {{ id-token: write, contents: read }}
jobs:
  push:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: aws-actions/configure-aws-credentials@v4
        with: {{ role-to-assume: "arn:aws:iam::111122223333:role/ci", aws-region: eu-west-1 }}
      - run: aws ecr get-login-password | docker login -u AWS --password-stdin 111122223333.dkr.ecr.eu-west-1.amazonaws.com
      - run: docker build -t 111122223333.dkr.ecr.eu-west-1.amazonaws.com/{name}:1 .
      - run: docker push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/{name}:1
"""
    repositories = [_REPOSITORY.format(name=f"app{at}") for at in range(size)]
    tree = _root(repositories, trust)
    workflows = {f".github/workflows/app{at}.yml": workflow.format(name=f"app{at}") for at in range(size)}
    return Tree({**tree.files, **workflows}, 0)


SERIES: dict[str, Callable[[int], Tree]] = {
    "roots": _roots,
    "services": _services,
    "module-calls": _module_calls,
    "conditions": _conditions,
    "subnets-and-rules": _subnets_and_rules,
    "policies-of-one-role": _policies_of_one_role,
    "findings": _findings,
    "template": _template,
    "workflows": _workflows,
}

if __name__ == "__main__":
    raise SystemExit(main())

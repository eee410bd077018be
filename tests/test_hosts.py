"""Who on a host can reach the credentials of its role: the decision procedure, row by row, and where the options come from.

A row is a host (metadata options, user data, what else is in the file) and what the rules about hosts say of it.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.model.finding import Severity
from ecrlint.run import pipeline

RULES = ("imds", "compute")
E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
LOGIN = f"aws ecr get-login-password --region eu-west-1 | docker login -u AWS --password-stdin {REGISTRY}"
AGENT = "echo ECS_CLUSTER=shop >> /etc/ecs/ecs.config"
CLIENT = "docker run --rm amazon/aws-cli s3 sync s3://acme-config /srv"
APP = "docker run -d acme/shop:1"
REQUIRED, ONE = 'http_tokens = "required"', "http_put_response_hop_limit = 1"

ROLE = """
resource "aws_iam_instance_profile" "host" {
  role = aws_iam_role.host.name
}
resource "aws_iam_role" "host" {
  name               = "host"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
"""
TASK = """
resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["EC2"]
  network_mode             = "%s"
  task_role_arn            = %s
  container_definitions    = jsonencode([{ name = "shop", image = "acme/shop:1" }])
}
"""
ACCOUNT_REQUIRES = 'resource "aws_ec2_instance_metadata_defaults" "this" {\n  http_tokens = "required"\n}\n'


def host(script: str, *options: str, profile: str = "aws_iam_instance_profile.host.name", image: str = '"ami-0abc"') -> str:
    block = "\n".join(("  metadata_options {", *(f"    {one}" for one in options), "  }")) if options else ""
    given = f"  iam_instance_profile = {profile}\n" if profile else ""
    return f"""
resource "aws_instance" "host" {{
  ami       = {image}
{given}  user_data = <<-EOT
    #!/bin/bash
    {script}
  EOT
{block}
}}
{ROLE}"""


def said(text: str, folder: Path) -> list[tuple[str, Severity]]:
    (folder / "main.tf").write_text(text)
    report = pipeline.scan([str(folder)], root=str(folder))
    assert not report.problems, report.problems
    return [(one.rule, one.severity or E) for one in report.findings if one.family in RULES]


OFF = 'http_endpoint = "disabled"'
ROWS: dict[str, tuple[str, list[tuple[str, Severity]]]] = {
    # 1. The metadata service is off.
    "off, and user data logs in by the profile": (host(LOGIN, OFF), [("metadata-off-but-needed", E)]),
    "off, and the ECS agent registers": (host(AGENT, OFF), [("metadata-off-but-needed", E)]),
    "off, and nothing needs a role": (host("systemctl start httpd", OFF), []),
    "off, and the login has keys of its own": (host(f"export AWS_ACCESS_KEY_ID=$(cat /run/key)\n    {LOGIN}", OFF), []),
    "off, without a profile: that is what the login lacks": (
        host(LOGIN, OFF, profile=""),
        [("login-without-instance-profile", E)],
    ),
    # 2. The host itself logs in: one hop is right.
    "the host logs in, one hop": (host(LOGIN, REQUIRED, ONE), []),
    "the ECS agent pulls, one hop": (host(AGENT, REQUIRED, ONE), []),
    "the host logs in and runs what it pulled, one hop": (host(f"{LOGIN}\n    {APP}", REQUIRED, ONE), []),
    # 3a. A container on the host's network is no further away.
    "a container on the host's network, one hop": (host(CLIENT.replace("run", "run --network host"), REQUIRED, ONE), []),
    "compose on the host's network, one hop": (
        host("printf 'services: {a: {image: a, network_mode: host}}' > c.yml && docker compose -f c.yml up -d", REQUIRED, ONE),
        [],
    ),
    # 3b. A bridged container that needs the role.
    "a bridged container calls AWS, one hop": (host(CLIENT, REQUIRED, ONE), [("hop-limit-blocks-containers", E)]),
    "a bridged container logs in itself, one hop": (
        host(f"docker run --rm -v /var/run/docker.sock:/var/run/docker.sock acme/ci sh -c '{LOGIN}'", REQUIRED, ONE),
        [("hop-limit-blocks-containers", E)],
    ),
    "a bridged container with keys of its own, one hop": (
        host(CLIENT.replace("--rm", "--rm -e AWS_ACCESS_KEY_ID=$KEY"), REQUIRED, ONE),
        [],
    ),
    "a bridged container that calls nobody, one hop": (host(APP, REQUIRED, ONE), []),
    "tokens are optional: IMDSv1 answers containers": (
        host(CLIENT, 'http_tokens = "optional"', ONE),
        [("imdsv1-allowed", W)],
    ),
    # 3c. The same, and the hop limit is not stated.
    "a bridged container calls AWS, no hop limit": (host(CLIENT, REQUIRED), [("hop-limit-blocks-containers", W)]),
    # 3d. ECS on instances: task roles come from the agent.
    "bridged tasks, one hop": (host(AGENT, REQUIRED, ONE) + TASK % ("bridge", "null"), []),
    "tasks with network interfaces, one hop": (host(AGENT, REQUIRED, ONE) + TASK % ("awsvpc", "null"), []),
    # 4. Two hops and more.
    "two hops, and tasks have roles of their own": (
        host(AGENT, REQUIRED, "http_put_response_hop_limit = 2") + TASK % ("bridge", '"arn:aws:iam::111122223333:role/shop"'),
        [("hop-limit-exposes-host-role", N)],
    ),
    "two hops, and a task has none": (
        host(AGENT, REQUIRED, "http_put_response_hop_limit = 2") + TASK % ("bridge", "null"),
        [],
    ),
    "two hops, and a bridged container needs the role": (host(CLIENT, REQUIRED, "http_put_response_hop_limit = 2"), []),
    "two hops, and the agent keeps tasks away": (
        host(f"{AGENT}\n    echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config", REQUIRED, "http_put_response_hop_limit = 2")
        + TASK % ("awsvpc", '"arn:aws:iam::111122223333:role/shop"'),
        [],
    ),
    "three hops, and the role is good for a registry": (
        host(AGENT, REQUIRED, "http_put_response_hop_limit = 3"),
        [("hop-limit-exposes-host-role", W)],
    ),
    "three hops elsewhere": (
        host("systemctl start httpd", REQUIRED, "http_put_response_hop_limit = 3"),
        [("hop-limit-exposes-host-role", N)],
    ),
    "three hops, and no role": (host(AGENT, REQUIRED, "http_put_response_hop_limit = 3", profile=""), []),
    # 5. Tokens.
    "tokens optional": (host("systemctl start httpd", 'http_tokens = "optional"'), [("imdsv1-allowed", W)]),
    "nothing stated on a host with containers": (host(APP), [("imdsv2-not-required", W)]),
    "nothing stated on a plain host": (host("systemctl start httpd"), [("imdsv2-not-required", N)]),
    "the account requires tokens": (host(APP) + ACCOUNT_REQUIRES, []),
    "the account has no preference": (
        host(APP) + ACCOUNT_REQUIRES.replace("required", "no-preference"),
        [("imdsv2-not-required", W)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), ROWS.values(), ids=ROWS)
def test_the_decision_procedure(text: str, expected: list[tuple[str, Severity]], tmp_path: Path) -> None:
    assert said(text, tmp_path) == expected


TEMPLATE = """
resource "aws_launch_template" "t" {
  name      = "t"
  user_data = base64encode("docker run --rm amazon/aws-cli s3 sync s3://a /b")
  iam_instance_profile {
    name = "host"
  }
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}
"""


def test_an_instance_states_its_own_options_over_those_of_its_template(tmp_path: Path) -> None:
    instance = 'resource "aws_instance" "i" {\n  launch_template {\n    id = aws_launch_template.t.id\n  }\n%s}\n'
    own = '  metadata_options {\n    http_tokens = "optional"\n    http_put_response_hop_limit = 1\n  }\n'
    blocked = ("hop-limit-blocks-containers", E)
    assert said(TEMPLATE + instance % "", tmp_path) == [blocked]  # of the template, once
    # The template states no endpoint, so the service of the instance is on.
    assert said(TEMPLATE + instance % own, tmp_path) == [blocked, ("imdsv1-allowed", W)]


def test_what_the_options_of_an_instance_leave_out_may_come_from_its_template(tmp_path: Path) -> None:
    text = TEMPLATE.replace("http_put_response_hop_limit = 1", "http_put_response_hop_limit = 2") + (
        'resource "aws_instance" "i" {\n  launch_template {\n    name = "t"\n  }\n'
        '  metadata_options {\n    http_tokens = "required"\n  }\n}\n'
    )
    assert said(text, tmp_path) == []


def test_the_options_of_a_template_come_before_those_of_the_account(tmp_path: Path) -> None:
    account = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_put_response_hop_limit = 1\n}\n'
    two = TEMPLATE.replace("http_put_response_hop_limit = 1", "http_put_response_hop_limit = 2")
    none = TEMPLATE.replace("http_put_response_hop_limit = 1", "")
    assert said(two + account, tmp_path) == []
    assert said(none + account, tmp_path) == [("hop-limit-blocks-containers", E)]
    assert said(none + account.replace("= 1", "= -1"), tmp_path) == [("hop-limit-blocks-containers", W)]


def test_the_account_comes_before_the_image(tmp_path: Path) -> None:
    ami = 'data "aws_ami" "a" {\n  filter {\n    name   = "name"\n    values = ["%s"]\n  }\n}\n'
    account = 'resource "aws_ec2_instance_metadata_defaults" "d" {\n  http_put_response_hop_limit = 1\n}\n'
    marked = host(CLIENT, REQUIRED, image="data.aws_ami.a.id") + ami % "al2023-ami-2023*-x86_64"
    plain = host(CLIENT, REQUIRED, image="data.aws_ami.a.id") + ami % "amzn2-ami-hvm-*-x86_64-gp2"
    assert said(marked, tmp_path) == []
    assert said(marked + account, tmp_path) == [("hop-limit-blocks-containers", E)]
    assert said(plain, tmp_path) == [("hop-limit-blocks-containers", W)]


LAUNCHERS = {
    "a mixed group": """
        resource "aws_autoscaling_group" "g" {
          name = "g"
          mixed_instances_policy {
            launch_template {
              launch_template_specification {
                launch_template_id = aws_launch_template.other.id
              }
              override {
                instance_type = "c7g.large"
                launch_template_specification {
                  launch_template_id = aws_launch_template.t.id
                }
              }
            }
          }
        }
        """,
    "a fleet": """
        resource "aws_ec2_fleet" "g" {
          launch_template_config {
            launch_template_specification {
              launch_template_name = aws_launch_template.t.name
              version              = "$Latest"
            }
          }
        }
        """,
    "a spot fleet": """
        resource "aws_spot_fleet_request" "g" {
          launch_template_config {
            launch_template_specification {
              id      = aws_launch_template.t.id
              version = aws_launch_template.t.latest_version
            }
          }
        }
        """,
}


@pytest.mark.parametrize("launcher", LAUNCHERS.values(), ids=LAUNCHERS)
def test_what_launches_a_template_gives_it_no_profile(launcher: str, tmp_path: Path) -> None:
    template = """
        resource "aws_launch_template" "t" {
          name      = "t"
          user_data = base64encode("aws ecr get-login-password | docker login -u AWS --password-stdin 1.dkr.ecr.x.amazonaws.com")
          metadata_options {
            http_tokens = "required"
          }
        }
        resource "aws_launch_template" "other" {
          metadata_options {
            http_tokens = "required"
          }
        }
        """
    assert said(template, tmp_path) == []
    assert said(template + launcher, tmp_path) == [("login-without-instance-profile", E)]


def test_a_node_group_gives_its_template_the_role_of_the_nodes(tmp_path: Path) -> None:
    text = """
        resource "aws_launch_template" "t" {
          user_data = base64encode("aws ecr get-login-password | docker login -u AWS --password-stdin 1.dkr.ecr.x.amazonaws.com")
          metadata_options {
            http_tokens                 = "required"
            http_put_response_hop_limit = 3
          }
        }
        resource "aws_eks_node_group" "g" {
          cluster_name  = "shop"
          node_role_arn = "arn:aws:iam::111122223333:role/nodes"
          launch_template {
            id      = aws_launch_template.t.id
            version = "1"
          }
        }
        """
    assert said(text, tmp_path) == [("hop-limit-exposes-host-role", W)]


def test_a_launcher_that_is_not_made_shows_nothing(tmp_path: Path) -> None:
    text = """
        resource "aws_launch_template" "t" {
          metadata_options {
            http_endpoint = "disabled"
          }
        }
        resource "aws_batch_compute_environment" "e" {
          count = 0
          compute_resources {
            launch_template {
              launch_template_id = aws_launch_template.t.id
            }
          }
        }
        """
    assert said(text, tmp_path) == []
    assert said(text.replace("count = 0", ""), tmp_path) == [("metadata-off-but-needed", E)]

"""What user data says of a host: which containers it runs, for whom they act, and what the host itself calls."""

from __future__ import annotations

import base64

import pytest

from ecrlint.adapt import host_uses
from ecrlint.adapt.host_uses import of_image, supports_tokens
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.script.userdata import read
from ecrlint.model.host import HostUse, UserData
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Choice, Flag, Ref, Scalar, Text, Unknown, Value, string


def scalar(text: str) -> Scalar:
    return Scalar(text, Span(Source("user-data.sh", text), 0, len(text)))


def user_data(value: Value | None) -> UserData:
    return host_uses.user_data(read(value, Budget()))


def uses(value: Value | None) -> tuple[HostUse, ...]:
    return host_uses.user_data(read(value, Budget())).uses


def calls(value: Value | None) -> tuple[str, ...]:
    return host_uses.user_data(read(value, Budget())).calls


def kinds(value: Value | str) -> set[str]:
    return {use.what for use in uses(scalar(value) if isinstance(value, str) else value)}


def test_a_container_that_runs_the_aws_cli_is_a_bridged_client() -> None:
    assert "bridged-client" in kinds("docker run --rm amazon/aws-cli:2.15.0 --region eu-west-1 s3 ls")
    assert "bridged-client" in kinds("podman run acme/tools sh -c 'aws s3 cp s3://a/b /c'")
    assert "bridged-client" in kinds("docker run --rm \\\n  -v /a:/a \\\n  public.ecr.aws/aws-cli/aws-cli s3 ls")


def test_what_the_shell_substitutes_is_not_in_the_container() -> None:
    script = 'docker run -e KEY="$(aws ssm get-parameter --name key)" acme/shop'
    assert kinds(script) == {"docker", "bridged"}
    assert calls(scalar(script)) == ("ssm",)


def test_the_aws_cli_without_a_call_needs_no_credentials() -> None:
    assert "bridged-client" not in kinds("docker run --rm amazon/aws-cli --version")
    assert "bridged-client" not in kinds("docker run --rm amazon/aws-cli s3 ls s3://open --no-sign-request")


@pytest.mark.parametrize(
    "options",
    [
        "--network host",
        "--net=host",
        '--network="host"',
        "--network none",
        "-v ~/.aws:/root/.aws",
        "-e AWS_ACCESS_KEY_ID=$KEY",
        "--env-file shop.env",
    ],
)
def test_a_container_on_the_hosts_network_or_with_credentials_is_not_bridged(options: str) -> None:
    assert kinds(f"docker run -d {options} acme/shop") == {"docker"}


def test_a_second_command_on_the_line_is_not_in_the_container() -> None:
    assert kinds("docker run acme/shop && aws s3 ls --network host") == {"docker", "bridged"}
    assert calls(scalar("docker run acme/shop && aws s3api list-buckets")) == ("s3",)


def test_an_option_after_a_hole_still_belongs_to_the_command() -> None:
    before, after = scalar("docker run --name "), scalar(" --network host acme/shop")
    value = Text((before, Unknown("the name", before.span), after), before.span)
    assert kinds(value) == {"docker"}


def test_both_sides_of_a_choice_are_read() -> None:
    value = Choice(Flag("var.logs"), scalar("docker run acme/logs"), scalar(""), scalar("").span)
    assert kinds(Text((scalar("#!/bin/bash\n"), value), scalar("").span)) == {"docker", "bridged"}


def test_comments_say_nothing() -> None:
    assert kinds("#!/bin/bash\n  # docker run acme/shop\n") == set()


def test_base64_is_decoded() -> None:
    assert kinds(base64.b64encode(b"#!/bin/bash\ndocker run acme/shop\n").decode()) == {"docker", "bridged"}


def test_installing_the_engine_runs_no_container() -> None:
    assert kinds("yum install -y docker && systemctl start docker") == {"docker"}


def test_compose_runs_containers_unless_they_are_on_the_hosts_network() -> None:
    assert "bridged" in kinds("docker-compose -f /srv/compose.yaml up -d")
    assert "bridged" not in kinds("printf 'network_mode: host' > compose.yaml; docker compose up -d")


def test_a_runner_is_on_the_host_unless_its_jobs_run_in_containers() -> None:
    assert kinds("gitlab-runner register --executor shell") == {"runner"}
    assert kinds("/usr/bin/gitlab-runner run --config /etc/gitlab-runner/config.toml") == {"runner"}
    assert kinds("systemctl enable --now jenkins.service") == {"runner"}
    assert kinds("echo 'concurrent = 50' | tee /mnt/efs/gitlab-runner/config.toml") == set()
    assert kinds("chown 1000:1000 /mnt/efs/jenkins/home") == set()
    assert kinds("gitlab-runner register --executor docker") == {"docker", "bridged"}
    assert kinds("docker run gitlab/gitlab-runner") == {"docker", "bridged"}


def test_a_login_in_a_container_is_not_one_of_the_hosts() -> None:
    assert "login" in kinds("aws ecr get-login-password | docker login -u AWS --password-stdin $REGISTRY")
    assert "login" not in kinds("docker run amazon/aws-cli ecr get-login-password")


def test_the_place_is_the_command() -> None:
    script = "#!/bin/bash\nyum update\ndocker run \\\n  acme/shop\n"
    (bridged,) = [use for use in uses(scalar(script)) if use.what == "bridged"]
    assert (bridged.span.line, bridged.span.text) == (3, "docker run")


def test_images_of_aws_say_what_they_are_made_for() -> None:
    assert of_image("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended") == "ecs"
    assert of_image("amazon-eks-node-1.30-v*") == "eks"
    assert of_image("/aws/service/bottlerocket/aws-k8s-1.30/x86_64/latest/image_id") == "eks"
    assert of_image("al2023-ami-*-x86_64") is None


HOSTILE = [
    *("docker run '", "docker-compose ", "docker run $(", "aws --a ", 'docker run "\\', "executor ", "<<A\n", "aws ", "\n", " "),
    *("iptables 169.254.169.254 ", "ExecStart=", "prefect worker start ", "if ", "#cloud-config\nruncmd:\n", "sudo ", "a/"),
    *("echo $(", ";echo '\"", '&printf \\"\n', "|echo "),
]


@pytest.mark.parametrize("words", HOSTILE)
def test_a_hostile_script_is_read(words: str) -> None:  # with a pattern that goes back this would not end
    user_data(scalar(words * (60_000 // len(words))))


LOGIN = "aws ecr get-login-password | docker login -u AWS --password-stdin 111122223333.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    "script",
    [
        f"#!/bin/bash\n{LOGIN}\n",
        f"if true; then echo; fi\n{LOGIN}\n",
        f"for i in 1 2; do\n  sleep 1\ndone\n{LOGIN}\n",
        f"cat > /x <<'EOT'\nif x\nEOT\n{LOGIN}\n",
        f"#cloud-config\npackages: [docker]\nruncmd:\n  - {LOGIN}\n",
        "$(aws ecr get-login --no-include-email --region eu-west-1)",
        "aws --region eu-west-1 ecr get-login-password | docker login",
        f"echo 'about to log in' && {LOGIN}\n",
        'echo "$(aws ecr get-login-password --region "$R")" | docker login -u AWS --password-stdin x',
        f"echo it is done; {LOGIN}\n",
    ],
)
def test_a_login_that_runs_whatever_happens(script: str) -> None:
    assert user_data(scalar(script)).login is not None


@pytest.mark.parametrize(
    "script",
    [
        f"if [ -f /x ]; then\n  {LOGIN}\nfi\n",
        f"login() {{\n  {LOGIN}\n}}\n",
        f"cat > /x <<EOT\n{LOGIN}\nEOT\n",
        f"docker info || {LOGIN}\n",
        f'[ -n "$X" ] && {LOGIN}\n',
        f"#cloud-config\nwrite_files:\n  - path: /x\n    content: |\n      {LOGIN}\n",
        f"<powershell>\n{LOGIN}\n</powershell>",
        f"# {LOGIN}\n",
        f"docker run acme/ci sh -c '{LOGIN}'\n",
        f'echo "{LOGIN}" >> /etc/motd\n',
        f"echo '0 */6 * * * root {LOGIN}' > /etc/cron.d/ecr\n",
        "printf 'alias login=\"$(aws ecr get-login)\"\\n' >> /etc/profile\n",
        f"echo {LOGIN.split(' | ', maxsplit=1)[0]} is how to log in\n",
        'echo "\\$(aws ecr get-login)" > /usr/local/bin/login\n',
        "aws ecr-public get-login-password --region us-east-1",
    ],
)
def test_a_login_that_may_not_run(script: str) -> None:
    assert user_data(scalar(script)).login is None


@pytest.mark.parametrize(
    "script",
    [
        "export AWS_ACCESS_KEY_ID=x",
        "aws configure set aws_access_key_id x",
        "mkdir ~/.aws",
        ". /etc/env",
        "aws s3 ls --profile x",
    ],
)
def test_credentials_that_a_script_may_have(script: str) -> None:
    assert user_data(scalar(script)).own is not None


@pytest.mark.parametrize("script", ["aws configure set region eu-west-1", "export AWS_DEFAULT_REGION=x", "./install.sh"])
def test_what_gives_a_script_no_credentials(script: str) -> None:
    assert user_data(scalar(script)).own is None


def test_the_cluster_that_the_agent_is_told_of() -> None:
    span = scalar("x").span
    hole = Unknown("it", span)
    text = Text((Scalar("echo ECS_CLUSTER=", span), hole, Scalar("-shop >> /etc/ecs/ecs.config", span)), span)
    found = user_data(text).cluster
    assert isinstance(found, Text)
    assert found.parts[0] is hole
    name = user_data(scalar("[ -f x ] && echo 'ECS_CLUSTER=shop' >> /etc/ecs/ecs.config")).cluster
    assert isinstance(name, Scalar)
    assert name.value == "shop"
    assert user_data(scalar("echo ECS_CLUSTER=$NAME")).cluster is None


def test_what_is_not_known_may_add_commands_only_on_lines_of_its_own() -> None:
    span = scalar("x").span
    hole = Unknown("it", span)
    assert not user_data(Text((Scalar("#!/bin/sh\n", span), hole, Scalar("\nls", span)), span)).whole
    assert user_data(Text((Scalar("#!/bin/sh\necho ", span), hole, Scalar("\nls", span)), span)).whole
    assert not user_data(hole).whole
    assert user_data(None).whole


def test_images_that_are_made_for_imdsv2() -> None:
    assert supports_tokens("al2023-ami-2023.*-x86_64") is YES
    assert supports_tokens("amzn2-ami-hvm-*-x86_64-gp2") is NO
    assert supports_tokens("al2023-ami-ecs-hvm-*") is YES


def test_a_line_ends_before_crlf() -> None:
    lines = ["#!/bin/bash", "echo ECS_CLUSTER=shop >> /etc/ecs/ecs.config", "docker run \\", "  app aws s3 ls"]
    unix, windows = (user_data(scalar(end.join(lines))) for end in ("\n", "\r\n"))
    assert {use.what for use in windows.uses} == {use.what for use in unix.uses} == {"ecs", "docker", "bridged", "bridged-client"}
    assert windows.cluster is not None
    assert string(windows.cluster) == "shop"


def test_a_hole_alone_on_a_line_that_ends_with_crlf_may_be_any_commands() -> None:
    hole = Ref("var.setup", "", scalar("").span)
    parts = (scalar("#!/bin/bash\r\n"), hole, scalar("\r\necho ready\r\n"))
    assert not user_data(Text(parts, hole.span)).whole

"""What a large network costs: a VPC of many subnets and security group rules, generated, read and decided.

Usage: python bench/network.py [--subnets 2000] [--rules 10000] [--most 3.0]   (exit status 1 where all takes more seconds)

Prints the seconds of the processor: of a whole scan, and again of what decides, which is to build the network from
resources that have been read and run every rule. As the command does, it looks for no garbage.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PER_FILE = 1500

_FIXED = """
resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_vpc_endpoint" "ecr_dkr" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.eu-west-1.ecr.dkr"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [aws_subnet.s0.id, aws_subnet.s1.id]
  security_group_ids  = [aws_security_group.g0.id]
}
resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = "arn:aws:iam::111122223333:role/app"
  container_definitions    = jsonencode([{ name = "app", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1" }])
}
resource "aws_ecs_service" "app" {
  name            = "app"
  task_definition = aws_ecs_task_definition.app.arn
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = [aws_subnet.s0.id, aws_subnet.s1.id]
    security_groups = [aws_security_group.g1.id]
  }
}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--subnets", type=int, default=2_000)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--most", type=float, default=3.0)
    options = parser.parse_args()
    gc.disable()
    with tempfile.TemporaryDirectory() as folder:
        blocks = list(_blocks(options.subnets, options.rules))
        for at in range(0, len(blocks), _PER_FILE):
            (Path(folder) / f"part{at}.tf").write_text("\n".join(blocks[at : at + _PER_FILE]))
        return int(_measure(folder) > options.most)


def _blocks(subnets: int, rules: int) -> Iterator[str]:
    yield _FIXED
    for at in range(subnets):
        block = f"10.{at // 250}.{at % 250}.0/24"
        yield _resource("aws_subnet", f"s{at}", vpc_id="aws_vpc.main.id", cidr_block=f'"{block}"')
        yield _resource("aws_route_table", f"t{at}", vpc_id="aws_vpc.main.id")
        ids = {"subnet_id": f"aws_subnet.s{at}.id", "route_table_id": f"aws_route_table.t{at}.id"}
        yield _resource("aws_route_table_association", f"s{at}", **ids)
    for at in range(max(rules // 100, 2)):
        yield _resource("aws_security_group", f"g{at}", vpc_id="aws_vpc.main.id")
    for at in range(rules):
        yield _resource(
            "aws_security_group_rule",
            f"r{at}",
            type='"egress"' if at % 2 else '"ingress"',
            security_group_id=f"aws_security_group.g{at // 100}.id",
            protocol='"tcp"',
            from_port=str(at % 6000),
            to_port=str(at % 6000),
            cidr_blocks=f'["10.{at % 200}.0.0/16"]',
        )


def _resource(kind: str, name: str, **arguments: str) -> str:
    lines = "".join(f"  {argument} = {value}\n" for argument, value in arguments.items())
    return f'resource "{kind}" "{name}" {{\n{lines}}}\n'


def _measure(folder: str) -> float:
    from ecrlint import rule_registry
    from ecrlint.run import pipeline
    from ecrlint.run.suppress.judge import judge

    start = time.process_time()
    scanned = pipeline.read([folder], folder)
    report = pipeline.report(scanned, judge(scanned, pipeline.check(scanned)))
    whole = time.process_time() - start
    unit = scanned.units[0]
    start = time.process_time()
    stack = unit.reading.adapt(unit.resources, frozenset())
    for rule in rule_registry.rules():
        list(rule.check(stack))
    decided = time.process_time() - start
    print(f"in all {whole:.2f} s, of it to decide {decided:.2f} s, {len(report.findings)} findings")
    return whole


if __name__ == "__main__":
    raise SystemExit(main())

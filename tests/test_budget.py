"""What goes over the budget of a unit is unknown and named; nothing is an error for what was cut."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ecrlint.evaluate import budget
from ecrlint.evaluate.budget import DEEP, LARGE, Budget, Exceeded
from ecrlint.model.finding import Report, Severity
from ecrlint.model.source import Source
from ecrlint.model.value import List, Scalar, Value
from ecrlint.run.pipeline import scan

PULL = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
OTHER = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
REPOSITORY = 'resource "aws_ecr_repository" "shop" {\n  name = "shop"\n}\n'
TASK = (
    REPOSITORY
    + """
resource "aws_iam_role" "execution" {
  name = "execution"
  MANAGED
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}
resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions    = jsonencode([{ name = "shop", image = "${aws_ecr_repository.shop.repository_url}:v1" }])
}
"""
)
HEAVY = "locals {\n  heavy = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a * b * c]]]\n}\n"
ATTACHED = f'  role       = aws_iam_role.execution.name\n  policy_arn = "{PULL}"\n'

Files = dict[str, str]


def written(folder: Path, files: Files) -> Report:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return scan([str(folder)], str(folder))


def reasons(report: Report) -> str:
    return "\n".join(file.reason for file in report.files if file.status == "partial")


# Nothing is an error for what was cut


def cut() -> Iterator[object]:
    """What grants the pull is in the part that is cut, or the part that is cut comes before it."""

    def case(name: str, text: str, managed: str = "", more: Files | None = None) -> object:
        return pytest.param({"main.tf": TASK.replace("MANAGED", managed) + text, **(more or {})}, id=name)

    yield case(
        "the last of 300 attachments",
        'resource "aws_iam_role_policy_attachment" "a" {\n  count = 300\n  role = aws_iam_role.execution.name\n'
        f'  policy_arn = count.index == 299 ? "{PULL}" : "{OTHER}"\n}}\n',
    )
    yield case(
        "the last of 300 keys",
        'resource "aws_iam_role_policy_attachment" "a" {\n'
        f'  for_each = {{ for i in range(300) : "k${{i}}" => i == 299 ? "{PULL}" : "{OTHER}" }}\n'
        "  role = aws_iam_role.execution.name\n  policy_arn = each.value\n}\n",
    )
    yield case(
        "the last of 300 statements",
        'data "aws_iam_policy_document" "d" {\n  dynamic "statement" {\n    for_each = range(300)\n    content {\n'
        '      actions = statement.value == 299 ? ["ecr:*", "logs:*"] : ["s3:GetObject"]\n      resources = ["*"]\n'
        "    }\n  }\n}\n"
        'resource "aws_iam_role_policy" "p" {\n  role = aws_iam_role.execution.id\n'
        "  policy = data.aws_iam_policy_document.d.json\n}\n",
    )
    heavy_count = "  count      = length(local.heavy) > 3 ? 1 : 0\n"
    yield case("a count", HEAVY + f'resource "aws_iam_role_policy_attachment" "a" {{\n{heavy_count}{ATTACHED}}}\n')
    yield case("a list of policies", HEAVY, f'managed_policy_arns = concat(flatten(local.heavy), ["{PULL}"])')
    yield case(
        "what comes after",
        HEAVY + 'resource "aws_ecr_repository" "a" {\n  name = jsonencode(local.heavy)\n}\n'
        f'resource "aws_iam_role_policy_attachment" "z" {{\n{ATTACHED}}}\n',
    )
    call = 'module "next" {\n  source = "NEXT"\n  role   = ROLE\n}\n'
    chain = {f"m{n}/main.tf": 'variable "role" {}\n' + call.replace("NEXT", f"../m{n + 1}") for n in range(40)}
    chain = {name: text.replace("ROLE", "var.role") for name, text in chain.items()}
    attached = ATTACHED.replace("aws_iam_role.execution.name", "var.role")
    last = f'variable "role" {{}}\nresource "aws_iam_role_policy_attachment" "a" {{\n{attached}}}\n'
    first = call.replace("NEXT", "./m0").replace("ROLE", "aws_iam_role.execution.name")
    yield case("a module deep down", first, more={**chain, "m40/main.tf": last})


@pytest.mark.parametrize("files", list(cut()))
def test_nothing_is_an_error_for_what_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: Files) -> None:
    monkeypatch.setattr(budget, "STEPS", 100_000)
    report = written(tmp_path, files)
    assert [finding.message for finding in report.findings if finding.rule.startswith("execution-role")] == []
    assert "evaluated" in reasons(report)


def test_a_task_whose_role_lacks_the_pull_is_an_error(tmp_path: Path) -> None:  # what the cases above would be without a cut
    report = written(tmp_path, {"main.tf": TASK.replace("MANAGED", "")})
    assert [finding.rule for finding in report.findings] == ["execution-role-cannot-pull"]
    assert reasons(report) == ""


def test_a_job_of_which_steps_are_cut_is_not_judged_by_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "STEPS", 20_000)
    push = "      - run: docker push 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:v1\n"
    text = "on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n" + "      - run: echo\n" * 500 + push
    report = written(tmp_path, {".github/workflows/w.yml": text})
    assert [finding.message for finding in report.findings] == []
    assert "the rest of the steps is not evaluated: the budget of 20000 steps is used up" in reasons(report)


# Every kind of input ends, within what it may cost


def doubled(step: str, first: str = '"x"', times: int = 60) -> str:
    lines = [f"  a0 = {first}", *(f"  a{n} = {step.replace('IT', f'local.a{n - 1}')}" for n in range(1, times))]
    return (
        "locals {\n"
        + "\n".join(lines)
        + f'\n}}\nresource "aws_ecr_repository" "a" {{\n  name = jsonencode(local.a{times - 1})\n}}\n'
    )


def repositories(count: int, name: str, before: str = "") -> str:
    return before + "".join(
        f'resource "aws_ecr_repository" "r{n}" {{\n  name = {name.replace("NUMBER", str(n))}\n}}\n' for n in range(count)
    )


def nested(inner: str, outer: str, times: int) -> str:
    for n in range(times):
        inner = outer.replace("IT", inner).replace("NUMBER", str(n))
    return inner


def template(name: str, before: str = "") -> str:
    return f"{before}Resources:\n  R:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: {name}\n"


def conditions(count: int) -> str:
    declared = "".join(f"  P{n}: {{Type: String}}\n" for n in range(count))
    return f"Parameters:\n{declared}Conditions:\n" + "".join(f"  C{n}: !Equals [!Ref P{n}, x]\n" for n in range(count))


def workflow(steps: str, before: str = "") -> Files:
    text = f"on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n{before}    steps:\n{steps}"
    return {".github/workflows/w.yml": text}


def loops(times: int, ending: str = "") -> str:
    return f"for a in 1 2 3 4 5 6 7 8; do for b in 1 2 3 4 5 6 7 8; do docker push $a$b{ending}; done; done\n" * times


def planned(depth: int) -> str:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    instance = {"address": "aws_ecr_repository.r", "mode": "managed", "type": "aws_ecr_repository", "name": "r"}
    root = {"resources": [{**instance, "values": {"name": value}}]}
    return json.dumps({"format_version": "1.2", "planned_values": {"root_module": root}, "configuration": {"root_module": {}}})


def modules(depth: int, calls: int, last: str = REPOSITORY) -> Files:
    """Modules that call the next one so often each."""
    files = {}
    for n in range(depth):
        source = f"{'../' if n else './'}m{n + 1}"
        called = "".join(f'module "a{k}" {{\n  source = "{source}"\n}}\n' for k in range(calls))
        files[f"m{n}/main.tf" if n else "main.tf"] = REPOSITORY + called
    return {**files, f"m{depth}/main.tf": last}


def conversions(count: int) -> Files:
    calls = "".join(f'module "m{n}" {{\n  source = "./m"\n  v      = local.big\n}}\n' for n in range(count))
    variable = 'variable "v" {\n  type = map(map(string))\n}\n'
    return {"main.tf": BIG + calls, "m/main.tf": variable + repositories(1, 'var.v["k1"]["j1"]')}


def policies(count: int) -> str:
    statements = '[for k, v in local.big : { Effect = "Allow", Action = "s3:GetObject", Resource = k }]'
    document = f'jsonencode({{ Version = "2012-10-17", Statement = {statements} }})'
    return "".join(f'resource "aws_iam_role_policy" "p{n}" {{\n  role   = "r"\n  policy = {document}\n}}\n' for n in range(count))


def instances(count: int) -> str:
    data = '"#!/bin/bash\\n${file("u.sh")}# ${count.index}\\n"'
    return REPOSITORY + f'resource "aws_instance" "i" {{\n  count     = {count}\n  user_data = {data}\n}}\n'


def named(count: int, name: str, before: str) -> Files:
    """A template of so many repositories."""
    made = "".join(f"  R{n}:\n    Type: AWS::ECR::Repository\n    Properties: {{RepositoryName: {name}}}\n" for n in range(count))
    return {"t.yaml": f"{before}Resources:\n{made}"}


def listing(kind: str) -> str:
    return "Parameters:\n  P: {Type: KIND, Default: '".replace("KIND", kind) + "x," * 20_000 + "'}\n"


def for_each() -> str:
    words = ", ".join(map(str, range(900)))
    inner = "{Fn::ForEach::B: [B, [WORDS], {'P${B}': x}]}"
    outer = f"  Fn::ForEach::A: [A, [WORDS], {{'R${{A}}': {{Type: AWS::ECR::Repository, Properties: {inner}}}}}]\n"
    return "Transform: AWS::LanguageExtensions\nResources:\n" + outer.replace("WORDS", words)


def stacks(depth: int) -> Files:
    one = "Resources:\n  R: {Type: AWS::ECR::Repository}\n"
    nesting = "  S{k}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: ./t{n}.yaml}}}}\n"
    inner = {f"t{n}.yaml": one + "".join(nesting.format(k=k, n=n + 1) for k in range(9)) for n in range(depth)}
    return {**inner, f"t{depth}.yaml": one}


def workflows(depth: int) -> Files:
    start = "on: [push, workflow_call]\njobs:\n"
    calling = "  j{k}: {{uses: ./.github/workflows/w{n}.yml}}\n"
    files = {f"w{n}.yml": start + "".join(calling.format(k=k, n=n + 1) for k in range(12)) for n in range(depth)}
    files[f"w{depth}.yml"] = f"{start}  j:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {LOGIN}\n"
    return {f".github/workflows/{name}": text for name, text in files.items()}


def actions(depth: int, uses: str, times: int) -> Files:
    """Actions of the repository that each use the next one."""
    start = "inputs: {x: {}}\nruns:\n  using: composite\n  steps:\n"
    files = {f"a{n}/action.yml": start + uses.replace("NEXT", f"./a{n + 1}") * times for n in range(depth)}
    files[f"a{depth}/action.yml"] = f"{start}    - run: {LOGIN} ${{{{ inputs.x }}}}\n      shell: bash\n"
    return {**workflow("      - uses: ./a0\n        with: {x: xxxxxxxx}\n"), **files}


def scripts(count: int) -> str:
    made = ("".join(f"          {line}\n" for line in loops(9, str(n)).splitlines()) for n in range(count))
    return "".join(f"      - run: |\n{script}" for script in made)


STEPS = "steps is used up"
LOGIN = "aws ecr get-login-password"
BIG = 'locals {\n  big = { for i in range(1000) : "k${i}" => { for j in range(10) : "j${j}" => "v" } }\n}\n'
LIST = 'locals {\n  big = [for i in range(1000) : "s${i}"]\n}\n'
DEEPER = "locals {\n  a = " + nested("1", "[IT]", 120) + "\n}\n"
ROWS = "Mappings:\n  M:\n" + "".join(f"    r{n}: {{a: x}}\n" for n in range(3000)) + "Parameters: {P: {Type: String}}\n"
TRIES = nested("local.none.y", "try(IT, IT)", 12)
DECODED = repositories(40, 'jsondecode(file("x.json"))[NUMBER]')
RENDERED = repositories(40, 'templatefile("t", { n = range(1000) })')
DOUBLING = "    - uses: NEXT\n      with:\n        x: '" + "${{ inputs.x }}" * 40 + "'\n"
HOSTILE: dict[str, tuple[Files, str]] = {
    "range in range": ({"main.tf": HEAVY + repositories(1, "jsonencode(local.heavy)")}, STEPS),
    "a list in itself": ({"main.tf": doubled("[IT, IT]")}, LARGE),
    "concat": ({"main.tf": doubled("concat(IT, IT)", '["x"]', 30)}, LARGE),
    "merge": ({"main.tf": repositories(60, "jsonencode(merge(local.big, { x = NUMBER }))", BIG)}, "is used up"),
    "format": ({"main.tf": doubled('format("%s%s", IT, IT)', '"xxxxxxxx"', 30)}, LARGE),
    "join": ({"main.tf": doubled('join("-", [IT, IT, IT])', times=30)}, LARGE),
    "replace": ({"main.tf": doubled('replace(IT, "x", "xx")', times=30)}, LARGE),
    "setproduct": ({"main.tf": doubled("setproduct(IT, IT)", "range(9)", 5)}, "a product of more than"),
    "equality": ({"main.tf": repositories(60, 'local.big == local.big ? "a" : "b"', BIG)}, STEPS),
    "a splat": ({"main.tf": repositories(400, "jsonencode(local.big[*])", LIST)}, "is used up"),
    "try in try": (
        {"main.tf": repositories(4, f"jsonencode([for i in range(20) : {TRIES}])", "locals {\n  none = {}\n}\n")},
        STEPS,
    ),
    "expressions in each other": ({"main.tf": repositories(1, nested('"x"', "(IT)", 140))}, DEEP),
    "locals in a chain": ({"main.tf": doubled("IT", times=2000)}, DEEP),
    "values in each other": ({"main.tf": repositories(1, "jsonencode(local.a)", DEEPER)}, DEEP),
    "jsondecode": ({"main.tf": DECODED, "x.json": json.dumps(["x"] * 9000)}, "is used up"),
    "templates": ({"main.tf": RENDERED, "t": "%{ for a in n }%{ for b in n }${a}%{ endfor }%{ endfor }"}, STEPS),
    "conversion": (conversions(40), STEPS),
    "modules": (modules(6, 9), "more modules and resources than are evaluated"),
    "a chain of modules": (modules(1000, 1), DEEP),
    "a file of megabytes": ({"main.tf": repositories(1, 'file("x.txt")'), "x.txt": "x" * 1_000_001}, "is larger than 1000000"),
    "user data": ({"main.tf": instances(20), "u.sh": loops(40)}, STEPS),
    "a policy for each of many roles": ({"main.tf": BIG + REPOSITORY + policies(40)}, STEPS),
    "Fn::Sub": (named(1, nested("xxxxxxxx", "!Sub ['" + "${a}" * 12 + "', {a: IT}]", 12), ""), LARGE),
    "Fn::If": (named(1, nested("x", "!If [CNUMBER, IT, {'Fn::Sub': IT}]", 14), conditions(14)), STEPS),
    "Fn::Join of a list": (named(40, "!Join ['-', !Ref P]", listing("CommaDelimitedList")), STEPS),
    "Fn::Split": (named(40, "!Select [1, !Split [',', !Ref P]]", listing("String")), STEPS),
    "Fn::FindInMap": (named(40, "!FindInMap [M, !Ref P, a]", ROWS), STEPS),
    "Fn::ForEach": ({"t.yaml": for_each()}, STEPS),
    "nested stacks": (stacks(7), "nests more than is evaluated"),
    "a plan": ({"plan.json": planned(300)}, DEEP),
    "jobs that call workflows": (workflows(4), "the rest of its jobs is not evaluated"),
    "actions in each other": (actions(6, "    - uses: NEXT\n", 9), "the rest of the steps is not evaluated"),
    "inputs that double": (actions(6, DOUBLING, 1), LARGE),
    "scripts of steps": (workflow(scripts(20)), STEPS),
}
"""By name: the files, and a part of the reason why they are not evaluated as a whole. The budget is a quarter of the real one."""


@pytest.mark.parametrize("name", HOSTILE)
def test_every_kind_of_hostile_input_ends_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    files, reason = HOSTILE[name]
    made: list[Budget] = []
    begin = Budget.__init__

    def counted(self: Budget) -> None:
        begin(self)
        made.append(self)

    monkeypatch.setattr(budget, "STEPS", 150_000)
    monkeypatch.setattr(budget, "VALUES", 200_000)
    monkeypatch.setattr(Budget, "__init__", counted)
    report = written(tmp_path, files)
    assert reason in reasons(report)
    assert [problem.message for problem in report.problems] == []
    assert [finding.message for finding in report.findings if finding.severity is Severity.ERROR] == []
    assert all(one.depth == 0 for one in made)
    assert min(one.steps for one in made) > -1_000_000  # what is charged at once is about to be done, and is not


BOUNDS = {
    "Fn::Sub": HOSTILE["Fn::Sub"][0],
    "a chain of modules": HOSTILE["a chain of modules"][0],
    "actions in each other": HOSTILE["actions in each other"][0],
    "thirty files of 23 MB": {
        "main.tf": "".join(f'resource "aws_instance" "i{n}" {{\n  user_data = file("f{n}")\n}}\n' for n in range(30)) + REPOSITORY
    },
}


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="the memory of a program is not bounded here")
@pytest.mark.parametrize("name", BOUNDS)
def test_time_and_memory_are_bounded(tmp_path: Path, name: str) -> None:
    """Generous: an empty scan takes 0.3 s and 200 MB of addresses."""
    for path, text in BOUNDS[name].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    if name == "thirty files of 23 MB":
        (tmp_path / "f0").write_text("é" + "x" * (23 << 20))
        for n in range(1, 30):
            os.link(tmp_path / "f0", tmp_path / f"f{n}")

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (700 << 20,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    command = [sys.executable, "-m", "ecrlint", "--format", "json", "."]
    done = subprocess.run(command, cwd=tmp_path, preexec_fn=bound, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert any(file["status"] == "partial" and file["reason"] for file in json.loads(done.stdout)["files"])


# The budget itself

SPAN = Source("main.tf", "x").span(0, 1)


@pytest.mark.parametrize(
    ("charge", "reason"),
    [
        (lambda it: it.step(600_001), "the budget of 600000 steps is used up"),
        (lambda it: it.make(1_000_001), "the budget of 1000000 values is used up"),
        (lambda it: it.write(32_000_001), "the budget of 32000000 characters of text is used up"),
        (lambda it: [it.enter() for _ in range(101)], DEEP),
        (lambda it: it.weigh(List((Scalar("x", SPAN),) * 60_000, SPAN)), LARGE),
        (lambda it: it.weigh(Scalar("x" * (60_000 << 6), SPAN)), LARGE),
    ],
)
def test_what_goes_over_says_by_what(charge: Callable[[Budget], object], reason: str) -> None:
    with pytest.raises(Exceeded, match=reason):
        charge(Budget())


def test_a_value_is_weighed_with_all_of_its_parts() -> None:
    value: Value = Scalar("x" * 640, SPAN)
    inner = List((value,) * 9, SPAN)
    assert Budget().weigh(List((inner, inner), SPAN)) == 1 + 2 * (1 + 9 * 11)

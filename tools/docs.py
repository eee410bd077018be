"""Writes what of docs/ follows from the rules: a page for each rule, and the causes on the pages of AWS's messages.

Usage: python tools/docs.py [--check]        (--check: write nothing; exit status 1 where a page is stale)

A page of docs/errors/ is written by hand but for what stands between marks. Its title is the message, with `...` for what
differs: a message of a rule belongs to the page whose title is in it. One that belongs to none gets a page of its causes, and
the exit status is 1 until somebody has written on it what the message means.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import groupby
from pathlib import Path
from textwrap import dedent

from ecrlint import config, rule_registry
from ecrlint.boundary.repository import around
from ecrlint.integrations.numbers import NUMBERS
from ecrlint.model.finding import Finding, Report, Severity
from ecrlint.model.rule import Rule
from ecrlint.report import svg, text
from ecrlint.run import path as question
from ecrlint.run import pipeline
from ecrlint.wording.precedence import PRECEDENCE

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FIXTURES = ROOT / "tests" / "fixtures"
EXAMPLE = "fargate-service"  # of examples/
CONTEXT = 4  # lines of an example around the finding
END = "<!-- end -->"
OTHER = "errors/other"  # where the page of a message that has none is put

MATRIX = """
## In which formats

A dot where a case of the rule's fixtures is found in that format, a dash where the format cannot state the flaw, nothing
where nobody has written the case. All of a template is deployed to one account. A task definition has images and the names
of roles, no network, and not what these roles may do, which is looked for in the files beside it. A policy does not say who
has it, for which repository or in which VPC; one with principals and resources may be that of an endpoint. A workflow says
what is done with a role, and the files beside it say what the role may do.
"""

FORMATS = {
    "terraform": "Terraform",
    "terraform-plan": "plan",
    "cloudformation": "CloudFormation",
    "task-definition": "task definition",
    "iam-policy": "policy",
    "github-workflow": "workflow",
    "kubernetes-manifest": "manifest",
    "compose-file": "Compose",
}
"""The kinds of files that state a flaw, by the names of `FileStatus.kind`."""

CANNOT = {
    "cloudformation": "cross-account-without-repository-policy login-token-stored",
    "task-definition": """compute identity imds network !keys-in-plain-text !keys-shadow-role
        cross-account-without-repository-policy lambda-grant-never-matches login-in-repository-policy repository-open-to-everyone
        repository-principal-invalid resource-in-repository-policy service-principal-never-pulls""",
    "iam-policy": """compute ecs imds network
        boundary-without-ecr broad-push grant-misses-repository managed-policy-unknown pass-role-missing
        keys-in-plain-text keys-shadow-role
        cross-account-without-repository-policy image-reference-invalid resource-in-repository-policy""",
    "github-workflow": """compute ecs identity imds network repository oidc-trust-never-matches oidc-subject-by-name-only
        !keys-in-plain-text !keys-shadow-role""",
    "kubernetes-manifest": """ci compute ecs identity imds network repository !image-reference-invalid !keys-in-plain-text
        !login-token-stored""",
    "compose-file": "ci compute ecs identity imds network repository !image-reference-invalid !keys-in-plain-text",
}
"""The rules, or families of rules but for those with `!`, whose flaw cannot be stated in a kind of file. The page says why."""

LANGUAGES = {".tf": "terraform", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".template": "yaml"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 where a page is stale")
    check = parser.parse_args().check
    os.chdir(ROOT / "examples")  # places are shown from there
    pages = {(DOCS / name).resolve(): page for name, page in all_pages(rule_registry.rules())}
    stale = [path for path, page in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != page]
    gone = [path for path in sorted((DOCS / "rules").rglob("*.md")) if path not in pages]
    for path in [*stale, *gone] if check else ():
        print(f"{_shown(path)} is stale: run python tools/docs.py", file=sys.stderr)
    for path in () if check else stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path], encoding="utf-8")
    for path in () if check else gone:
        path.unlink()
    bare = [path for path, page in pages.items() if _lacks_prose(path, page)]
    for path in bare:
        print(f"{_shown(path)} lacks prose: say below its title what the message means", file=sys.stderr)
    return 1 if bare or (check and (stale or gone)) else 0


def _shown(path: Path) -> str:
    return path.relative_to(DOCS.parent).as_posix()


def _lacks_prose(path: Path, page: str) -> bool:
    """Whether nobody has said what a page of docs/errors/ is about: only what is generated stands below its title."""
    if not path.is_relative_to(DOCS / "errors") or path.name == "SUMMARY.md":
        return False
    _, _, below = page.partition("\n")
    return re.match(r"\s*(#|<!--|$)", below) is not None


def all_pages(rules: tuple[Rule, ...]) -> Iterator[tuple[str, str]]:
    """Each page that has something generated, with its path in docs/."""
    errors = tuple(_errors(rules))
    yield "rules/index.md", "".join(_index(rules))
    yield "rules/SUMMARY.md", "".join(_rules_menu(rules))
    yield "errors/SUMMARY.md", "".join(_errors_menu(errors))
    for family, members in groupby(rules, key=lambda rule: rule.family):
        yield f"rules/{family}/index.md", "".join(_family(family, tuple(members)))
    for rule in rules:
        yield f"rules/{rule.family}/{rule.name}.md", "".join(_page(rule, errors))
    for error in errors:
        page = error.page
        if error.messages:  # what no rule predicts is written by hand
            page = _filled(page, "causes", "".join(_causes(error, rules)))
            page = _filled(page, "references", "".join(_references(error, rules)))
        yield error.name, page
    yield "../src/ecrlint/messages.json", _shown_by_explain(errors, rules)
    for name, shown in (("../README.md", "pull-on-task-role"), ("index.md", ""), ("getting-started.md", "")):
        yield name, _filled((DOCS / name).read_text(encoding="utf-8"), "example", _example(shown))
    page = (DOCS / "cfn-lint.md").read_text(encoding="utf-8")
    of_templates = tuple(rule for rule in rules if "cloudformation" in _spoken_in(rule))
    yield "cfn-lint.md", _filled(page, "ids", _ids(of_templates, lambda rule: f"{_LETTERS[rule.severity]}9{NUMBERS[rule.name]}"))
    page = (DOCS / "checkov.md").read_text(encoding="utf-8")
    yield "checkov.md", _filled(page, "ids", _ids(rules, lambda rule: f"CKV_ECRLINT_{NUMBERS[rule.name]}"))
    yield "schemas/configuration.json", json.dumps(_configuration(rules), indent=2) + "\n"
    yield "path.svg", svg.render(question.ask((EXAMPLE,), "web", around(".", (EXAMPLE,))).pictures)
    for index in sorted((DOCS / "errors").rglob("index.md")):
        name = index.relative_to(DOCS).as_posix()
        yield name, _filled(index.read_text(encoding="utf-8"), "contents", "".join(_contents(name, errors)))


def _example(rule: str) -> str:
    """What is found in an example, as on a terminal; of one rule, where it is named."""
    found = pipeline.scan([EXAMPLE], root=".").findings
    report = Report((), tuple(finding for finding in found if rule in ("", finding.rule)), ())
    return f"```output\n{text.render(report, full=True)}```\n"


_LETTERS = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.NOTE: "I"}


def _ids(rules: tuple[Rule, ...], named: Callable[[Rule], str]) -> str:
    """A table of what the rules are called in another tool, in the order of their numbers."""
    rows = (
        f"| `{named(rule)}` | [{rule.name}](rules/{rule.family}/{rule.name}.md) | {rule.summary} |\n"
        for rule in sorted(rules, key=lambda rule: NUMBERS[rule.name])
    )
    return "".join(["| id | rule | |\n|---|---|---|\n", *rows])


# The schema of the configuration


def _configuration(rules: tuple[Rule, ...]) -> dict[str, object]:
    """The JSON schema of `ecrlint.toml`, and of `[tool.ecrlint]` in a `pyproject.toml`."""
    texts = {"type": "array", "items": {"type": "string"}}
    severity = {"enum": list(config.SEVERITIES)}
    setting = {"anyOf": [{"enum": list(config.SETTINGS)}, {"type": "boolean"}]}
    place = {
        "account": {"type": "string", "pattern": f"^{config.ACCOUNT}$"},
        "region": {"type": "string", "pattern": f"^{config.REGION}$"},
    }
    environment = {"name": {"type": "string", "minLength": 1}, "var-files": texts, "roots": texts, **place}
    assert set(environment) == set(config.ENVIRONMENT_KEYS)
    environments = {"type": "array", "maxItems": config.MAX_ENVIRONMENTS, "items": _object(environment, "name")}
    terraform = {"var-files": texts, "environments": environments}
    assert set(terraform) == set(config.TERRAFORM_KEYS)
    own = dict.fromkeys(rule_registry.OWN, setting)
    keys = {
        "fail-on": {**severity, "default": "error", "description": "the least severity that makes the exit status 1"},
        "severity": {**severity, "default": "note", "description": "the least severity that is reported at all"},
        "exclude": {**texts, "description": "paths that are not scanned, with * for anything"},
        "baseline": {"type": "string", "description": "in place of ecrlint-baseline.json"},
        **place,
        "has-way-out": {**texts, "description": "addresses of subnets and VPCs of which something leads out that no file shows"},
        "rules": _object({**{rule.name: {**setting, "description": rule.summary} for rule in rules}, **own}),
        "terraform": _object(terraform),
    }
    assert set(keys) == set(config.KEYS)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "ecrlint.toml", **_object(keys)}


def _object(properties: Mapping[str, object], *required: str) -> dict[str, object]:
    named = {"required": list(required)} if required else {}
    return {"type": "object", "additionalProperties": False, **named, "properties": dict(properties)}


# The rules


def _index(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield "# Rules\n\n`error`: it fails. `warning`: it fails, or is unsafe, under a condition that the files do not settle. "
    yield "`note`: hardening.\n"
    for family, members in groupby(rules, key=lambda rule: rule.family):
        title, _ = _about(family)
        yield f"\n## [{title}]({family}/index.md)\n\n"
        yield from _table(tuple(members), f"{family}/")
    yield MATRIX
    yield f"\n| rule | {' | '.join(FORMATS.values())} |\n|---|{':-:|' * len(FORMATS)}\n"
    for rule in rules:
        found = set(_spoken_in(rule))
        assert not any(_cannot_state(kind, rule) for kind in found), f"{rule.name} speaks in {found}, against CANNOT"
        marks = ("•" if kind in found else "–" if _cannot_state(kind, rule) else " " for kind in FORMATS)
        yield f"| [{rule.name}]({rule.family}/{rule.name}.md) | {' | '.join(marks)} |\n"


def _cannot_state(kind: str, rule: Rule) -> bool:
    """Whether the flaw that a rule finds cannot be written down in a kind of file."""
    words = CANNOT.get(kind, "").split()
    return f"!{rule.name}" not in words and not {rule.name, rule.family}.isdisjoint(words)


def _rules_menu(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield "- [Rules](index.md)\n"
    for family in dict.fromkeys(rule.family for rule in rules):
        yield f"- [{_about(family)[0]}]({family}/)\n"


def _family(family: str, rules: tuple[Rule, ...]) -> Iterator[str]:
    title, about = _about(family)
    yield f"# {title}\n\n{about}\n\n"
    yield from _table(rules, "")


def _table(rules: tuple[Rule, ...], folder: str) -> Iterator[str]:
    yield "| rule | severity | what it says |\n|---|---|---|\n"
    for rule in rules:
        yield f"| [{rule.name}]({folder}{rule.name}.md) | {rule.severity} | {rule.summary} |\n"


def _about(family: str) -> tuple[str, str]:
    """The title of a family and what its rules are about: the docstring of its folder."""
    title, _, about = (import_module(f"{rule_registry.PACKAGE}.{family}").__doc__ or family).strip().partition("\n")
    return title.rstrip("."), about.strip()


def _page(rule: Rule, errors: tuple[Error, ...]) -> Iterator[str]:
    found = set(_spoken_in(rule))
    kinds = ", ".join(shown for kind, shown in FORMATS.items() if kind in found)
    doc, heading, references = rule.doc.partition("## References")
    yield f"# {rule.name}\n\n**{rule.severity}**, in {kinds}\n\n{doc}## What AWS prints\n"
    for symptom in rule.symptoms:
        if _is_silent(symptom):
            yield f"\nNothing: {symptom.removeprefix('no error: ')}.\n"
            continue
        error = _error_of(symptom, errors)
        yield f"\n```text\n{symptom}\n```\n\n[What this message means](../../{error.name}), and its other causes.\n"
    for title, finding in _examples(rule):
        yield f"\n## Example: {title}\n\n```{LANGUAGES.get(Path(finding.span.path).suffix, '')}\n{_excerpt(finding)}\n```\n"
        yield f"\n```output\n{text.render(Report((), (finding,), ()), full=True)}```\n"
    yield f"\n{heading}{references}\n"


def _examples(rule: Rule) -> Iterator[tuple[str, Finding]]:
    """The first finding in the case of each language; where there is neither, in the first that is a folder."""
    folder = FIXTURES / rule.name / "fires"
    cases = [folder / name for name in ("terraform", "cloudformation") if (folder / name).is_dir()]
    for case in cases or [path for path in sorted(folder.glob("*")) if path.is_dir()][:1]:
        findings, kinds = _scanned(case)
        for finding in findings:
            if finding.rule == rule.name:
                yield FORMATS[kinds[finding.span.path]], finding
                break


def _spoken_in(rule: Rule) -> Iterator[str]:
    """The kinds of files in which a rule has a finding; a plan is read on its own, with the files beside it for its places."""
    for case in _cases(rule):
        findings, kinds = _scanned(case)
        plans = [path for path, kind in kinds.items() if kind == "terraform-plan"]
        for path in plans:
            findings = _scanned(case, path)[0]
        for finding in findings:
            if finding.rule == rule.name:
                yield "terraform-plan" if plans else kinds.get(finding.span.path, "")


def _cases(rule: Rule) -> list[Path]:
    """The cases in which a rule fires."""
    return [case for case in sorted((FIXTURES / rule.name / "fires").iterdir()) if case.name != "expected.txt"]


@cache
def _scanned(case: Path, path: str = "") -> tuple[tuple[Finding, ...], dict[str, str]]:
    """The findings of a case, or of one of its files alone, and the kinds of the files."""
    root = case if case.is_dir() else case.parent
    report = pipeline.scan([str(root / path if path else case)], root=str(root))
    return tuple(report.findings), {file.path: file.kind for file in report.files}


def _excerpt(finding: Finding) -> str:
    source, line = finding.span.source, finding.span.line
    last = len(source.line_starts)
    lines = [source.line_text(number) for number in range(max(1, line - CONTEXT), min(last, line + CONTEXT) + 1)]
    return dedent("\n".join(lines)).strip("\n")


# The messages


@dataclass(frozen=True, slots=True)
class Error:
    """A page of docs/errors/: its path in docs/, its text, its title, and the messages of rules that belong to it."""

    name: str
    page: str
    title: str
    messages: tuple[str, ...] = ()


def _errors(rules: tuple[Rule, ...]) -> Iterator[Error]:
    """The pages of messages, in the order of their paths: those that are there, and one for each message without a page."""
    known = [_error(path) for path in sorted((DOCS / "errors").glob("*/*.md")) if path.name != "index.md"]
    messages = dict.fromkeys(symptom for rule in rules for symptom in rule.symptoms if not _is_silent(symptom))
    for message in messages:
        if _best(message, known) is None:
            known = sorted([*known, _unwritten(message, known)], key=lambda error: Path(error.name))
    belongs: dict[str, list[str]] = {error.name: [] for error in known}
    for message in messages:
        error = _best(message, known)
        assert error is not None, message
        belongs[error.name].append(message)
    for error in known:
        if not belongs[error.name] and _marks("causes").removesuffix(END) in error.page:
            raise SystemExit(f"docs/{error.name}: no rule predicts a message with this title")
        yield Error(error.name, error.page, error.title, tuple(belongs[error.name]))


def _error(path: Path) -> Error:
    page = path.read_text(encoding="utf-8")
    return Error(path.relative_to(DOCS).as_posix(), page, page.partition("\n")[0].removeprefix("# "))


def _unwritten(message: str, known: Iterable[Error]) -> Error:
    """The page of a message that has none, under the first words of the message that are the name of no other page."""
    taken = {error.name for error in known}
    words = re.findall(r"[a-z0-9]+", message.lower())
    names = (f"{OTHER}/{'-'.join(words[:count])}.md" for count in range(min(10, len(words)), len(words) + 1))
    name = next((name for name in names if name not in taken), None)
    if name is None:
        raise SystemExit(f"{message}: another message has the same words; write its page by hand")
    page = "\n\n".join((f"# {message}", "## Causes", _marks("causes"), "## References", _marks("references"))) + "\n"
    return Error(name, page, message)


def _marks(name: str) -> str:
    return f"<!-- {name}: python tools/docs.py -->\n{END}"


def _filled(page: str, name: str, generated: str) -> str:
    """A page with what is generated between its marks of that name."""
    before, mark, rest = page.partition(_marks(name).removesuffix(END))
    _, end, after = rest.partition(END)
    if not (mark and end):
        raise SystemExit(f"{page.partition(chr(10))[0]}: the page has no place for its {name}:\n{_marks(name)}")
    body = generated.strip("\n")
    return f"{before}{mark}\n{body}\n\n{END}{after}"


def _best(message: str, errors: list[Error]) -> Error | None:
    """The page whose title begins earliest in the message; of several the one whose words before the first `...` are most."""
    places = [(_place(error.title, message), error) for error in errors]
    found = [(place, [-len(part) for part in error.title.split("...")], error) for place, error in places if place >= 0]
    return min(found, key=lambda one: one[:2])[2] if found else None


def _place(title: str, message: str) -> int:
    """Where a title begins in a message, its `...` standing for anything; -1 where it is not in it."""
    found = re.search(".*?".join(map(re.escape, title.split("..."))), message)
    return found.start() if found else -1


def _error_of(message: str, errors: tuple[Error, ...]) -> Error:
    return next(error for error in errors if message in error.messages)


def _is_silent(symptom: str) -> bool:
    return symptom.startswith("no error:")


def _shown_by_explain(errors: Iterable[Error], rules: tuple[Rule, ...]) -> str:
    """What `ecrlint explain` shows of each page, as JSON, one page to a line."""
    entries = []
    for error in errors:
        parts = _sections(error.page)
        written = parts.get("Causes", "").partition("<!--")[0].strip()
        messages = [{"text": text, "rules": [rule.name for rule in _predicting(text, rules)]} for text in error.messages]
        messages += [{"text": text, "rules": []} for text in _blocks(parts.get("Also printed as", ""))]
        entries.append(
            {
                "name": error.name.removeprefix("errors/").removesuffix(".md"),
                "title": error.title,
                "about": _without_links(parts[""]),
                "causes": _without_links(written),
                "check": _without_links(parts.get("Check by hand", "")),
                "messages": messages,
                "common": re.findall(r"\]\(\.\./\.\./rules/\w+/([\w-]+)\.md\)", written),
            }
        )
    return "[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries) + "\n]\n"


def _sections(page: str) -> dict[str, str]:
    """The parts of a page by their headings; what stands below its title has none."""
    first, *others = re.split(r"^## ", page.partition("\n")[2], flags=re.MULTILINE)
    named = (part.partition("\n") for part in others)
    return {"": first.strip(), **{heading: text.strip() for heading, _, text in named}}


def _blocks(text: str) -> list[str]:
    """The messages in blocks of code, each a line."""
    return [line for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) for line in block.splitlines() if line]


def _without_links(text: str) -> str:
    """A text for a terminal: links are their words, emphasis is left out, code is indented."""
    text = re.sub(r"```\w*\n(.*?)\n```", _indented, text, flags=re.DOTALL)
    return re.sub(r"\[([^\]]+)\]\([^)\s]+\)", r"\1", text).replace("**", "").strip("\n")


def _indented(code: re.Match[str]) -> str:
    return "\n".join(f"    {line}" for line in code[1].splitlines())


def _causes(error: Error, rules: tuple[Rule, ...]) -> Iterator[str]:
    """Each message, the one of most rules first, with these rules, those first that speak for the others."""
    messages = sorted(error.messages, key=lambda message: -len(_predicting(message, rules)))
    for message in messages:
        yield f"```text\n{message}\n```\n\n"
        for rule in _predicting(message, rules):
            yield f"- [{rule.name}](../../rules/{rule.family}/{rule.name}.md): {rule.summary}\n"
        yield "\n"
    yield "`ecrlint` finds this before anything is deployed:\n"
    yield f"\n```text\n{text.render(Report((), (_illustration(messages[0], rules),), ()))}```\n"


def _illustration(message: str, rules: tuple[Rule, ...]) -> Finding:
    """A finding that predicts a message: of the first rule that does, with just this message where a case has it."""
    rule = _predicting(message, rules)[0]
    examples = [finding for _, finding in _examples(rule)]
    found = (finding for case in _cases(rule) for finding in _scanned(case)[0] if finding.rule == rule.name)
    return next((finding for finding in (*examples, *found) if finding.aws == message), examples[0])


def _references(error: Error, rules: tuple[Rule, ...]) -> Iterator[str]:
    """What the rules that predict its messages refer to, each page once."""
    names: dict[str, str] = {}
    for message in error.messages:
        for rule in _predicting(message, rules):
            for name, link in re.findall(r"^- \[(.*)\]\((.*)\)$", rule.doc.partition("## References")[2], re.MULTILINE):
                names.setdefault(link, name)
    for link, name in names.items():
        yield f"- [{name}]({link})\n"


def _predicting(message: str, rules: tuple[Rule, ...]) -> list[Rule]:
    predict = [rule for rule in rules if message in rule.symptoms]
    return sorted(predict, key=lambda rule: (_rank(rule), len(rule.symptoms), rule.name))


def _rank(rule: Rule) -> int:
    return PRECEDENCE.index(rule.name) if rule.name in PRECEDENCE else len(PRECEDENCE)


def _contents(index: str, errors: tuple[Error, ...]) -> Iterator[str]:
    """The messages below the folder of an index; those of a folder in it under the title of that folder's own index."""
    folder = index.removesuffix("index.md")
    for group, members in _grouped(error for error in errors if error.name.startswith(folder)):
        if group != folder:
            title, link = _heading(group), f"{group.removeprefix(folder)}index.md"
            yield f"\n## [{title}]({link})\n\n" if title else "\n## Others\n\n"
        for error in members:
            yield f"- [`{error.title}`]({error.name.removeprefix(folder)})\n"


def _errors_menu(errors: tuple[Error, ...]) -> Iterator[str]:
    """The menu of the site: the titles without what they share with others, `CannotPullContainerError: ...`."""
    yield "- [Messages of AWS](index.md)\n"
    for group, members in _grouped(errors):
        folder, title = group.removeprefix("errors/"), _heading(group)
        yield f"- {title or 'Others'}\n" + (f"    - [{title}]({folder}index.md)\n" if title else "")
        for error in members:
            short = re.sub(r"^[^.]*: \.\.\. ", "", error.title).translate({ord(mark): f"\\{mark}" for mark in "[]"})
            yield f"    - [{short}]({folder}{error.name.removeprefix(group)})\n"


def _grouped(errors: Iterable[Error]) -> Iterator[tuple[str, Iterator[Error]]]:
    """Messages by the folder that they are in, with its `/`."""
    return groupby(errors, key=lambda error: error.name.rpartition("/")[0] + "/")


def _heading(folder: str) -> str:
    """The title of a folder, which is that of its index; empty where it has none."""
    index = DOCS / folder / "index.md"
    return index.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") if index.exists() else ""


if __name__ == "__main__":
    sys.exit(main())

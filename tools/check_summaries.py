"""Hold the summaries of Terraform modules against the modules themselves, in bare git directories that have their tags.

python tools/check_summaries.py terraform-aws-modules/ecr/aws=~/mirrors/terraform-aws-ecr.git ...

Of every version in the range of a summary: each argument of the module is one that the summary declares, with the same default
where the summary has one that is not null. Of the oldest and the newest: what is found in the module's own examples with the
summary in its place is found with the module as well, and `path` settles no step the other way. Exit status 1 where one of these
does not hold.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ecrlint.boundary.repository import boundary
from ecrlint.evaluate.terraform.configuration import Folder, folder
from ecrlint.evaluate.terraform.scope import force
from ecrlint.evaluate.terraform.summaries.versions import Version, version
from ecrlint.model.source import Source
from ecrlint.model.truth import MAYBE, Truth
from ecrlint.parse import hcl
from ecrlint.run import pipeline
from ecrlint.run.path import ask

SUMMARIES = Path(__file__).resolve().parent.parent / "src" / "ecrlint" / "evaluate" / "terraform" / "summaries"
TABLE = json.loads((SUMMARIES / "table.json").read_text(encoding="utf-8"))["modules"]
ALIKE = {"null", "[]", "{}", '""', "none"}
"""Defaults that mean the same: nothing is given."""


def main(words: list[str]) -> int:
    failures = 0
    for word in words:
        name, _, place = word.partition("=")
        for module in (one for one in TABLE if one == name or one.startswith(f"{name}//")):
            for failure in dict.fromkeys([*differences(module, Path(place)), *unlike(module, Path(place))]):
                failures += 1
                print(failure)
    return 1 if failures else 0


def differences(module: str, git: Path) -> Iterator[str]:
    """Where the arguments of some version are not as the summary of it declares them."""
    seen: set[tuple[str, str]] = set()
    for tag, file in versions(module, git):
        if file.endswith(".tf"):
            ours, theirs = configuration(file, (SUMMARIES / file).read_text(encoding="utf-8")), at(module, git, tag)
            for name in theirs.variables:
                if (name, default(theirs, name)) in seen:
                    continue
                seen.add((name, default(theirs, name)))
                if name not in ours.variables:
                    yield f"{module} {tag}: {name} is not declared in {file}"
                elif (stated := default(ours, name)) not in ("none", "null") and stated != default(theirs, name):
                    if {stated, default(theirs, name)} - ALIKE:
                        yield f"{module} {tag}: {name} is {default(theirs, name)[:60]}, and {stated[:60]} in {file}"


def default(module: Folder, name: str) -> str:
    node = module.variables[name].attributes.get("default")
    return "none" if node is None else re.sub(r"#[^\n]*|//[^\n]*|[\s,]", "", force(node).span.text)


def unlike(module: str, git: Path) -> Iterator[str]:
    """What is found in the module's examples with its summary and not with the module, and what is known to be the contrary."""
    known = list(versions(module, git))
    for tag, _ in {tag: (tag, file) for tag, file in (known[:1] + known[-1:])}.values():
        with tempfile.TemporaryDirectory() as temporary:
            checkout = Path(temporary, "module")
            shutil.unpack_archive(archive(git, tag, Path(temporary)), checkout)
            for example in sorted(path.parent for path in checkout.glob("examples/*/main.tf")):
                work = Path(temporary, "work")
                shutil.rmtree(work, ignore_errors=True)
                shutil.copytree(example, work)
                (work / ".git").mkdir(exist_ok=True)
                calls = rewritten(work, module.partition("//")[0], tag)
                if not any(path == (module.partition("//")[2]) for path in calls.values()):
                    continue
                summarized, known_with = found(work), settled(work)
                install(work, checkout, calls)
                installed, known_without = found(work), settled(work)
                print(
                    f"{module} {tag} {example.name}: findings {len(summarized)} with the summary, {len(installed)} with the "
                    f"module; settled steps {len(known_with)}, {len(known_without)}"
                )
                contrary = {step for step in known_with if known_without.get(step, known_with[step]) is not known_with[step]}
                for what in sorted((summarized - installed) | contrary):
                    yield f"{module} {tag} {example.name}: only with the summary: {' '.join(what)}"


def rewritten(work: Path, module: str, tag: str) -> dict[str, str]:
    """Let the calls of a copied example take the module from the registry; the paths of what they call, by call."""
    calls: dict[str, str] = {}
    for file in work.glob("*.tf"):
        text = file.read_text(encoding="utf-8")
        for block in re.finditer(r'(?ms)^module "([\w-]+)" \{\n(.*?)^\}', text):
            local = re.search(r'source\s*=\s*"\.\./\.\./?((?:modules/[\w-]+)?)/?"', block[2])
            if local is not None:
                calls[block[1]] = local[1]
        text = re.sub(
            r'(\n\s*)source\s*=\s*"\.\./\.\./?((?:modules/[\w-]+)?)/?"',
            lambda found: f'{found[1]}source = "{module}{"//" + found[2] if found[2] else ""}"{found[1]}version = "{tag}"',
            text,
        )
        file.write_text(text, encoding="utf-8")
    return calls


def install(work: Path, checkout: Path, calls: dict[str, str]) -> None:
    target = work / ".terraform" / "modules" / "it"
    shutil.copytree(checkout, target)
    listed = [{"Key": "", "Source": "", "Dir": "."}]
    listed += [{"Key": call, "Source": "it", "Dir": f".terraform/modules/it/{path}".rstrip("/")} for call, path in calls.items()]
    (target.parent / "modules.json").write_text(json.dumps({"Modules": listed}), encoding="utf-8")


def found(work: Path) -> set[tuple[str, str, str]]:
    """Rule, address and severity of all findings."""
    return {(one.rule, one.address, str(one.severity)) for one in pipeline.scan([str(work)], str(work)).findings}


def settled(work: Path) -> dict[tuple[str, ...], Truth]:
    """The steps on the way of each image of which it is known whether they do their part, by address, kind and label."""
    return {
        (picture.address, step.kind, step.label): step.truth
        for picture in ask([str(work)], None, boundary([str(work)])).pictures
        for stage in picture.stages
        for step in stage.steps
        if step.truth is not MAYBE
    }


def versions(module: str, git: Path) -> Iterator[tuple[str, str]]:
    """The tags of all versions that the table has a summary of and that have the module, each with the file."""
    listed = {found: tag for tag in run(git, "tag").split() if (found := version(tag)) is not None}
    since = [(known(first), file) for first, file in TABLE[module]["since"].items()]
    for number, tag in sorted(listed.items()):
        files = [file for first, file in since if first <= number <= known(TABLE[module]["newest"])]
        if files and files[-1] is not None and names(module, git, tag):
            yield tag, files[-1]


def known(text: str) -> Version:
    found = version(text)
    assert found is not None
    return found


def names(module: str, git: Path, tag: str) -> list[str]:
    part = module.partition("//")[2]
    listed = run(git, "ls-tree", "--name-only", tag, f"{part}/" if part else "./").split()
    return [name for name in listed if name.endswith(".tf")]


def at(module: str, git: Path, tag: str) -> Folder:
    return configuration("main.tf", "\n".join(run(git, "show", f"{tag}:{name}") for name in names(module, git, tag)))


def configuration(path: str, text: str) -> Folder:
    return folder("", [(path, hcl.parse(Source(path, text, "terraform"))[0])])


def archive(git: Path, tag: str, into: Path) -> str:
    target = into / f"{tag}.tar"
    run(git, "archive", "--output", str(target), tag)
    return str(target)


def run(git: Path, *words: str) -> str:
    command = ["git", f"--git-dir={git.expanduser()}", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The Terraform of a run: its roots, each evaluated with every module that it calls."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import cached_property, partial
from typing import TYPE_CHECKING

from ecrlint.config import Environment
from ecrlint.evaluate.terraform.root_module import INSTALLED, installed_modules
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import IRRELEVANT, Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.model.stack import Resource
from ecrlint.run.read.files import TERRAFORM, VARIABLES
from ecrlint.run.read.presence import asked, concerns, given
from ecrlint.run.read.scripts import read_scripts
from ecrlint.run.scan_state import ScanState, broke, stated_place
from ecrlint.run.scenarios.unit import DeployableUnit, Reading, Scenario

if TYPE_CHECKING:
    from ecrlint.adapt.table import Table
    from ecrlint.adapt.terraform.root import TerraformRoot
    from ecrlint.evaluate.budget import Budget
    from ecrlint.evaluate.terraform import TerraformEvaluation
    from ecrlint.evaluate.terraform.configuration import Folder

_LOCAL_CALL = rb'(?m)^[ \t]*"?source"?[ \t]*[=:][ \t]*"(\.\.?(?:/[^"]*)?)"'


class TerraformFolders:
    """The Terraform of the scanned tree, folder by folder, parsed when a root needs it."""

    def __init__(self, run: ScanState, files: dict[str, list[str]]) -> None:
        from ecrlint.evaluate.terraform.configuration import folder, is_tfvars

        self.run = run
        self.files = files
        self._make = folder
        self._is_tfvars = is_tfvars
        self._folders: dict[str, Folder | None] = {}
        self._called: dict[str, set[str]] = {}
        self._values: dict[str, Node] = {}
        self.unread: set[str] = set()

    def paths(self, place: str) -> list[str]:
        found = self.files.get(place)
        if found is None:
            found = self.files[place] = list(self.run.tree.siblings(place)) if self.run.tree.admits(place) else []
        return [path for path in found if path.endswith(TERRAFORM) or self._is_tfvars(path)]

    def calls(self, place: str) -> set[str]:
        """The folders whose modules a folder calls, by a scan of the bytes."""
        found = self._called.get(place)
        if found is None:
            texts = (self.run.tree.data(path) or b"" for path in self.paths(place))
            found = self._called[place] = called_folders(place, texts) | self._installed(place)
        return found

    def _installed(self, place: str) -> set[str]:
        """The folders where `terraform init` has put the modules that a root calls."""
        listed = posixpath.join(place, INSTALLED)
        data = self.run.tree.data(listed) if self.run.tree.exists(listed) else None
        folders = installed_modules(data.decode(errors="replace")) if data is not None else None
        return {posixpath.normpath(posixpath.join(place, folder)) for folder in (folders or {}).values()} - {place or "."}

    def reach(self, place: str) -> set[str]:
        reached: set[str] = set()
        waiting = [place]
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting.extend(self.calls(one))
        return reached

    def table(self, place: str) -> Table[TerraformRoot] | None:
        """What reads the root in a folder, where something below it concerns ECR, or may be given to a unit of another root that
        does."""
        from ecrlint.adapt.terraform import TABLE

        wanted, reach = self.run.wanted, self.reach(place)
        if wanted is None and not all(map(self.run.tree.admits, reach)):  # nobody knows what is in it
            return TABLE
        texts = [self.run.tree.data(path) or b"" for one in reach for path in self.paths(one)]
        if wanted is None and any(concerns("terraform", data) for data in texts):
            return TABLE
        if wanted is not None and wanted.is_to_give:
            takes = any(wanted.by_file(asked("terraform", data, wanted.gifts), data) for data in texts)
            return TABLE if takes else None
        gifts = frozenset().union(*(given("terraform", data, None if wanted is None else wanted.gifts) for data in texts))
        if wanted is None:
            return TABLE if self.run.is_asked(gifts) else None
        common = wanted.of_root(place, gifts, texts)
        return TABLE.giving(common) if common else None

    def is_published(self, place: str) -> bool:
        """Whether this folder is a module for others that has examples beside it.

        https://developer.hashicorp.com/terraform/language/modules/develop/structure
        """
        return place in self._with_examples and self._is_for_others(place)

    def is_documented_below(self, place: str) -> bool:
        """Whether this folder is one of the documented modules below such a one, which people call too."""
        group = posixpath.dirname(place)
        documented = posixpath.basename(group) == "modules" and self.run.tree.data(f"{place}/README.md") is not None
        return documented and self._is_for_others(place) and self.is_published(posixpath.dirname(group))

    @cached_property
    def _with_examples(self) -> frozenset[str]:
        """The folders that have a folder `examples` with Terraform in its folders."""
        parts = (place.split("/") for place, files in self.files.items() if any(path.endswith(TERRAFORM) for path in files))
        return frozenset("/".join(some[:at]) for some in parts for at, part in enumerate(some[:-1]) if part == "examples")

    def _is_for_others(self, place: str) -> bool:
        """Whether a folder says nothing of where it is deployed; one without Terraform says nothing."""
        from ecrlint.evaluate.terraform.configuration import Folder

        found = self.folder(place) if self.paths(place) else None
        return not isinstance(found, Folder) or not found.deployed

    def folder(self, place: str) -> object:
        if place not in self._folders:
            bodies = self.bodies(place)
            self._folders[place] = self._make(place, bodies, self.unread) if bodies else None
        return self._folders[place]

    def configuration_of(self, place: str) -> Folder | None:
        """The configuration of a folder; None where there is no Terraform in it."""
        from ecrlint.evaluate.terraform.configuration import Folder

        found = self.folder(place)
        return found if isinstance(found, Folder) else None

    def bodies(self, place: str) -> list[tuple[str, Node]]:
        """The files of a folder by their paths, each with its body."""
        return [(path, body) for path in self.paths(place) if (body := self._parse(path)) is not None]

    def values(self, full: str) -> Node:
        """The body of a variable file that the user names; without what it cannot be read of, which is a problem."""
        path = self.run.tree.name(full)
        if path not in self._values:
            from ecrlint.parse import hcl, terraform_json

            source = self.run.tree.source(path) or Source(path, "")
            self._values[path], problems = (terraform_json.parse_values if path.endswith(".json") else hcl.parse)(source)
            self.run.problems.extend(problems)
            self.run.status(path, "terraform", "partial" if problems else "analysed", problems[0].message if problems else "")
        return self._values[path]

    def unloaded(self, place: str) -> Iterator[Node]:
        """The bodies of the variable files of a root that Terraform loads only where it is told to: in its folder, and in those
        below it that are no modules."""
        from ecrlint.parse import hcl, terraform_json

        for folder, path in self._unloaded:
            is_below = folder.startswith(f"{place}/" if place else "") and not any(map(_is_terraform, self.files[folder]))
            source = self.run.tree.source(path) if folder == place or is_below else None
            if source is not None:
                yield (terraform_json.parse_values if path.endswith(".json") else hcl.parse)(source)[0]

    @cached_property
    def _unloaded(self) -> list[tuple[str, str]]:
        listed = ((folder, path) for folder, paths in self.files.items() for path in paths)
        return [(folder, path) for folder, path in listed if path.endswith(VARIABLES) and not self._is_tfvars(path)]

    def _parse(self, path: str) -> Node | None:
        from ecrlint.parse import hcl

        self.run.go_on()
        source = self.run.tree.source(path)
        if source is None:
            self.run.status(path, "terraform", "failed", "it cannot be read")
            return None
        if source.language == "terraform-json":
            from ecrlint.parse import terraform_json

            body, problems = terraform_json.parse(source)
        else:
            body, problems = self.run.tree.once(path, hcl.parse, lambda: hcl.parse(source))
        self.run.problems.extend(problems)
        self.run.status(path, "terraform", "partial" if problems else "analysed", problems[0].message if problems else "")
        if problems:
            self.unread.add(path)
        return body


def _is_terraform(path: str) -> bool:
    return path.endswith(TERRAFORM)


def called_folders(place: str, texts: Iterable[bytes]) -> set[str]:
    """The folders whose modules the files of a folder call."""
    found: set[str] = set()
    for data in texts:
        for match in re.finditer(_LOCAL_CALL, data):
            target = posixpath.normpath(posixpath.join(place, match.group(1).decode(errors="replace")))
            found.add("" if target == "." else target)
    found.discard(place)
    return found


def scan(run: ScanState, configuration: TerraformFolders, only: Set[str] | None = None, called: Set[str] = frozenset()) -> None:
    """Read the roots among the folders of a tree; `only` some, where these call or are called by no others. `called` are modules
    that have been read for Terragrunt's units."""
    files = configuration.files
    places = sorted(place for place in files if any(path.endswith(TERRAFORM) for path in files[place]))
    if only is not None:
        places = [place for place in places if place in only]
    done = set(called)
    called = {target for place in places for target in configuration.calls(place)} | called
    # First what nobody calls; then what is called and also published, or what no evaluation came to (a comment, a circle).
    for place in [*(p for p in places if p not in called), *(p for p in places if p in called)]:
        below = place in done and configuration.is_documented_below(place)
        if place in done and not below and not configuration.is_published(place):
            continue
        table = configuration.table(place)
        if table is not None:
            run.progress(f"reading {place or '.'}")
            try:
                done |= _scan_root(run, configuration, place, table, by_default_only=below)
            except Exception as error:  # a root that breaks us must not take the others with it
                for path in configuration.paths(place):
                    run.status(path, "terraform", "failed", broke(run, path, error))
                done.add(place)
        else:
            done |= configuration.reach(place)
    for name in run.options.variables.keys() - run.stated_variables if run.wanted is None else ():
        run.problems.append(Problem(f'--var {name}: no root module here has a variable "{name}"', ".", harmless=True))
    for place in places:
        for path in configuration.paths(place):
            if run.tree.data(path) is None:
                run.status(path, "terraform", "failed", "it cannot be read")
            elif path not in run.statuses:
                run.status(path, "terraform", "skipped", IRRELEVANT)


def _readings(
    run: ScanState, configuration: TerraformFolders, root: Folder, by_default_only: bool
) -> Iterator[tuple[Environment, Sequence[Node], frozenset[str]]]:
    """The ways to read a root: the environment, the bodies of its variable files, the variables whose values are not known.

    A module for others, of which no environment sets a variable, is read as it is by default, and as it is for every caller;
    `by_default_only` where the module above it, which calls it, is read for every caller.
    """
    from ecrlint.evaluate import terraform

    config = run.configs.above(root.path)
    run.stated_variables |= run.options.variables.keys() & root.variables.keys()
    stated = [one for one in _environments(run, root.path) if one.roots or _sets(configuration, one, root) is not False]
    for environment in stated or (Environment(account=config.account, region=config.region),):
        values = [configuration.values(path) for path in environment.var_files]
        left = frozenset() if values else _given_by_files(configuration, root) - run.options.variables.keys()
        stated_values = terraform.stated_values(root, run.options.variables) if run.options.variables else None
        values += [stated_values] if stated_values is not None else []
        yield environment, values, left
        if root.variables and not (by_default_only or root.deployed or environment.roots or values):
            yield environment, (), frozenset(root.variables)


def _given_by_files(configuration: TerraformFolders, root: Folder) -> frozenset[str]:
    """The variables of a root that have only a default, or nothing but an empty value, where a variable file in its folder
    or below gives another one.

    Nobody knows which of these files a root is deployed with, or whether it is deployed without any.
    """
    from ecrlint.evaluate.terraform.scope import force

    found: set[str] = set()
    for body in configuration.unloaded(root.path):
        given = {item.value[0]: force(item.value[1]) for item in body.value if item.tag == "attribute"}
        if 2 * len(given.keys() & root.variables.keys()) >= len(given):
            found |= {name for name in given.keys() & root.variables.keys() if _replaces(given[name], root, name)}
    return frozenset(found)


def _replaces(given: Node, root: Folder, name: str) -> bool:
    """Whether a value is another than the default of a variable, to which no file that Terraform loads gives a value."""
    from ecrlint.evaluate.terraform.scope import force

    loaded, default = root.tfvars.attributes.get(name), root.variables[name].attributes.get("default")
    if loaded is not None and force(loaded).value not in ("", None):
        return False
    stated = loaded or default
    own = None if stated is None else force(stated)
    return own is None or own.tag != given.tag or own.tag not in ("string", "number", "bool") or own.value != given.value


def _sets(configuration: TerraformFolders, environment: Environment, root: Folder) -> bool | None:
    """Whether the files of an environment set a variable of a root; None where it has none. Otherwise they are for another."""
    names = {
        item.value[0] for path in environment.var_files for item in configuration.values(path).value if item.tag == "attribute"
    }
    return bool(names & root.variables.keys()) if environment.var_files else None


def _environments(run: ScanState, place: str) -> tuple[Environment, ...]:
    config = run.configs.above(place)
    if run.options.var_files:
        return (Environment("", run.options.var_files, (), config.account, config.region),)
    return config.environments_of(run.tree.reader.real(run.tree.full(place)))


def _read_with(
    evaluate: Callable[[frozenset[str], Sequence[Node]], TerraformEvaluation], not_known: frozenset[str], scenario: Scenario
) -> Sequence[Resource]:
    return evaluate(not_known - scenario.given.keys(), [*scenario.given.values()]).resources


def _scan_root(
    run: ScanState, configuration: TerraformFolders, place: str, table: Table[TerraformRoot], by_default_only: bool
) -> set[str]:
    """Evaluate a root, of what a table reads, and keep its stack; the folders that this came to."""
    from ecrlint.evaluate import terraform
    from ecrlint.evaluate.budget import Budget

    root = configuration.configuration_of(place)
    if root is None:
        return {place}
    came_to: set[str] = set()
    readings = list(_readings(run, configuration, root, by_default_only))
    for environment, values, open_variables in readings:
        budget = Budget()
        evaluate = partial(
            terraform.evaluate,
            root,
            run.tree.for_expressions,
            configuration.configuration_of,
            table,
            table.documents,
            budget,
        )
        evaluation = evaluate(open_variables, values)
        unit = as_unit(run, place or ".", evaluation.resources, budget, environment, table)
        if not values and open_variables == readings[-1][2]:
            read_with = partial(_read_with, evaluate, open_variables)
            unit = replace(unit, alternatives=evaluation.of_few_values, read_with=read_with)
        keep(run, unit, evaluation)
        came_to |= evaluation.unit.folder_paths
    return came_to


def as_unit(
    run: ScanState,
    name: str,
    resources: Sequence[Resource],
    budget: Budget,
    environment: Environment,
    table: Table[TerraformRoot],
    place: str | None = None,
) -> DeployableUnit:
    """The unit that some resources make, which a table reads. `place` is the folder of its Terraform, where that is not its
    name."""
    from ecrlint.adapt import terraform as adapter
    from ecrlint.adapt.kept import Kept

    folder = name if place is None else place
    scripts = read_scripts(budget, run.files, posixpath.join("" if folder == "." else folder, "main.tf"))
    adapt = partial(adapter.adapt, name, deployed=stated_place(environment), scripts=scripts, kept=Kept(), table=table)
    return DeployableUnit(Reading(resources, adapt), environment.name)


def keep(run: ScanState, unit: DeployableUnit, evaluation: TerraformEvaluation) -> None:
    """Add a unit to those of the run, with the problems of its evaluation and what became of its files."""
    run.units.append(unit)
    _ = unit.open  # the problems and notes are those of what is read for it
    run.problems.extend(evaluation.problems)
    run.read_by_terraform |= evaluation.read
    for path, reasons in evaluation.notes.items():
        before = run.statuses.get(path)
        if before.status == "analysed" if before is not None else path in evaluation.read:
            run.status(path, "terraform", "partial", "; ".join(reasons[:3]))
    for path, reasons in evaluation.summaries.items():
        before = run.statuses.get(path)
        if before is not None and before.status in ("analysed", "partial"):
            listed = (*filter(None, before.reason.split("; ")), *reasons[:3])
            run.status(path, before.kind, before.status, "; ".join(dict.fromkeys(listed)))

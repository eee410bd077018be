"""The Terragrunt of a run: its units, each evaluated as the module that it calls with the inputs that it gives."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ecrlint.config import Environment
from ecrlint.model.finding import IRRELEVANT
from ecrlint.model.source import Source, SummarizedCall
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Scalar
from ecrlint.run.read.files import TERRAFORM
from ecrlint.run.read.terraform import TerraformFolders, as_unit, keep
from ecrlint.run.scan_state import ScanState, broke

if TYPE_CHECKING:
    from ecrlint.evaluate.budget import Budget
    from ecrlint.evaluate.terraform.configuration import Folder
    from ecrlint.evaluate.terragrunt import TerragruntUnit

_STATE = "data.terraform_remote_state"
_BACKEND = "terragrunt"


def scan(run: ScanState, configuration: TerraformFolders, paths: Sequence[str], only: Set[str] | None) -> Set[str]:
    """Read the units among some files, `only` those that call some folders; the folders that were read with them."""
    found: dict[str, tuple[str, TerragruntUnit, Budget]] = {}
    for path in paths:
        run.status(path, "terragrunt", "skipped", IRRELEVANT)
        with _alone(run, path):
            if (one := _unit(run, configuration, path)) is not None:
                found[one[0].path] = (path, *one)
    done: set[str] = set()
    for folder in _relevant(run, configuration, {folder: unit for folder, (_, unit, _) in found.items()}, only):
        path, unit, budget = found[folder]
        with _alone(run, path):
            done |= _read(run, configuration, path, unit, budget)
    return done


@contextmanager
def _alone(run: ScanState, path: str) -> Iterator[None]:
    """A unit that breaks us must not take the others with it."""
    try:
        yield
    except Exception as error:
        run.status(path, "terragrunt", "failed", broke(run, path, error))


def _unit(run: ScanState, configuration: TerraformFolders, path: str) -> tuple[TerragruntUnit, Budget] | None:
    from ecrlint.evaluate import terragrunt
    from ecrlint.evaluate.budget import Budget

    budget = Budget()
    beside = any(one.endswith(TERRAFORM) for one in configuration.paths(posixpath.dirname(path)))
    unit = terragrunt.evaluate(path, run.tree.for_expressions, budget, beside)
    return None if unit is None else (unit, budget)


def _relevant(
    run: ScanState, configuration: TerraformFolders, units: Mapping[str, TerragruntUnit], only: Set[str] | None
) -> Iterator[str]:
    """The folders of the units that concern ECR, and of those whose outputs these take, over any number of steps."""
    waiting = [folder for folder, unit in units.items() if _concerns(run, configuration, unit, only)]
    seen: set[str] = set()
    while waiting:
        folder = waiting.pop()
        if folder not in seen:
            seen.add(folder)
            waiting.extend(other for other in units[folder].dependencies.values() if other in units)
    return (folder for folder in units if folder in seen)


def _concerns(run: ScanState, configuration: TerraformFolders, unit: TerragruntUnit, only: Set[str] | None) -> bool:
    if run.wanted is not None or unit.module is None or not configuration.paths(unit.module):
        return True
    places = {unit.module, unit.path}
    is_asked = only is None or bool(only & configuration.reach(unit.module))
    return is_asked and any(configuration.table(place) is not None for place in places if configuration.paths(place))


def _read(run: ScanState, configuration: TerraformFolders, path: str, unit: TerragruntUnit, budget: Budget) -> set[str]:
    if unit.module is None:
        root, notes = _summarized(run, path, unit)
    else:
        root = _root(configuration, unit)
        notes = () if root is not None else (f'there is no Terraform in its module "{unit.source}"',)
    reasons = "; ".join((*unit.notes, *notes)[:3])
    if root is None:
        run.status(path, "terragrunt", "partial", reasons)
        return set()
    run.status(path, "terragrunt", "partial" if unit.notes else "analysed", reasons)
    return _evaluated(run, configuration, unit, root, budget)


def _evaluated(run: ScanState, configuration: TerraformFolders, unit: TerragruntUnit, root: Folder, budget: Budget) -> set[str]:
    from ecrlint.adapt import terraform as adapter
    from ecrlint.evaluate import terraform

    unknown = frozenset() if unit.is_whole else frozenset(root.variables) - unit.inputs.keys()
    evaluation = terraform.evaluate(
        root,
        run.tree.for_expressions,
        configuration.configuration_of,
        adapter.TABLE,
        adapter.TABLE.documents,
        budget,
        unknown,
        inputs=unit.inputs,
    )
    config = run.configs.above(unit.path)
    environment = Environment(account=config.account, region=config.region)
    resources = (*evaluation.resources, *_states(unit))
    keep(run, as_unit(run, unit.path or ".", resources, budget, environment, adapter.TABLE, unit.module), evaluation)
    return evaluation.unit.folder_paths


def _root(configuration: TerraformFolders, unit: TerragruntUnit) -> Folder | None:
    """The module of a unit, with what Terragrunt puts beside its files: those beside the unit, and those that it generates."""
    from ecrlint.evaluate.terraform.configuration import folder
    from ecrlint.parse import hcl

    assert unit.module is not None
    more = [] if unit.module == unit.path else configuration.bodies(unit.path)
    more += [(f"{unit.module}/generated-{at}.tf", hcl.parse(source)[0]) for at, source in enumerate(unit.generated)]
    if not more:
        return configuration.configuration_of(unit.module)
    bodies = configuration.bodies(unit.module)
    return folder(unit.module, [*bodies, *more], configuration.unread) if bodies or more else None


def _summarized(run: ScanState, path: str, unit: TerragruntUnit) -> tuple[Folder | None, tuple[str, ...]]:
    """What a summary says of a module that is not here."""
    from ecrlint.evaluate.terraform.configuration import folder
    from ecrlint.evaluate.terraform.summaries import summary
    from ecrlint.parse import hcl

    found = summary(unit.source, unit.version)
    if found is None or found.text is None:
        return None, (f'its module comes from "{unit.source}", which is not in the scanned tree',) if unit.source else ()
    call = SummarizedCall(unit.span, unit.path or ".", found.module, found.is_exact)
    sources = (Source(path, found.text, "terraform", call), *unit.generated)
    bodies = [(f"{at}.tf", hcl.parse(source)[0]) for at, source in enumerate(sources)]
    root = folder(f"{found.module} for {unit.path}", bodies)
    root.summarizes = call, unit.version
    return root, (f"read from a summary of {found.module} (up to {found.newest})",)


def _states(unit: TerragruntUnit) -> Iterator[Resource]:
    """The state that a unit keeps, and those that it reads: of the units whose outputs it takes."""
    span = unit.span

    def place(path: str) -> Map:
        return Map({"path": Scalar(path or ".", span)}, span)

    yield Resource("backend", _BACKEND, place(unit.path), span)
    for name, path in unit.dependencies.items():
        given = Map({"backend": Scalar(_BACKEND, span), "config": place(path)}, span)
        yield Resource(_STATE, f"data.terragrunt.{name}", given, span)

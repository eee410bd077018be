"""The rest of a repository of which a part is scanned: what its units may give to those of the part.

So a folder that is scanned alone has the findings that it has in a scan of the repository.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence, Set
from functools import cached_property
from typing import TYPE_CHECKING

from ecrlint.config import Configurations
from ecrlint.run.read.files import TERRAFORM, TERRAGRUNT, Tree
from ecrlint.run.read.presence import asked_by_any, given_by
from ecrlint.run.read.units import discover, read_units
from ecrlint.run.scan_state import ScanState
from ecrlint.run.scenarios.unit import DeployableUnit

if TYPE_CHECKING:
    from ecrlint.run.read.wanted import Wanted

_CONFIG_PATH = rb'config_path[ \t]*=[ \t]*"(\.[^"$]*)"'


class Rest:
    """The units below some folders and outside of what a run has read, `own`, read when something is wanted that they may give
    or take.

    They are read in a run of their own: what becomes of their files is nobody's question here.
    """

    def __init__(self, run: ScanState, own: frozenset[str], folders: Sequence[str]) -> None:
        self.run = run
        self.own = own
        self.folders = folders
        self.is_empty = set(folders) <= {*run.whole}
        self.takers: set[str] = set()

    def giving(self, wanted: Wanted) -> list[DeployableUnit]:
        """The units that may give something of what is wanted, or whose outputs a unit of Terragrunt takes, each with what is
        wanted of it alone; without those that may take something, which are read whole."""
        taken = [] if self.is_empty else _dependencies(self.run.tree, self.own)
        if self.is_empty or not (wanted.gifts or taken):
            return []
        return [unit for unit in self._read(wanted, taken) if unit.open[0].name not in self.takers]

    def taking(self, given: Wanted) -> list[DeployableUnit]:
        """The units that may take something of what there is, of which a finding of theirs may speak."""
        units = [] if self.is_empty or not given.gifts else self._read(given, ())
        self.takers.update(unit.open[0].name for unit in units)
        return units

    @cached_property
    def _tree(self) -> Tree:
        options = self.run.options
        return Tree(self.run.tree.boundary, options.texts, known=options.known)

    def _read(self, wanted: Wanted, also: Sequence[str]) -> list[DeployableUnit]:
        run = self.run
        rest = ScanState(self._tree, Configurations(run.tree.boundary, run.options.config), run.options, wanted=wanted)
        terraform, others = discover(rest, self.folders)
        known = self.own | run.read_by_terraform | run.nested_templates
        own = {posixpath.dirname(path) for path in self.own if path.endswith(TERRAFORM)}
        listed = [path for path in others if path not in known and _is_wanted(self._tree, wanted, path)]
        read_units(rest, terraform, [*listed, *also], terraform.keys() - own)
        return rest.units


def _is_wanted(tree: Tree, wanted: Wanted, path: str) -> bool:
    if wanted.is_to_give:
        return bool(wanted.by_file(asked_by_any(tree, [path]), tree.data(path) or b""))
    return bool(wanted.gifts & given_by(tree, path))


def _dependencies(tree: Tree, read: Set[str]) -> list[str]:
    """The files of the units of Terragrunt whose outputs those among some files take, over any number of steps."""
    waiting = [path for path in read if path.endswith(TERRAGRUNT)]
    found: dict[str, None] = {}
    while waiting:
        path = waiting.pop()
        for match in re.finditer(_CONFIG_PATH, tree.data(path) or b""):
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), match.group(1).decode(errors="replace")))
            file = posixpath.join(place, TERRAGRUNT)
            if file not in read and file not in found and tree.exists(file):
                found[file] = None
                waiting.append(file)
    return [*found]

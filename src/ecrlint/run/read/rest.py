"""The rest of a repository of which a part is scanned: what its units may give to those of the part.

So a folder that is scanned alone has the findings that it has in a scan of the repository.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Set

from ecrlint.config import Configurations
from ecrlint.run.read.files import TERRAFORM, TERRAGRUNT, Tree
from ecrlint.run.read.presence import asked_by_any, given_by
from ecrlint.run.read.units import discover, read_units
from ecrlint.run.scan_state import ScanState
from ecrlint.run.scenarios.unit import DeployableUnit

_CONFIG_PATH = rb'config_path[ \t]*=[ \t]*"(\.[^"$]*)"'


def units(run: ScanState) -> list[DeployableUnit]:
    """The units outside of what has been read that give something which a unit of it may ask for.

    They are read in a run of their own: what becomes of their files is nobody's question here.
    """
    boundary = run.tree.boundary
    if not boundary.is_stated or set(boundary.folders) <= {*run.whole}:
        return []
    read = {*run.paths, *run.statuses}
    asked = asked_by_any(run.tree, read)
    taken = _dependencies(run.tree, read)
    if not asked and not taken:
        return []
    tree = Tree(boundary, run.options.texts, known=run.options.known)
    rest = ScanState(tree, Configurations(boundary, run.options.config), run.options)
    rest.wanted = asked
    terraform, others = discover(rest, boundary.folders)
    own = {posixpath.dirname(path) for path in read if path.endswith(TERRAFORM)}
    giving = [path for path in others if path not in read and asked & given_by(rest.tree, path)]
    read_units(rest, terraform, [*giving, *taken], terraform.keys() - own)
    return rest.units


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

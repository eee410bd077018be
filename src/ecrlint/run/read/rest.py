"""The rest of a repository of which a part is scanned: what its units may give to those of the part.

So a folder that is scanned alone has the findings that it has in a scan of the repository.
"""

from __future__ import annotations

import posixpath

from ecrlint.config import Configurations
from ecrlint.run.read.files import TERRAFORM, Tree
from ecrlint.run.read.presence import asked_by_any, given
from ecrlint.run.read.units import discover, read_units
from ecrlint.run.scan_state import ScanState
from ecrlint.run.scenarios.unit import DeployableUnit


def units(run: ScanState) -> list[DeployableUnit]:
    """The units outside of what has been read that give something which a unit of it may ask for.

    They are read in a run of their own: what becomes of their files is nobody's question here.
    """
    boundary = run.tree.boundary
    if not boundary.is_stated or set(boundary.folders) <= {*run.whole}:
        return []
    read = {*run.paths, *run.statuses}
    asked = asked_by_any(run.tree, read)
    if not asked:
        return []
    rest = ScanState(Tree(boundary, run.options.texts), Configurations(boundary, run.options.config), run.options)
    rest.wanted = asked
    terraform, others = discover(rest, boundary.folders)
    own = {posixpath.dirname(path) for path in read if path.endswith(TERRAFORM)}
    giving = [
        path for path in others if path not in read and asked & given(rest.tree.language(path), rest.tree.data(path) or b"")
    ]
    read_units(rest, terraform, giving, terraform.keys() - own)
    return rest.units

"""The files of a run, found and read into units."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence, Set

from ecrlint.boundary.repository import real
from ecrlint.run.read import loose_files
from ecrlint.run.read.files import TERRAFORM, TERRAGRUNT, VARIABLES
from ecrlint.run.scan_state import ScanState

PIPELINES = frozenset({"github-workflow", "gitlab-pipeline", "buildspec", "script"})
"""The languages of pipelines, which are read after what they push and deploy."""


def discover(run: ScanState, paths: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The Terraform files by folder, and all other candidates."""
    tree = run.tree
    terraform: dict[str, list[str]] = {}
    others: dict[str, None] = {}
    seen: set[str] = set()
    for given in paths:
        full = real(given)
        start = tree.boundary.inside(full)
        found: Iterable[str]
        if tree.reader.look(full) == "folder":
            found = tree.walk("" if start == "." else start)
        elif start.endswith((*TERRAFORM, *VARIABLES)):
            found = list(tree.siblings(posixpath.dirname(start)))
        else:
            found = [start]
            run.named.add(start)
        for path in found:
            if path in seen:
                continue
            seen.add(path)
            if path.endswith((*TERRAFORM, *VARIABLES)):
                terraform.setdefault(posixpath.dirname(path), []).append(path)
            elif run.excluded(path) is None:
                others[path] = None
            elif path == start:
                run.status(path, "file", "skipped", f"excluded by {run.excluded(path)}")
    for place in [place for place, found in terraform.items() if all(run.excluded(path) for path in found)]:
        del terraform[place]
    return terraform, list(others)


def read_units(run: ScanState, terraform: dict[str, list[str]], others: Sequence[str], places: Set[str] | None = None) -> None:
    """Read Terraform, of some folders or of all, and other files, all that there is to read of them, into units."""
    run.paths = (*(path for paths in terraform.values() for path in paths), *others)
    terragrunt = [path for path in others if posixpath.basename(path) == TERRAGRUNT]
    if (terraform or terragrunt) and places != set():
        from ecrlint.run.read import terraform as stage

        configuration = stage.TerraformFolders(run, terraform)
        called: Set[str] = frozenset()
        if terragrunt:
            from ecrlint.run.read import terragrunt as caller

            called = caller.scan(run, configuration, terragrunt, places)
        stage.scan(run, configuration, places, called)
    pipelines = [path for path in others if run.tree.language(path) in PIPELINES]
    for path in loose_files.outermost_first(run.tree, others):
        if path not in pipelines and path not in terragrunt:
            run.progress(f"reading {path}")
            loose_files.scan(run, path)
    if pipelines:
        from ecrlint.run.read import pipelines as pipeline_stage

        pipeline_stage.scan(run, pipelines)

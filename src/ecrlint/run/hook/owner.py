"""Which of several calls of the hook reports a finding whose places lie in the files of more than one.

pre-commit splits a long list of files over several calls, one after the other, and none of them knows the others. Where the
list is that of git (what is to be committed or pushed), git tells all of it, and the first changed place of a finding
decides. Of any other list (`--all-files`) nobody tells the rest: there, what an earlier call of the same pre-commit has
reported is noted in `.git`.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import field
from functools import cached_property
from typing import Any

from ecrlint.boundary import git
from ecrlint.boundary.file_reader import FileReader
from ecrlint.boundary.reader import Unread
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding
from ecrlint.run.read.files import TEMPLATES, TERRAFORM, VARIABLES

NOTES = "ecrlint-hook.json"
MAX_BYTES = 4 << 20
_OURS = (*TERRAFORM, *VARIABLES, *TEMPLATES)
MAX_AGE = 600  # seconds from one call of a list to the next


def places_of(finding: Finding) -> list[str]:
    """The files in which a finding has a place, its own first."""
    return list(dict.fromkeys((finding.span.path, *(other.span.path for other in finding.related))))


@dataclass
class Owner:
    """What the call reports that was given these files, of a repository with this root. `options` are those of the call:
    one with others is not part of the same list."""

    seeds: frozenset[str]
    root: str
    options: str = ""
    _added: dict[str, list[str]] = field(default_factory=dict)

    def reports(self, finding: Finding) -> bool:
        places = places_of(finding)
        mine = [path for path in places if path in self.seeds]
        if not mine or len(mine) == len(places):
            return bool(mine)
        if not self._is_of_pre_commit and places[0] in self.seeds:
            return True
        if self._changed is not None:
            return next((path for path in places if path in self._changed), None) in self.seeds
        return not self._is_of_pre_commit or self._is_first(finding, mine)

    def _is_first(self, finding: Finding, mine: list[str]) -> bool:
        """Whether no earlier call has reported it; one that was given the same file belongs to another list."""
        name = " ".join((finding.fingerprint, str(finding.span.line), finding.message, self.options))
        before = self._noted.get(name)
        if before and self.seeds.isdisjoint(before):
            return False
        self._added[name] = mine
        return True

    def note(self) -> None:
        """Leave for the calls after this one what it reports."""
        if self._added:
            noted = {"parent": os.getppid(), "reported": self._noted | self._added}
            with suppress(OSError, Unread):  # then a later call says it again
                FileReader([self.root]).write({self._notes: json.dumps(noted).encode()})

    @property
    def _is_of_pre_commit(self) -> bool:
        return os.environ.get("PRE_COMMIT") == "1"

    @property
    def _notes(self) -> str:
        return os.path.join(self.root, ".git", NOTES)

    @cached_property
    def _noted(self) -> dict[str, list[str]]:
        """What earlier calls of the same pre-commit have reported, each with the files that these were given of its places."""
        try:
            noted: Any = json.loads(FileReader([self.root]).read(self._notes, MAX_BYTES))
            late = time.time() - os.stat(self._notes).st_mtime > MAX_AGE
            return dict(noted["reported"]) if noted["parent"] == os.getppid() and not late else {}
        except (OSError, Unread, ValueError, KeyError, TypeError, RecursionError):
            return {}

    @cached_property
    def _changed(self) -> frozenset[str] | None:
        """The files that one call or another is given, as far as git says; None where the list is not that of git."""
        changed = frozenset(changed_files(self.root))
        return changed if self.seeds <= changed else None


def ends() -> tuple[str, str]:
    """The commits that a push goes from and to; empty for a commit."""
    before, after = (os.environ.get(f"PRE_COMMIT_{end}_REF", "") for end in ("FROM", "TO"))
    return (before, after) if before and after else ("", "")


def changed_files(root: str, gone: bool = False) -> list[str]:
    """The files to be committed or pushed, or those that are taken away, from the root, as git says, without those whose name is
    of nothing that is read; none where there is no git or no repository."""
    before, after = ends()
    changed = git.changed(root, before, after, gone) if before else git.staged(root, gone)
    return [path for path in changed if path.endswith(_OURS)]

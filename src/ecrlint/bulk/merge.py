"""The stores of several shards as one: their repositories are different ones, their last runs are one run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from ecrlint.bulk.store import Store, StoreError, opened

_RUNS = {"commits": ("scanned_run", "last_run"), "findings": ("first_run", "gone_run", "reopened_run")}
_OF_COMMIT = ("files", "findings", "problems")


def merge(into: Store, paths: Sequence[str]) -> int:
    """Put stores into one that is empty: how many repositories it has. Of a repository that is in several, that of the later run
    counts, or of the store that is named first. Raises `StoreError`."""
    if into.value("SELECT count(*) FROM runs"):
        raise StoreError("the store to merge into has runs of its own; name a new file")
    with ExitStack() as stack:
        stores = [stack.enter_context(opened(path)) for path in paths]
        lasts = [store.value("SELECT max(run) FROM runs") or 0 for store in stores]
        last = max(lasts, default=0)
        with into.database:
            for store, own in zip(stores, lasts, strict=True):
                _copy(into, store, last - own)
        into.run = last
        if last:
            into.end()
    return int(into.value("SELECT count(*) FROM repositories"))


def _copy(into: Store, store: Store, later: int) -> None:
    """Copy a store, whose runs are taken for later ones, so that its last run is that of all."""
    database = into.database
    for run, *fields in store.rows("SELECT run, started, ended, version, settings FROM runs"):
        database.execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, '') ON CONFLICT (run) DO UPDATE SET"
            " started = min(started, excluded.started), ended = max(ended, excluded.ended)",
            (run + later, *fields),
        )
    for run, *fields in store.rows("SELECT * FROM counts"):
        database.execute(
            "INSERT INTO counts VALUES (?, ?, ?, ?, ?) ON CONFLICT (run, rule, severity) DO UPDATE SET"
            " findings = findings + excluded.findings, repositories = repositories + excluded.repositories",
            (run + later, *fields),
        )
    for own, name, place, origin, owner in store.rows("SELECT repository, name, place, origin, owner FROM repositories"):
        row = (name, place, origin, owner)
        database.execute(
            "INSERT INTO repositories (name, place, origin, owner) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING", row
        )
        repository = into.value("SELECT repository FROM repositories WHERE name = ?", name)
        for commit in _rows(store, "commits", "repository", own):
            _copy_commit(into, store, {**commit, "repository": repository}, later)


def _copy_commit(into: Store, store: Store, commit: dict[str, object], later: int) -> None:
    commit = _moved("commits", commit, later)
    own = commit.pop("id")
    before = into.rows("SELECT id, last_run FROM commits WHERE repository = ? AND ref = ?", commit["repository"], commit["ref"])
    for id, last_run in before:
        if last_run >= int(str(commit["last_run"])):
            return
        for table in _OF_COMMIT:
            into.database.execute(f'DELETE FROM {table} WHERE "commit" = ?', (id,))
        into.database.execute("DELETE FROM commits WHERE id = ?", (id,))
    new = into.insert("commits", commit)
    for table in _OF_COMMIT:
        for row in _rows(store, table, "commit", own):
            into.insert(table, {**_moved(table, row, later), "commit": new})


def _rows(store: Store, table: str, column: str, value: object) -> list[dict[str, object]]:
    found = store.database.execute(f'SELECT * FROM {table} WHERE "{column}" = ?', (value,))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _moved(table: str, row: dict[str, object], later: int) -> dict[str, object]:
    runs = {name: row[name] + later for name in _RUNS.get(table, ()) if isinstance(row[name], int)}  # type: ignore[operator]
    return {**row, **runs}

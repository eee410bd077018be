"""The store: one SQLite file with the state and the result of all runs.

Each result is put in one transaction, so that a run may be killed at any point: the next one goes on where it was, as the same
run. `docs/bulk.md` describes the tables, which are there to be queried.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from typing import Any, NamedTuple

from ecrlint.bulk.task import ScanResult

SCHEMA = 1

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE runs (
    run INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, version TEXT NOT NULL, settings TEXT NOT NULL,
    shard TEXT NOT NULL);
CREATE TABLE repositories (
    repository INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, place TEXT NOT NULL, origin TEXT NOT NULL, owner TEXT NOT NULL);
CREATE TABLE commits (
    id INTEGER PRIMARY KEY, repository INTEGER NOT NULL REFERENCES repositories, ref TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, "commit" TEXT NOT NULL, tree TEXT NOT NULL, settings TEXT NOT NULL,
    origin TEXT NOT NULL, by_commit INTEGER NOT NULL, day TEXT NOT NULL, fails INTEGER NOT NULL, unread INTEGER NOT NULL,
    errors INTEGER NOT NULL, warnings INTEGER NOT NULL, notes INTEGER NOT NULL, suppressed INTEGER NOT NULL,
    problems INTEGER NOT NULL, open INTEGER NOT NULL,
    analysed INTEGER NOT NULL, partial INTEGER NOT NULL, skipped INTEGER NOT NULL, failed INTEGER NOT NULL,
    seconds REAL NOT NULL, memory INTEGER NOT NULL, scanned_run INTEGER NOT NULL, last_run INTEGER NOT NULL,
    UNIQUE (repository, ref));
CREATE TABLE files (
    "commit" INTEGER NOT NULL REFERENCES commits, path TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY ("commit", path)) WITHOUT ROWID;
CREATE TABLE findings (
    "commit" INTEGER NOT NULL REFERENCES commits, fingerprint TEXT NOT NULL, number INTEGER NOT NULL, cause TEXT NOT NULL,
    rule TEXT NOT NULL, family TEXT NOT NULL, severity TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL,
    "column" INTEGER NOT NULL, end_line INTEGER NOT NULL, end_column INTEGER NOT NULL, address TEXT NOT NULL,
    message TEXT NOT NULL, aws TEXT NOT NULL, help TEXT NOT NULL, related TEXT NOT NULL, owners TEXT NOT NULL,
    first_run INTEGER NOT NULL, gone_run INTEGER, reopened_run INTEGER,
    PRIMARY KEY ("commit", fingerprint, number)) WITHOUT ROWID;
CREATE TABLE problems (
    "commit" INTEGER NOT NULL REFERENCES commits, path TEXT NOT NULL, line INTEGER, "column" INTEGER, message TEXT NOT NULL);
CREATE INDEX problems_of_commit ON problems ("commit");
CREATE TABLE counts (
    run INTEGER NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, findings INTEGER NOT NULL, repositories INTEGER NOT NULL,
    PRIMARY KEY (run, rule, severity)) WITHOUT ROWID;
CREATE VIEW latest AS
    SELECT commits.*, repositories.name, repositories.place, repositories.owner
    FROM commits JOIN repositories USING (repository) WHERE last_run = (SELECT max(run) FROM runs);
CREATE VIEW open_findings AS
    SELECT latest.name AS repository, latest.ref, latest."commit" AS at, findings.*
    FROM findings JOIN latest ON latest.id = findings."commit" WHERE gone_run IS NULL;
"""


class StoreError(Exception):
    """A store cannot be used; the text says why."""


class KnownCommit(NamedTuple):
    """What the store knows of a repository's ref: of which commit and tree, and under which settings, its result is."""

    id: int
    status: str
    commit: str
    tree: str
    settings: str
    origin: str
    by_commit: bool
    day: str
    scanned_run: int


class Store:
    """One store, opened for a run or for reports."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.run = 0

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.database.execute(query, values).fetchall()

    def value(self, query: str, *values: object) -> Any:
        found = self.database.execute(query, values).fetchone()
        return None if found is None else found[0]

    def insert(self, table: str, fields: dict[str, object]) -> int:
        """Put a row into a table: its number there."""
        names = ", ".join(f'"{name}"' for name in fields)
        query = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(fields))})"
        return self.database.execute(query, tuple(fields.values())).lastrowid or 0

    def begin(self, version: str, settings: str, shard: str) -> None:
        """Begin a run, or go on with the last one, if that has not ended and is of the same settings."""
        last = self.database.execute("SELECT run, ended, settings, shard FROM runs ORDER BY run DESC LIMIT 1").fetchone()
        if last is not None and last[1] is None and last[2:] == (settings, shard):
            self.run = last[0]
            return
        with self.database:
            row = (_now(), version, settings, shard)
            done = self.database.execute("INSERT INTO runs (started, version, settings, shard) VALUES (?, ?, ?, ?)", row)
        self.run = done.lastrowid or 0

    def known(self, name: str, ref: str) -> KnownCommit | None:
        """What is known of a repository's ref; None where it has not been scanned yet."""
        found = self.database.execute(
            'SELECT id, status, "commit", tree, settings, commits.origin, by_commit, day, scanned_run'
            " FROM commits JOIN repositories USING (repository) WHERE name = ? AND ref = ?",
            (name, ref),
        ).fetchone()
        return None if found is None else KnownCommit(*found)

    def keep(self, ids: Iterable[int]) -> None:
        """Take down that the results of some commits are still those of this run."""
        with self.database:
            self.database.executemany("UPDATE commits SET last_run = ? WHERE id = ?", ((self.run, one) for one in ids))

    def put(self, result: ScanResult, place: str, origin: str, owner: str, settings: str) -> None:
        """Take a result in, in one transaction. Findings that are there no more are gone since this run."""
        with self.database:
            self.database.execute(
                "INSERT INTO repositories (name, place, origin, owner) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET place = excluded.place, origin = excluded.origin, owner = excluded.owner",
                (result.name, as_text(place), as_text(origin), as_text(owner)),
            )
            repository = self.value("SELECT repository FROM repositories WHERE name = ?", result.name)
            own = self.value("SELECT id FROM commits WHERE repository = ? AND ref = ?", repository, result.ref)
            if own is None:
                own = self.insert("commits", _EMPTY | {"repository": repository, "ref": result.ref})
            fields: dict[str, object] = {"last_run": self.run}
            if result.status == "unchanged":
                fields |= {"commit": result.commit}
            else:
                fields |= {
                    "status": result.status,
                    "reason": as_text(result.reason),
                    "seconds": result.seconds,
                    "memory": result.memory,
                }
                fields |= {"scanned_run": self.run, "settings": settings, "origin": as_text(origin)}
                fields |= {"commit": result.commit, "tree": result.tree}
            if result.report is not None:
                fields |= {"by_commit": result.by_commit, "day": result.day, "fails": result.fails, "unread": result.unread}
                fields |= _counts(result.report)
                self._put_report(own, result)
            names = ", ".join(f'"{name}" = ?' for name in fields)
            self.database.execute(f"UPDATE commits SET {names} WHERE id = ?", (*fields.values(), own))

    def _put_report(self, own: int, result: ScanResult) -> None:
        report = result.report or {}
        for table in ("files", "problems"):
            self.database.execute(f'DELETE FROM {table} WHERE "commit" = ?', (own,))
        self.database.executemany(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?)",
            ((own, file["path"], file["kind"], file["status"], file["reason"]) for file in _texts(report["files"])),
        )
        self.database.executemany(
            "INSERT INTO problems VALUES (?, ?, ?, ?, ?)",
            ((own, one["path"], one["line"], one["column"], one["message"]) for one in _texts(report["problems"])),
        )
        before = {
            (mark, number): gone
            for mark, number, gone in self.rows('SELECT fingerprint, number, gone_run FROM findings WHERE "commit" = ?', own)
        }
        numbers: Counter[str] = Counter()
        for finding, cause, owners in zip(_texts(report["findings"]), result.causes, result.owners, strict=True):
            key = (finding["fingerprint"], numbers[finding["fingerprint"]])
            numbers[finding["fingerprint"]] += 1
            fields = {name: finding[name] for name in _FINDING} | {"cause": cause, "owners": as_text(" ".join(owners))}
            fields |= {"related": json.dumps(finding["related"]), "gone_run": None}
            if key not in before:
                fields |= {"commit": own, "fingerprint": key[0], "number": key[1], "first_run": self.run}
                self.insert("findings", fields)
                continue
            if before.pop(key) is not None:
                fields["reopened_run"] = self.run
            names = ", ".join(f'"{name}" = ?' for name in fields)
            where = 'WHERE "commit" = ? AND fingerprint = ? AND number = ?'
            self.database.execute(f"UPDATE findings SET {names} {where}", (*fields.values(), own, *key))
        self.database.executemany(
            'UPDATE findings SET gone_run = ? WHERE "commit" = ? AND fingerprint = ? AND number = ?',
            ((self.run, own, *key) for key, gone in before.items() if gone is None),
        )

    def end(self) -> None:
        """End the run, with its counts."""
        with self.database:
            self.database.execute("DELETE FROM counts WHERE run = ?", (self.run,))
            self.database.execute(
                "INSERT INTO counts SELECT ?, rule, severity, count(*), count(DISTINCT repository) FROM open_findings"
                " GROUP BY rule, severity",
                (self.run,),
            )
            self.database.execute("UPDATE runs SET ended = ? WHERE run = ?", (_now(), self.run))
        self.database.execute("PRAGMA optimize")


_FINDING = (
    *("rule", "family", "severity", "path", "line", "column", "end_line", "end_column"),
    *("address", "message", "aws", "help"),
)
_EMPTY: dict[str, object] = {
    **dict.fromkeys(("status", "reason", "commit", "tree", "settings", "origin", "day"), ""),
    **dict.fromkeys(("by_commit", "fails", "unread", "errors", "warnings", "notes", "suppressed", "problems", "open"), 0),
    **dict.fromkeys(("analysed", "partial", "skipped", "failed", "seconds", "memory", "scanned_run", "last_run"), 0),
}


def _counts(report: Any) -> dict[str, object]:
    summary = report["summary"]
    names = ("errors", "warnings", "notes", "suppressed", "problems")
    return {**{name: summary[name] for name in names}, "open": len(report["open"]), **summary["files"]}


def as_text(value: str) -> str:
    """A text that SQLite takes: half a pair of surrogates, which stands for a byte that is no text, is shown by its number."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()


def _texts(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return ({name: as_text(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


@contextmanager
def opened(path: str) -> Iterator[Store]:
    """A store that is there, for reports; a run may fill it meanwhile. Raises `StoreError`."""
    if not os.path.isfile(path):
        raise StoreError(f"there is no store {path}; `ecrlint bulk --store {path} SOURCE...` makes it")
    with _connected(path) as store:
        yield store


@contextmanager
def opened_for_run(path: str) -> Iterator[Store]:
    """A store for a run, which is made where it is not there; no second run may use it. Raises `StoreError`."""
    with closing(sqlite3.connect(f"{path}.lock", isolation_level=None, timeout=0)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise StoreError(f"another run uses {path} (or {path}.lock cannot be written: {error})") from None
        with _connected(path) as store:
            yield store


@contextmanager
def _connected(path: str) -> Iterator[Store]:
    try:
        database = sqlite3.connect(path, timeout=30)
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path}: {error}") from None
    with closing(database):
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            if database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                database.executescript(f"BEGIN;{_TABLES}INSERT INTO meta VALUES ('schema', '{SCHEMA}');COMMIT;")
            version = database.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{path} is no store of ecrlint: {error}") from None
        if version != (str(SCHEMA),):
            raise StoreError(f"{path} is of schema {version[0]}, and this ecrlint writes schema {SCHEMA}")
        yield Store(database)

"""The totals of the last run of a store: what was found, where, what is new, and how much was read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ecrlint.bulk.store import Store
from ecrlint.model.dataclass import dataclass

SEVERITIES = ("error", "warning", "note")


class RunTotals(NamedTuple):
    """One run: its number, when it began, and its open findings by severity."""

    run: int
    started: str
    error: int
    warning: int
    note: int


class RuleTotals(NamedTuple):
    """A rule with open findings: how many, in how many repositories, and how many of them are new."""

    rule: str
    family: str
    findings: int
    repositories: int
    error: int
    warning: int
    note: int
    new: int


class RepositoryTotals(NamedTuple):
    """A repository at a ref: what became of it, its findings, and its files by what became of them. `open` counts the sets that
    may hold more than the files say, so that nothing is said to be missing in them."""

    name: str
    ref: str
    commit: str
    status: str
    reason: str
    owner: str
    error: int
    warning: int
    note: int
    suppressed: int
    problems: int
    open: int
    analysed: int
    partial: int
    skipped: int
    failed: int
    new: int
    gone: int


class CauseTotals(NamedTuple):
    """One cause that is in several repositories: how many, and one of its findings."""

    cause: str
    repositories: int
    findings: int
    rule: str
    severity: str
    message: str
    repository: str
    path: str
    line: int


class FindingRow(NamedTuple):
    """An open finding, as CSV, JSON Lines and Parquet have it. `new` is 1 where the run before did not have it."""

    repository: str
    ref: str
    commit: str
    severity: str
    rule: str
    family: str
    path: str
    line: int
    column: int
    address: str
    message: str
    aws: str
    help: str
    owners: str
    fingerprint: str
    cause: str
    new: int
    first_run: int
    first_seen: str
    last_seen: str


@dataclass(frozen=True)
class StoreTotals:
    """The totals of a store's last run. `new` and `gone` are since the run before; there are none of its first one."""

    run: RunTotals
    version: str
    is_ended: bool
    runs: tuple[RunTotals, ...]
    statuses: dict[str, int]
    files: dict[str, int]
    suppressed: int
    problems: int
    open: int
    new: int
    gone: int
    rules: tuple[RuleTotals, ...]
    repositories: tuple[RepositoryTotals, ...]
    causes: tuple[CauseTotals, ...]

    @property
    def families(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for rule in self.rules:
            found[rule.family] = found.get(rule.family, 0) + rule.findings
        return found

    @property
    def findings(self) -> int:
        return self.run.error + self.run.warning + self.run.note


def read_totals(store: Store) -> StoreTotals | None:
    """The totals of a store; None where no run has begun."""
    last = store.rows("SELECT run, started, version, ended IS NOT NULL FROM runs ORDER BY run DESC LIMIT 1")
    if not last:
        return None
    ((run, started, version, ended),) = last
    by_severity = dict(store.rows("SELECT severity, count(*) FROM open_findings GROUP BY severity"))
    is_first = run == 1
    before = store.rows(
        "SELECT counts.run, started, sum(findings * (severity = 'error')), sum(findings * (severity = 'warning')),"
        " sum(findings * (severity = 'note')) FROM counts JOIN runs USING (run) WHERE counts.run < ? GROUP BY counts.run",
        run,
    )
    now = RunTotals(run, started, *(by_severity.get(severity, 0) for severity in SEVERITIES))
    sums = store.rows(
        "SELECT sum(analysed), sum(partial), sum(skipped), sum(failed), sum(suppressed), sum(problems), sum(open) FROM latest"
    )[0]
    analysed, partial, skipped, failed, suppressed, problems, open_sets = (number or 0 for number in sums)
    repositories = tuple(_repositories(store, run, is_first))
    return StoreTotals(
        run=now,
        version=version,
        is_ended=bool(ended),
        runs=(*(RunTotals(*row) for row in before), now),
        statuses=dict(store.rows("SELECT status, count(*) FROM latest GROUP BY status ORDER BY count(*) DESC")),
        files={"analysed": analysed, "partial": partial, "skipped": skipped, "failed": failed},
        suppressed=suppressed,
        problems=problems,
        open=open_sets,
        new=sum(repository.new for repository in repositories),
        gone=sum(repository.gone for repository in repositories),
        rules=tuple(
            RuleTotals(*row)
            for row in store.rows(
                "SELECT rule, family, count(*), count(DISTINCT repository), sum(severity = 'error'), sum(severity = 'warning'),"
                f" sum(severity = 'note'), sum({_IS_NEW}) FROM open_findings GROUP BY rule ORDER BY count(*) DESC, rule",
                *(run, run, is_first),
            )
        ),
        repositories=repositories,
        causes=tuple(
            CauseTotals(*row)
            for row in store.rows(
                "SELECT cause, count(DISTINCT repository), count(*), rule, severity, message, min(repository), path, line"
                " FROM open_findings GROUP BY cause HAVING count(DISTINCT repository) > 1 ORDER BY 2 DESC, 3 DESC, cause LIMIT 50"
            )
        ),
    )


_IS_NEW = "(first_run = ? OR reopened_run IS ?) AND NOT ?"


def _repositories(store: Store, run: int, is_first: bool) -> Iterator[RepositoryTotals]:
    """Those with the most errors first."""
    changes = {
        id: (new or 0, gone or 0)
        for id, new, gone in store.rows(
            f'SELECT "commit", sum(gone_run IS NULL AND {_IS_NEW}), sum(gone_run = ?) FROM findings GROUP BY "commit"',
            *(run, run, is_first, run),
        )
    }
    for id, *fields in store.rows(
        'SELECT id, name, ref, "commit", status, reason, owner, errors, warnings, notes, suppressed, problems, open, analysed,'
        " partial, skipped, failed FROM latest ORDER BY errors DESC, warnings DESC, notes DESC, name, ref"
    ):
        yield RepositoryTotals._make((*fields, *changes.get(id, (0, 0))))


def read_findings(store: Store) -> Iterator[FindingRow]:
    """The open findings of the last run, by repository and path."""
    run = store.value("SELECT max(run) FROM runs")
    rows = store.database.execute(
        'SELECT repository, ref, at, severity, rule, family, path, line, "column", address, message, aws, help, owners,'
        f" fingerprint, cause, {_IS_NEW}, first_run, (SELECT started FROM runs WHERE run = first_run),"
        " (SELECT max(started) FROM runs) FROM open_findings ORDER BY repository, ref, path, line, rule, number",
        (run, run, run == 1),
    )
    return (FindingRow(*row) for row in rows)

"""`ecrlint bulk`: many repositories, their store, and its reports."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

import click

from ecrlint.commands.bulk_progress import Watcher, counted
from ecrlint.commands.options import CONFIG, SETTINGS, standard_input
from ecrlint.commands.output import CLEAN, FINDINGS, UNREAD, say, write
from ecrlint.model.visible import one_line

if TYPE_CHECKING:
    from ecrlint.bulk.run import ExecutesTasks, RunProgress

MAX_LIST = 64 << 20

_EPILOG = """\b
Other commands:
  ecrlint bulk report  what the store holds: a summary, CSV, JSON Lines, HTML
  ecrlint bulk diff    what is new and gone between two stores
  ecrlint bulk merge   put the stores of several shards into one

\b
Exit status: 0 clean, 1 findings at or above --fail-on, 2 usage,
3 no such findings, but a repository or a file of ours could not be read."""


class _BulkGroup(click.Group):
    """The commands of `bulk`; what is none of them is for a run."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_command = bool(args) and args[0] in self.commands
        return super().parse_args(ctx, args if is_command else ["run", *args])


@click.group("bulk", cls=_BulkGroup, context_settings=SETTINGS)
def bulk() -> None:
    """Scan many repositories into a store, and report what it holds."""


def _shard(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    match = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", value or "1/1")
    if match is None or int(match[1]) > int(match[2]):
        raise click.BadParameter(f"{value!r} is not I/N, as 1/4 is the first of four")
    return value or ""


STORE = click.option("--store", required=True, type=click.Path(dir_okay=False), metavar="FILE", help="The store, an SQLite file.")


@bulk.command("run", epilog=_EPILOG)
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@STORE
@click.option(
    "--jobs", type=click.IntRange(0, 256), metavar="N", help="Worker processes; 0: none, scan in this one.  [default: cores]"
)
@click.option("--scheduler", metavar="ADDRESS", help="Scan on the Dask cluster at tcp://HOST:PORT.")
@click.option("--dask-local", is_flag=True, help="Scan on a Dask cluster of --jobs processes, started here.")
@click.option(
    "--timeout", type=click.FloatRange(1), default=120, show_default=True, metavar="SECONDS", help="For one repository."
)
@click.option("--memory", type=click.IntRange(128), default=1024, show_default=True, metavar="MIB", help="For one repository.")
@CONFIG
@click.option("--no-repository-config", is_flag=True, help="Leave the configurations and baselines of the repositories out.")
@click.option("--shard", callback=_shard, metavar="I/N", help="Only this part of the repositories, as 1/4.")
@click.option("--refs", metavar="PATTERNS", help="Branches to scan in place of HEAD, as 'main,release/*'.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="With --refs: only branches that changed since.")
@click.option("--cache", type=click.Path(file_okay=False), metavar="DIR", help="Where URLs are cloned.  [default: FILE.clones]")
@click.option(
    "--cache-size", type=click.FloatRange(0), default=20, show_default=True, metavar="GIB", help="Most of it that is kept."
)
@click.option(
    "--clone-timeout", type=click.FloatRange(1), default=300, show_default=True, metavar="SECONDS", help="For one fetch."
)
@click.option("--sarif", type=click.Path(file_okay=False, exists=True), metavar="DIR", help="Write a SARIF report of each there.")
@click.option("--again", is_flag=True, help="Scan what has not changed, too.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note"]),
    help="The least severity that makes the exit status 1.  [default: that of the configurations, or error]",
)
def run(
    sources: tuple[str, ...],
    store: str,
    jobs: int | None,
    scheduler: str | None,
    dask_local: bool,
    timeout: float,
    memory: int,
    config: str | None,
    no_repository_config: bool,
    shard: str,
    refs: str | None,
    since: datetime | None,
    cache: str | None,
    cache_size: float,
    clone_timeout: float,
    sarif: str | None,
    again: bool,
    fail_on: str | None,
) -> int:
    """Scan the repositories of SOURCEs into a store.

    SOURCE is a folder with repositories in it, a repository, a bare one, a mirror or a URL; `-` reads a list of paths and URLs
    from standard input, or lines of JSON with a "path" or a "url". What is committed is read, from the objects of git, without a
    checkout. A repository that has not changed since the last run is not read again, and a run that was interrupted goes on
    where it was.
    """
    import sqlite3

    from ecrlint.bulk.clones import CloneCache
    from ecrlint.bulk.executors import cluster, in_process, processes
    from ecrlint.bulk.run import BulkRun, RefChoice, in_shard
    from ecrlint.bulk.sources import SourceError, find_sources
    from ecrlint.bulk.store import StoreError, opened_for_run
    from ecrlint.bulk.task import BulkSettings, ScanLimits

    if config and no_repository_config:
        raise click.UsageError("--config is in place of the configurations of repositories; leave --no-repository-config out")
    stated = "none" if no_repository_config else config
    settings = BulkSettings(os.path.realpath(stated) if stated and stated != "none" else stated, fail_on or "", bool(sarif))
    if since and not refs:
        raise click.UsageError("--since is of the branches of --refs")
    patterns = tuple(filter(None, (refs or "").split(",")))
    choice = RefChoice(patterns, int(since.replace(tzinfo=timezone.utc).timestamp()) if since else 0)
    if not sources:
        raise click.UsageError("no SOURCE: give folders with repositories, or `-` for a list on standard input")
    try:
        listed = [source for source in find_sources(_words(sources)) if not shard or in_shard(source, shard)]
        with opened_for_run(store) as held:
            count = os.cpu_count() or 1 if jobs is None else jobs
            limits = ScanLimits(timeout, memory)
            execute: ExecutesTasks = partial(processes.execute, jobs=count, limits=limits) if count else in_process.execute
            if scheduler or dask_local:
                execute = partial(cluster.execute, address=scheduler or "", jobs=max(1, count), limits=limits)
            clones = CloneCache(cache or f"{store}.clones", int(cache_size * (1 << 30)), clone_timeout, bool(choice.patterns))
            watcher = Watcher()
            try:
                bulk_run = BulkRun(held, settings, clones.prepared, clones.scanned, watcher.tell, choice, again, sarif or "")
                progress = bulk_run.over(listed, execute, shard)
                clones.trim()
            finally:
                watcher.end()
    except (SourceError, StoreError, cluster.ClusterError) as error:
        raise click.UsageError(str(error)) from None
    except KeyboardInterrupt:
        say(f"ecrlint: interrupted; the same command goes on from here with {store}")
        raise
    except sqlite3.Error as error:  # a full device, above all; what has been put into it stays
        raise click.ClickException(f"{store}: {error}; the next run goes on from here") from None
    say(_summary(progress, store))
    return FINDINGS if progress.fails else UNREAD if progress.unread else CLEAN


@bulk.command("report")
@STORE
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "csv", "jsonl", "parquet"]),
    default="text",
    show_default=True,
    help="`csv`, `jsonl` and `parquet` have a row for each open finding of the last run.",
)
@click.option("--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write to a file in place of standard output.")
@click.option(
    "--link",
    default="",
    metavar="URL",
    help="HTML: the URL of a line, with {name}, {commit}, {ref}, {path}, {line}; those of github.com and gitlab.com are known.",
)
def report(store: str, form: str, output: str | None, link: str) -> int:
    """Report what a store holds: the last run, and what has changed since the one before."""
    from ecrlint.boundary.writing import put
    from ecrlint.bulk.report import html, parquet, rows, text
    from ecrlint.bulk.report.totals import read_findings, read_totals
    from ecrlint.bulk.store import StoreError, opened

    try:
        with opened(store) as held:
            totals = read_totals(held)
            if totals is None:
                raise StoreError(f"no run has begun in {store}")
            found = read_findings(held)
            if form == "parquet":
                if output is None:
                    raise click.UsageError("Parquet is no text; name a file: --output FILE")
                parquet.write(output, found)
                return CLEAN
            match form:
                case "html":
                    said = html.render(totals, found, link)
                case "csv":
                    said = "".join(rows.as_csv(found))
                case "jsonl":
                    said = "".join(rows.as_json_lines(found))
                case _:
                    said = text.render(totals)
        if output is None:
            write(said)
        else:
            put(output, said)
    except StoreError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.FileError(output or store, error.strerror or "it cannot be written") from error
    return CLEAN


@bulk.command("diff")
@click.argument("before", type=click.Path(dir_okay=False))
@click.argument("after", type=click.Path(dir_okay=False))
def diff(before: str, after: str) -> int:
    """Say which findings are new in the store AFTER and which are gone since BEFORE, with exit status 1 where one is new.

    A repository that only one of them has scanned is left out.
    """
    from ecrlint.bulk.diff import difference
    from ecrlint.bulk.store import StoreError, opened

    try:
        with opened(before) as one, opened(after) as other:
            found = difference(one, other)
    except StoreError as error:
        raise click.UsageError(str(error)) from None
    for word, findings in (("new", found.new), ("gone", found.gone)):
        for it in findings:
            named = it.repository if it.ref == "HEAD" else f"{it.repository} ({it.ref})"
            write(one_line(f"{word + ':':<5} {named}: {it.path}:{it.line}: {it.severity}: {it.message} [{it.rule}]") + "\n")
    left_out = f"; {found.left_out:,} of repositories that only one store has scanned" if found.left_out else ""
    say(f"{counted(len(found.new), 'findings', 'finding')} new, {len(found.gone):,} gone{left_out}")
    return FINDINGS if found.new else CLEAN


@bulk.command("merge")
@STORE
@click.argument("stores", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
def merge(store: str, stores: tuple[str, ...]) -> int:
    """Put STORES, as those of several shards, into one new store."""
    from ecrlint.bulk import merge as stage
    from ecrlint.bulk.store import StoreError, opened_for_run

    try:
        with opened_for_run(store) as into:
            count = stage.merge(into, stores)
    except StoreError as error:
        raise click.UsageError(str(error)) from None
    say(f"{counted(count, 'repositories', 'repository')} in {store}")
    return CLEAN


def _words(sources: tuple[str, ...]) -> Iterator[str]:
    for word in sources:
        if word != "-":
            yield word
            continue
        text = standard_input("list of repositories", MAX_LIST).decode(errors="surrogateescape")
        yield from filter(None, (line.strip() for line in text.split("\0" if "\0" in text else "\n")))


def _summary(progress: RunProgress, store: str) -> str:
    """`300 repositories: 12 scanned, 287 unchanged, 1 failed; 45 open findings in scan.db`."""
    said = ", ".join(f"{count} {status}" for status, count in sorted(progress.statuses.items(), key=lambda item: -item[1]))
    repositories = counted(progress.total, "repositories", "repository")
    return f"{repositories}: {said or 'none'}; {counted(progress.findings, 'open findings', 'open finding')} in {store}"

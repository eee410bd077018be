"""The scan of one repository, from its objects, whatever process it runs in."""

from __future__ import annotations

import datetime
import gc
import hashlib
import time
from collections.abc import Sequence

from ecrlint import config
from ecrlint.boundary.commit_tree import open_tree
from ecrlint.boundary.reader import Unread
from ecrlint.bulk.owners import read_owners
from ecrlint.bulk.task import BulkSettings, ScanResult, ScanTask
from ecrlint.model.address import within_module
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding
from ecrlint.report import json, sarif
from ecrlint.rule_registry import rules
from ecrlint.run import pipeline
from ecrlint.run.scan_state import ScanOptions, ScanState
from ecrlint.run.suppress.baseline import load
from ecrlint.run.suppress.judge import Judged, in_baselines, judge


def scan_repository(task: ScanTask) -> ScanResult:
    """Scan a commit, if its result is not known. What fails is in the result; raises MemoryError alone."""
    started = time.perf_counter()
    was_on = gc.isenabled()
    gc.disable()  # nothing of a scan is garbage before its end
    try:
        result = _scan(task)
    except Unread as error:
        result = ScanResult(task.name, task.ref, "failed", str(error), task.commit)
    except config.ConfigError as error:
        result = ScanResult(task.name, task.ref, "failed", str(error), task.commit)
    except MemoryError:
        raise
    except Exception as error:
        result = ScanResult(task.name, task.ref, "failed", f"this broke ecrlint: {type(error).__name__}: {error}", task.commit)
    finally:
        if was_on:
            gc.enable()
    return replace(result, seconds=time.perf_counter() - started, memory=_peak())


def _scan(task: ScanTask) -> ScanResult:
    with open_tree(task.place, task.commit or task.ref) as tree:
        if task.known_tree == tree.id:
            return ScanResult(task.name, task.ref, "unchanged", "", tree.commit, tree.id)
        run = pipeline.read([tree.top], tree.boundary, _options(task.settings, tree.top))
        judged = judge(run, pipeline.check(run))
        report = pipeline.report(run, judged)
        owners = read_owners(tree.reader([tree.top]), tree.top)
        return ScanResult(
            name=task.name,
            ref=task.ref,
            status="scanned",
            commit=tree.commit,
            tree=tree.id,
            by_commit=tree.history_was_asked,
            day=datetime.date.today().isoformat() if _names_a_day(run, judged) else "",
            report=json.as_object(report),
            causes=tuple(cause_fingerprint(finding) for finding in report.findings),
            owners=tuple(owners.of(finding.span.path) for finding in report.findings),
            sarif=sarif.render(report, rules()) if task.settings.sarif else "",
            fails=report.fails,
            unread=report.unread,
        )


def _names_a_day(run: ScanState, judged: Sequence[Judged]) -> bool:
    """Whether an ignore or an entry of a baseline may hold until a day, so that the result is of today alone."""
    marked = (run.tree.data(path) or b"" for path in {*run.statuses, *(one.finding.span.path for one in judged)})
    if any(b"ecrlint" in data and b"until" in data for data in marked):
        return True
    baselines = in_baselines(run, dict(enumerate(one.finding for one in judged)))
    return any(entry.until for path in baselines for entry in load(run.tree.reader_of(path), path))


def _options(settings: BulkSettings, top: str) -> ScanOptions:
    given = config.Config("", top) if settings.config == "none" else config.stated(settings.config)
    return ScanOptions(given, fail_on=settings.fail_on)


def cause_fingerprint(finding: Finding) -> str:
    """Names the cause of a finding wherever it is copied to: made of the rule, the address, the cause and the text there, without
    its path, spaces and line ends."""
    text = " ".join(finding.span.text.split())
    own = within_module(finding.address)
    return hashlib.sha256("\n".join((finding.rule, own, finding.cause, text)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _peak() -> int:
    """The most memory that this process has had, in KiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak

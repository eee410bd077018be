"""The page of a store: one file of HTML, which reads nothing but itself."""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Iterable
from html import escape

from ecrlint.bulk.report.totals import SEVERITIES, FindingRow, RepositoryTotals, StoreTotals
from ecrlint.model.visible import marked

LINKS = {
    "github.com/": "https://{name}/blob/{commit}/{path}#L{line}",
    "gitlab.com/": "https://{name}/-/blob/{commit}/{path}#L{line}",
    "bitbucket.org/": "https://{name}/src/{commit}/{path}#lines-{line}",
}
"""Where a line of a file is on the hosts that are known, by how the name of a repository begins."""


def render(totals: StoreTotals, findings: Iterable[FindingRow], link: str = "") -> str:
    """The page. `link` is a template of the URL of a place, with {name}, {commit}, {ref}, {path} and {line}."""
    data = _data(totals, findings, link)
    parts = {
        "TITLE": escape(f"ECR findings of {_counted(len(totals.repositories), 'repositories', 'repository')}"),
        "SUBTITLE": escape(_subtitle(totals)),
        "ANSWERS": "".join(_answers(totals)),
        "DATA": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
    }
    page = (pkgutil.get_data("ecrlint.bulk.report", "page.html") or b"").decode()
    return re.sub("@([A-Z]+)@", lambda found: parts[found[1]], page)


def _subtitle(totals: StoreTotals) -> str:
    files = ", ".join(f"{count:,} {status}" for status, count in totals.files.items())
    statuses = ", ".join(f"{count:,} {status}" for status, count in totals.statuses.items())
    ended = "" if totals.is_ended else ", which has not ended"
    return marked(
        f"Run {totals.run.run} of {totals.run.started[:16].replace('T', ' ')} UTC{ended}, ecrlint {totals.version}. Repositories:"
        f" {statuses or 'none'}. Files: {files}. {totals.suppressed:,} findings are suppressed."
    )


def _answers(totals: StoreTotals) -> Iterable[str]:
    """The first things that a reader asks."""
    run = totals.run
    yield _box("Findings", f"{totals.findings:,}", _severities(run.error, run.warning, run.note))
    worst = next((one for one in totals.repositories if one.error or one.warning or one.note), None)
    if worst is not None:
        yield _box("Worst repository", worst.name, _severities(worst.error, worst.warning, worst.note))
    if totals.rules:
        rule = totals.rules[0]
        found = _counted(rule.findings, "findings", "finding")
        yield _box("Most common rule", rule.rule, f"{found} in {_counted(rule.repositories, 'repositories', 'repository')}")
    if run.run > 1:
        yield _box("New since the last run", f"{totals.new:,}", f"and {totals.gone:,} gone")
    bad = sum(count for status, count in totals.statuses.items() if status != "scanned")
    if bad:
        yield _box("Not scanned", _counted(bad, "repositories", "repository"), "see their status below")


def _box(title: str, text: str, more: str) -> str:
    return f"<div><span>{escape(title)}</span><b>{escape(marked(text))}</b><span>{escape(more)}</span></div>"


def _severities(errors: int, warnings: int, notes: int) -> str:
    words = (_counted(errors, "errors", "error"), _counted(warnings, "warnings", "warning"), _counted(notes, "notes", "note"))
    return ", ".join(words)


def _counted(number: int, several: str, one: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _data(totals: StoreTotals, findings: Iterable[FindingRow], link: str) -> dict[str, object]:
    """What the page shows, with each text once."""
    repositories = {(one.name, one.ref): at for at, one in enumerate(totals.repositories)}
    rules = {rule.rule: at for at, rule in enumerate(totals.rules)}
    messages: dict[str, int] = {}
    rows = [
        [
            repositories[one.repository, one.ref],
            rules[one.rule],
            SEVERITIES.index(one.severity),
            marked(one.path),
            one.line,
            messages.setdefault(marked(one.message), len(messages)),
            marked(one.owners),
            one.new,
            one.first_run,
        ]
        for one in findings
    ]
    rows.sort(key=lambda row: (row[2], row[0]))
    return {
        "runs": totals.runs,
        "days": {run.run: run.started[:10] for run in totals.runs},
        "gone": totals.gone if totals.run.run > 1 else None,
        "rules": totals.rules,
        "families": totals.families,
        "repositories": [_repository(one, link) for one in totals.repositories],
        "causes": [
            [*one[1:3], marked(one.message), one.rule, one.severity, f"{marked(one.repository)}: {marked(one.path)}:{one.line}"]
            for one in totals.causes
        ],
        "messages": list(messages),
        "findings": rows,
    }


def _repository(one: RepositoryTotals, link: str) -> dict[str, object]:
    template = link or next((text for start, text in LINKS.items() if one.name.startswith(start)), "")
    for name, value in (("name", one.name), ("commit", one.commit), ("ref", one.ref)):
        template = template.replace(f"{{{name}}}", value)
    changes = [one.error, one.warning, one.note, one.new, one.gone, one.suppressed]
    return {
        "name": marked(one.name),
        "ref": one.ref,
        "link": template if template.startswith(("https://", "http://")) else "",
        "status": one.status,
        "reason": marked(one.reason),
        "counts": [*changes, one.analysed, one.partial, one.failed, one.open],
    }

"""What the user does not want to hear: rules that are off, paths that are excluded, ignores, and the baseline."""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Finding, Severity
from ecrlint.run.join.facts import in_vain
from ecrlint.run.scan_state import ScanState, broke


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, and whether something silences it."""

    finding: Finding
    silenced: bool = False


def judge(run: ScanState, findings: Iterable[Finding]) -> list[Judged]:
    """The findings of a run, silenced or not, with what is to be said of the user's ignores.

    What the configuration switches off is not among them: nobody asked for it.
    """
    wanted = by_configuration(run, findings)
    silenced, told = _by_ignores(run, wanted)
    silenced |= {number for number, finding in enumerate(wanted) if run.excluded(finding.span.path) is not None}
    known, late = _by_baseline(run, {number: one for number, one in enumerate(wanted) if number not in silenced})
    judged = [
        Judged(
            replace(one, message=f"{one.message} (its entry in the baseline {late[number]})") if number in late else one,
            number in silenced or number in known,
        )
        for number, one in enumerate(wanted)
    ]
    told += in_vain(run)
    return judged + [Judged(one) for one in by_configuration(run, told) if run.excluded(one.span.path) is None]


def by_configuration(run: ScanState, findings: Iterable[Finding]) -> list[Finding]:
    """The findings that the configuration nearest to each wants, with the severity that it gives them."""
    kept: list[Finding] = []
    for finding in findings:
        config = run.configs.of(finding.span.path)
        setting = config.rules.get(finding.rule, "on")
        if setting not in ("on", "off"):
            finding = replace(finding, severity=Severity[setting.upper()])
        if setting != "off" and (finding.severity or Severity.ERROR) >= Severity[config.severity.upper()]:
            kept.append(finding)
    return kept


def _by_ignores(run: ScanState, findings: list[Finding]) -> tuple[set[int], list[Finding]]:
    """The numbers of the findings that ignores silence, and what is to be said of the ignores."""
    read = {path for path, file in run.statuses.items() if file.status in ("analysed", "partial")}
    marked = [path for path in sorted(read | {one.span.path for one in findings}) if b"ecrlint" in (run.tree.data(path) or b"")]
    if not marked:
        return set(), []
    from ecrlint import rule_registry
    from ecrlint.run.suppress.ignores import ignores

    names = tuple(rule.name for rule in rule_registry.rules())
    silenced: set[int] = set()
    told: list[Finding] = []
    for path in marked:
        source = run.tree.source(path)
        config = run.configs.of(path)
        try:
            found = [] if source is None else list(ignores(source))
        except RecursionError as error:
            broke(run, path, error)
            continue
        here = [(number, finding) for number, finding in enumerate(findings) if finding.span.path == path]
        for ignore in found:
            if ignore.problem:
                told.append(ignore.told())
                continue
            covered = {number for number, finding in here if ignore.covers(finding)}
            silenced |= covered
            used = {name for number in covered for name in (findings[number].rule, findings[number].former)}
            off = {name for name, setting in config.rules.items() if setting == "off"}
            told.extend(ignore.unused(rule, names) for rule in ignore.rules if rule not in used | off)
    return silenced, told


def _by_baseline(run: ScanState, findings: dict[int, Finding]) -> tuple[set[int], dict[int, str]]:
    """The numbers of the findings that are in their baseline, and of those whose entry no longer counts, with the reason."""
    known: set[int] = set()
    late: dict[int, str] = {}
    for path, those in in_baselines(run, findings).items():
        from ecrlint.run.suppress import baseline

        reader = run.tree.reader_of(path)
        entries = baseline.load(reader, path)
        for number, entry in baseline.match(reader, entries, path, run.tree.real, those).entries.items():
            problem = baseline.expired(entry)
            if problem:
                late[number] = problem
            else:
                known.add(number)
    return known, late


def in_baselines(run: ScanState, findings: dict[int, Finding]) -> dict[str, dict[int, Finding]]:
    """The findings by the baseline that their configuration names or that lies beside it."""
    found: dict[str, dict[int, Finding]] = {}
    for number, finding in findings.items():
        path = run.configs.of(finding.span.path).baseline if not run.options.without_baseline else ""
        if path:
            found.setdefault(path, {})[number] = finding
    return found

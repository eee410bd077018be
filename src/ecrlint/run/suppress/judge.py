"""What the user does not want to hear: rules that are off, paths that are excluded, ignores, and the baseline."""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.config import Config
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Finding, Severity
from ecrlint.run.join.facts import in_vain
from ecrlint.run.scan_state import ScanOptions, ScanState, broke


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, and whether something silences it."""

    finding: Finding
    silenced: bool = False


def judge(run: ScanState, findings: Iterable[Finding]) -> list[Judged]:
    """The findings of a run, silenced or not, with what is to be said of the user's ignores.

    What the configuration or the command line switches off is not among them: nobody asked for it.
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
    judged += [Judged(one) for one in by_configuration(run, told) if run.excluded(one.span.path) is None]
    return [one for one in judged if _is_severe(run, one.finding)]


def by_configuration(run: ScanState, findings: Iterable[Finding]) -> list[Finding]:
    """The findings of the rules that are on where each is, with the severity that the configuration gives them."""
    kept: list[Finding] = []
    for finding in findings:
        config = run.configs.of(finding.span.path)
        if _is_off(run.options, config, finding.rule, finding.family):
            continue
        setting = config.rules.get(finding.rule, "on")
        if setting not in ("on", "off"):
            finding = replace(finding, severity=Severity[setting.upper()])
        if finding.severity is Severity.NOTE and not _asks_for_notes(run.options, config, finding.rule):
            finding = replace(finding, unasked=True)
        kept.append(finding)
    return kept


def _is_off(options: ScanOptions, config: Config, rule: str, family: str) -> bool:
    """Whether nobody wants to hear a rule. A rule that the command line selects by its name is on."""
    if not options.ignore.isdisjoint((rule, family)):
        return True
    if options.select:
        return options.select.isdisjoint((rule, family)) or (config.rules.get(rule) == "off" and rule not in options.select)
    return config.rules.get(rule) == "off"


def _asks_for_notes(options: ScanOptions, config: Config, rule: str) -> bool:
    """Whether the notes of a rule are asked for, by a severity that takes them in or by the name of the rule."""
    is_stated = "note" in (options.severity, options.fail_on or config.fail_on) or ("severity",) in config.lines
    return is_stated or rule in config.rules or rule in options.select


def _is_severe(run: ScanState, finding: Finding) -> bool:
    """Whether a finding is of the least severity that is reported, or above."""
    least = run.options.severity or run.configs.of(finding.span.path).severity
    return (finding.severity or Severity.ERROR) >= Severity[least.upper()]


def _by_ignores(run: ScanState, findings: list[Finding]) -> tuple[set[int], list[Finding]]:
    """The numbers of the findings that ignores silence, and what is to be said of the ignores."""
    read = {path for path, file in run.statuses.items() if file.status in ("analysed", "partial")}
    marked = [path for path in sorted(read | {one.span.path for one in findings}) if b"ecrlint" in (run.tree.data(path) or b"")]
    if not marked:
        return set(), []
    from ecrlint import rule_registry
    from ecrlint.run.suppress.ignores import ignores

    families = {rule.name: rule.family for rule in rule_registry.rules()}
    names = tuple(families)
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
            unused = [rule for rule in ignore.rules if rule not in used]
            told.extend(
                ignore.unused(rule, names) for rule in unused if not _is_off(run.options, config, rule, families.get(rule, ""))
            )
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
    if run.options.without_baseline:
        return found
    for number, finding in findings.items():
        path = run.options.baseline or run.configs.of(finding.span.path).baseline
        if path:
            found.setdefault(path, {})[number] = finding
    return found

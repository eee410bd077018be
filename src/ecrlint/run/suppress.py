"""What the user does not want to hear: rules that are off, paths that are excluded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ecrlint.model.finding import Finding, Severity
from ecrlint.run.state import Run


def by_configuration(run: Run, findings: Iterable[Finding]) -> list[Finding]:
    """The findings as the configuration that is nearest to each has them; what it does not want is gone."""
    kept: list[Finding] = []
    for finding in findings:
        config = run.configs.of(finding.span.path)
        setting = config.rules.get(finding.rule, "on")
        if setting not in ("on", "off"):
            finding = replace(finding, severity=Severity[setting.upper()])
        least = Severity[config.severity.upper()]
        if setting == "off" or (finding.severity or Severity.ERROR) < least:
            continue
        if run.excluded(finding.span.path) is not None:
            run.suppressed += 1
            continue
        kept.append(finding)
    return kept

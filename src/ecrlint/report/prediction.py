"""What a finding predicts: a message of AWS, or, where nothing fails, what is at risk."""

from __future__ import annotations

from ecrlint.model.finding import Finding

_NO_ERROR = "no error: "


def predicted(finding: Finding) -> tuple[str, str]:
    """`aws` and the message that AWS prints, or `risk` and what may happen, as nothing fails; no text where neither is known."""
    if finding.aws.startswith(_NO_ERROR):
        return "risk", finding.aws.removeprefix(_NO_ERROR)
    return "aws", finding.aws

"""Files that end in `.tf` and are of another language: Terraform before 0.12, and templates that make Terraform."""

from __future__ import annotations

import re

from ecrlint.model.finding import Problem
from ecrlint.model.source import Source

OLD = "this is Terraform 0.11, where names stand in quotes; terraform 0.12upgrade rewrites it"
TEMPLATE = "this is a template (of Jinja, ERB or another language), and Terraform only once it is filled in"

_SIGNS = (
    # HCL 1 took a quoted name for that of a block or an argument; in an object, where `=` follows, it is HCL 2.
    # https://developer.hashicorp.com/terraform/language/v1.1.x/upgrade-guides/0-12
    (re.compile(r'^[ \t]*("[\w-]+"[ \t]*\{)', re.MULTILINE), OLD),
    (
        re.compile(
            r'^[ \t]*[a-z_][\w-]*(?:[ \t]+"[^"\n]*")*[ \t]*\{[ \t]*\n(?:[^{}]|\$\{[^{}\n]*\})*?^[ \t]*("[^"\n]+"[ \t]*=)',
            re.MULTILINE,
        ),
        OLD,
    ),
    (re.compile(r"^[ \t]*((?:[\w-]+[ \t]*=[ \t]*)?(?:\{%|\{\{|<%))", re.MULTILINE), TEMPLATE),
    (re.compile(r"^[ \t]*[\w-]+[ \t]*=[ \t]*(\$\{)", re.MULTILINE), TEMPLATE),
)


def other_language(source: Source) -> Problem | None:
    """The one problem of a file that is no HCL because it is of another language; None where it does not look like one."""
    found = [(match.span(1), message) for sign, message in _SIGNS if (match := sign.search(source.text))]
    if not found:
        return None
    (start, end), message = min(found)
    return Problem(message, source.path, source.span(start, end))

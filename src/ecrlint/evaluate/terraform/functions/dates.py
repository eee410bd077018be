"""Dates, where the moment is known: https://developer.hashicorp.com/terraform/language/functions (Date and Time Functions)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from ecrlint.evaluate.terraform.conversion import Unsure, Wrong, text
from ecrlint.evaluate.terraform.functions.signature import known

_STAMP = r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)"
_TOKEN = r"'(?:''|[^'])*'|''|([A-Za-z])\1*|[^A-Za-z']+|'"
_DURATION = r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|h|m|s))+)"
_UNITS = {"h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "µs": 1_000, "μs": 1_000}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _moment(value: Any) -> tuple[datetime, int]:
    """An RFC 3339 timestamp as a moment of whole seconds, and the nanoseconds beyond."""
    found = re.fullmatch(_STAMP, text(value), re.ASCII)
    if found is None:
        raise Wrong("this is not a timestamp")
    offset = found[8]
    minutes = 0 if offset == "Z" else int(offset[1:3]) * 60 + int(offset[4:6])
    if minutes >= 24 * 60:
        raise Wrong("this is not a timestamp")
    zone = timezone(timedelta(minutes=-minutes if offset.startswith("-") else minutes))
    try:
        moment = datetime(*(int(found[at]) for at in range(1, 7)), tzinfo=zone)  # type: ignore[misc,arg-type]
    except ValueError:
        raise Wrong("this is not a timestamp") from None
    return moment, int((found[7] or "0").ljust(9, "0")[:9])


def _offset(moment: datetime, colon: str) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}{colon}{rest:02d}"


def _zone(moment: datetime, utc: str, colon: str) -> str:
    return utc if not moment.utcoffset() else _offset(moment, colon)


_VERBS: dict[str, Callable[[datetime], str]] = {
    "YY": lambda t: f"{t.year % 100:02d}",
    "YYYY": lambda t: f"{t.year:04d}",
    "M": lambda t: str(t.month),
    "MM": lambda t: f"{t.month:02d}",
    "MMM": lambda t: _MONTHS[t.month - 1][:3],
    "MMMM": lambda t: _MONTHS[t.month - 1],
    "D": lambda t: str(t.day),
    "DD": lambda t: f"{t.day:02d}",
    "EEE": lambda t: _DAYS[t.weekday()][:3],
    "EEEE": lambda t: _DAYS[t.weekday()],
    "h": lambda t: str(t.hour),
    "hh": lambda t: f"{t.hour:02d}",
    "H": lambda t: str(t.hour % 12 or 12),
    "HH": lambda t: f"{t.hour % 12 or 12:02d}",
    "AA": lambda t: "AM" if t.hour < 12 else "PM",
    "aa": lambda t: "am" if t.hour < 12 else "pm",
    "m": lambda t: str(t.minute),
    "mm": lambda t: f"{t.minute:02d}",
    "s": lambda t: str(t.second),
    "ss": lambda t: f"{t.second:02d}",
    "Z": lambda t: _zone(t, "Z", ":"),
    "ZZZ": lambda t: _zone(t, "UTC", ""),
    "ZZZZ": lambda t: _offset(t, ""),
    "ZZZZZ": lambda t: _offset(t, ":"),
}


@known("formatdate")
def _formatdate(template: Any, stamp: Any) -> str:
    moment, _ = _moment(stamp)
    made: list[str] = []
    for found in re.finditer(_TOKEN, text(template)):
        token = found.group()
        if token == "''":
            made.append("'")
        elif token == "'":
            raise Wrong("a quote is not closed")
        elif token.startswith("'"):
            made.append(token[1:-1].replace("''", "'"))
        elif found[1]:
            verb = _VERBS.get(token)
            if verb is None:
                raise Wrong(f"{token} is no part of a date")
            made.append(verb(moment))
        else:
            made.append(token)
    return "".join(made)


@known("timeadd")
def _timeadd(stamp: Any, duration: Any) -> str:
    moment, nanoseconds = _moment(stamp)
    found = text(duration)
    if re.fullmatch(_DURATION, found, re.ASCII) is None:
        raise Wrong("this is not a duration")
    from fractions import Fraction

    total = Fraction(0)
    for amount, unit in re.findall(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|h|m|s)", found):
        if len(amount) > 20:
            raise Unsure("the duration is too long to be evaluated")
        total += Fraction(amount.rstrip(".")) * _UNITS.get(unit, 1)
    seconds = (nanoseconds + (-int(total) if found.startswith("-") else int(total))) // 1_000_000_000
    try:
        later = moment + timedelta(seconds=seconds)
    except OverflowError:
        raise Unsure("the moment is too far away") from None
    return later.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + _zone(later, "Z", ":")


@known("timecmp")
def _timecmp(first: Any, second: Any) -> int:
    a, b = _moment(first), _moment(second)
    return (a > b) - (a < b)

"""The lines of a crontab are found in a script in time that grows with its length."""

from __future__ import annotations

import pytest

from ecrlint.analysis.lasting_pulls import _CRON


@pytest.mark.parametrize("line", ["9" * 20_000, "* " * 10_000, "1 " * 4 + "9" * 20_000, "@daily " * 3_000])
def test_a_long_line_is_no_schedule(line: str) -> None:
    assert _CRON.search(line) is None


def test_a_schedule_of_pulls_is_found() -> None:
    found = _CRON.search("PATH=/bin\n0 */6 * * 1-5 root docker compose -f /srv/app.yaml pull\n")
    assert found is not None
    assert found["command"] == "root docker compose -f /srv/app.yaml pull"

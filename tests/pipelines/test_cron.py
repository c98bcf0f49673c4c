from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from trustlab.core.errors import UsageError
from trustlab.pipelines.cron import COUNT_LIMIT, Schedule


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    "cron",
    ["", "0 6 * *", "* * * * * *", "61 * * * *", "0 6 * * LUN", "@hourly", "R * * * *", "H * * * *", "0 0 30 2 *",
     "*/0 * * * *", "R(1-9) * * * *", None, 5],
)  # fmt: skip
def test_what_is_not_a_cron_is_refused(cron: object) -> None:
    with pytest.raises(UsageError, match="cron"):
        Schedule.checked(cron)


@pytest.mark.parametrize("cron", ["0 6 * * MON", "*/15 8-18 * * mon-fri", "0 0 1 JAN,JUL *", "0 0 L * *", "0 0 29 2 *"])
def test_five_good_fields_are_accepted(cron: str) -> None:
    assert Schedule.checked(cron).cron == cron


def test_the_field_at_fault_is_named() -> None:
    with pytest.raises(UsageError, match="hour must be a valid cron field; got '25'"):
        Schedule.checked("0 25 * * *")


def test_an_unknown_zone_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'Europe/Berlin'"):
        Schedule.checked("0 6 * * *", "Europe/Berln")
    with pytest.raises(UsageError, match="timezone"):
        Schedule.checked("0 6 * * *", "../../etc/passwd")


def test_mondays_at_six() -> None:
    # 2 November 2026 is a Monday.
    ticks = Schedule("0 6 * * MON").ticks_after(utc(2026, 11, 2, 6))
    assert list(islice(ticks, 2)) == [utc(2026, 11, 9, 6), utc(2026, 11, 16, 6)]


def test_six_in_berlin_is_six_on_both_sides_of_the_change() -> None:
    # The clocks go back on 25 October 2026: 06:00 is 04:00 UTC before and 05:00 UTC after.
    ticks = Schedule("0 6 * * *", "Europe/Berlin").ticks_after(utc(2026, 10, 23, 12))
    assert list(islice(ticks, 3)) == [utc(2026, 10, 24, 4), utc(2026, 10, 25, 5), utc(2026, 10, 26, 5)]


def test_a_time_that_spring_jumps_over_runs_at_the_end_of_the_jump() -> None:
    ticks = Schedule("30 2 * * *", "Europe/Berlin").ticks_after(utc(2026, 3, 28, 12))
    assert next(ticks) == utc(2026, 3, 29, 1)


def test_the_last_tick_may_be_now() -> None:
    schedule = Schedule("0 6 * * *")
    assert schedule.last_until(utc(2026, 11, 2, 6)) == utc(2026, 11, 2, 6)
    assert schedule.last_until(utc(2026, 11, 2, 5, 59, 59)) == utc(2026, 11, 1, 6)


def test_ticks_between_are_counted_up_to_a_limit() -> None:
    schedule = Schedule("* * * * *")
    assert schedule.count_between(utc(2026, 1, 1), utc(2026, 1, 1, 0, 7)) == 7
    assert schedule.count_between(utc(2026, 1, 1), utc(2027, 1, 1)) == COUNT_LIMIT


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(UsageError, match="must have a zone"):
        Schedule("* * * * *").next_after(datetime(2026, 1, 1))

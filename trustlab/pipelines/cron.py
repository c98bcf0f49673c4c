"""When a pipeline runs by itself: a cron expression that is known to be good, in a time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = ("minute", "hour", "day of month", "month", "day of week")
COUNT_LIMIT = 1000
_FIELD = re.compile(r"[0-9A-Za-z*,/#?-]+")
_EXAMPLE = 'for example "0 6 * * MON" (Mondays at 06:00) or "*/15 8-18 * * MON-FRI"'


def as_utc(moment: datetime) -> datetime:
    """Return ``moment`` in UTC; a time without a zone could mean anything and is refused."""
    if moment.tzinfo is None:
        raise UsageError(f"a time must have a zone; got {moment.isoformat()}")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron expression and its zone.

    Build it with `checked`, which refuses what croniter would choke on later.

    Parameters
    ----------
    cron : str
        Five fields: minute, hour, day of month, month, day of week; names such as MON and JAN are understood.
    timezone : str
        The zone's name in the IANA database.

    Notes
    -----
    A local time that the clocks jump over in spring runs at the end of the jump. A fixed local time within the
    hour that autumn repeats runs in both: choose UTC where that matters.
    """

    cron: str
    timezone: str = "UTC"

    @classmethod
    def checked(cls, cron: object, timezone: object = "UTC") -> Schedule:
        """Return a schedule whose expression and zone hold.

        Raises
        ------
        UsageError
            Where the expression has not five fields, is malformed, random or never due, or the zone is unknown.
        """
        return _schedule(_checked_fields(cron), _checked_zone(timezone))

    def next_after(self, moment: datetime) -> datetime:
        """Return the first tick later than ``moment``, in UTC."""
        return _next_after(self, as_utc(moment))

    def ticks_after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the ticks later than ``moment``, in UTC, for ever."""
        from zoneinfo import ZoneInfo

        from croniter import croniter

        clock = croniter(self.cron, as_utc(moment).astimezone(ZoneInfo(self.timezone)))
        while True:
            yield clock.get_next(datetime).astimezone(UTC)

    def last_until(self, moment: datetime) -> datetime:
        """Return the latest tick that is not later than ``moment``, in UTC."""
        return _last_until(self, as_utc(moment))

    def count_between(self, after: datetime, until: datetime) -> int:
        """Return how many ticks lie in ``(after, until]``, at most 1,000: more are not worth the time to count."""
        count = 0
        for tick in self.ticks_after(after):
            if tick > as_utc(until) or count == COUNT_LIMIT:
                break
            count += 1
        return count

    def to_dict(self) -> dict[str, Any]:
        """Return the schedule as JSON data."""
        return {"cron": self.cron, "timezone": self.timezone}


@cache
def _zones() -> frozenset[str]:
    """Return the names of all zones: they are read from hundreds of files."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


# Thousands of pipelines share a few schedules, and are looked at together.
@lru_cache(1024)
def _next_after(schedule: Schedule, moment: datetime) -> datetime:
    return next(schedule.ticks_after(moment))


@lru_cache(1024)
def _last_until(schedule: Schedule, moment: datetime) -> datetime:
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from croniter import croniter

    # The clock gives what is strictly before its start; ticks lie on whole minutes.
    start = (moment + timedelta(microseconds=1)).astimezone(ZoneInfo(schedule.timezone))
    previous: datetime = croniter(schedule.cron, start).get_prev(datetime)
    return previous.astimezone(UTC)


@lru_cache(1024)
def _schedule(text: str, timezone: str) -> Schedule:
    from croniter import CroniterBadDateError

    schedule = Schedule(text, timezone)
    try:
        schedule.next_after(datetime(2000, 1, 1, tzinfo=UTC))
    except CroniterBadDateError:
        raise UsageError(f"cron must come due some day; got '{text}', a date that no year has") from None
    return schedule


def _checked_fields(cron: object) -> str:
    hint = f"Write minute, hour, day of month, month and day of week, {_EXAMPLE}."
    if not isinstance(cron, str):
        raise UsageError(f"cron must be text of five fields; got {cron!r}", hint)
    return _checked_text(cron, hint)


@lru_cache(1024)
def _checked_text(cron: str, hint: str) -> str:
    from croniter import croniter

    fields = cron.split()
    if len(fields) != len(FIELDS):
        raise UsageError(f"cron must have five fields ({', '.join(FIELDS)}); got {len(fields)} in '{cron}'", hint)
    for name, field in zip(FIELDS, fields, strict=True):
        # croniter also knows H (hashed) and R (random), which mean another time at every look.
        odd = {"H", "R"} & set(re.split(r"[,/-]", field.upper()))
        alone = " ".join(field if name == other else "*" for other in FIELDS)
        if odd or not _FIELD.fullmatch(field) or not croniter.is_valid(alone):
            raise UsageError(f"cron: {name} must be a valid cron field; got '{field}' in '{cron}'", hint)
    text = " ".join(fields)
    if not croniter.is_valid(text):
        raise UsageError(f"cron must be a valid expression; got '{text}'", hint)
    return text


def _checked_zone(timezone: object) -> str:
    zones = _zones()
    if isinstance(timezone, str) and timezone in zones:
        return timezone
    suggestion = did_you_mean(str(timezone), zones)
    raise UsageError(f"timezone must be a zone's name such as UTC or Europe/Berlin; got {timezone!r}.{suggestion}")

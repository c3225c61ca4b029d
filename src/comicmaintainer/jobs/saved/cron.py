"""When a cron expression is due: its slots in a time zone, and what it means in words.

Five fields, read by cronsim as Debian's cron reads them: where clocks go forward a slot that falls
into the gap comes right after it, where they go back a slot at a fixed hour comes once; expressions
that run every hour or minute go by elapsed time. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from cron_descriptor import FormatException, Options, get_description
from cronsim import CronSim, CronSimError

from comicmaintainer.errors import InvalidInput

LATEST_AT = 4e9
"""No time of a schedule lies beyond this one, in the year 2096."""
_FIELDS = 5
_UNITS = ((0, 60), (0, 24), (1, 31), (1, 12), (0, 7))
"""Of each field, its first value and how many it has."""


def require_time(at: float) -> None:
    """Return if `at` is a time that schedules can have.

    Raises:
        InvalidInput: it is none.
    """
    if not 0 <= at <= LATEST_AT:  # nor not-a-number
        raise InvalidInput(
            f"{at:g} is not a valid time for a schedule: give seconds since 1970, up to 2096.",
            field="run_at",
        )


def zone(name: str) -> ZoneInfo:
    """Return the time zone of that IANA name.

    Raises:
        InvalidInput: there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(
            f"There is no time zone {name!r}; use a name such as Europe/Berlin or UTC.",
            field="timezone",
        ) from error


def slots(expression: str, time_zone: ZoneInfo, after: float) -> Iterator[float]:
    """Yield the times at which `expression` is due, each later than the last and than `after`.

    Raises:
        InvalidInput: the expression can't be read, or `after` is no time.
    """
    require_time(after)
    if len(expression.split()) != _FIELDS:
        raise InvalidInput(
            f"{expression!r} is not a valid cron expression: it needs five fields (minute, hour, "
            "day of month, month, day of week).",
            field="cron",
        )
    try:
        due = CronSim(expression, datetime.fromtimestamp(after, time_zone))
    except CronSimError as error:
        raise InvalidInput(
            f"{expression!r} is not a valid cron expression: {error}.", field="cron"
        ) from error
    return _growing(due, after)


def first_slot(expression: str, time_zone: ZoneInfo, after: float) -> float:
    """Return the first time after `after` at which `expression` is due.

    Raises:
        InvalidInput: the expression can't be read or is never due.
    """
    found = next(slots(expression, time_zone, after), None)
    if found is None:
        raise InvalidInput(f"{expression!r} never comes due.", field="cron")
    return found


def next_slots(expression: str, time_zone: ZoneInfo, after: float, count: int) -> list[float]:
    """Return the next `count` times at which `expression` is due."""
    return list(islice(slots(expression, time_zone, after), count))


def in_words(expression: str) -> str:
    """Say in English when `expression` is due; one that has no words is returned as it is."""
    written = expression.split()
    if len(written) != _FIELDS:
        return expression
    fields = [_spelled(field, *unit) for field, unit in zip(written, _UNITS, strict=True)]
    minute, hour, day, month, weekday = fields
    is_either = "*" not in (day, weekday)
    if is_either and any(written[at].startswith("*") for at in (2, 4)):
        return expression  # a step from * narrows the other of the two, which has no plain words
    try:
        words = _described(fields)
        if is_either and ", or " not in words:
            days = _described([minute, hour, day, month, "*"])
            weekdays = _described([minute, hour, "*", month, weekday])
            words = f"{days}, or {weekdays[0].lower()}{weekdays[1:]}"
    except FormatException:
        return expression
    return words


def _described(fields: list[str]) -> str:
    options = Options()
    options.use_24hour_time_format = True
    words: str = get_description(" ".join(fields), options)
    return words


def _spelled(field: str, first: int, count: int) -> str:
    """Return a field whose steps are uneven, since its unit begins anew, as the values it means."""
    begin, _, step_text = field.partition("/")
    if not step_text.isdigit() or not (begin == "*" or begin.isdigit()):
        return field
    step, start = int(step_text), first if begin == "*" else int(begin)
    if step < 2 or (count % step == 0 and start - first < step):
        return field
    return ",".join(map(str, range(start, first + count, step)))


def _growing(due: CronSim, last: float) -> Iterator[float]:
    # In the hour that clocks repeat, cronsim names its first pass, which may be over already.
    for moment in due:
        at = moment.timestamp()
        if at > last:
            last = at
            yield at

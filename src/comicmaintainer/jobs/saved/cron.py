"""When a cron expression is due: its slots in a time zone, and its meaning in words.

Five fields, read by cronsim like Debian's cron. When clocks go forward, a slot in the gap runs
right after it; when they go back, a slot at a fixed hour runs once. Expressions that run every
hour or minute follow elapsed time. Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from cron_descriptor import FormatException, Options, get_description
from cronsim import CronSim, CronSimError

from comicmaintainer.errors import InvalidInput
from comicmaintainer.texts.current import ENGLISH, language_code, marked, shown, t

LATEST_AT = 4e9
"""The latest time of a schedule, in the year 2096."""
_FIELDS = 5
WEEKDAYS = (
    *(marked("Monday"), marked("Tuesday"), marked("Wednesday"), marked("Thursday")),
    *(marked("Friday"), marked("Saturday"), marked("Sunday")),
)
MONTHS = (
    *(marked("January"), marked("February"), marked("March"), marked("April"), marked("May")),
    *(marked("June"), marked("July"), marked("August"), marked("September"), marked("October")),
    *(marked("November"), marked("December")),
)
_LOCALES = {ENGLISH: "en_US", "de": "de_DE"}
"""The languages in which expressions can be described, and what cron_descriptor calls them."""
_UNITS = ((0, 60), (0, 24), (1, 31), (1, 12), (0, 7))
"""For each field, its first value and the number of its values."""


def require_time(at: float) -> None:
    """Check that `at` is a valid time for a schedule.

    Raises:
        InvalidInput: it is not.
    """
    if not 0 <= at <= LATEST_AT:  # also refuses NaN
        raise InvalidInput(
            f"{at:g} is not a valid time for a schedule: give seconds since 1970, up to 2096.",
            field="run_at",
        )


def zone(name: str) -> ZoneInfo:
    """Return the time zone with that IANA name.

    Raises:
        InvalidInput: there is no such zone.
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
        InvalidInput: the expression can't be read, or `after` is not a valid time.
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
    slot_at = next(slots(expression, time_zone, after), None)
    if slot_at is None:
        raise InvalidInput(f"{expression!r} is never due.", field="cron")
    return slot_at


def next_slots(expression: str, time_zone: ZoneInfo, after: float, count: int) -> list[float]:
    """Return the next `count` times at which `expression` is due."""
    return list(islice(slots(expression, time_zone, after), count))


def in_words(expression: str) -> str:
    """Describe in the current language when `expression` is due.

    An expression that can't be described is returned as it is.
    """
    written = expression.split()
    if len(written) != _FIELDS:
        return expression
    fields = [_spelled(field, *unit) for field, unit in zip(written, _UNITS, strict=True)]
    minute, hour, day, month, weekday = fields
    is_either = "*" not in (day, weekday)
    if is_either and any(written[at].startswith("*") for at in (2, 4)):
        return expression  # a step from * narrows the other field, which has no simple wording
    try:
        words = _described(fields)
        if is_either and (language_code() != ENGLISH or ", or " not in words):
            days = _described([minute, hour, day, month, "*"])
            weekdays = _described([minute, hour, "*", month, weekday])
            words = t(
                "{days}, or {weekdays}",
                days=days,
                weekdays=f"{weekdays[0].lower()}{weekdays[1:]}",
            )
    except FormatException:
        return expression
    return words


def _described(fields: list[str]) -> str:
    options = Options()
    options.use_24hour_time_format = True
    options.locale_code = _LOCALES.get(language_code(), _LOCALES[ENGLISH])
    words: str = get_description(" ".join(fields), options)
    for name in (*WEEKDAYS, *MONTHS):  # these it has in English only
        words = words.replace(name, shown(name))
    return words


def _spelled(field: str, first: int, count: int) -> str:
    """Spell out the values of a field whose steps don't divide its unit evenly."""
    begin, _, step_text = field.partition("/")
    if not step_text.isdigit() or not (begin == "*" or begin.isdigit()):
        return field
    step, start = int(step_text), first if begin == "*" else int(begin)
    if step < 2 or (count % step == 0 and start - first < step):
        return field
    return ",".join(map(str, range(start, first + count, step)))


def _growing(due: CronSim, last: float) -> Iterator[float]:
    # In the hour that clocks repeat, cronsim yields its first pass, which may already be over.
    for moment in due:
        at = moment.timestamp()
        if at > last:
            last = at
            yield at

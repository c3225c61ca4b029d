"""Points in time as people write and read them: the clock of a time zone.

Used by the commands over schedules. Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from comicmaintainer.cli import output
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.saved import cron


class Moment(click.ParamType[datetime]):
    """An option whose value is a date with a time, with an offset from UTC or without."""

    name = "TIME"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """Return what the text says; without an offset it is no point in time yet."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2027-06-01T02:30:00", param, ctx)


@dataclass(frozen=True, slots=True)
class Meant:
    """The point in time that a clock's reading means; `remark` says which of two it is."""

    at: float
    remark: str | None = None


def meant(moment: datetime, zone_name: str) -> Meant:
    """Return which point in time `moment` is: by its offset, or on the clocks of the zone.

    Of a reading that comes twice as clocks go back, the first is meant.

    Raises:
        InvalidInput: no such zone; or its clocks skip that reading, as they go forward.
    """
    zone = cron.zone(zone_name)
    if moment.tzinfo is not None:
        return Meant(moment.timestamp())
    moment = moment.replace(microsecond=0, fold=0)
    local = moment.replace(tzinfo=zone)
    at = local.timestamp()
    cron.require_time(at)
    if datetime.fromtimestamp(at, zone).replace(tzinfo=None) != moment:
        raise InvalidInput(
            f"There is no {moment} in {zone_name}: clocks go forward over it. Name another time."
        )
    later = local.replace(fold=1)
    if later.utcoffset() == local.utcoffset():
        return Meant(at)
    return Meant(
        at,
        f"{moment} comes twice in {zone_name}, as clocks go back; this is the first, "
        f"{_in_zone(at, zone)}. For the second write {later.isoformat()}.",
    )


def on_clock(at: float, zone_name: str) -> str:
    """Return a time as the clocks of that zone show it, or the user's where it can't be read."""
    try:
        return _in_zone(at, cron.zone(zone_name))
    except InvalidInput:
        return output.when(at)


def _in_zone(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S %z")

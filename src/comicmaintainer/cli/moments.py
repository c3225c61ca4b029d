"""Points in time as people write and read them, on the clocks of a time zone.

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
    """An option whose value is a date and time, with or without an offset from UTC."""

    name = "TIME"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """Return the date and time; without an offset it still needs a time zone."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2027-06-01T02:30:00", param, ctx)


@dataclass(frozen=True, slots=True)
class PointInTime:
    """The point in time of a clock reading; `remark` says which, if the reading occurs twice."""

    at: float
    remark: str | None = None


def point_in_time(moment: datetime, zone_name: str) -> PointInTime:
    """Return the point in time of `moment`, by its offset or else on the clocks of the zone.

    If the reading occurs twice because clocks go back, the first one is returned.

    Raises:
        InvalidInput: there is no such zone, or its clocks skip that reading.
    """
    zone = cron.zone(zone_name)
    if moment.tzinfo is not None:
        return PointInTime(moment.timestamp())
    moment = moment.replace(microsecond=0, fold=0)
    local = moment.replace(tzinfo=zone)
    at = local.timestamp()
    cron.require_time(at)
    if datetime.fromtimestamp(at, zone).replace(tzinfo=None) != moment:
        raise InvalidInput(
            f"{moment} does not exist in {zone_name}: clocks go forward then. Choose another time."
        )
    later = local.replace(fold=1)
    if later.utcoffset() == local.utcoffset():
        return PointInTime(at)
    return PointInTime(
        at,
        f"{moment} occurs twice in {zone_name} because clocks go back. This is the first, "
        f"{_in_zone(at, zone)}. For the second, write {later.isoformat()}.",
    )


def on_clock(at: float, zone_name: str) -> str:
    """Return a time as the clocks of that zone show it; of the user's zone if it is unknown."""
    try:
        return _in_zone(at, cron.zone(zone_name))
    except InvalidInput:
        return output.when(at)


def _in_zone(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S %z")

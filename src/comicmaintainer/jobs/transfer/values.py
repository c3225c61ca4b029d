"""The values that the fields of an export record may have, and how they are stored.

Types, ranges and the form of ids are checked, so an import can't bring in a value that the product
itself would never store. `checks` decides whether a value can be used here. Times are UTC epoch
seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.model import ItemState, JobStatus, Priority, Trigger
from comicmaintainer.jobs.saved.cron import LATEST_AT
from comicmaintainer.jobs.saved.schedule_store import MissedSlots, SlotOutcome
from comicmaintainer.jobs.statistics import LAST_BUCKET

_MOST = 2**53
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KIND = re.compile(r"([a-z][a-z0-9-]{0,49})?")
# Like `as_json`, which stores jobs, but refuses NaN and infinity.
_OBJECT = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
)


@dataclass(frozen=True, slots=True)
class FieldType:
    """A type of field. `low` and `high` limit numbers; `check` raises ValueError to refuse a value.

    An optional field may be absent.
    """

    words: str
    types: tuple[type, ...]
    low: float = 0
    high: float = _MOST
    check: Callable[[Any], object] | None = None
    is_optional: bool = False

    @property
    def maybe(self) -> Self:
        """The same type for an optional field."""
        return replace(self, is_optional=True)

    @property
    def is_json(self) -> bool:
        """Whether the value is stored as JSON."""
        return dict in self.types

    def stored(self, name: str, value: Any) -> Any:
        """Return the value of the field `name` as it is stored.

        Raises:
            InvalidInput: it is missing or not allowed.
        """
        if value is None:
            if self.is_optional:
                return None
            raise InvalidInput(f"the field {name!r} is missing")
        fits = isinstance(value, self.types) and not isinstance(value, bool)
        if not fits:
            raise InvalidInput(f"the field {name!r} must be {self.words}, not {_short(value)}")
        if self.check is not None:
            try:
                self.check(value)
            except ValueError as error:
                raise InvalidInput(f"the field {name!r} can't be {_short(value)}") from error
        if isinstance(value, str):
            return _storable(name, value)
        if self.is_json:
            return _as_json(name, value)
        if not self.low <= value <= self.high:
            raise InvalidInput(f"the field {name!r} is out of range: {value!r}")
        return value


def _shaped(pattern: re.Pattern[str]) -> Callable[[str], None]:
    def check(text: str) -> None:
        if pattern.fullmatch(text) is None:
            raise ValueError(text)

    return check


TEXT = FieldType("a text", (str,))
ID = FieldType("a text", (str,), check=_shaped(_ID))
KIND = FieldType("a text", (str,), check=_shaped(_KIND))
OBJECT = FieldType("a JSON object", (dict,))
COUNT = FieldType("a whole number", (int,))
NUMBER = FieldType("a whole number", (int,), low=-_MOST)
FLAG = FieldType("0 or 1", (int,), high=1)
SECONDS = FieldType("a number", (int, float))
TIME = FieldType("a time in seconds", (int, float), high=LATEST_AT)
HOUR = FieldType("a whole number", (int,), high=LATEST_AT)
BUCKET = FieldType("a whole number", (int,), high=LAST_BUCKET)
STATUS = FieldType("a text", (str,), check=JobStatus)
STATE = FieldType("a text", (str,), check=ItemState)
TRIGGER = FieldType("a text", (str,), check=Trigger)
PRIORITY = FieldType("a whole number", (int,), check=Priority)
MISSED = FieldType("a text", (str,), check=MissedSlots)
OUTCOME = FieldType("a text", (str,), check=SlotOutcome)


def _as_json(name: str, value: dict[str, Any]) -> str:
    try:
        text = _OBJECT.encode(value)
    except ValueError as error:
        raise InvalidInput(f"the field {name!r} contains an invalid number") from error
    return _storable(name, text)


def _storable(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"the field {name!r} contains half a character") from error
    if "\0" in text:
        raise InvalidInput(f"the field {name!r} contains a NUL character")
    return text


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"

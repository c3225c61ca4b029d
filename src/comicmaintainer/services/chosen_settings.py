"""The settings that can be chosen on a page: a few variables, unless the environment sets them.

Read from the database each time, so that a change takes effect at once in all processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database
from comicmaintainer.errors import Conflict, InvalidInput, NotFound
from comicmaintainer.setting_meanings import MEANINGS
from comicmaintainer.setting_values import text_of
from comicmaintainer.settings import IdentifyNew, NewFiles, SeriesJson, Setting, Settings

FIELDS = ("new_files", "identify_new", "series_json")
"""The settings that can be chosen, by their fields in Settings."""


class Origin(StrEnum):
    """Where a setting's value comes from."""

    ENVIRONMENT = "environment"
    PAGE = "page"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class ChosenSetting:
    """The value of a setting as text, and where it comes from."""

    variable: str
    value: str
    origin: Origin


class ChosenSettings:
    """Reads and stores the settings that can be chosen on a page. Thread-safe."""

    def __init__(self, settings: Settings, database: Database, *, now: Callable[[], float]) -> None:
        self._settings = settings
        self._database = database
        self._now = now
        self._declared = {name: Settings.declared()[name] for name in FIELDS}

    @property
    def new_files(self) -> NewFiles:
        """What happens to new files where no folder says."""
        return NewFiles(self._value("new_files"))

    @property
    def identify_new(self) -> IdentifyNew:
        """Which new files are identified as they arrive."""
        return IdentifyNew(self._value("identify_new"))

    @property
    def series_json(self) -> SeriesJson:
        """Whether folders get a `series.json` when their comics are identified."""
        return SeriesJson(self._value("series_json"))

    def all(self) -> list[ChosenSetting]:
        """Return the settings that can be chosen."""
        return [self._state(name) for name in self._declared]

    def get(self, variable: str) -> ChosenSetting:
        """Return a setting that can be chosen.

        Raises:
            NotFound: no such setting can be.
        """
        return self._state(self._field(variable))

    def choose(self, variable: str, value: str) -> None:
        """Store the value of a setting; an empty one is the default again.

        Raises:
            NotFound: no such setting can be chosen on a page.
            Conflict: the environment sets it.
            InvalidInput: the value is not allowed.
        """
        field = self._field(variable)
        setting = self._declared[field]
        if setting.variable in self._settings.given:
            raise Conflict(
                f"The environment sets {setting.variable}, so it can't be changed here. Remove the"
                " variable where the service is started.",
                field="value",
            )
        if value and not _is_allowed(setting, value):
            raise InvalidInput(
                f"{setting.variable} can't be {value!r}; allowed: {setting.allowed.text}.",
                field="value",
            )
        with self._database.transaction() as transaction:
            transaction.execute(
                "DELETE FROM chosen_settings WHERE variable = ?", (setting.variable,)
            )
            if value:
                transaction.execute(
                    "INSERT INTO chosen_settings (variable, value, changed_at) VALUES (?, ?, ?)",
                    (setting.variable, value, self._now()),
                )
            record(
                transaction,
                Action.SETTING_CHANGED,
                setting.variable,
                now=self._now(),
                details={} if setting.secret else {"value": value or setting.default},
            )

    def _field(self, variable: str) -> str:
        for field, setting in self._declared.items():
            if setting.variable == variable:
                return field
        known = ", ".join(setting.variable for setting in self._declared.values())
        raise NotFound(f"{variable!r} can't be chosen here; these can: {known}.")

    def _state(self, field: str) -> ChosenSetting:
        setting = self._declared[field]
        if setting.variable in self._settings.given:
            value = text_of(getattr(self._settings, field))
            return ChosenSetting(setting.variable, value, Origin.ENVIRONMENT)
        row = self._database.row(
            "SELECT value FROM chosen_settings WHERE variable = ?", (setting.variable,)
        )
        if row is None or not _is_allowed(setting, row["value"]):
            return ChosenSetting(setting.variable, setting.default, Origin.DEFAULT)
        return ChosenSetting(setting.variable, row["value"], Origin.PAGE)

    def _value(self, field: str) -> Any:
        return self._declared[field].allowed.read(self._state(field).value)


def _is_allowed(setting: Setting, value: str) -> bool:
    try:
        setting.allowed.read(value)
    except ValueError:
        return False
    return True


def described(settings: Settings, chosen: Iterable[ChosenSetting]) -> list[dict[str, str]]:
    """Return all settings as plain values, also those that can't be `chosen` on a page.

    Of a secret, only whether it is set is shown.
    """
    known = {each.variable: each for each in chosen}
    found: list[dict[str, str]] = []
    for name, setting in Settings.declared().items():
        is_given = setting.variable in settings.given
        shown = known.get(setting.variable) or ChosenSetting(
            setting.variable,
            text_of(getattr(settings, name), is_secret=setting.secret),
            Origin.ENVIRONMENT if is_given else Origin.DEFAULT,
        )
        found.append(
            {
                "variable": setting.variable,
                "meaning": MEANINGS[setting.variable],
                "value": shown.value,
                "default": setting.default,
                "allowed": setting.allowed.text,
                "origin": str(shown.origin),
            }
        )
    return found

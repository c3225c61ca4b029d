"""Which rules hold for which comic: those of the nearest folder that has some.

A value that a job keeps, so that it names files the same way whenever it runs. Used by the
operations, and made by the library's rule book.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from comicmaintainer.comics.rules.rules import PRESETS, Rules
from comicmaintainer.errors import InvalidInput

T = TypeVar("T")

USUAL = "comics"
"""The preset for a library that nobody has set rules for."""
MAX_FOLDERS = 500
_KEYS = frozenset({"library", "folders", "rules"})


@dataclass(frozen=True, slots=True)
class NamedRules:
    """Rules, their name, and the folder that they were found at; "" is the whole library."""

    name: str
    rules: Rules
    folder: str = ""


@dataclass(frozen=True, slots=True)
class FolderRules:
    """The rules of the library and of single folders, which are absolute paths, by name.

    `rules` has every name that is used.
    """

    library: str = USUAL
    folders: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Rules] = field(default_factory=lambda: {USUAL: PRESETS[USUAL]})

    def of(self, path: Path) -> NamedRules:
        """Return the rules for the comic at `path`."""
        for folder in folders_above(path):
            name = self.folders.get(folder)
            if name is not None:
                return NamedRules(name, self.rules[name], folder)
        return NamedRules(self.library, self.rules[self.library])

    def only_for(self, path: Path) -> FolderRules:
        """Return what gives every comic, wherever it is, the rules for the one at `path`."""
        found = self.of(path)
        return FolderRules(found.name, {}, {found.name: found.rules})

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, for `from_dict`."""
        return {
            "library": self.library,
            "folders": dict(self.folders),
            "rules": {name: rules.to_dict() for name, rules in self.rules.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FolderRules:
        """Read the JSON form.

        Raises: InvalidInput naming what is wrong and what is allowed.
        """
        if not values.keys() <= _KEYS:
            raise InvalidInput(f"The rules of folders have only {', '.join(sorted(_KEYS))}.")
        library, folders = values.get("library", USUAL), values.get("folders", {})
        if not isinstance(library, str) or not _are_texts(folders):
            raise InvalidInput("The rules of folders name the rules of each folder as text.")
        if len(folders) > MAX_FOLDERS:
            raise InvalidInput(f"At most {MAX_FOLDERS} folders can have rules of their own.")
        given = values.get("rules", {})
        if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
            raise InvalidInput("The rules of folders list each rules that they name as an object.")
        rules = {name: Rules.from_dict(one) for name, one in given.items()}
        for name in (library, *folders.values()):
            if name not in rules and name not in PRESETS:
                raise InvalidInput(f"The rules of folders name {name!r}, but don't say what it is.")
            rules.setdefault(name, PRESETS.get(name, PRESETS[USUAL]))
        return cls(library, folders, rules)


RulesNow = Callable[[], FolderRules]
"""Returns the rules of all folders as they are now."""


def nearest(folders: Mapping[str, T], path: Path) -> T | None:
    """Return what the nearest folder above `path` has, None if none has anything."""
    for folder in folders_above(path) if folders else ():
        if folder in folders:
            return folders[folder]
    return None


@lru_cache(maxsize=4096)
def _folders_above(folder: str) -> tuple[str, ...]:
    found = [folder]
    while (above := os.path.dirname(found[-1])) != found[-1]:  # noqa: PTH120 - one per item
        found.append(above)
    return tuple(found)


def folders_above(path: Path) -> Iterator[str]:
    """Yield the folders that a file is in, the nearest first."""
    return iter(_folders_above(os.path.dirname(os.fspath(path))))  # noqa: PTH120 - as above


def _are_texts(values: object) -> bool:
    return isinstance(values, dict) and all(isinstance(one, str) for one in values.values())

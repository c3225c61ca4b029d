"""Inboxes: folders whose comics are filed in the library, and where.

A value that a job keeps, so that it files comics the same way whenever it runs. The rules of the
target name a comic; folders for it are made by the inbox, unless the template of those rules has
some. So nothing moves when the target is put in order later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.naming.template import Template
from comicmaintainer.comics.rules.folder_rules import nearest
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import Rules, parsed_template
from comicmaintainer.comics.rules.wanted_path import ComicAtPlace, WantedPath
from comicmaintainer.errors import InvalidInput, InvalidTemplate

FOLDERS = "{series}"
"""The usual template of the folders in the target."""
_KEYS = frozenset({"target", "folders"})


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where the comics of a folder are filed: below `target`, an absolute path.

    `folders` is a template of the folders there, "" for none.

    Raises: InvalidInput, InvalidTemplate.
    """

    folder: str
    target: str
    folders: str = FOLDERS

    def __post_init__(self) -> None:
        for one in (self.folder, self.target):
            if not Path(one).is_absolute():
                raise InvalidInput(f"An inbox and its target are whole paths, not {one!r}.")
        if Path(self.target).is_relative_to(self.folder):
            raise InvalidInput(
                "The target lies in the inbox; choose a folder outside it.", field="target"
            )
        if self.folders:
            try:
                Template.parse(f"{self.folders}/{{series}}")
            except InvalidTemplate as error:
                error.field = "folders"
                raise

    def place(self, path: Path) -> Place:
        """Return the place of its comic at `path`; folders above the inbox say nothing."""
        return Place(path, Path(self.folder))

    def naming(self, rules: Rules) -> Template:
        """Return the template of the whole path below the folder that `base` returns."""
        if "/" in rules.template or not self.folders:
            return rules.naming()
        return parsed_template(f"{self.folders}/{rules.template}")

    def base(self, rules: Rules, root: Path) -> Path:
        """Return the folder that `naming` counts from; `root` is the watched one of the target."""
        return root if "/" in rules.template else Path(self.target)

    def filed_path(
        self, comic: ComicAtPlace, root: Path, derived: ComicMetadata, kept: ComicMetadata
    ) -> WantedPath:
        """Return the path of a comic in the library, or why it stays in the inbox.

        `derived` names it, and `kept` is the part of it that its tags store.
        """
        rules = comic.rules_for(kept)
        template = self.naming(rules)
        missing = template.missing(derived)
        if missing:
            why = f"its name needs {' and '.join(missing)}, which it lacks"
            return WantedPath(None, why, missing)
        name = template.render(derived, rules.padding, comic.suffix)
        return comic.moved_to(Place(self.base(rules, root) / name, root), derived, kept)

    def filed_path_by_tags(
        self, comic: ComicAtPlace, root: Path, tags: ComicMetadata
    ) -> WantedPath:
        """Return its path without opening it: if tags are written, they are assumed to keep all."""
        derived, _ = comic.derived(tags)
        return self.filed_path(comic, root, derived, derived if comic.is_kept else tags)


@dataclass(frozen=True, slots=True)
class Inboxes:
    """All inboxes, by folder."""

    by_folder: Mapping[str, Inbox] = field(default_factory=dict)

    def of(self, path: Path) -> Inbox | None:
        """Return the inbox that the comic at `path` lies in, None if it lies in none."""
        return nearest(self.by_folder, path)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, for `from_dict`."""
        return {
            folder: {"target": one.target, "folders": one.folders}
            for folder, one in self.by_folder.items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read the JSON form.

        Raises: InvalidInput naming what is wrong and what is allowed.
        """
        found = {}
        for folder, one in values.items():
            if not isinstance(one, dict) or not one.keys() <= _KEYS:
                raise InvalidInput("An inbox is an object with target and folders.")
            target, folders = one.get("target"), one.get("folders", FOLDERS)
            if not isinstance(target, str) or not isinstance(folders, str):
                raise InvalidInput("The target of an inbox, and its folders, are texts.")
            found[folder] = Inbox(folder, target, folders)
        return cls(found)

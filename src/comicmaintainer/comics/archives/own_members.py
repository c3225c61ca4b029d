"""Chooses the metadata of the whole archive: at its root, or in the one folder around all pages.

Comic readers look for metadata at the root. A member in a folder may describe only a part, such
as a chapter of a volume. It describes the archive only if its folder contains all pages and no
other folder has such a member.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from comicmaintainer.comics.archives.page_names import is_junk

Folder = tuple[str, ...]


class OwnMember(NamedTuple):
    """A member that describes the whole archive.

    `number` is the one it was added with. `misplaced` are the names of it and of similar members
    other than the usual name at the root; they are removed when it is written there.
    """

    number: int
    misplaced: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    """The members with one usual name in one folder; `number` belongs to the best."""

    number: int = -1
    has_usual_spelling: bool = False
    misplaced: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Elsewhere:
    """The members with one usual name that are in a folder or spelled differently."""

    root: _Group = field(default_factory=_Group)
    nested: _Group = field(default_factory=_Group)
    folder: Folder | None = None  # the first that is not the root
    is_in_several: bool = False


class OwnMembers:
    """Chooses among the members of an archive as they are added.

    `names` are usual names (`ComicInfo.xml`); upper and lower case are equal. Of several in one
    folder, the one spelled as usual is preferred, and of those the last.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._usual = _by_lower_case(tuple(names))
        # Separate, because nearly every comic has only these.
        self._in_place: dict[str, int] = {}
        self._elsewhere: dict[str, _Elsewhere] = {}

    def usual_name(self, name: str) -> str | None:
        """The usual name of a member that may describe the archive; None for any other member."""
        usual = self._usual.get(name[name.rfind("/") + 1 :].lower())
        return None if usual is None or ("/" in name and is_junk(name)) else usual

    def add(self, number: int, name: str, usual: str) -> bool:
        """Add a member; True if it is the choice among the members added so far."""
        if name == usual:
            self._in_place[usual] = number
            return True
        elsewhere = self._elsewhere.setdefault(usual, _Elsewhere())
        folder = _folder(name)
        group = elsewhere.root
        if folder:
            group = elsewhere.nested
            elsewhere.folder = elsewhere.folder or folder
            elsewhere.is_in_several |= folder != elsewhere.folder
        group.misplaced[name] = None
        has_usual_spelling = name.endswith(f"/{usual}")
        if group.has_usual_spelling and not has_usual_spelling:
            return False
        group.number, group.has_usual_spelling = number, has_usual_spelling
        if usual in self._in_place:
            return False
        return not folder or (elsewhere.root.number < 0 and not elsewhere.is_in_several)

    def chosen(self, pages: Iterable[str]) -> dict[str, OwnMember]:
        """The chosen members by their usual names; `pages` are the names of the archive's pages."""
        own = {usual: OwnMember(number, ()) for usual, number in self._in_place.items()}
        if not self._elsewhere:
            return own
        folders = None
        for usual, elsewhere in self._elsewhere.items():
            if usual in own:
                own[usual] = OwnMember(own[usual].number, tuple(elsewhere.root.misplaced))
                continue
            group = elsewhere.root
            if group.number < 0:
                if elsewhere.is_in_several or elsewhere.folder is None:
                    continue
                folders = {_folder(page) for page in pages} if folders is None else folders
                depth = len(elsewhere.folder)
                if any(folder[:depth] != elsewhere.folder for folder in folders):
                    continue
                group = elsewhere.nested
            own[usual] = OwnMember(group.number, tuple(group.misplaced))
        return own


@lru_cache(maxsize=8)
def _by_lower_case(names: tuple[str, ...]) -> dict[str, str]:
    return {name.lower(): name for name in names}


def _folder(name: str) -> Folder:
    """The folders around a member; empty at the root, however that is spelled."""
    if "/" not in name:
        return ()
    return tuple(part.casefold() for part in name.split("/")[:-1] if part not in ("", "."))

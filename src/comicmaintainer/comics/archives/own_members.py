"""Which members speak for the whole archive: those at its root, or in the one folder around it.

Readers look for metadata at the root. What lies in a folder may be that of a part, of one chapter
of a volume: only where one folder wraps all pages, and no other has such a member, it is the
archive's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from comicmaintainer.comics.archives.page_names import is_junk

Folder = tuple[str, ...]


class OwnMember(NamedTuple):
    """A member that speaks for the archive.

    `number` is what it was added with. `misplaced` are the names of it and of its like
    that are not the usual name at the root; they are to go when it is written there.
    """

    number: int
    misplaced: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    """The members with one usual name in one folder; `number` is that of the best."""

    number: int = -1
    has_usual_spelling: bool = False
    misplaced: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Elsewhere:
    """The members that are like one with a usual name at the root, but not it."""

    root: _Group = field(default_factory=_Group)
    nested: _Group = field(default_factory=_Group)
    folder: Folder | None = None  # the first that is not the root
    is_in_several: bool = False


class OwnMembers:
    """Chooses among the members of an archive as they come.

    `names` are usual names (`ComicInfo.xml`); a member matches in any case. Of several in one
    folder the one with the usual name counts, and of those the last.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._usual = _by_lower_case(tuple(names))
        # Apart, since nearly every comic has just these.
        self._in_place: dict[str, int] = {}
        self._elsewhere: dict[str, _Elsewhere] = {}

    def usual_name(self, name: str) -> str | None:
        """The usual name of a member that may speak for the archive; None for any other member."""
        usual = self._usual.get(name[name.rfind("/") + 1 :].lower())
        return None if usual is None or ("/" in name and is_junk(name)) else usual

    def add(self, number: int, name: str, usual: str) -> bool:
        """Take a member into account; True where, of those that came so far, it would be chosen."""
        if name == usual:
            self._in_place[usual] = number
            return True
        found = self._elsewhere.setdefault(usual, _Elsewhere())
        folder = _folder(name)
        group = found.root
        if folder:
            group = found.nested
            found.folder = found.folder or folder
            found.is_in_several |= folder != found.folder
        group.misplaced[name] = None
        has_usual_spelling = name.endswith(f"/{usual}")
        if group.has_usual_spelling and not has_usual_spelling:
            return False
        group.number, group.has_usual_spelling = number, has_usual_spelling
        if usual in self._in_place:
            return False
        return not folder or (found.root.number < 0 and not found.is_in_several)

    def chosen(self, pages: Iterable[str]) -> dict[str, OwnMember]:
        """The archive's own members by their usual names; `pages` are the names of its pages."""
        own = {usual: OwnMember(number, ()) for usual, number in self._in_place.items()}
        if not self._elsewhere:
            return own
        folders = None
        for usual, found in self._elsewhere.items():
            if usual in own:
                own[usual] = OwnMember(own[usual].number, tuple(found.root.misplaced))
                continue
            group = found.root
            if group.number < 0:
                if found.is_in_several or found.folder is None:
                    continue
                folders = {_folder(page) for page in pages} if folders is None else folders
                depth = len(found.folder)
                if any(folder[:depth] != found.folder for folder in folders):
                    continue
                group = found.nested
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

"""Selections: which files, folders or entries a job is about, and what that means now.

A selection that somebody asks for is an object with exactly one part:

    {"paths": [...]}    files inside the watched folders
    {"folders": [...]}  every comic below them
    {"filter": {...}}   files of the catalogue, see FileFilter; an empty filter is refused
    {"all": true}       every comic in the watched folders, also before the first scan has ended
    {"copies": true}    every file of the catalogue that has a copy with the same pages
    {"ids": [...]}      changes of the journal, or entries of the trash; never saved

Beside any of them but `ids`, `"without": [...]` names files and folders that are left out: "all
that match but these three".

The web API and saved jobs resolve their selections here, and so does the command line where it
takes a selection (saved jobs, `--filter`, rehearsals). The PATHS and `--all` of its other commands
become files in `cli/targets.py`, which accepts files outside the watched folders too.

A rehearsal keeps its selection with its job (KeptSelection). Stored, it has `count` and `is_capped`
beside its part, which may also be `named`, from the command line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Self

from comicmaintainer.errors import (
    FileMissing,
    InvalidInput,
    NotAComicPath,
    OutsideLibrary,
)
from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.listing import Listing
from comicmaintainer.library.duplicates.duplicates import Duplicates
from comicmaintainer.library.journal import Journal
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.trash import Trash
from comicmaintainer.operations.declared.kind import ItemOf
from comicmaintainer.operations.declared.kinds import kind_named

SAVED_PARTS = ("paths", "folders", "filter", "all", "copies")
IDS = "ids"
WITHOUT = "without"
NAMED_PATHS = "named"
"""A part that only the command line uses, and only for rehearsals: files and folders as the user
named them, which may be outside the library."""
_MAX_ID_DIGITS = 18

Expand = Callable[[Sequence[Path]], list[str]]
"""Turns named files and folders into the comics in them."""


def parts_for(items: ItemOf) -> tuple[str, ...]:
    """Return the parts that can select items of this sort."""
    match items:
        case ItemOf.FILE:
            return SAVED_PARTS
        case ItemOf.FOLDER:
            return ("folders", "all")
        case _:
            return (IDS,)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The files that a selection leaves out: these, and all in these folders."""

    paths: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()

    def __contains__(self, path: str) -> bool:
        """Whether the file at an absolute path is left out."""
        if path in self.paths:
            return True
        folder = path if self.folders else ""
        while folder := folder.rpartition("/")[0]:
            if folder in self.folders:
                return True
        return False


class Selections:
    """Resolves selections against the disk, the catalogue, the journal and the trash.

    `roots` may be those of several hosts.
    """

    def __init__(
        self,
        roots: LibraryRoots,
        listing: Listing,
        duplicates: Duplicates,
        journal: Journal,
        trash: Trash,
    ) -> None:
        self._roots = roots
        self._listing = listing
        self._duplicates = duplicates
        self._journal = journal
        self._trash = trash

    def files(self, selection: Mapping[str, Any]) -> list[str]:
        """Return the absolute paths of the files selected now, each once.

        Raises:
            InvalidInput: an unknown or malformed part.
            OutsideLibrary, NotAComicPath, FileMissing: any path that can't be accepted.
        """
        part = _part_of(selection)
        left_out = self.left_out(selection)
        paths = dict.fromkeys(self._paths(part, selection[part]))
        return [path for path in paths if path not in left_out]

    def left_out(self, selection: Mapping[str, Any]) -> LeftOut:
        """Return the files that a selection leaves out. Files that are gone need not be.

        Raises:
            InvalidInput: `without` is malformed.
            OutsideLibrary, NotAComicPath: it has a path that can't be accepted.
            FileMissing: it has a folder that does not exist.
        """
        paths, folders = set(), set()
        for text in _texts(WITHOUT, selection.get(WITHOUT) or []):
            try:
                paths.add(str(self._roots.resolve(text)))
            except NotAComicPath:
                folders.add(str(self._roots.resolve_folder(text)))
            except FileMissing:
                continue
        return LeftOut(frozenset(paths), frozenset(folders))

    def items(self, kind: str, selection: Mapping[str, Any]) -> list[str]:
        """Return what a selection means to a job of that kind: files, folders or ids.

        Raises:
            UnknownKind: there is no such kind.
            InvalidInput: an unknown or malformed part, or one that the kind can't work on.
            FileMissing: the journal or the trash has no such entry; also as `files`.
        """
        items = kind_named(kind).items
        if items is ItemOf.FILE:
            return self.files(selection)
        part = _part_of(selection, (*SAVED_PARTS, IDS))
        if part not in parts_for(items) or WITHOUT in selection:
            raise _refusal(kind, selection)
        match part:
            case "folders":
                folders = _texts(part, selection[part])
                return [str(self._roots.resolve_folder(text)) for text in folders]
            case "all":
                return [str(root) for root in self._roots.everywhere()]
            case _:
                return self._known_ids(items, selection[part])

    def require_usable(self, kind: str, selection: Mapping[str, Any]) -> None:
        """Check that a saved job of that kind can work on a selection, without listing its files.

        Raises:
            As `items`.
        """
        part = _part_of(selection)
        self.left_out(selection)
        if kind_named(kind).items is not ItemOf.FILE:
            self.items(kind, selection)
        elif part == "filter":
            self.filter_of(selection[part])
        elif part == "folders":
            for text in _texts(part, selection[part]):
                self._roots.resolve_folder(text)
        elif part == "paths":
            self.files(selection)

    def kept_files(self, kept: KeptSelection, expand: Expand | None) -> list[str]:
        """Return the files of a rehearsal's selection; `expand` resolves the part `named`.

        Without `expand`, only named paths inside the watched folders are accepted.

        Raises:
            As `files`.
        """
        named = kept.selection.get(NAMED_PATHS)
        if named is None:
            return self.files(kept.selection)
        if expand is not None:
            return expand([Path(text) for text in named])
        folders = [text for text in named if Path(text).is_dir()]
        files = [text for text in named if text not in set(folders)]
        return [
            *(self.files({"paths": files}) if files else ()),
            *(self.files({"folders": folders}) if folders else ()),
        ]

    def shown_filter(self, value: Mapping[str, Any]) -> FileFilter:
        """Return a filter for listing files: it may be empty, and name folders that are gone.

        Raises:
            InvalidInput, FileMissing: as `filter_of`, for a folder that is not absolute.
        """
        query = FileFilter.from_dict(value)
        if query.folder is not None and not Path(query.folder).is_absolute():
            return replace(query, folder=self._folder_of(query.folder))
        return query

    def filter_of(self, value: Any) -> FileFilter:
        """Return the filter of a selection, with its folder and root as the catalogue spells them.

        Raises:
            InvalidInput: it is malformed, or would match every file.
            OutsideLibrary, NotAComicPath, FileMissing: its folder or root can't be accepted.
        """
        query = readable_filter(value)
        if query.folder is not None:
            query = replace(query, folder=self._folder_of(query.folder))
        if query.root is not None:
            root = Path(os.path.realpath(query.root))
            if root not in self._roots.everywhere():
                watched = ", ".join(map(str, self._roots.everywhere())) or "none"
                raise OutsideLibrary(
                    f"The filter's 'root': {query.root!r} is not a watched folder. The watched "
                    f"folders are: {watched}."
                )
            query = replace(query, root=str(root))
        return query

    def all_files(self, *, on_unreadable: Callable[[str], None] | None = None) -> Iterator[str]:
        """Yield every comic that is in the watched folders now.

        Folders that can't be listed are skipped; `on_unreadable` gets their paths.
        """
        for root in self._roots.everywhere():
            for path in self._roots.walk(root, on_unreadable=on_unreadable):
                yield str(path)

    def _paths(self, part: str, value: Any) -> Iterable[str]:
        match part:
            case "paths":
                return [str(self._roots.resolve(text)) for text in _texts(part, value)]
            case "folders":
                folders = [self._roots.resolve_folder(text) for text in _texts(part, value)]
                return chain.from_iterable(self._walk(folder) for folder in folders)
            case "filter":
                return self._listing.paths(self.filter_of(value))
            case "copies":
                return self._duplicates.paths()
            case _:
                return self.all_files()

    def _walk(self, folder: Path) -> Iterator[str]:
        for path in self._roots.walk(folder):
            yield str(path)

    def _folder_of(self, text: str) -> str:
        try:
            return str(self._roots.resolve_folder(text))
        except (InvalidInput, FileMissing) as error:
            raise type(error)(f"The filter's 'folder': {error}") from error

    def _known_ids(self, items: ItemOf, ids: Any) -> list[str]:
        if not isinstance(ids, list):
            raise InvalidInput("The selection's 'ids' must be a list.", field=IDS)
        texts = [str(item_id) for item_id in ids]
        for text in texts:
            if items is ItemOf.TRASHED:
                self._trash.get(text)
            elif text.isascii() and text.isdigit() and len(text) <= _MAX_ID_DIGITS:
                self._journal.get(int(text))
            else:
                raise InvalidInput(f"{text!r} is not the id of a change.")
        return texts


@dataclass(frozen=True, slots=True)
class KeptSelection:
    """The selection of a rehearsal, kept with its job so that the rest of the files can follow.

    `count` is how many files it had (or more, if `is_capped`), None if that was not kept.
    """

    selection: Mapping[str, Any]
    count: int | None = None
    is_capped: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the object that is stored with the job."""
        return {**self.selection, "count": self.count, "is_capped": self.is_capped}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self:
        """Return the inverse of `to_json`: an empty selection if nothing was kept."""
        parts = dict(value or {})
        count, is_capped = parts.pop("count", None), bool(parts.pop("is_capped", False))
        return cls(parts, count, is_capped)


def require_kept(part: Mapping[str, Any]) -> None:
    """Check a part of a rehearsal's kept selection.

    Raises:
        InvalidInput: it is unknown or malformed.
    """
    for name, value in part.items():
        match name, value:
            case (("paths" | "folders" | "named" | "without"), [*texts]) if all(
                isinstance(text, str) for text in texts
            ):
                pass
            case "filter", Mapping():
                readable_filter(value)
            case (("all" | "copies" | "is_capped"), bool()):
                pass
            case "count", int() if not isinstance(value, bool):
                pass
            case _:
                raise InvalidInput(f"A selection can't have {name!r} with this value.")


def require_readable(kind: str, selection: Mapping[str, Any]) -> None:
    """Check the form of a saved job's selection.

    Its files and folders need not exist: their disk may be missing today.

    Raises:
        UnknownKind: there is no such kind.
        InvalidInput: an unknown or malformed part, or one that the kind can't work on.
    """
    part = _part_of(selection)
    is_of_files = kind_named(kind).items is ItemOf.FILE
    if part not in parts_for(kind_named(kind).items) or (WITHOUT in selection and not is_of_files):
        raise _refusal(kind, selection)
    _texts(WITHOUT, selection.get(WITHOUT) or [])
    if part == "filter":
        readable_filter(selection[part])
    elif part in ("paths", "folders"):
        _texts(part, selection[part])


def readable_filter(value: Any) -> FileFilter:
    """Return the filter of a selection, without checking that its folder or root exists.

    Raises:
        InvalidInput: it is malformed, or would match every file.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput("The selection's 'filter' must be an object.", field="filter")
    try:
        query = FileFilter.from_dict(value)
    except InvalidInput as error:
        part = "filter" if error.field is None else f"filter.{error.field}"
        raise InvalidInput(str(error), field=part) from error
    if query == FileFilter():
        raise InvalidInput("An empty filter means every file; use 'all' instead.", field="filter")
    # While someone types, zeros at the end of a search stand for digits still to come. A selection
    # is final: the space at the end marks the last word as complete.
    return replace(query, text=f"{query.text} ") if query.text else query


def _part_of(selection: Mapping[str, Any], known: Sequence[str] = SAVED_PARTS) -> str:
    # An empty filter counts as present, and is refused later; other empty parts do not count.
    is_given = {part: bool(selection.get(part)) for part in known}
    is_given["filter"] = selection.get("filter") is not None
    parts = [part for part in known if is_given[part]]
    unknown = set(selection) - {*known, WITHOUT}
    if unknown or len(parts) != 1:
        raise InvalidInput(
            f"A selection has exactly one of {', '.join(known)}; got "
            f"{', '.join(map(repr, selection)) or 'nothing'}."
        )
    return parts[0]


def _texts(part: str, value: Any) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InvalidInput(f"The selection's {part!r} must be a list of texts.", field=part)
    return value


def _refusal(kind: str, selection: Mapping[str, Any]) -> InvalidInput:
    return InvalidInput(f"{kind!r} can't work on the selection {dict(selection)}.")

"""Finds renames that would clash with other files or with each other on any filesystem.

Used by previews, which show the collisions within one job. Pure: paths in, refusals out. Two paths
are the same place if they are equal after Unicode's caseless matching. That is at least as strict
as any filesystem that folds case or normalises, so accepted renames are safe on ext4, NTFS, exFAT,
SMB and APFS.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from comicmaintainer.comics.naming.safe_names import MAX_NAME_BYTES

MAX_PATH_BYTES = 4095


@dataclass(frozen=True, slots=True)
class RefusedRename:
    """An unsafe request, with the reason; its file stays where it is.

    `blocker` is the path of the file that finally has the place; None if no file has it.
    """

    old: str
    new: str
    reason: str
    rename: int
    blocker: str | None = None


def place_key(path: str) -> str:
    """A key that is equal for paths that some common filesystem treats as the same file."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())
    return unicodedata.normalize("NFC", folded)


def refused_names(
    renames: Sequence[tuple[str, str]], existing: Iterable[str] = ()
) -> tuple[RefusedRename, ...]:
    """Return which of `renames` (old path, new path; POSIX, of one root) can't be carried out.

    `existing` are the other paths in the folders concerned. Of two requests for one place the
    first wins; a refused file keeps its place, so that requests for that place are refused too.
    Chains and cycles of names are not refused: see decision 0054.
    """
    return _Refusals(renames, existing).found()


@dataclass(slots=True)
class _Move:
    """A request that has not been refused so far."""

    rename: int
    old: str
    new: str
    old_key: str
    new_key: str


class _Refusals:
    def __init__(self, renames: Sequence[tuple[str, str]], existing: Iterable[str]) -> None:
        self._refused: list[RefusedRename] = []
        self._moves: dict[int, _Move] = {}
        self._claims: dict[str, _Move] = {}  # place -> the only move that may take it
        olds: set[str] = set()
        known: dict[str, str] = {}  # shares keys: one file's old place is often another's new one
        for index, (old, new) in enumerate(renames):
            if old in olds:
                self._refuse(index, old, new, "the file is named twice in this plan")
                continue
            olds.add(old)
            if old != new:
                keys = (place_key(old), place_key(new))
                old_key, new_key = (known.setdefault(key, key) for key in keys)
                self._moves[index] = _Move(index, old, new, old_key, new_key)
        # Every path that stays where it is, by place; on ext4 several may share a place.
        self._staying: dict[str, set[str]] = {}
        moving = {move.old for move in self._moves.values()}
        for path in (set(existing) | olds) - moving:
            self._stay(path)

    def found(self) -> tuple[RefusedRename, ...]:
        for move in list(self._moves.values()):
            if reason := _unfit(move.new):
                self._drop(move, reason)
        self._claim_places()
        while self._drop_folder_clashes():
            pass  # each refused file stays, perhaps where another one needs a folder
        self._refused.sort(key=lambda refused: refused.rename)
        olds = {one.old for one in self._refused}
        return tuple(replace(one, blocker=self._blocker(one, olds)) for one in self._refused)

    def _claim_places(self) -> None:
        """Give each place to one move; a file that only changes its case holds its own."""
        order = sorted(self._moves.values(), key=lambda move: move.old_key != move.new_key)
        for move in order:
            if move.rename not in self._moves:
                continue  # refused meanwhile, with the file whose place it was to take
            if self._staying.get(move.new_key):
                self._drop(move, "another file has this name")
            elif move.new_key in self._claims:
                self._drop(move, "another file of this plan gets this name")
            else:
                self._claims[move.new_key] = move

    def _drop_folder_clashes(self) -> bool:
        """Refuse targets that are folders or inside files; return whether there were any."""
        before = len(self._moves)
        files = {*self._taken_places()}
        folders = {folder for key in files for folder in _folders(key)}
        for move in list(self._moves.values()):
            if move.rename not in self._moves:
                continue
            if move.new_key in folders:
                self._drop(move, "a folder has this name")
            elif any(folder in files for folder in _folders(move.new_key)):
                self._drop(move, "a file has the name of its folder")
        return len(self._moves) < before

    def _taken_places(self) -> set[str]:
        moves = self._moves.values()
        return {
            *self._staying,
            *(move.old_key for move in moves),
            *(move.new_key for move in moves),
        }

    def _drop(self, move: _Move, reason: str) -> None:
        """Refuse a move, and also the moves to the place that its file keeps."""
        refused: _Move | None = move
        while refused is not None:
            del self._moves[refused.rename]
            if self._claims.get(refused.new_key) is refused:
                del self._claims[refused.new_key]
            self._refuse(refused.rename, refused.old, refused.new, reason)
            self._stay(refused.old)
            reason = "another file has this name"
            refused = self._claims.get(refused.old_key)

    def _blocker(self, refused: RefusedRename, olds: Collection[str]) -> str | None:
        place = place_key(refused.new)
        staying = self._staying.get(place, set()) - {refused.old}
        if staying:
            # Prefer a file that was never to move to one whose move was refused.
            return min(staying, key=lambda path: (path in olds, path != refused.new, path))
        claimed = self._claims.get(place)
        return None if claimed is None else claimed.new

    def _refuse(self, rename: int, old: str, new: str, reason: str) -> None:
        self._refused.append(RefusedRename(old, new, reason, rename))

    def _stay(self, path: str) -> None:
        self._staying.setdefault(place_key(path), set()).add(path)


def _folders(path: str) -> Iterator[str]:
    """Every folder above `path`, without the root."""
    position = path.find("/", 1)
    while position != -1:
        yield path[:position]
        position = path.find("/", position + 1)


def _unfit(new: str) -> str | None:
    """The reason why a target is not a valid path, or `None`."""
    try:
        encoded = new.encode()
    except UnicodeEncodeError:
        return "the new name is not valid Unicode"
    parts: Collection[str] = new.removeprefix("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or "\x00" in new:
        return "the new name is not a plain path"
    if any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
        return f"the new name is longer than {MAX_NAME_BYTES} bytes"
    if len(encoded) > MAX_PATH_BYTES:
        return f"the new path is longer than {MAX_PATH_BYTES} bytes"
    return None

"""The watched folders: checks that paths are inside them, and walks over their comics.

Every path from a user, an API call or a saved filter passes through `resolve`. Symbolic links are
never followed: the walk skips them, and a path that leads outside through one is refused.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from comicmaintainer.comics.rules.place import Place
from comicmaintainer.errors import FileMissing, InvalidSetting, NotAComicPath, OutsideLibrary
from comicmaintainer.filesystem.os_errors import translated
from comicmaintainer.library.ignored import (
    COMIC_SUFFIXES,
    OUR_FOLDER,
    is_comic_name,
    is_ignored,
    is_storable,
)
from comicmaintainer.library.invalid_names import ADVICE, shown

LOGGER = logging.getLogger(__name__)
MAX_PATH_BYTES = 4096
_SYSTEM_FOLDERS = tuple(map(Path, ("/proc", "/sys", "/dev", "/run")))
_MOUNT_FOLDERS = (Path("/dev"), Path("/run"))
"""Watched folders may be inside these, as in /dev/shm and /run/media."""
NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}


class LibraryRoots:
    """The folders at `paths`, absolute and without symbolic links; nested ones are refused.

    Raises:
        InvalidSetting: a folder is inside another one, is the filesystem's root, belongs to the
            system, or has a name that is not valid UTF-8.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        real = [Path(os.path.realpath(path)) for path in paths]
        self.paths: tuple[Path, ...] = tuple(dict.fromkeys(real))
        self._prefixes = [(path, f"{path}/") for path in self.paths]
        for path in self.paths:
            if not is_storable(os.fspath(path)):
                name = shown(os.fspath(path))
                raise InvalidSetting(f"WATCHED_DIR: {name} is not valid UTF-8; rename it.")
            if path == Path(path.anchor):
                raise InvalidSetting(
                    "WATCHED_DIR is the whole filesystem, which can't be watched. Name the folder "
                    "that holds your comics."
                )
            for system in _SYSTEM_FOLDERS:
                if path == system or (system in path.parents and system not in _MOUNT_FOLDERS):
                    raise InvalidSetting(
                        f"WATCHED_DIR: {path} belongs to the system and holds no comics. Name the "
                        "folder that holds your comics."
                    )
            for other in self.paths:
                if path != other and path.is_relative_to(other):
                    raise InvalidSetting(
                        f"WATCHED_DIR: {path} lies inside {other}; name only the outer one."
                    )

    def root_of(self, path: str | os.PathLike[str]) -> Path | None:
        """Return the root that contains `path` (without resolving it), or None."""
        text = os.fspath(path)
        for root, prefix in self._prefixes:
            if text.startswith(prefix) or text == str(root):
                return root
        return None

    def everywhere(self) -> tuple[Path, ...]:
        """Return the roots of all hosts; here, of this one."""
        return self.paths

    def trash_of(self, root: Path) -> Path:
        """Return the folder inside `root` where deleted comics are kept."""
        return root / OUR_FOLDER / "trash"

    def keep_of(self, root: Path) -> Path:
        """Return the folder inside `root` for parts of replaced archives that undo needs."""
        return root / OUR_FOLDER / "keep"

    def resolve(self, text: str) -> Path:
        """Return the existing comic file for `text`, absolute or relative to a root.

        Raises:
            NotAComicPath: it can't name a comic (suffix, hidden, NUL, a folder, too long).
            OutsideLibrary: it is outside all roots, perhaps through `..` or a symbolic link.
            FileMissing: there is no such file.
        """
        self._require_sane(text)
        candidates = self._candidates(text)
        self._require_comic_name(text)
        for candidate in candidates:
            real = self._contained(candidate, text)
            mode = _mode(real)
            if mode is None:
                continue
            if not stat.S_ISREG(mode) or not is_comic_name(real.name):
                raise NotAComicPath(f"{text!r} is not a comic file.")
            return real
        raise FileMissing(f"{text!r} does not exist.")

    def resolve_folder(self, text: str) -> Path:
        """Return the existing folder for `text`, inside a root or the root itself.

        Raises:
            NotAComicPath, OutsideLibrary, FileMissing: as `resolve`.
        """
        self._require_sane(text)
        for candidate in self._candidates(text):
            real = self._contained(candidate, text)
            if stat.S_ISDIR(_mode(real) or 0):
                return real
        raise FileMissing(f"There is no folder {text!r}.")

    def resolve_new_folder(self, text: str) -> Path:
        """Return the folder inside a root for `text`, which need not exist yet.

        Raises:
            NotAComicPath, OutsideLibrary: as `resolve`.
            FileMissing: the path is not a folder, or no folder is watched.
        """
        try:
            return self.resolve_folder(text)
        except FileMissing:
            for candidate in self._candidates(text):
                real = self._contained(candidate, text)
                if _mode(real) is None:
                    return real
            raise

    def walk(
        self, root: Path, *, on_unreadable: Callable[[str], None] | None = None
    ) -> Iterator[Path]:
        """Yield every comic file under `root`, folder by folder, names in order.

        Hidden and junk names and symbolic links are skipped. Names that are not valid UTF-8 and
        unreadable folders are logged and skipped; `on_unreadable` is called with each such folder.
        """
        pending = [os.fspath(root)]
        while pending:
            folder = pending.pop()
            files: list[str] = []
            folders: list[str] = []
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if is_ignored(entry.name):
                            continue
                        if not is_storable(entry.name):
                            LOGGER.warning("%s is not valid UTF-8 and left out", shown(entry.path))
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        elif is_comic_name(entry.name) and entry.is_file(follow_symlinks=False):
                            files.append(entry.path)
            except OSError as error:  # no permission, a path that is too long, a bad block
                LOGGER.warning(
                    "%s can't be listed (%s); its comics are left out", folder, error.strerror
                )
                if on_unreadable is not None:
                    on_unreadable(folder)
                continue
            files.sort()
            yield from map(Path, files)
            folders.sort(reverse=True)
            pending.extend(folders)

    def _candidates(self, text: str) -> list[Path]:
        path = Path(text)
        if ".." in path.parts:
            raise OutsideLibrary(f"{text!r} may not contain '..'.")
        if path.is_absolute():
            return [path]
        return [root / path for root in self.paths]

    def _contained(self, path: Path, text: str) -> Path:
        real = Path(os.path.realpath(path))
        root = self.root_of(real)
        if root is None:
            raise OutsideLibrary(f"{text!r} lies outside the watched folders.")
        self._require_seen(real, root, text)
        return real

    @staticmethod
    def _require_seen(path: Path, root: Path, text: str) -> None:
        if any(is_ignored(part) for part in path.relative_to(root).parts):
            raise NotAComicPath(f"{text!r} lies in a hidden or ignored folder.")

    @staticmethod
    def _require_comic_name(text: str) -> None:
        if not is_comic_name(os.path.basename(text)):  # noqa: PTH119 - Path would drop a trailing /
            raise NotAComicPath(
                f"{text!r} is not the path of a comic: its name must end in "
                f"{', '.join(sorted(COMIC_SUFFIXES))} and must not be hidden or unfinished."
            )

    @staticmethod
    def _require_sane(text: str) -> None:
        if not is_storable(text):
            raise NotAComicPath(
                f"the name is not valid UTF-8, so the library leaves it out. {ADVICE}",
                path=shown(text),
            )
        if not text or "\0" in text:
            raise NotAComicPath(f"{text!r} is not a path.")
        if len(text.encode()) > MAX_PATH_BYTES:
            raise NotAComicPath("A path is at most 4096 bytes long.")


def _mode(path: Path) -> int | None:
    """The mode of the file or folder at `path`, None if there is none."""
    try:
        return path.stat().st_mode
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise translated(error, path) from error


def place_of(roots: LibraryRoots, path: Path) -> Place:
    """The place of a comic in the library."""
    return Place(path, roots.root_of(path))

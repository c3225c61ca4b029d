"""The kernel's watches on the folders of the roots, and their events (inotify, Linux).

Used by the kernel's event source. inotify watches single folders, so each folder has its own watch;
new folders get one as they appear. What can't be watched, and why, is known at any time. Symbolic
links and ignored names are not followed. A thread reads the events, so that the kernel's queue
stays short whatever the watcher does meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inotify_simple import Event, INotify, flags

from comicmaintainer.library.ignored import is_comic_name, is_ignored, is_storable
from comicmaintainer.watcher.coverage import Limit, limit_of

_CAME = flags.CREATE | flags.MOVED_TO
_WENT = flags.DELETE | flags.MOVED_FROM
_EVENTS = _CAME | _WENT | flags.MODIFY | flags.CLOSE_WRITE | flags.ATTRIB
_HOW = flags.ONLYDIR | flags.EXCL_UNLINK
_LIMITS = frozenset({errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_UNREADABLE = frozenset({errno.EACCES, errno.EPERM, errno.ENAMETOOLONG})
_READ_WITHIN_MS = 500
_TOGETHER_MS = 50
"""How long events gather before they are read, so that equal ones merge and readers wake less."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Events of the kernel since the last time, of comics and of folders.

    `added` are the `paths` that were created or moved here. `unstorable` are roots in which a name
    that is not valid UTF-8 appeared or disappeared. If `is_lost`, events are missing, and new
    folders may have no watch.
    """

    paths: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    unstorable: frozenset[Path] = frozenset()
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Unwatched:
    """Folders without a watch that a scan can read: how many, in which roots, and why."""

    folders: int
    roots: frozenset[Path]
    limit: Limit
    detail: str


class FolderWatches:
    """The watches of all folders below `roots`.

    Raises:
        OSError: the kernel provides no inotify at all, see `coverage.limit_of`.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = tuple(roots)
        self._root_names = frozenset(map(os.fspath, roots))
        self._inotify = INotify()
        self._guard = threading.RLock()
        self._path_of: dict[int, str] = {}
        self._watch_of: dict[str, int] = {}
        self._refused: dict[str, OSError] = {}
        self._unreadable: set[str] = set()
        self._news = threading.Event()
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="folder-watches", daemon=True)
        self._forget_heard()

    @property
    def count(self) -> int:
        """How many folders are watched."""
        return len(self._watch_of)

    @property
    def refused(self) -> int:
        """How many folders the kernel has refused to watch."""
        return len(self._refused)

    def begin(self, is_stopped: Callable[[], bool]) -> None:
        """Watch every folder of the roots, and start to read events."""
        for root in self._roots:
            self._watch_tree(os.fspath(root), is_stopped)
        self._reader.start()

    def close(self) -> None:
        """Remove all watches."""
        self._closing.set()
        if self._reader.is_alive():
            self._reader.join()
        self._inotify.close()

    def heard(self, wait_s: float) -> Heard:
        """Return the events since the last time; wait up to `wait_s` for the first one."""
        if self._news.wait(wait_s):
            # Related events arrive within moments.
            self._closing.wait(_TOGETHER_MS / 1000)
        with self._guard:
            heard = Heard(
                frozenset(self._paths),
                frozenset(self._added),
                frozenset(self._unstorable),
                self._is_lost,
            )
            self._forget_heard()
        return heard

    def unwatched(self) -> Unwatched | None:
        """Return what the kernel refused to watch; None if it watches all readable folders."""
        with self._guard:
            if not self._refused:
                return None
            limit, detail = limit_of(next(iter(self._refused.values())))
            roots = frozenset(filter(None, map(self._root_of, self._refused)))
            return Unwatched(len(self._refused), roots, limit, detail)

    def try_again(self) -> None:
        """Try again to watch the folders that could not be watched."""
        with self._guard:
            for path in [*self._unreadable, *self._refused]:
                try:
                    self._watch(path)
                except OSError as error:
                    if error.errno in _LIMITS:
                        return  # the limit is still reached
                    if error.errno in (errno.ENOENT, errno.ENOTDIR):
                        self._forget(path)
                    continue
                self._watch_tree(path)
                self._note_event(path)

    # --- watches ---------------------------------------------------------------------------------

    def _watch_tree(self, top: str, is_stopped: Callable[[], bool] = lambda: False) -> None:
        """Watch a folder and all below it, upper ones first, because new series appear there."""
        pending = deque([top])
        while pending and not is_stopped():
            folder = pending.popleft()
            with self._guard:
                self._refused.pop(folder, None)
                self._unreadable.discard(folder)
                # Listed after it is watched, so that no folder can appear in between. Listed even
                # if it is not watched, because folders below may be, and are counted.
                for step in (self._watch, lambda one: pending.extend(_folders_in(one))):
                    try:
                        step(folder)
                    except (FileNotFoundError, NotADirectoryError):
                        break  # gone meanwhile, or now a symbolic link
                    except OSError as error:
                        self._note_refusal(folder, error)

    def _watch(self, folder: str) -> None:
        how = _HOW if folder in self._root_names else _HOW | flags.DONT_FOLLOW
        watch = self._inotify.add_watch(folder, _EVENTS | how)
        before = self._path_of.get(watch)
        if before is not None:
            self._watch_of.pop(before, None)
        self._path_of[watch] = folder
        self._watch_of[folder] = watch

    def _note_refusal(self, folder: str, error: OSError) -> None:
        if error.errno in _UNREADABLE:
            self._unreadable.add(folder)  # a scan can't read it either, and reports it
        else:
            self._refused[folder] = error

    def _forget_tree(self, top: str) -> None:
        """Remove the watches of a folder that was moved away, and of all below it."""
        below = top + "/"
        for known in (self._watch_of, self._refused, self._unreadable):
            for folder in [one for one in known if one == top or one.startswith(below)]:
                self._forget(folder)

    def _forget(self, folder: str) -> None:
        self._refused.pop(folder, None)
        self._unreadable.discard(folder)
        watch = self._watch_of.pop(folder, None)
        if watch is not None:
            del self._path_of[watch]
            with contextlib.suppress(OSError):  # the kernel has removed it already
                self._inotify.rm_watch(watch)

    def _root_of(self, path: str) -> Path | None:
        return next((root for root in self._roots if Path(path).is_relative_to(root)), None)

    # --- events ----------------------------------------------------------------------------------

    def _read(self) -> None:
        while not self._closing.is_set():
            for event in self._inotify.read(timeout=_READ_WITHIN_MS, read_delay=_TOGETHER_MS):
                with self._guard:
                    self._hear(event)

    def _hear(self, event: Event) -> None:
        if event.mask & flags.Q_OVERFLOW:
            self._is_lost = True
            self._news.set()
            return
        folder = self._path_of.get(event.wd)
        if folder is None:
            return  # from a removed watch
        if event.mask & flags.IGNORED:
            del self._path_of[event.wd]
            self._watch_of.pop(folder, None)
        elif event.name:
            self._hear_of(folder, event.name, event.mask)

    def _hear_of(self, folder: str, name: str, mask: int) -> None:
        if not is_storable(name):
            root = self._root_of(folder)
            if mask & (_CAME | _WENT) and root is not None:
                self._unstorable.add(root)
                self._news.set()
            return
        path = f"{folder}/{name}"
        if mask & flags.ISDIR:
            if mask & flags.MOVED_FROM:
                self._forget_tree(path)
            elif mask & flags.DELETE:
                self._forget(path)
            elif is_ignored(name):
                return
            elif mask & _CAME or path in self._unreadable:
                self._watch_tree(path)
            else:
                return  # only its times or permissions changed
        elif not is_comic_name(name):
            return
        self._note_event(path)
        if mask & _CAME:
            self._added.add(path)

    def _note_event(self, path: str) -> None:
        self._paths.add(path)
        self._news.set()

    def _forget_heard(self) -> None:
        self._paths: set[str] = set()
        self._added: set[str] = set()
        self._unstorable: set[Path] = set()
        self._is_lost = False
        self._news.clear()


def _folders_in(folder: str) -> list[str]:
    """Return the subfolders of a folder that the library reads."""
    with os.scandir(folder) as entries:
        return [
            entry.path
            for entry in entries
            if entry.is_dir(follow_symlinks=False)
            and not is_ignored(entry.name)
            and is_storable(entry.name)
        ]

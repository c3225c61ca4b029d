"""The limits that keep the kernel from watching the whole library, and how to raise them.

Used by the event source, which measures this, and by everything that reports it. Limits of inotify:
https://man7.org/linux/man-pages/man7/inotify.7.html.
"""

from __future__ import annotations

import errno
import os
import resource
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_ENOUGH_WATCHES = 524_288
_ENOUGH_INSTANCES = 1024
_WATCHES = "fs.inotify.max_user_watches"
_INSTANCES = "fs.inotify.max_user_instances"
# The same limits for a user in a container that has its own users.
_OF_NAMESPACE = {_WATCHES: "user.max_inotify_watches", _INSTANCES: "user.max_inotify_instances"}


class Limit(StrEnum):
    """What keeps the kernel from watching a folder."""

    WATCHES = "max_user_watches"
    INSTANCES = "max_user_instances"
    OPEN_FILES = "open_files"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Some folders are scanned at intervals because the kernel does not watch them.

    The process that hit the limit makes the texts, because others may have other limits. `brief`
    names no path.
    """

    limit: Limit
    watched: int
    scanned: int
    finding: str
    advice: str
    brief: str


def shortfall(
    limit: Limit, *, watched: int, scanned: int, interval_s: float, detail: str
) -> Shortfall:
    """Describe what a limit does to the watching.

    `watched` and `scanned` count folders; `detail` is the system's message for a limit that has no
    name here.
    """
    reason = {
        Limit.WATCHES: f"the limit {_WATCHES} is used up{_shown(_WATCHES)}",
        Limit.INSTANCES: f"the limit {_INSTANCES} is used up{_shown(_INSTANCES)}",
        Limit.OPEN_FILES: f"the worker may open no more files{_files_shown()}",
        Limit.OTHER: detail,
    }[limit]
    count = "1 folder is" if scanned == 1 else f"{scanned:,} folders are"
    every = f"scanned every {interval_s:.0f} s instead"
    return Shortfall(
        limit,
        watched,
        scanned,
        finding=f"The system watches {watched:,} of {watched + scanned:,} folders of the library: "
        f"{reason}. The others are {every}",
        advice=_advice(limit, watched + scanned, interval_s),
        brief=f"WATCHED_DIR: {count} {every} of being watched ({limit}).",
    )


def _advice(limit: Limit, folders: int, interval_s: float) -> str:
    within = f"This takes effect within {interval_s:.0f} s, without a restart."
    match limit:
        case Limit.WATCHES:
            return f"{_sysctl(_WATCHES, max(_ENOUGH_WATCHES, 2 * folders))} {within}"
        case Limit.INSTANCES:
            return f"{_sysctl(_INSTANCES, _ENOUGH_INSTANCES)} {within}"
        case Limit.OPEN_FILES:
            return (
                "Raise the limit of open files and restart the service: ulimit -n 4096 (Compose: "
                "ulimits: nofile: 4096; systemd: LimitNOFILE=4096)."
            )
        case _:
            return "Set WATCH_MODE=polling if the filesystem can't report changes."


def limit_of(error: OSError) -> tuple[Limit, str]:
    """Return the limit behind an error of inotify, and the system's message."""
    detail = error.strerror or str(error)
    if error.errno == errno.ENFILE or not _can_open():
        return Limit.OPEN_FILES, detail
    match error.errno:
        case errno.ENOSPC:
            return Limit.WATCHES, detail
        case errno.EMFILE:
            return Limit.INSTANCES, detail
        case _:
            return Limit.OTHER, detail


def _can_open() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _value(name: str) -> int | None:
    try:
        return int(Path("/proc/sys", *name.split(".")).read_text("ascii"))
    except (OSError, ValueError):
        return None


def _lowest(name: str) -> tuple[str, int] | None:
    """Return name and value of the lower limit: the system's or the container's."""
    limits = [
        (each, value) for each in (name, _OF_NAMESPACE[name]) if (value := _value(each)) is not None
    ]
    return min(limits, key=lambda pair: pair[1], default=None)


def _shown(name: str) -> str:
    lowest = _lowest(name)
    if lowest is None:
        return ""
    which, value = lowest
    return f" ({value:,})" if which == name else f" ({which}: {value:,})"


def _files_shown() -> str:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return f" (limit: {soft:,})"


def _sysctl(name: str, wanted: int) -> str:
    lowest = _lowest(name)
    which = name if lowest is None else lowest[0]
    return (
        f"Raise it: sudo sysctl -w {which}={wanted}; to keep it over restarts: echo "
        f"{which}={wanted} | sudo tee /etc/sysctl.d/60-comicmaintainer.conf. For a container, do "
        "this on its host. All programs of the user share the limit."
    )

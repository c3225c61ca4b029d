"""Opens regular files safely, in case something else has their name.

Opening a named pipe in the place of a comic would wait forever, and opening a device might have
effects. Used by everything that opens files of a library.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from comicmaintainer.errors import NotAComicPath

_STALE_TRIES = 2


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Return a descriptor of the regular file at `path`, without ever waiting.

    Over NFS, a name may for a moment lead to the file that another host has just replaced; opening
    it again finds the new one.

    Raises:
        NotAComicPath: a named pipe, a socket or a device is there.
        OSError: it can't be opened; EISDIR for a folder.
    """
    for _ in range(_STALE_TRIES):
        try:
            return _opened(path, flags)
        except OSError as error:
            if error.errno != errno.ESTALE:
                raise
            # Looking at the name has the kernel ask the server what it leads to; opening does not.
            with suppress(OSError):
                path.stat(follow_symlinks=not flags & os.O_NOFOLLOW)
    return _opened(path, flags)


def _opened(path: Path, flags: int) -> int:
    descriptor = _open(path, flags | os.O_CLOEXEC)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        _require_regular(path, mode)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_NONBLOCK)
    except OSError as error:
        # A socket, a device without a driver; or a lease of Samba or NFS that has to be broken:
        # open waits for that only without O_NONBLOCK.
        if error.errno not in (errno.ENXIO, errno.ENODEV, errno.EAGAIN):
            raise
        _require_regular(path, path.stat(follow_symlinks=not flags & os.O_NOFOLLOW).st_mode)
        return os.open(path, flags)


def _require_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NotAComicPath("it is not a regular file, but a pipe, a socket or a device", path=path)

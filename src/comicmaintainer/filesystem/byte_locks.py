"""Advisory locks on single bytes of a file, even beyond its end.

They belong to an open file description (`F_OFD_SETLK`, fcntl(2)), not to the process. So they also
exclude threads with separate descriptors, and closing another descriptor of the file does not
release them. A killed process releases them at once.
"""

from __future__ import annotations

import fcntl
import os
import struct

_FLOCK = struct.Struct("@hhqqi4x")  # struct flock: type, whence, start, length, pid


def lock(descriptor: int, byte: int) -> None:
    """Wait for an exclusive lock on the byte, without a time limit.

    Raises:
        OSError.
    """
    _set(descriptor, fcntl.F_OFD_SETLKW, fcntl.F_WRLCK, byte)


def try_lock(descriptor: int, byte: int, *, is_shared: bool = False) -> bool:
    """Lock the byte, exclusively or shared; False if others hold it.

    Raises:
        OSError.
    """
    try:
        _set(descriptor, fcntl.F_OFD_SETLK, fcntl.F_RDLCK if is_shared else fcntl.F_WRLCK, byte)
    except (BlockingIOError, PermissionError):  # POSIX allows EAGAIN and EACCES
        return False
    return True


def unlock(descriptor: int, byte: int) -> None:
    """Release the lock on the byte.

    Raises:
        OSError.
    """
    _set(descriptor, fcntl.F_OFD_SETLK, fcntl.F_UNLCK, byte)


def _set(descriptor: int, command: int, how: int, byte: int) -> None:
    fcntl.fcntl(descriptor, command, _FLOCK.pack(how, os.SEEK_SET, byte, 1, 0))

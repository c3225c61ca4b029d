"""Advisory locks on single bytes of a file, which need not be there.

They belong to an open description (`F_OFD_SETLK`, fcntl(2)), not to the process: so they keep
threads apart as well, each with a descriptor of its own, and closing another descriptor of the file
does not drop them. A killed process lets go of them at once.
"""

from __future__ import annotations

import fcntl
import os
import struct

_FLOCK = struct.Struct("@hhqqi4x")  # struct flock: type, whence, start, length, pid


def take(descriptor: int, byte: int) -> None:
    """Wait for the byte, for as long as it takes, and hold it alone.

    Raises:
        OSError.
    """
    _set(descriptor, fcntl.F_OFD_SETLKW, fcntl.F_WRLCK, byte)


def try_to_take(descriptor: int, byte: int, *, is_shared: bool = False) -> bool:
    """Hold the byte, alone or with others that share it; False where others hold it.

    Raises:
        OSError.
    """
    try:
        _set(descriptor, fcntl.F_OFD_SETLK, fcntl.F_RDLCK if is_shared else fcntl.F_WRLCK, byte)
    except (BlockingIOError, PermissionError):  # POSIX allows EAGAIN and EACCES
        return False
    return True


def let_go(descriptor: int, byte: int) -> None:
    """Hold the byte no more.

    Raises:
        OSError.
    """
    _set(descriptor, fcntl.F_OFD_SETLK, fcntl.F_UNLCK, byte)


def _set(descriptor: int, command: int, how: int, byte: int) -> None:
    fcntl.fcntl(descriptor, command, _FLOCK.pack(how, os.SEEK_SET, byte, 1, 0))

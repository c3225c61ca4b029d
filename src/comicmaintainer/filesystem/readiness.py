"""Waits until a descriptor can be read or written, whatever its number.

`select.select` fails for descriptors from 1,024 on, which a busy process reaches.
"""

from __future__ import annotations

import math
import select


def is_ready(descriptor: int, event: int, timeout_s: float | None) -> bool:
    """Return whether `event` (`select.POLLIN` or `POLLOUT`) comes within `timeout_s` seconds.

    None waits for as long as it takes. A closed other end counts as ready.
    """
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(None if timeout_s is None else math.ceil(timeout_s * 1000)))

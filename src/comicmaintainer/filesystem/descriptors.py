"""How many files a process may have open at a time.

The usual limit of 1,024 is a default for old programs; the system lets each process raise its own
(https://man7.org/linux/man-pages/man2/getrlimit.2.html). Child processes inherit it.
"""

from __future__ import annotations

import resource

ENOUGH = 4096
"""What visitors, streams and threads of one process need at most."""


def raise_limit() -> None:
    """Let this process open `ENOUGH` files, or as many as it is allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

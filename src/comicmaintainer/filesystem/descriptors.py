"""Raises the number of files that a process may have open.

The usual limit of 1,024 is a default for old programs; the system lets each process raise its own
(https://man7.org/linux/man-pages/man2/getrlimit.2.html). Child processes inherit it.
"""

from __future__ import annotations

import resource

ENOUGH = 4096
"""The most that the visitors, streams and threads of one process need."""


def limit() -> int:
    """Return how many files this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return ENOUGH if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> None:
    """Let this process open `ENOUGH` files, or as many as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))

"""What asks media servers from this process: the main worker, or the worker of a command."""

from __future__ import annotations

import os
import uuid

from comicmaintainer.media_servers.bridge import Bridge
from comicmaintainer.media_servers.clients import clients_over
from comicmaintainer.services import Services


def media_bridge(services: Services) -> Bridge:
    """Return what asks media servers for scans, and carries progress over."""
    holder = holder_name(services)
    return Bridge(services.database, clients_over(), holder=holder, now=services.now)


def holder_name(services: Services) -> str:
    """Return a name for this process, as the holder of a lease, that no other has."""
    return f"{services.database.host} {os.getpid()} {uuid.uuid4().hex}"

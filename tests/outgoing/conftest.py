"""Requests with short limits to a replay server over real sockets, as those of the sources."""

from __future__ import annotations

from tests.sources.conftest import server, transport

__all__ = ["server", "transport"]

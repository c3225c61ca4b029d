"""Servers as plain values, for the API and --json. No key is among them."""

from __future__ import annotations

from typing import Any

from comicmaintainer.media_servers.book_store import ShownBook
from comicmaintainer.media_servers.model import MediaServer
from comicmaintainer.media_servers.servers import Trial
from comicmaintainer.texts.current import shown


def server_of(server: MediaServer, waiting: int, carried: int) -> dict[str, Any]:
    """Return a server for which so many folders are `waiting`. Times are UTC epoch seconds.

    Of so many comics progress is still to be `carried` over.
    """
    return {
        "server_id": server.server_id,
        "kind": server.kind.value,
        "name": server.name,
        "url": server.url,
        "path_map": [{"here": here, "there": there} for here, there in server.path_map.pairs],
        "enabled": server.enabled,
        "failures": server.failures,
        "next_try_at": server.next_try_at or None,
        "problem": None if server.problem is None else shown(server.problem),
        "answered_at": server.answered_at,
        "waiting": waiting,
        "progress": server.progress.value,
        "patience_s": server.patience_s,
        "known_at": server.known_at,
        "carried": carried,
        "created_at": server.created_at,
    }


def trial_of(trial: Trial) -> dict[str, Any]:
    """Return the libraries that a server shows, with their folders as each side names them."""
    return {
        "answers": trial.problem is None,
        "problem": None if trial.problem is None else shown(trial.problem),
        "libraries": [
            {
                "library_id": each.library.library_id,
                "name": each.library.name,
                "folders": [
                    {"there": there, "here": here}
                    for there, here in zip(each.library.folders, each.here, strict=True)
                ],
                "is_watched": each.is_watched,
                "computes_hashes": each.library.computes_hashes,
            }
            for each in trial.libraries
        ],
    }


def shown_book_of(book: ShownBook) -> dict[str, Any]:
    """Return what a server says of a comic."""
    return {
        "server": book.server,
        "kind": book.kind,
        "status": book.status.value,
        "link": book.link,
    }

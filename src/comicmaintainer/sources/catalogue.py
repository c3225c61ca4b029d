"""The sources that there are, by name, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Mapping

from comicmaintainer.sources.anilist import AniList
from comicmaintainer.sources.client import Client
from comicmaintainer.sources.comicvine import ComicVine
from comicmaintainer.sources.mangadex import MangaDex
from comicmaintainer.sources.mangaupdates import MangaUpdates
from comicmaintainer.sources.metron import Metron


def clients() -> Mapping[str, Client]:
    """Return the client of each online source."""
    known: tuple[Client, ...] = (
        Metron(),
        ComicVine(),
        AniList(),
        MangaUpdates(),
        MangaDex(),
    )
    return {client.info.name: client for client in known}

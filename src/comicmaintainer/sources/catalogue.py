"""The sources that there are: those that are asked online, and those that are read from a file."""

from __future__ import annotations

from collections.abc import Mapping

from comicmaintainer.sources.anilist import AniList
from comicmaintainer.sources.client import Client
from comicmaintainer.sources.comicvine import ComicVine
from comicmaintainer.sources.dump_source import DumpReader
from comicmaintainer.sources.gcd import Gcd
from comicmaintainer.sources.mangabaka import MangaBaka
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


def readers() -> Mapping[str, DumpReader]:
    """Return the reader of each source that is a file."""
    known: tuple[DumpReader, ...] = (Gcd(), MangaBaka())
    return {reader.info.name: reader for reader in known}

"""The turns of writers: who has one is the only writer of its tables.

A file of SQLite has one turn for everything, whatever a writer asks for. On a server writers of
jobs and writers of the library don't wait for each other.
"""

from __future__ import annotations

from enum import Enum


class Turn(Enum):
    """What a write transaction keeps all others from writing."""

    ALL = "all"
    """Everything."""
    JOBS = "jobs"
    """Jobs, workers, templates and schedules. Items are claimed and handed in without it."""
    LIBRARY = "library"
    """The catalogue, the journal and all that belongs to them."""
    ROWS = "rows"
    """Only the rows that it locks itself, where `Dialect.locks_rows`; else everything."""

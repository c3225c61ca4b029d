"""What a database on a PostgreSQL server is: its parts, its size, and the server behind it."""

from __future__ import annotations

import time

from comicmaintainer.database.interface import Database, Server
from comicmaintainer.database.schema_parts import missing_parts

_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
        AND table_name NOT IN ('schema_steps', 'file_search', 'file_search_series')
    ORDER BY table_name COLLATE "C" """
_PARTS = """
    SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = 'public'
    UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'"""
_OF_SQLITE = ("column file_search", "index idx_files_publisher_size")
"""How the names of the parts begin that only SQLite needs."""
_SETTINGS = (
    "fsync", "full_page_writes", "synchronous_commit", "max_connections", "shared_buffers",
    "server_encoding",
)  # fmt: skip


def tables(database: Database) -> list[str]:
    """Return the names of its tables, without the search index and the steps of its schema."""
    return [row[0] for row in database.rows(_TABLES)]


def lacking(database: Database) -> list[str]:
    """Return what it lacks of what a file of SQLite has and a server needs."""
    there = {row[0] for row in database.rows(_PARTS)}
    return [part for part in missing_parts(there) if not part.startswith(_OF_SQLITE)]


def server_of(database: Database) -> Server:
    """Return its server, with the time of one question and its answer."""
    database.value("SELECT 1")  # a new connection, or one that is asleep, would take longer
    began = time.monotonic()
    database.value("SELECT 1")
    took_s = time.monotonic() - began
    settings = {name: str(database.value(f"SHOW {name}")) for name in _SETTINGS}
    return Server(str(database.value("SHOW server_version")), took_s, settings)

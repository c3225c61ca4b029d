"""A database on a PostgreSQL server, which several hosts can share.

Needs the extra `postgres`. Nothing of it is imported where SQLite is used.
"""

from comicmaintainer.database.postgresql.connection import PostgresDatabase

__all__ = ["PostgresDatabase"]

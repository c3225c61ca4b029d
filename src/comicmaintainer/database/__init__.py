"""The one shared database: connections, transactions, schema, backups, recovery.

Only this package imports an SQL driver. Stores receive a `Database` and send plain SQL to it.
"""

from comicmaintainer.database.connection import SqliteDatabase
from comicmaintainer.database.interface import Database, Row
from comicmaintainer.database.transaction import Transaction
from comicmaintainer.database.turns import Turn

__all__ = ["Database", "Row", "SqliteDatabase", "Transaction", "Turn"]

"""Rows and values as the stores know them from SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Dumper, Loader


class PostgresRow:
    """A row that can be read by column name or position."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: Sequence[Any]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, key: str | int | slice) -> Any:
        return self._values[self._places[key] if isinstance(key, str) else key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PostgresRow):
            return self.keys() == other.keys() and tuple(self) == tuple(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((tuple(self._places), tuple(self._values)))

    def __repr__(self) -> str:
        return f"PostgresRow({dict(self)!r})"

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self._places)


def row_factory(cursor: psycopg.Cursor[Any]) -> Callable[[Sequence[Any]], PostgresRow]:
    """Make the rows of a result."""
    columns = cursor.description or ()
    places = {column.name: place for place, column in enumerate(columns)}
    return lambda values: PostgresRow(places, values)


class _FlagDumper(Dumper):
    """Writes a bool as 0 or 1: flags are integers in both databases."""

    def dump(self, obj: bool) -> Buffer:
        return b"1" if obj else b"0"

    def quote(self, obj: bool) -> Buffer:
        return self.dump(obj)


class _SumLoader(Loader):
    """Reads `numeric`, the type of sums of integers, as a plain number."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode("ascii")
        return float(text) if "." in text or "N" in text else int(text)


def adapt(context: AdaptContext) -> None:
    """Let a connection send and return values as SQLite does."""
    context.adapters.register_dumper(bool, _FlagDumper)
    context.adapters.register_loader("numeric", _SumLoader)

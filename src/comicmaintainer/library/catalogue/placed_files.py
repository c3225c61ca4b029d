"""Files of a filter without words in series order, on a server.

The index of positions has all that most filters ask for, so that it finds the places of a page
without reading rows. A server would rather read each row, or gather all files of a state and sort
them (decisions 0155 and 0173).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comicmaintainer.library.catalogue.filter_query import all_of
from comicmaintainer.library.catalogue.ordered_matches import InSeriesOrder

_FIRST_PLACES = 4
"""So many times the wanted rows are looked at first, and more each time, if rows decide too."""
_MOST_PLACES = 4_000


@dataclass(frozen=True, slots=True)
class PlacedFiles(InSeriesOrder):
    """The files of a query, found by their places."""

    def rows(self, limit: int) -> list[Any]:
        """Return the first `limit` rows."""
        position = self.position_before()
        if self._are_decisive:
            return self._after(position, limit, limit)
        found: list[Any] = []
        places = _FIRST_PLACES * limit
        while len(found) < limit:
            last = self._last_of(position, places)
            found += self._after(position, places, limit - len(found))
            if last is None:
                break
            position, places = last, min(4 * places, max(_MOST_PLACES, limit))
        return found

    @property
    def _are_decisive(self) -> bool:
        """Whether the places alone decide."""
        return len(self.query.conditions_by_place) == len(self.query.conditions)

    def _after(self, position: int, places: int, limit: int) -> list[Any]:
        """Return the rows among the next places of files that the places show to match."""
        conditions = all_of(self.query.conditions) or "true"
        return self.database.rows(
            f"SELECT {self.columns} FROM ({self._places}) AS place "
            f"JOIN files f ON f.position = place.position WHERE {conditions} "
            f"ORDER BY place.position {self.direction} LIMIT ?",
            [*self.query.parameters_by_place, position, places, *self.query.parameters, limit],
        )

    def _last_of(self, position: int, places: int) -> int | None:
        """Return the last of the next places, None if there are fewer."""
        row = self.database.row(
            f"SELECT position FROM ({self._places}) AS place "
            f"ORDER BY position {self.direction} LIMIT 1 OFFSET ?",
            [*self.query.parameters_by_place, position, places, places - 1],
        )
        return None if row is None else int(row["position"])

    @property
    def _places(self) -> str:
        conditions = all_of([*self.query.conditions_by_place, f"f.position {self.sign} ?"])
        return (
            f"SELECT f.position FROM files f WHERE {conditions} "
            f"ORDER BY f.position {self.direction} LIMIT ?"
        )

"""Files of a filter without words in series order, on a server.

The index of positions has most of what a filter asks for, so that it finds the places of a page
without reading rows. A server would rather read each row, or gather all files of a state and sort
them (decision 0155).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comicmaintainer.library.catalogue.filter_query import all_of
from comicmaintainer.library.catalogue.ordered_matches import LAST_POSITION, InSeriesOrder

_FIRST_PLACES = 4
"""So many times the wanted rows are looked at first, and more each time, if rows decide too."""
_MOST_PLACES = 4_000
_ENTRIES = 20_000
"""So many places of any files are gone through first where only some conditions are known to be
frequent; a millisecond for ten thousand."""
_TOWARDS = {">": "<=", "<": ">="}


@dataclass(frozen=True, slots=True)
class PlacedFiles(InSeriesOrder):
    """The files of a query, found by their places.

    If they `are_frequent`, so many files have their states, formats and years that a page is full
    soon; other conditions may make them rare all the same.
    """

    are_frequent: bool = False

    def rows(self, limit: int) -> list[Any]:
        """Return the first `limit` rows."""
        position = self.position_before()
        found: list[Any] = []
        if self.are_frequent:
            found = self._among(position, limit)
        if len(found) < limit:
            found = self._rows_after(position, limit)
        return found

    def _among(self, position: int, limit: int) -> list[Any]:
        """Return the rows at the next places, as far as it pays.

        The places are gone through one by one, whatever the server believes of the conditions: as a
        value they choose no index.
        """
        direction = self.direction
        last = (
            f"SELECT position FROM files WHERE position {self.sign} ? "
            f"ORDER BY position {direction} LIMIT 1 OFFSET {_ENTRIES}"
        )
        end = -1 if self.is_descending else LAST_POSITION
        places = (
            f"SELECT f.position FROM files f WHERE f.position {self.sign} ? "
            f"AND f.position {_TOWARDS[self.sign]} coalesce(({last}), {end}) "
            f"AND ({all_of(self.query.conditions_by_place) or 'true'}) IS TRUE "
            f"ORDER BY f.position {direction} LIMIT ?"
        )
        # Where the rows decide too, any of the places may be needed.
        most = limit if self._are_decisive else _ENTRIES
        parameters = [position, position, *self.query.parameters_by_place, most]
        return self._rows_at(places, parameters, limit)

    @property
    def _are_decisive(self) -> bool:
        """Whether the places alone decide."""
        query = self.query
        by_place = len(query.conditions_by_place) == len(query.conditions)
        return by_place and not query.conditions_by_rows

    def _rows_after(self, position: int, limit: int) -> list[Any]:
        """Return the first rows after a position, as the server finds them."""
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

    def _after(self, position: int, places: int, limit: int) -> list[Any]:
        """Return the rows among the next places of files that the places show to match."""
        parameters = [*self.query.parameters_by_place, position, places]
        return self._rows_at(self._places, parameters, limit)

    def _rows_at(self, places: str, parameters: list[Any], limit: int) -> list[Any]:
        """Return the rows at these places that match."""
        conditions = all_of([*self.query.conditions, *self.query.conditions_by_rows]) or "true"
        return self.database.rows(
            f"SELECT {self.columns} FROM ({places}) AS place "
            f"JOIN files f ON f.position = place.position WHERE {conditions} "
            f"ORDER BY place.position {self.direction} LIMIT ?",
            [*parameters, *self.query.parameters, limit],
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

"""The parts of the SQL of a filter, and how they are put together.

Used by filter_sql.py and filter_ranges.py, which choose the parts, and by what runs the query.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.database import Database


@dataclass(slots=True)
class FilterQuery:
    """The parts of a query. `is_exact`: the index alone would return exactly the right files.

    `left_out` are facets that no file of the `terms` may have. `terms_without_condition` have no
    condition on the row, and `conditions_by_rows` are left to the index where it drives the query.
    `conditions_by_place` are those of `conditions` that a server's index of positions decides
    without the row. `facets` are those that only help a server's search if few
    series have them; `is_selective` tells that this is likely.
    """

    terms: list[str] = field(default_factory=list)
    facets: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    terms_without_condition: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    conditions_by_rows: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)
    conditions_by_place: list[str] = field(default_factory=list)
    parameters_by_place: list[Any] = field(default_factory=list)
    is_empty: bool = False
    is_exact: bool = True
    has_series: bool = False
    has_letter: bool = False
    has_folder: bool = False
    is_selective: bool = False

    @property
    def is_by_letter(self) -> bool:
        """Whether the query is for a letter only, which the index of the order by series has."""
        return self.has_letter and len(self.conditions) == 1 and not self.terms

    @property
    def is_by_index(self) -> bool:
        """Whether the search index drives the query; a series is faster in the rows' own order."""
        return bool(self.terms) and not self.has_series

    @property
    def is_placed(self) -> bool:
        """Whether positions are the order of a page; a series or letter has its own index."""
        return not (self.has_series or self.has_letter) and bool(self.terms or self.conditions)

    @property
    def source(self) -> str:
        """The FROM and WHERE, driven by the index if possible; see `source_parameters`."""
        if not self.is_by_index:
            return self.source_by_rows()
        # CROSS JOIN keeps the index the outer loop.
        return (
            "file_search s CROSS JOIN files f ON f.position = s.rowid "
            f"WHERE s.file_search MATCH ? AND {all_of(self.conditions) or 'true'}"
        )

    @property
    def source_parameters(self) -> list[Any]:
        """The values for the marks in `source`."""
        if not self.is_by_index:
            return self.parameters_by_rows
        return [self.match, *self.parameters]

    def source_by_rows(self, index: str | None = None) -> str:
        """The FROM and WHERE driven by the rows, in the order of `index` if one is given."""
        files = "files f" if index is None else f"files f INDEXED BY {index}"
        where = all_of([*self.conditions, *self.conditions_by_rows]) or "true"
        if not self.terms_without_condition:
            return f"{files} WHERE {where}"
        return (
            f"{files} WHERE {where} AND EXISTS (SELECT 1 FROM file_search s "
            "WHERE s.file_search MATCH ? AND s.rowid = f.position)"
        )

    @property
    def parameters_by_rows(self) -> list[Any]:
        """The values for the marks in `source_by_rows`."""
        if not self.terms_without_condition:
            return [*self.parameters]
        return [*self.parameters, all_of(self.terms_without_condition)]

    @property
    def match(self) -> str:
        """The expression for the index."""
        # NOT binds closer than AND, to the last of the terms, which makes no difference.
        return all_of(self.terms) + (f" NOT {any_of(self.left_out)}" if self.left_out else "")

    def require(self, condition: str, *parameters: Any, by_place: bool = False) -> None:
        """Add a condition on the row `f`."""
        self.conditions.append(condition)
        self.parameters += parameters
        if by_place:
            self.conditions_by_place.append(condition)
            self.parameters_by_place += parameters

    def narrow(self, facets: Iterable[str], *, pays: bool = True, is_exact: bool = True) -> None:
        """Narrow to files with one of the facets, if that pays."""
        if pays:
            self.terms.append(any_of(facets))
        self.is_exact = self.is_exact and pays and is_exact


def has_more_matches(database: Database, query: FilterQuery, number: int) -> bool:
    """Return whether the index has more matches than this number."""
    sql = "SELECT 1 FROM file_search WHERE file_search MATCH ? LIMIT 1 OFFSET ?"
    return database.row(sql, (query.match, number)) is not None


def any_of(terms: Iterable[str]) -> str:
    """Return the index's expression for any of the terms."""
    return "(" + " OR ".join(f'"{term}"' for term in terms) + ")"


def all_of(expressions: Iterable[str]) -> str:
    """Return the expression, or the condition, for all of these."""
    return " AND ".join(expressions)

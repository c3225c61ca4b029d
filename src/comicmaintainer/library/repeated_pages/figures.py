"""Counts the figures of repeated pages: how many comics and series have one, and where (SQL)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from comicmaintainer.database import Database, Turn
from comicmaintainer.library.repeated_pages.model import (
    END_PAGES,
    FRONT_PAGES,
    MOST_SHARE,
    Zone,
    is_likely_advert,
)

_AT_ONCE = 100
_FROM_START = {1: "p1", 2: "p2", 3: "p3"}
_FROM_END = {-1: "e1", -2: "e2", -3: "e3", -4: "e4"}
_PLACES = ", ".join(
    [f"sum(o.page = {place}) AS {name}" for place, name in _FROM_START.items()]
    + [f"sum(o.page - f.page_count = {place}) AS {name}" for place, name in _FROM_END.items()]
)
_IS_END = f"o.page >= f.page_count - min({END_PAGES}, f.page_count / 2)"
# A comic counts once, whatever the number of its files; copies and collections do not count.
_COMIC = (
    "f.series_key || char(31) || ifnull(f.volume, '') || char(31) || "
    "ifnull(f.issue, ifnull(hex(f.fingerprint), f.name))"
)
_FIGURES = f"""
    SELECT o.repeat_id, count(*) AS files,
        min(count(DISTINCT iif(p.is_copy, NULL, {_COMIC})),
            count(DISTINCT iif(p.is_copy, NULL, f.fingerprint))) AS comics,
        count(DISTINCT iif(p.is_copy, NULL, f.series_key)) AS series,
        sum(o.page = 0) AS firsts,
        sum(o.page > 0 AND {_IS_END}) AS ends,
        sum(o.page BETWEEN 1 AND {FRONT_PAGES} AND NOT {_IS_END}) AS fronts,
        {_PLACES}
    FROM page_occurrences o JOIN files f USING (file_id) JOIN file_pages p USING (file_id)
    WHERE o.repeat_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?)) GROUP BY o.repeat_id"""
_STORE = """
    UPDATE repeated_pages SET comics = ?, series = ?, firsts = ?, elsewhere = ?, zone = ?,
        usual = ?, usual_files = ?, suggested = ?
    WHERE repeat_id = ?"""


def count_anew(database: Database, checkpoint: Callable[[], None]) -> None:
    """Count the figures of all repeated pages; `checkpoint` may stop it between two steps."""
    after = -1
    while rows := database.rows(
        "SELECT repeat_id FROM repeated_pages WHERE repeat_id > ? ORDER BY repeat_id LIMIT ?",
        (after, _AT_ONCE),
    ):
        checkpoint()
        ids = [row["repeat_id"] for row in rows]
        after = ids[-1]
        figures = database.rows(_FIGURES, (json.dumps(ids),))
        with database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute_many(_STORE, [_values(row) for row in figures])


def _values(row: Any) -> tuple[object, ...]:
    """The values of _STORE."""
    files = row["files"]
    zones = {Zone.FIRST: row["firsts"], Zone.FRONT: row["fronts"], Zone.END: row["ends"]}
    middle = files - sum(zones.values())
    zones[Zone.MIDDLE] = middle
    zone, most = max(zones.items(), key=lambda one: one[1])
    usual_zone = zone if most >= MOST_SHARE * files else None
    elsewhere = middle if usual_zone in (Zone.FRONT, Zone.END) else 0
    places = {place: row[name] for place, name in (_FROM_END | _FROM_START).items()}
    usual, usual_files = max(places.items(), key=lambda one: one[1])
    is_suggested = is_likely_advert(
        comics=row["comics"],
        series=row["series"],
        firsts=row["firsts"],
        files=files,
        zone=usual_zone,
    )
    return (
        row["comics"], row["series"], row["firsts"], elsewhere, usual_zone,
        usual if 2 * usual_files > files else None, usual_files, is_suggested, row["repeat_id"],
    )  # fmt: skip

"""Small dumps in the shapes of the Grand Comics Database and of MangaBaka."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pysqlite3

LONG_AGO = 1_600_000_000.0
_GCD = """
CREATE TABLE gcd_publisher (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE stddata_language (id INTEGER PRIMARY KEY, code TEXT, name TEXT);
CREATE TABLE gcd_series (id INTEGER PRIMARY KEY, name TEXT, sort_name TEXT, year_began INTEGER,
    year_ended INTEGER, publisher_id INTEGER, language_id INTEGER, issue_count INTEGER,
    publishing_format TEXT, deleted INTEGER);
CREATE TABLE gcd_issue (id INTEGER PRIMARY KEY, number TEXT, series_id INTEGER, key_date TEXT,
    on_sale_date TEXT, price TEXT, page_count REAL, barcode TEXT, valid_isbn TEXT, title TEXT,
    variant_of_id INTEGER, sort_code INTEGER, deleted INTEGER);
CREATE TABLE gcd_story (id INTEGER PRIMARY KEY, issue_id INTEGER, title TEXT, type_id INTEGER,
    sequence_number INTEGER, script TEXT, pencils TEXT, inks TEXT, colors TEXT, letters TEXT,
    editing TEXT, genre TEXT, characters TEXT, synopsis TEXT, deleted INTEGER);
CREATE TABLE gcd_credit_type (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE gcd_creator_name_detail (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE gcd_story_credit (id INTEGER PRIMARY KEY, story_id INTEGER, creator_id INTEGER,
    credit_type_id INTEGER, deleted INTEGER);
INSERT INTO gcd_publisher VALUES (1, 'Tern Press');
INSERT INTO stddata_language VALUES (25, 'en', 'English');
INSERT INTO gcd_series VALUES
    (10, 'Harbour Lights', 'Harbour Lights', 2016, NULL, 1, 25, 3, 'ongoing series', 0),
    (11, 'Les Lumières du port', 'Lumières du port', 1974, 1975, 1, NULL, 1, '', 0),
    (12, 'Harbour Lights Forgotten', 'x', 1990, NULL, 1, 25, 1, '', 1);
INSERT INTO gcd_issue VALUES
    (100, '1', 10, '2016-03-00', '2016-01-13', '3.99 USD; 4.99 CAD; 1 XXX', 36, '761', '', '', NULL,
     0, 0),
    (101, '2', 10, '2016-04-00', '', '', NULL, '', '', '', NULL, 1, 0),
    (102, '1', 10, '2016-03-00', '', '', NULL, '', '', '', 100, 2, 0),
    (103, '3', 10, '2016-05-00', '', '', NULL, '', '', '', NULL, 3, 1),
    (110, '[nn]', 11, '1974-00-00', '', '', NULL, '', '', 'Le phare', NULL, 0, 0);
INSERT INTO gcd_story VALUES
    (1000, 100, '', 6, 0, '', 'Cleo Hart', '', '', '', '', '', '', '', 0),
    (1001, 100, 'Low Water', 19, 1, 'Ada Marlow (credited); ?', 'None', '', '', '', '',
     'drama; adventure', 'The Ferryman [Otto]; Mara', 'A <b>ship</b> comes in.', 0),
    (1002, 100, 'Deleted', 19, 2, '', '', '', '', '', '', '', '', '', 1);
INSERT INTO gcd_credit_type VALUES (1, 'script'), (2, 'pencils'), (7, 'painting');
INSERT INTO gcd_creator_name_detail VALUES (5, 'Bo Linden'), (6, 'Esi Brandt');
INSERT INTO gcd_story_credit VALUES (1, 1001, 5, 2, 0), (2, 1001, 6, 7, 0), (3, 1000, 6, 2, 0);
"""
_MANGABAKA = """
CREATE TABLE series (id INTEGER PRIMARY KEY, state TEXT, merged_with INTEGER, title TEXT,
    native_title TEXT, romanized_title TEXT, titles TEXT, authors TEXT, artists TEXT,
    description TEXT, year INTEGER, status TEXT, type TEXT, rating REAL, final_volume TEXT,
    publishers TEXT, genres TEXT, tags TEXT, content_rating TEXT, source_anilist_id INTEGER,
    source_manga_updates_id TEXT, source_my_anime_list_id INTEGER)
"""


def write_gcd(path: Path, *, without: str | None = None) -> Path:
    """Write a dump of the Grand Comics Database, perhaps without one of its tables."""
    script = _GCD if without is None else f"{_GCD} DROP TABLE {without};"
    return _written(path, script, [])


def write_mangabaka(path: Path) -> Path:
    """Write a dump of MangaBaka."""
    titles = [{"title": "Harbour Lights Saga", "language": "en"}, {"title": None}, "x"]
    first = {
        "id": 10, "state": "active", "title": "Harbour Lights", "native_title": "港の灯火",
        "romanized_title": "Minato no Tomoshibi", "titles": json.dumps(titles),
        "authors": json.dumps(["Ada Marlow"]), "artists": json.dumps(["Ada Marlow", "Bo Linden"]),
        "description": "A harbour.<br>Its lights.", "year": 1974, "status": "completed",
        "type": "manga", "rating": 82.5, "final_volume": "3",
        "publishers": json.dumps([{"name": "Ostrava House", "type": "Original"},
                                  {"name": "Tern Press", "type": "English"}]),
        "genres": json.dumps(["slice_of_life"]), "tags": "not JSON", "content_rating": "safe",
        "source_anilist_id": 11, "source_manga_updates_id": "abc12",
        "source_my_anime_list_id": 12,
    }  # fmt: skip
    merged = {"id": 20, "state": "merged", "merged_with": 10, "title": "Lights of the Harbour"}
    return _written(path, _MANGABAKA, [first, merged])


def _written(path: Path, script: str, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    connection = pysqlite3.connect(path)
    connection.executescript(script)
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO series ({names}) VALUES ({marks})", tuple(row.values()))
    connection.commit()
    connection.close()
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path

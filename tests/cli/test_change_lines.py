"""The words for changes and values on the command line."""

from __future__ import annotations

from typing import Any

import pytest

from comicmaintainer.cli.change_lines import count_of, lines, size, text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ([], "-"),
        (True, "yes"),
        (["Horror", "Crime"], "Horror, Crime"),
        (
            [
                {"person": "Wally Wood", "roles": ["Penciller", "Inker"]},
                {"person": "A", "roles": []},
            ],
            "Wally Wood (Penciller, Inker), A (-)",
        ),
        ([{"name": "Captain Arc", "number": "4"}], "Captain Arc 4"),
        ({"source": "Comic Vine", "value": "145269", "primary": True}, "Comic Vine 145269"),
        ({"amount": "0.10", "country": "US"}, "0.10 US"),
    ],
)
def test_values_are_words_for_people(value: Any, shown: str) -> None:
    assert text(value) == shown


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (
            {
                "type": "convert",
                "from": "/c/a.cbr",
                "to": "/c/a.cbz",
                "pages": 3,
                "tags_from": ["comicbookinfo"],
                "left_out": ["Thumbs.db"],
            },
            [
                "convert: a.cbr → a.cbz, 3 pages",
                "  tags of comicbookinfo go into its ComicInfo",
                "  left out: Thumbs.db",
            ],
        ),
        (
            {
                "type": "rebuild",
                "saved": 4,
                "added": ["p2.jpg"],
                "copy": "/c/b.cbz",
                "lost": ["p4.jpg"],
                "whole": None,
            },
            [
                "rebuilt from 4 intact files inside",
                "  from /c/b.cbz: p2.jpg",
                "  lost: p4.jpg",
                "  pages may be missing; nothing records how many there were",
            ],
        ),
        (
            {"type": "tags", "fields": [{"field": "issue", "before": None, "after": "7"}]},
            ["issue: - → 7"],
        ),
        ({"type": "rename", "from": "/l/a.cbz", "to": "/l/b.cbz"}, ["rename: a.cbz → b.cbz"]),
        ({"type": "rename", "from": "/l/a.cbz", "to": "/x/a.cbz"}, ["rename: /l/a.cbz → /x/a.cbz"]),
        ({"type": "duplicate", "of": "/l/a.cbz"}, ["duplicate of /l/a.cbz"]),
        (
            {"type": "duplicate", "of": "/l/a.cbz", "from": "/l/b.cbz", "to": "/d/b.cbz"},
            ["duplicate of /l/a.cbz, moved to /d/b.cbz"],
        ),
        (
            {"type": "conflict", "with": "/l/a.cbz", "compared": True},
            ["in conflict with /l/a.cbz, another comic"],
        ),
        (
            {"type": "conflict", "with": "/l/a.cbz", "compared": False},
            ["in conflict with /l/a.cbz, a file that can't be compared"],
        ),
        ({"type": "pages", "left": 1, "removed": ["2.jpg"]}, ["remove: 2.jpg; 1 page left"]),
        ({"type": "compact", "dead_bytes": 4200}, ["compact: 4.2 KB of dead bytes"]),
        ({"type": "trash", "from": "/l/a.cbz", "reason": ""}, ["to the trash"]),
        (
            {"type": "undo", "of": {"type": "rename", "from": "/l/a.cbz", "to": "/l/b.cbz"}},
            ["undo rename: a.cbz → b.cbz"],
        ),
        ({"type": "new kind", "what": "a"}, ['new kind: {"what": "a"}']),
    ],
)
def test_changes_are_words_for_people(change: dict[str, Any], shown: list[str]) -> None:
    assert list(lines(change)) == shown


def test_counts_have_plurals_and_sizes_have_units() -> None:
    assert [count_of(number, "file") for number in (0, 1, 1000)] == [
        "0 files",
        "1 file",
        "1,000 files",
    ]
    assert [size(count) for count in (999, 4_200, 42_000_000)] == ["999 B", "4.2 KB", "42 MB"]


@pytest.mark.parametrize(
    ("before", "after", "verb"), [(None, 7, "write"), (6, 7, "change"), (7, None, "remove")]
)
def test_a_file_beside_comics_is_named_with_its_values(before: Any, after: Any, verb: str) -> None:
    fields = [{"field": "cid", "before": before, "after": after}]
    change = {"type": "series-json", "file": "/c/Rain/series.json", "fields": fields}
    assert list(lines(change)) == [
        f"{verb} /c/Rain/series.json",
        f"  cid: {text(before)} → {text(after)}",
    ]

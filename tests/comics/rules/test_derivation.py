"""How much of a comic's name is read, beside what its tags say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.comics.metadata import ComicMetadata, to_dict
from comicmaintainer.comics.rules.derivation import derive
from comicmaintainer.comics.rules.evidence import IdentifiedIssue
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import Rules
from comicmaintainer.comics.rules.wanted_path import wanted_path
from comicmaintainer.errors import InvalidInput

ROOT = Path("/c")


def found(
    path: str, rules: Mapping[str, Any] | None = None, *, is_kept: bool = True, **tags: Any
) -> dict[str, Any]:
    """The metadata of a comic with these tags at that path in the library."""
    place = Place(ROOT / path, ROOT)
    derived, _ = derive(ComicMetadata(**tags), place, Rules.from_dict(rules or {}), is_kept=is_kept)
    return to_dict(derived)


@pytest.mark.parametrize(
    ("series", "name"),
    [
        ("X-Mill (1991)", "X-Mill (1991) #0001.cbz"),
        ("Mill vol. 2", "Mill vol. 2 #0001.cbz"),
        ("Mill (English)", "Mill (English) #0001.cbz"),
        ("Mill Annual 2013", "Mill Annual 2013 #0001.cbz"),
        ("Mill: 2?", "Mill - 2 #0001.cbz"),
        ("Mill [Group]", "Mill [Group] #0001.cbz"),
    ],
)
def test_a_name_made_from_the_tags_adds_nothing(series: str, name: str) -> None:
    assert found(name, series=series, issue="1") == {"series": series, "issue": "1"}
    assert found(f"Some Folder/{name}", series=series, issue="1") == {
        "series": series,
        "issue": "1",
    }


def test_a_name_made_with_fields_that_tags_lack_adds_those() -> None:
    name = "X-Mill (1991) #0001 (2001).cbz"
    expected = {"series": "X-Mill (1991)", "issue": "1", "year": 2001}
    assert found(name, series="X-Mill (1991)") == expected
    assert found(name, series="X-Mill (1991)", issue="1") == expected
    assert found("Mill v01-03.cbz", series="Mill") == {"series": "Mill", "manga_volume": "1-3"}


def test_any_other_name_adds_all_but_repetitions_of_the_series() -> None:
    name = "x-mill (1991) 005 (2001) (French) (Zone-Empire).cbz"
    assert found(name, series="X-Mill (1991)") == {
        "series": "X-Mill (1991)",
        "issue": "5",
        "year": 2001,
        "language": "fr",
        "scan_information": "Zone-Empire",
    }
    assert found("Mill Vol. 2 005.cbz", series="Mill Vol. 2") == {
        "series": "Mill Vol. 2",
        "issue": "5",
    }
    assert found("X-Mill 005 (1991).cbz", series="X-Mill") == {
        "series": "X-Mill",
        "issue": "5",
        "year": 1991,
    }


def test_a_title_is_no_source_of_a_year_but_of_a_number() -> None:
    named = found("Mill - Chapter 5 - Spring (2001).cbz", series="Mill", title="Spring (2001)")
    assert (named["issue"], named.get("year")) == ("5", None)
    named = found("Mill - Chapter 5 (x).cbz", series="Mill", title="Chapter 5")
    assert named["issue"] == "5"


def test_folders_named_like_the_series_add_nothing() -> None:
    series = "X-Mill (1991) v2"
    for path in (f"{series}/a.cbz", f"{series}/{series} 5.cbz", f"{series}/Extras/a 5.cbz"):
        metadata = found(path, series=series)
        assert not {"year", "volume"} & metadata.keys()
    assert found(f"{series} (2005)/a.cbz", series=series)["year"] == 2005


def test_overwriting_takes_no_part_of_a_name_that_the_tags_have_whole() -> None:
    rules = {"fields": {"series": {"mode": "overwrite", "sources": ["filename", "folder"]}}}
    tags: dict[str, Any] = {"series": "X-Mill (1991)", "issue": "1"}
    assert found("Other/X-Mill (1991) #0001.cbz", rules, **tags) == tags
    assert found("Other/Mill 1.cbz", rules, **tags) == {"series": "Mill", "issue": "1"}


def test_folders_made_by_the_template_add_nothing() -> None:
    rules = {
        "template": "{series}/{series} #{issue}",
        "fields": {"series": {"mode": "overwrite", "sources": ["folder"]}},
    }
    tags: dict[str, Any] = {"series": "Rain: Two (1991)", "issue": "1"}
    assert found("Rain - Two (1991)/Rain - Two (1991) #0001.cbz", rules, **tags) == tags
    moved = found("Other/Rain - Two (1991) #0001.cbz", rules, **tags)
    assert moved["series"] == "Other"


def test_texts_are_applied_after_the_fields_they_use() -> None:
    rules = {
        "fields": {
            "title": {"sources": ["text"], "mode": "overwrite", "text": "{collection_title}!"},
            "collection_title": {
                "sources": ["text"],
                "mode": "overwrite",
                "text": "{series} {year}",
            },
        }
    }
    assert found("a.cbz", rules, series="Mill", year=2001)["title"] == "Mill 2001!"


@pytest.mark.parametrize(
    ("text", "tag", "expected"),
    [
        ("{series}, again", "Mill", "Mill"),
        ("Own", "Mill", "Own"),
    ],
)
def test_a_text_that_would_grow_each_time_only_fills(text: str, tag: str, expected: str) -> None:
    rules = {"fields": {"series": {"sources": ["text"], "mode": "overwrite", "text": text}}}
    assert found("1.cbz", rules, series=tag)["series"] == expected


def test_a_text_may_use_its_own_field_if_the_result_is_stable() -> None:
    rules = {
        "fields": {"issue": {"sources": ["text"], "mode": "overwrite", "text": "{issue_no_pad}"}}
    }
    assert found("a.cbz", rules, series="Mill", issue="#007.0")["issue"] == "7"


def test_texts_that_use_each_other_only_fill() -> None:
    texts = {"series": "{title} x", "title": "{series} y"}
    rules = {
        "fields": {
            field: {"sources": ["text"], "mode": "overwrite", "text": text}
            for field, text in texts.items()
        }
    }
    once = found("1.cbz", rules, title="Mill")
    assert (once["series"], once["title"]) == ("Mill x", "Mill")
    assert found("1.cbz", rules, **once) == once


def test_a_comic_keeps_its_name_if_the_new_one_would_be_read_differently() -> None:
    rules = Rules.from_dict({"template": "{series} {volume} {issue:3}"})
    place = Place(ROOT / "Mill v2 003.cbr", ROOT)
    derived, _ = derive(ComicMetadata(), place, rules, is_kept=False)
    assert (derived.series, derived.volume, derived.issue) == ("Mill", 2, "3")
    kept = wanted_path(derived, ComicMetadata(), place, rules, ".cbr", is_kept=False)
    assert kept.path is None
    assert kept.why == "Mill 2 003.cbr would be read as another comic the next time"
    # Where tags hold the volume, the name may be read as it likes.
    tagged = wanted_path(derived, derived, place, rules, ".cbz")
    assert tagged.path == ROOT / "Mill 2 003.cbz"


def test_a_value_that_another_format_outranks_is_not_rewritten_each_time() -> None:
    rules = Rules.from_dict(
        {"fields": {"count": {"mode": "overwrite", "sources": ["filename", "text"], "text": "7"}}}
    )
    place = Place(ROOT / "Mill_1.cbz", ROOT)
    tags = ComicMetadata(series="Mill", issue="1", count=1)
    derived, _ = derive(tags, place, rules)
    assert derived.count == 7
    # ComicInfo still has the count 1, only MetronInfo was written.
    assert wanted_path(derived, tags, place, rules, ".cbz").path is None


def test_a_field_may_come_from_the_issue_that_the_comic_was_identified_as() -> None:
    known = IdentifiedIssue(
        "comicvine", ComicMetadata(series="Mill!", year=1999, genres=("Drama",))
    )
    rules = {
        "fields": {
            "series": {"sources": ["identified", "filename"], "mode": "overwrite"},
            "year": {"sources": ["filename", "identified"]},
            "genres": {"sources": ["identified"]},
            "publisher": {"sources": ["identified"]},
        }
    }
    place = Place(ROOT / "Mill 005 (2001).cbz", ROOT)
    tags = ComicMetadata(series="Old", publisher="Mine")
    derived, why = derive(tags, place, Rules.from_dict(rules), identified=known)
    assert (derived.series, derived.year, derived.genres) == ("Mill!", 2001, ("Drama",))
    assert (why["series"], why["year"], why["genres"]) == ("comicvine", "filename", "comicvine")
    assert derived.publisher == "Mine"
    unknown, _ = derive(tags, place, Rules.from_dict(rules))
    assert (unknown.series, unknown.genres) == ("Mill", ())


def test_what_only_the_owner_knows_can_not_come_from_there() -> None:
    for field in ("pages", "notes", "scan_information"):
        with pytest.raises(InvalidInput, match="can't use the source 'identified'"):
            Rules.from_dict({"fields": {field: {"sources": ["identified"]}}})

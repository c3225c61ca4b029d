"""Rules: where each field comes from, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from comicmaintainer.comics.filename.model import ParsedFilename
from comicmaintainer.comics.folders import FolderFacts, read_folders
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.rules.derivation import apply_rules
from comicmaintainer.comics.rules.evidence import Evidence
from comicmaintainer.comics.rules.rules import PRESETS, FieldRule, Mode, Rules, Source, preset
from comicmaintainer.errors import InvalidInput

Name = ParsedFilename


def derive(
    metadata: ComicMetadata, name: ParsedFilename, folders: Sequence[str], rules: Rules
) -> tuple[ComicMetadata, Mapping[str, str]]:
    """Apply the rules to a name that says all it can."""
    facts = read_folders(tuple(folders)) if folders else None
    return apply_rules(metadata, Evidence(name, facts), rules)


def test_missing_fields_are_filled_and_tags_win() -> None:
    tagged = ComicMetadata(series="Rain", year=2001)
    derived, why = derive(
        tagged, Name("Rainy", "0071.4", "2", "2019", issue_count="80"), [], preset("comics")
    )
    assert derived == ComicMetadata(series="Rain", issue="71.4", volume=2, year=2001, count=80)
    assert why == {
        "series": Source.TAGS,
        "year": Source.TAGS,
        "issue": Source.FILENAME,
        "volume": Source.FILENAME,
        "count": Source.FILENAME,
    }


def test_overwrite_replaces_the_tag_of_that_field_only() -> None:
    rules = Rules.from_dict({"fields": {"series": {"mode": "overwrite"}}})
    tagged = ComicMetadata(series="Rain", issue="1")
    derived, why = derive(tagged, Name("Rainy", "2"), [], rules)
    assert (derived.series, derived.issue) == ("Rainy", "1")
    assert why["series"] is Source.FILENAME


def test_overwrite_keeps_the_tag_where_no_source_has_a_value() -> None:
    rules = Rules.from_dict({"fields": {"series": {"mode": "overwrite"}}})
    derived, why = derive(ComicMetadata(series="Rain"), Name(), [], rules)
    assert (derived.series, why["series"]) == ("Rain", Source.TAGS)


def test_a_field_can_be_emptied_left_alone_and_set_to_a_text() -> None:
    tagged = ComicMetadata(series="Saga", title="Junk", volume=3, genres=("Horror",), year=1999)
    rules = Rules.from_dict(
        {
            "fields": {
                "title": {"mode": "clear"},
                "volume": {"mode": "clear"},
                "year": None,
                "publisher": {"sources": ["text"], "text": "Own Press"},
                "genres": {"sources": ["text"], "text": "Crime, Noir", "mode": "overwrite"},
            }
        }
    )
    found, why = derive(tagged, Name(title="New", volume="7", year="2020"), (), rules)
    assert (found.title, found.volume, found.year) == (None, None, 1999)
    assert (found.publisher, found.genres) == ("Own Press", ("Crime", "Noir"))
    assert "title" not in why
    assert Rules.from_dict(rules.to_dict()) == rules


def test_manga_takes_series_from_folder_and_names_the_chapter() -> None:
    derived, why = derive(
        ComicMetadata(), Name("vol", "0071.4"), ["Own", "Rain_ Two (2019)"], preset("manga")
    )
    assert derived == ComicMetadata(
        series="Rain: Two", issue="71.4", title="Chapter 71.4", year=2019
    )
    assert why["series"] is why["year"] is Source.FOLDER
    assert why["title"] is Source.TEXT
    assert preset("manga").naming().render(derived) == "Rain - Two - Chapter 0071.4"


def test_manga_without_number_gets_no_title() -> None:
    derived, _ = derive(ComicMetadata(), Name("Rain"), [], preset("manga"))
    assert derived == ComicMetadata(series="Rain")


def test_deriving_twice_changes_nothing_the_second_time() -> None:
    for rules in PRESETS.values():
        once, _ = derive(ComicMetadata(), Name("Rain", "07", "1", "2019", "Wet"), ["Rain"], rules)
        assert derive(once, Name("Rain", "07", "1", "2019", "Wet"), ["Rain"], rules)[0] == once


def test_value_that_does_not_fit_is_skipped_for_the_next_source() -> None:
    derived, why = derive(ComicMetadata(), Name(volume="x"), ["Rain v3"], preset("comics"))
    assert (derived.volume, why["volume"]) == (3, Source.FOLDER)


def test_values_that_the_parser_took_from_the_folder_count_as_folder() -> None:
    parsed = Name("Rain", issue="1", from_folder=frozenset({"series"}))
    _, why = derive(ComicMetadata(), parsed, ["Specials"], preset("comics"))
    assert why == {"series": Source.FOLDER, "issue": Source.FILENAME}


def test_name_of_the_librarys_root_is_ignored() -> None:
    parsed = Name("Comics", issue="1", from_folder=frozenset({"series"}))
    derived, _ = derive(ComicMetadata(), parsed, [], preset("comics"))
    assert derived == ComicMetadata(issue="1")


@pytest.mark.parametrize(("volume", "name"), [("1-3", "Rain v01-03"), ("7.5", "Rain v07.5")])
def test_volume_that_is_not_a_whole_number_stays_in_the_name(volume: str, name: str) -> None:
    rules = preset("comics")
    derived, why = derive(ComicMetadata(), Name("Rain", volume=volume), [], rules)
    assert (derived.volume, derived.manga_volume) == (None, volume)
    assert why["manga_volume"] is Source.FILENAME
    assert rules.naming().render(derived) == name
    assert derive(derived, Name("Rain", volume="9"), [], rules)[0] == derived


def test_number_that_only_repeats_the_volume_is_not_taken() -> None:
    parsed = Name("Rain", issue="1", volume="1", year="2019", issue_from_volume=True)
    derived, _ = derive(ComicMetadata(), parsed, [], preset("comics"))
    assert preset("comics").naming().render(derived) == "Rain v01 (2019)"


def test_fixed_text_is_taken_as_it_is() -> None:
    rules = Rules.from_dict({"fields": {"publisher": {"sources": ["text"], "text": "Own"}}})
    derived, why = derive(ComicMetadata(), Name(), [], rules)
    assert (derived.publisher, why["publisher"]) == ("Own", Source.TEXT)


@pytest.mark.parametrize(
    ("folders", "facts"),
    [
        ([], FolderFacts()),
        (["Rain"], FolderFacts("Rain")),
        (["Own", "Rain (2019)"], FolderFacts("Rain", None, "2019", "Own")),
        (["Rain", "Volume 2"], FolderFacts("Rain", "2")),
        (["Rain", "v03 (2019)"], FolderFacts("Rain", "3", "2019")),
        (["Rain", "2019"], FolderFacts("Rain", None, "2019")),
        (["Rain v2"], FolderFacts("Rain", "2")),
        (["Rain [Group] {x}"], FolderFacts("Rain")),
        (["Rain", "Chapters 1-20"], FolderFacts("Rain")),
        (["Rain", "Specials"], FolderFacts("Rain")),
        (["The_Rain"], FolderFacts("The Rain")),
        (["Rain_ Two"], FolderFacts("Rain: Two")),
        (["[Only notes]"], FolderFacts()),
        (["Volume 1"], FolderFacts(None, "1")),
        (["0001", "Rain"], FolderFacts("Rain")),
        (["Own", "R", "Rain"], FolderFacts("Rain", None, None, "Own")),
        (["P-S", "Rain"], FolderFacts("Rain")),
        (["0-9", "Rain"], FolderFacts("Rain")),
        (["2000 AD", "Rain"], FolderFacts("Rain", None, None, "2000 AD")),
    ],
)
def test_folders_are_read(folders: list[str], facts: FolderFacts) -> None:
    assert read_folders(tuple(folders)) == facts


@pytest.mark.parametrize("name", PRESETS)
def test_rules_survive_json(name: str) -> None:
    rules = preset(name)
    assert Rules.from_dict(json.loads(json.dumps(rules.to_dict()))) == rules
    changed = replace(
        rules,
        padding=3,
        fields=(FieldRule("title", (Source.FILENAME, Source.TEXT), Mode.OVERWRITE, "{series}"),),
    )
    dropped: dict[str, Any] = dict.fromkeys((rule.field for rule in rules.fields), None)
    written = changed.to_dict()
    written["fields"] = dropped | written["fields"]
    assert Rules.from_dict(json.loads(json.dumps(written))) == changed


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"preset": "tv"}, "known are comics, manga"),
        ({"padding": 0}, "1 to 12"),
        ({"padding": True}, "int"),
        ({"padding": "4"}, "int"),
        ({"template": "{serie}"}, "Allowed"),
        ({"template": 3}, "str"),
        ({"formats": ["comet"]}, "comicinfo-2.0"),
        ({"formats": ["comicinfo", "comicinfo-1.0"]}, "once"),
        ({"formats": "comicinfo"}, "list"),
        ({"on_malformed": "ignore"}, "fail, replace"),
        ({"colour": 1}, "known are"),
        ({"fields": {"colour": {}}}, "no metadata field"),
        ({"fields": {"series": "folder"}}, "object"),
        ({"fields": {"series": {"sources": ["web"]}}}, "tags, filename, folder, text"),
        ({"fields": {"series": {"sources": ["tags"]}}}, "can't use"),
        ({"fields": {"summary": {"sources": ["filename"]}}}, "can't use"),
        ({"fields": {"series": {"mode": "maybe"}}}, "fill, overwrite"),
        ({"fields": {"title": {"sources": ["text"]}}}, "needs 'text'"),
        ({"fields": {"title": {"sources": ["text"], "text": "{x}"}}}, "no such field"),
        ({"fields": {"language": {"sources": ["text"], "text": "7"}}}, "language is a code"),
        ({"fields": {"title": {"sources": ["filename"], "mode": "clear"}}}, "both clear"),
    ],
)
def test_bad_rules_are_refused_with_what_is_allowed(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Rules.from_dict(values)

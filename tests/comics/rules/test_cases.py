"""Rules with cases: what differs for some comics, and that deriving again changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.rules.inboxes import Inbox
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import Rules
from comicmaintainer.comics.rules.wanted_path import ComicAtPlace
from comicmaintainer.errors import InvalidInput, InvalidTemplate

ROOT = Path("/comics")
BY_PUBLISHER = {
    "cases": [
        {
            "if": {"publisher": ["Tern Press", "Tern *"]},
            "rules": {"template": "Tern/{series}/{series} {issue}", "padding": 2},
        },
        {
            "if": {"publisher": "Lantern"},
            "unless": {"year": ""},
            "rules": {"template": "{series} ({year}) {issue}"},
        },
    ]
}


def comic(
    rules: dict[str, Any], name: str = "Rain 003.cbz", *, is_kept: bool = True
) -> ComicAtPlace:
    kind = ArchiveFormat.CBZ if is_kept else ArchiveFormat.CBR
    return ComicAtPlace(Place(ROOT / name, ROOT), Rules.from_dict(rules), kind, is_kept)


def named(rules: dict[str, Any], name: str = "Rain 003.cbz", **tags: Any) -> str | None:
    path = comic(rules, name).path_by_tags(ComicMetadata(**tags)).path
    return None if path is None else str(path.relative_to(ROOT))


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"publisher": "tern  press"}, "Tern/Rain/Rain 03.cbz"),
        ({"publisher": "Tern Books"}, "Tern/Rain/Rain 03.cbz"),
        ({"publisher": "Western Press"}, "Rain #0003.cbz"),
        ({"publisher": "Lantern", "year": 2001}, "Rain (2001) 0003.cbz"),
        ({"publisher": "Lantern"}, "Rain #0003.cbz"),
        ({}, "Rain #0003.cbz"),
    ],
)
def test_the_first_case_that_holds_names_the_comic(tags: dict[str, Any], name: str) -> None:
    assert named(BY_PUBLISHER, **tags) == name


def test_a_case_looks_at_what_the_name_says() -> None:
    rules = {
        "cases": [
            {"if": {"series": "Rain"}, "rules": {"fields": {"publisher": _text("Own Press")}}}
        ]
    }
    derived, why = comic(rules).derived(ComicMetadata())
    assert (derived.publisher, why["publisher"], why["series"]) == ("Own Press", "text", "filename")
    other, _ = comic(rules, "Snow 1.cbz").derived(ComicMetadata())
    assert other.publisher is None


def test_a_case_may_change_what_it_looks_at() -> None:
    """The comic gets the name of what it has become, so that the next job leaves it."""
    rules = {
        "cases": [
            {
                "if": {"publisher": ["Marvel Comics", "Marvel Worldwide*"]},
                "rules": {
                    "template": "never {series}",
                    "fields": {"publisher": _text("Marvel", mode="overwrite")},
                },
            },
            {"if": {"publisher": "Marvel"}, "rules": {"template": "Marvel {series} {issue}"}},
        ]
    }
    at = comic(rules)
    derived, why = at.derived(ComicMetadata(publisher="Marvel Comics"))
    assert (derived.publisher, why["publisher"]) == ("Marvel", "text")
    assert named(rules, publisher="Marvel Comics") == "Marvel Rain 0003.cbz"
    assert named(rules, "Marvel Rain 0003.cbz", series="Rain", issue="3", publisher="Marvel") == (
        "Marvel Rain 0003.cbz"
    )


def test_cases_that_follow_each_other_for_ever_do_not_count() -> None:
    rules = {
        "cases": [
            {"if": {"publisher": a}, "rules": {"fields": {"publisher": _text(b, mode="overwrite")}}}
            for a, b in (("A", "B"), ("B", "A"))
        ]
    }
    derived, _ = comic(rules).derived(ComicMetadata(publisher="A"))
    assert derived.publisher == "A"


def test_a_name_that_would_lead_to_another_case_is_not_given() -> None:
    """Tags of a CBR are not written, so the next job would know the publisher no more."""
    rules: dict[str, Any] = {
        "fields": {"publisher": {"sources": ["folder"]}},
        "cases": [{"if": {"publisher": "Tern"}, "rules": {"template": "{series} no {issue}"}}],
    }
    at = comic(rules, "Tern/Rain/Rain 003.cbr", is_kept=False)
    derived, _ = at.derived(ComicMetadata())
    assert derived.publisher == "Tern"  # from the folder above the series
    assert at.path_by_tags(ComicMetadata()).path == ROOT / "Tern/Rain/Rain no 0003.cbr"
    moved = {
        **rules,
        "cases": [{**rules["cases"][0], "rules": {"template": "All/{series} no {issue}"}}],
    }
    wanted = comic(moved, "Tern/Rain/Rain 003.cbr", is_kept=False).path_by_tags(ComicMetadata())
    assert wanted.path is None
    assert "the next time" in (wanted.why or "")


def test_an_inbox_files_by_the_case_that_holds() -> None:
    inbox = Inbox("/new", "/comics")
    at = ComicAtPlace(
        inbox.place(Path("/new/Rain 003.cbz")),
        Rules.from_dict(BY_PUBLISHER),
        ArchiveFormat.CBZ,
        is_kept=True,
    )
    tern = inbox.filed_path_by_tags(at, ROOT, ComicMetadata(publisher="Tern Press"))
    assert tern.path == ROOT / "Tern/Rain/Rain 03.cbz"
    other = inbox.filed_path_by_tags(at, ROOT, ComicMetadata())
    assert other.path == ROOT / "Rain/Rain #0003.cbz"


def test_fields_with_several_values_are_each_of_them() -> None:
    rules = {"cases": [{"if": {"genres": "Horror"}, "rules": {"template": "Dark {series}"}}]}
    assert named(rules, genres=("Crime", "horror")) == "Dark Rain.cbz"
    assert named(rules, genres=("Crime",)) == "Rain #0003.cbz"


def test_the_json_form_is_read_back() -> None:
    rules = Rules.from_dict(BY_PUBLISHER)
    assert Rules.from_dict(rules.to_dict()) == rules
    assert Rules.from_dict({"cases": []}, rules).cases == ()
    assert Rules.from_dict({"padding": 3}, rules).cases == rules.cases


@pytest.mark.parametrize(
    ("case", "field", "words"),
    [
        ({"rules": {"padding": 2}}, "cases.0.if", "needs a condition"),
        ({"if": {"nope": "x"}, "rules": {"padding": 2}}, "cases.0.if.nope", "no metadata field"),
        ({"if": {"pages": "x"}, "rules": {"padding": 2}}, "cases.0.if.pages", "can't be compared"),
        ({"if": {"year": 5}, "rules": {"padding": 2}}, "cases.0.if.year", "a text or a list"),
        ({"if": {"year": []}, "rules": {"padding": 2}}, "cases.0.if.year", "1 to 100 texts"),
        ({"if": {"year": "5"}}, "cases.0.rules", "says something about"),
        ({"if": {"year": "5"}, "rules": {"formats": []}}, "cases.0.rules", "says something about"),
        ({"if": {"year": "5"}, "rules": {"padding": 99}}, "cases.0.rules", "allowed are 1 to"),
        ({"if": {"year": "5"}, "rules": {"template": "{x}"}}, "cases.0.rules.template", "no such"),
    ],
)
def test_mistakes_are_told_with_their_place(case: Any, field: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        Rules.from_dict({"cases": [case]})
    assert caught.value.field == field
    if isinstance(caught.value, InvalidTemplate):
        assert caught.value.span == (0, 3)


def _text(text: str, **more: str) -> dict[str, Any]:
    return {"sources": ["text"], "text": text, **more}

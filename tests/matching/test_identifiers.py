from __future__ import annotations

import pytest

from comicmaintainer.comics.metadata.model import ComicMetadata, Identifier
from comicmaintainer.matching.identifiers import issue_ids, series_ids


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (
            ComicMetadata(web=("https://comicvine.gamespot.com/harbour-lights-3/4000-12345/",)),
            {"comicvine": "12345"},
        ),
        (ComicMetadata(web=("https://metron.cloud/issue/678/",)), {"metron": "678"}),
        (ComicMetadata(web=("https://www.comics.org/issue/90/",)), {"gcd": "90"}),
        (ComicMetadata(web=("https://metron.cloud/issue/harbour-lights-2016-3/",)), {}),
        (ComicMetadata(web=("https://example.org/4000-12345/",)), {}),
        (ComicMetadata(notes="Scraped from ComicVine [CVDB12345]."), {"comicvine": "12345"}),
        (
            ComicMetadata(notes="Tagged using info from Comic Vine. [Issue ID 77]"),
            {"comicvine": "77"},
        ),
        (ComicMetadata(notes="Tagged with metron-tagger using Metron. [issue_id: 5] [Issue ID 77]"),
         {"metron": "77"}),
        (ComicMetadata(notes="Grand Comics Database [Issue ID 9]"), {"gcd": "9"}),
        (ComicMetadata(notes="4000-12345"), {"comicvine": "12345"}),
        (ComicMetadata(notes="[Issue ID 77]"), {}),
        (
            ComicMetadata(
                identifiers=(
                    Identifier("Comic Vine", "4000-12"),
                    Identifier("Metron", "34", primary=True),
                    Identifier("Grand Comics Database", "56"),
                    Identifier("MangaDex", "7-8"),
                ),
                web=("https://metron.cloud/issue/99/",),
            ),
            {"comicvine": "12", "metron": "34", "gcd": "56"},
        ),
        (ComicMetadata(), {}),
    ],
)  # fmt: skip
def test_issue_ids_are_found_in_tags(metadata: ComicMetadata, expected: dict[str, str]) -> None:
    assert issue_ids(metadata) == expected


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (("Harbour Lights (2016) [cv-123]",), {"comicvine": "123"}),
        (("Harbour Lights [metron-45]",), {"metron": "45"}),
        (("Harbour Lights {comicvine-4050-123}",), {"comicvine": "123"}),
        (("Lamp [cv-1]", "Harbour Lights [cv-2]"), {"comicvine": "2"}),
        (("Lamp [metron-1]", "Harbour Lights [cv-2]"), {"comicvine": "2", "metron": "1"}),
        (("Harbour Lights [cvs-12]", "cv-12"), {}),
    ],
)
def test_series_ids_are_found_in_folders(
    folders: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert series_ids(ComicMetadata(), folders, {}) == expected


def test_a_given_series_id_comes_before_folders_and_addresses() -> None:
    tags = ComicMetadata(web=("https://comicvine.gamespot.com/x/4050-3/", "metron.cloud/series/4"))
    found = series_ids(tags, ("Harbour Lights [cv-2]",), {"comicvine": "1"})
    assert found == {"comicvine": "1", "metron": "4"}


def test_digits_of_other_scripts_are_no_id() -> None:
    metadata = ComicMetadata(
        web=("https://comicvine.gamespot.com/x/4000-١٢٣/", "https://metron.cloud/series/١٢/"),
        notes="Comic Vine [Issue ID ١٢٣]",
    )
    assert issue_ids(metadata) == {}
    assert series_ids(metadata, ("Owl [cv-١٢٣]",), {}) == {}

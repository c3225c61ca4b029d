"""What the folder adds to a name, and when it must not."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.parser import parse_filename


@pytest.mark.parametrize(
    ("name", "folder", "series", "issue", "volume", "year"),
    [
        ("Chapter 12.cbz", "Paper Lantern", "Paper Lantern", "12", None, None),
        ("012.cbz", "Paper Lantern (1999)", "Paper Lantern", "12", None, "1999"),
        ("Vol. 3.cbz", "/data/comics/Paper Lantern", "Paper Lantern", None, "3", None),
        ("c6.cbz", "Paper Lantern (1996) v3", "Paper Lantern", "6", "3", "1996"),
        ("Tin Parade 012.cbz", "/library/Tin Parade (2016)", "Tin Parade", "12", None, "2016"),
        ("Tin Parade 012.cbz", "Tin Parade/Volume 2 (2016)", "Tin Parade", "12", "2", "2016"),
        ("Tin Parade 012 (2018).cbz", "Tin Parade (2016)", "Tin Parade", "12", None, "2018"),
        ("Tin Parade 012.cbz", "Paper Lantern (2016)", "Tin Parade", "12", None, None),
        ("Chapter 12.cbz", "/data/manga", None, "12", None, None),
        ("#52.cbz", "Tin Parade", "Tin Parade", "52", None, None),
        ("#52.cbz", None, "52", "52", None, None),
    ],
)
def test_folder_fills_the_missing_fields(
    name: str,
    folder: str | None,
    series: str | None,
    issue: str | None,
    volume: str | None,
    year: str | None,
) -> None:
    parsed = parse_filename(name, folder)
    assert (parsed.series, parsed.issue) == (series, issue)
    assert (parsed.volume, parsed.year) == (volume, year)


def test_folders_inside_the_name_help_like_a_given_folder() -> None:
    parsed = parse_filename("Paper Lantern (1999)/Volume 3/Chapter 12.cbz")
    assert (parsed.series, parsed.issue, parsed.volume) == ("Paper Lantern", "12", "3")
    assert parsed.year == "1999"
    assert parsed.explanation[0].role is PieceRole.FOLDER


def test_text_after_a_leading_number_is_the_title_in_a_series_folder() -> None:
    parsed = parse_filename("04 - Low Tide.cbz", "/comics/Tin Parade")
    assert (parsed.series, parsed.issue, parsed.title) == ("Tin Parade", "4", "Low Tide")


def test_fields_from_the_folder_are_named() -> None:
    parsed = parse_filename("Chapter 12.cbz", "Paper Lantern (1999)")
    assert parsed.from_folder == {"series", "year"}


def test_sidecar_file_takes_even_the_issue_from_its_folder() -> None:
    parsed = parse_filename("Tin Parade/Volume 2 (2012)/Issue 5/comicinfo.xml")
    assert (parsed.series, parsed.issue, parsed.year) == ("Tin Parade", "5", "2012")


def test_every_file_of_a_folder_is_filled_from_it_in_any_order() -> None:
    help_ = "Paper Lantern (1999) v3"
    first, other, again = (
        parse_filename("c6.cbz", help_),
        parse_filename("c6.cbz", "Tin Parade (2016)"),
        parse_filename("c6.cbz", help_),
    )
    assert first == again
    assert (first.series, first.volume, first.year) == ("Paper Lantern", "3", "1999")
    assert (other.series, other.volume, other.year) == ("Tin Parade", None, "2016")

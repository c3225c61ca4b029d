"""Names that downloaders of manga give to chapters, in a folder that names the series."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.parser import parse_filename

SERIES = "Paper Lantern"
Case = tuple[str, str | None, str | None, str | None, str | None]

CASES: list[Case] = [
    # name, issue, volume, title, scan group
    ("Moth Scans!_Vol. 1, Ch. 2_ The Lamp.cbz", "2", "1", "The Lamp", "Moth Scans!"),
    ("Moth Scans_Ch.012.cbz", "12", None, None, "Moth Scans"),
    ("Official_Ch.045_7e1234.cbz", "45", None, None, "Official"),
    ("Moth_Chapter 45 - The Lamp_7e1234.cbz", "45", None, "The Lamp", "Moth"),
    ("Moth Scans_S2 Ep. 45.cbz", "45", "2", None, "Moth Scans"),
    ("Moth Scans_Vol.3 Ch.22.1 - A Date (Part 1).cbz", "22.1", "3", "A Date", "Moth Scans"),
    ("Moth Scans_第12話.cbz", "12", None, None, "Moth Scans"),
    ("Moth Scans_Prologue.cbz", None, None, "Prologue", "Moth Scans"),
    ("Moth Scans_Oneshot_7e1234.cbz", None, None, "Oneshot", "Moth Scans"),
    ("Chapter 17_e98d21.cbz", "17", None, None, None),
    ("Chapter 17_123456.cbz", "17", None, None, None),
    ("Chapter 17_abcdef.cbz", "17", None, None, None),
    ("Vol.3 Ch.12 - Homecoming_0b4417.cbz", "12", "3", "Homecoming", None),
    ("Prologue_7e12ab.cbz", None, None, "Prologue", None),
    ("Vol. Ch. 76 - The Lamp [Moth Scans].cbz", "76", None, "The Lamp", "Moth Scans"),
    ("Vol.TBD Ch.76.cbz", "76", None, None, None),
    ("Volume Unknown.cbz", None, None, None, None),
    ("No Volume.cbz", None, None, None, None),
    ("No Volume Ch. 12.cbz", "12", None, None, None),
    ("Vol.1 Ch. - Oneshot.cbz", None, "1", None, None),
    ("Ex - Bonus Chapter.cbz", None, None, "Ex - Bonus Chapter", None),
    ("Epilogue - The End.cbz", None, None, "Epilogue - The End", None),
    ("Side Story.cbz", None, None, "Side Story", None),
    ("番外編.cbz", None, None, "番外編", None),
    ("Paper Lantern - Bonus Chapter.cbz", None, None, "Bonus Chapter", None),
    ("[0054]_Spell_47.cbz", "47", None, "Spell", None),
    ("[0012]_The_Lamp.cbz", "12", None, "The Lamp", None),
    ("[0001]_Vol.1_Chapter_0.01_The_Lamp.cbz", "0.01", "1", "The Lamp", None),
    ("0012_Chapter_12.cbz", "12", None, None, None),
    ("001 - Vol.1 Ch.1 - The Lamp.cbz", "1", "1", "The Lamp", None),
    ("(S2) Ep. 54 - The Lamp.cbz", "54", "2", "The Lamp", None),
    ("[S2] Episode 54.cbz", "54", "2", None, None),
    ("Chapter-12.cbz", "12", None, None, None),
    ("Capítulo 12.00.cbz", "12", None, None, None),
    ("Chapter 12_ The Lamp.cbz", "12", None, "The Lamp", None),
    ("Vol.01 Ch.0001 - The Lamp (en) [Moth Scans].cbz", "1", "1", "The Lamp", "Moth Scans"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_chapter_takes_its_series_from_the_folder(case: Case) -> None:
    parsed = parse_filename(case[0], SERIES)
    found = (parsed.issue, parsed.volume, parsed.title, parsed.scan_group)
    assert (parsed.series, *found) == (SERIES, *case[1:])


@pytest.mark.parametrize(
    ("name", "folder", "series"),
    [
        ("Lantern_Ch.2.cbz", None, "Lantern"),
        ("Lantern_Ch.2.cbz", "Lantern", "Lantern"),
        ("Tin_Parade_Ch.2.cbz", SERIES, "Tin Parade"),
        ("Tin_v01_ch02.cbz", SERIES, "Tin"),
        ("Tin_v01.cbz", SERIES, "Tin"),
        ("Tin Parade 012.cbz", SERIES, "Tin Parade"),
        ("Tin Parade Special (2022).cbz", SERIES, "Tin Parade Special"),
        ("Tin_198305.cbz", SERIES, "Tin"),
        ("The_Long_Decade.cbz", SERIES, "The Long Decade"),
        ("No Volume.cbz", None, None),
    ],
)
def test_name_with_a_series_of_its_own_keeps_it(
    name: str, folder: str | None, series: str | None
) -> None:
    assert parse_filename(name, folder).series == series


@pytest.mark.parametrize(
    "name",
    [
        "Lantern [f9c33607-9180-4ba6-b85c-e4b5faee7192].cbz",
        "Lantern [1A2B3C4D].cbz",
        "Lantern Prologue_7e12ab.cbz",
    ],
)
def test_id_is_neither_title_nor_scan_group(name: str) -> None:
    parsed = parse_filename(name)
    assert PieceRole.IDENTIFIER in {piece.role for piece in parsed.explanation}
    assert (parsed.title, parsed.scan_group) == (None, None)


def test_underscore_before_a_space_is_the_colon_that_names_can_not_have() -> None:
    parsed = parse_filename("Lantern_ Year One 012_ The Lamp (2011).cbz")
    assert (parsed.series, parsed.issue, parsed.title) == ("Lantern: Year One", "12", "The Lamp")


def test_text_after_a_leading_number_is_explained_as_the_title() -> None:
    pieces = parse_filename("04 - Low Tide.cbz", "/comics/Tin Parade").explanation
    assert ("Low Tide", PieceRole.TITLE) in [(piece.text, piece.role) for piece in pieces]

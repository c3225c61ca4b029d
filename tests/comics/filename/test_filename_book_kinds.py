"""An annual, special or omnibus is a series of its own, wherever the name tells the kind."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.parser import parse_filename

Case = tuple[str, str | None, str | None, str | None, str | None]

FIELDS = ("series", "issue", "volume", "year")

CASES: list[Case] = [
    ("Salt Road v3 Annual 001 (2012).cbz", "Salt Road Annual", "1", "3", "2012"),
    ("Salt Road v2 Annual 1.cbz", "Salt Road Annual", "1", "2", None),
    ("Salt Road Vol.2 - Annual #03 (of 04).cbz", "Salt Road Annual", "3", "2", None),
    ("Salt Road Volume 2 Annual No. 3.cbz", "Salt Road Annual", "3", "2", None),
    ("Salt Road (vol. 2) Annual 1 (2012).cbz", "Salt Road Annual", "1", "2", "2012"),
    ("Salt_Road_v2_Annual_01_(2010)_(digital).cbz", "Salt Road Annual", "1", "2", "2010"),
    ("Salt.Road.v2.Annual.01.2010.digital.cbz", "Salt Road Annual", "1", "2", "2010"),
    ("Salt Road V2011 Annual #1 (2012).cbz", "Salt Road Annual", "1", "2011", "2012"),
    ("Salt Road (2011) Annual 2.cbz", "Salt Road Annual", "2", None, "2011"),
    ("Salt Road (2011) - Annual 02 (2012).cbz", "Salt Road Annual", "2", "2011", "2012"),
    ("Salt Road v2 Annual (2012).cbz", "Salt Road Annual", None, "2", "2012"),
    ("Salt Road (2011) Annual.cbz", "Salt Road Annual", None, None, "2011"),
    ("Salt Road v2 Annual 2012 (2012).cbz", "Salt Road Annual 2012", None, "2", "2012"),
    ("Salt Road v2 - Annual 2014 - 001.cbz", "Salt Road Annual", "1", "2", "2014"),
    ("Salt Road v2 Holiday Special 01 (2010).cbz", "Salt Road Holiday Special", "1", "2", "2010"),
    ("Salt Road v2 - Winter Special #1.cbz", "Salt Road Winter Special", "1", "2", None),
    ("Salt Road v2 Special Edition 3.cbz", "Salt Road Special Edition", "3", "2", None),
    ("Salt Road v2 King-Size Annual 3.cbz", "Salt Road King-Size Annual", "3", "2", None),
    ("Salt Road (1988) Omnibus 01 (2015).cbz", "Salt Road Omnibus", "1", "1988", "2015"),
    ("Salt Road v2 Compendium 1.cbz", "Salt Road Compendium", "1", "2", None),
    ("Salt Road v2 Yearbook 1.cbz", "Salt Road Yearbook", "1", "2", None),
    ("Salt Road 001 Annual (2012).cbz", "Salt Road Annual", "1", None, "2012"),
    ("Salt Road (2016) Issue Annual 2.cbz", "Salt Road Annual", "2", None, "2016"),
    # What a volume has besides, and how it is bound, is no series.
    ("Salt Road (1996) Volume 2 Annuals.zip", "Salt Road", "2", "2", "1996"),
    ("Salt Road v1 TPB 02 (2015).cbz", "Salt Road", "2", "1", "2015"),
    ("Salt Road v05 - Extra (2019).cbz", "Salt Road", "5", "5", "2019"),
    ("Salt Road 001 (2012) (FCBD).cbz", "Salt Road", "1", None, "2012"),
    (
        "Salt Road - The Graphic Novel (2012).cbz",
        "Salt Road - The Graphic Novel",
        None,
        None,
        "2012",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_kind_of_book_joins_the_series(case: Case) -> None:
    parsed = parse_filename(case[0])
    assert tuple(getattr(parsed, field) for field in FIELDS) == case[1:]


def test_kind_after_the_volume_joins_the_series_and_text_after_a_dash_is_the_title() -> None:
    parsed = parse_filename("Salt Road v2 Annual - The Long Way 001.cbz")
    assert (parsed.series, parsed.title, parsed.format) == (
        "Salt Road Annual",
        "The Long Way",
        "Annual",
    )
    roles = [(piece.text, piece.role) for piece in parsed.explanation]
    assert ("Annual", PieceRole.SERIES) in roles


@pytest.mark.parametrize(
    ("name", "series", "issue", "format_"),
    [
        ("Annual 001 (2012).cbz", "Salt Road Annual", "1", None),
        ("Special 01.cbz", "Salt Road Special", "1", None),
        ("Issue #Annual 2.cbz", "Salt Road Annual", "2", None),
        ("TPB 1.cbz", "Salt Road", "1", "TPB"),
    ],
)
def test_name_with_only_a_kind_takes_the_series_from_its_folder(
    name: str, series: str, issue: str, format_: str | None
) -> None:
    parsed = parse_filename(name, "Salt Road (2011)")
    assert (parsed.series, parsed.issue, parsed.format) == (series, issue, format_)

"""Years and dates outside brackets, of two digits and in names without brackets at all."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.filename.parser import parse_filename

Case = tuple[str, str | None, str | None, str | None]

BARE: list[Case] = [
    ("Glass Pier 012 2014.cbz", "Glass Pier", "12", "2014"),
    ("Glass Pier v2 012 2014.cbz", "Glass Pier", "12", "2014"),
    ("Glass Pier #12 - 2014.cbz", "Glass Pier", "12", "2014"),
    ("Glass Pier 012-2014.cbz", "Glass Pier", "12", "2014"),
    ("Glass Pier, 012, 2014.cbz", "Glass Pier", "12", "2014"),
    ("Glass Pier 012a 2014.cbz", "Glass Pier", "12a", "2014"),
    ("Glass Pier 012 (of 20) 2014 digital.cbz", "Glass Pier", "12", "2014"),
    ("Glass Pier Annual - 001 - 2013.cbz", "Glass Pier Annual", "1", "2013"),
    ("Glass Pier - 1987 - 03 - La nuit.cbz", "Glass Pier", "3", "1987"),
    ("1987 - Glass Pier 03.cbz", "Glass Pier", "3", "1987"),
    ("1987 - Glass Pier.cbz", "Glass Pier", None, "1987"),
    ("Glass Pier vs. the Owls 2008 Digital.cbz", "Glass Pier vs. the Owls", None, "2008"),
    ("Glass Pier 01-12 2008-2010.cbz", "Glass Pier", "1-12", "2008"),
    ("Glass Pier 2008-2010 (digital).cbz", "Glass Pier", None, "2008"),
    ("Glass Pier 2049 001 2019.cbz", "Glass Pier 2049", "1", "2019"),
    ("1977AD 2024 (2017).cbz", "1977AD", "2024", "2017"),
    # No years: futures, what a bracket outranks, and the series' own.
    ("Glass Pier 2049.cbz", "Glass Pier 2049", None, None),
    ("Glass Pier 012 1984 (2008).cbz", "Glass Pier", "12", "2008"),
    ("Glass Pier 1999 012.cbz", "Glass Pier 1999", "12", None),
    ("Glass Pier 1999 #12.cbz", "Glass Pier 1999", "12", None),
    ("Glass Pier - 1999 - Chapter 0012.cbz", "Glass Pier - 1999", "12", None),
    ("Glass Pier 0001 - 3.cbz", "Glass Pier", "1", None),
]


@pytest.mark.parametrize("case", BARE, ids=lambda case: case[0])
def test_year_outside_brackets_is_found_by_its_place(case: Case) -> None:
    parsed = parse_filename(case[0])
    assert (parsed.series, parsed.issue, parsed.year) == case[1:]


def test_year_between_dashes_separates_volume_and_title() -> None:
    parsed = parse_filename("Jetée - T03 - 1987 - La nuit.cbz")
    assert (parsed.series, parsed.volume, parsed.year) == ("Jetée", "3", "1987")
    assert parsed.title == "La nuit"


@pytest.mark.parametrize(
    ("name", "series", "issue", "group"),
    [
        (
            "Glass_Pier_-_Low_Tide_01_of_04_2025_digital_Son_of_Lamp-Empire.cbz",
            "Glass Pier - Low Tide", "1", "Son of Lamp-Empire",
        ),
        ("Glass Pier 01 2025 digital Lamp-Empire.cbz", "Glass Pier", "1", "Lamp-Empire"),
        ("Glass.Pier.01.2025.Digital.Lamp-Empire.cbz", "Glass Pier", "1", "Lamp-Empire"),
        ("Glass Pier 2025 No 01 2025 HYBRID COMIC eBook-LMP.cbz", "Glass Pier 2025", "1", "LMP"),
        ("Glass.Pier.No.1.2025.Retail.Comic.eBook-LMP.cbz", "Glass Pier", "1", "LMP"),
    ],
)  # fmt: skip
def test_name_without_brackets_ends_with_release_and_group(
    name: str, series: str, issue: str, group: str
) -> None:
    parsed = parse_filename(name)
    assert (parsed.series, parsed.issue, parsed.year) == (series, issue, "2025")
    assert (parsed.title, parsed.scan_group) == (None, group)


@pytest.mark.parametrize(
    ("name", "issue", "date"),
    [
        ("Glass Pier 1812 (29-06-11).cbz", "1812", ("2011", "6", "29")),
        ("Glass Pier 1812 (01.09.10) (Grp).cbz", "1812", ("2010", "9", "1")),
        ("Glass Pier 1812 29-06-11.cbz", "1812", ("2011", "6", "29")),
        ("Glass Pier 1812 (06-29-98).cbz", "1812", ("1998", "6", "29")),
        ("Glass Pier 1812 (99-06-21).cbz", "1812", ("1999", "6", "21")),
        ("Glass Pier 1812 (20110629).cbz", "1812", ("2011", "6", "29")),
        ("Glass Pier 12 (June '11).cbz", "12", ("2011", "6", None)),
        ("Glass Pier 05-2024.cbz", None, ("2024", "5", None)),
        ("Glass Pier 12 05-2024.cbz", "12", ("2024", "5", None)),
        ("Glass Pier 12 [[c2c][2011]] [Grp].cbz", "12", ("2011", None, None)),
        ("1977 AD 2000 (29-06-11) 295 pages.cbz", "2000", ("2011", "6", "29")),
    ],
)
def test_dates_of_short_and_joined_numbers(
    name: str, issue: str | None, date: tuple[str, str | None, str | None]
) -> None:
    parsed = parse_filename(name)
    assert (parsed.issue, (parsed.year, parsed.month, parsed.day)) == (issue, date)

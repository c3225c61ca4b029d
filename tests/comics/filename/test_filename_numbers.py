"""No part of a number is lost, and numbers that are no issues are none."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.filename.parser import parse_filename


@pytest.mark.parametrize(
    ("name", "issue"),
    [
        ("Reed Coast Ch.0.01.cbz", "0.01"),
        ("Reed Coast Ch. 12.05 - Rain.cbz", "12.05"),
        ("Reed Coast c012.05 (2019).cbz", "12.05"),
        ("Reed Coast 010.05 (2019).cbz", "10.05"),
        ("Reed Coast ch 10.05-10.07.cbz", "10.05-10.07"),
        ("Reed Coast Vol.2 Ch.14.10.cbz", "14.10"),
        ("Reed Coast Chapter 12.00.cbz", "12"),
        ("Reed Coast Kapitel 10,5 - Regen.cbz", "10.5"),
        ("reed-coast-chapter-12-5.cbz", "12.5"),
        ("Reed Coast - c045x2 (v06) [Grp].cbz", "45x2"),
        ("Reed Coast 045x2 (2020).cbz", "45x2"),
        ("Reed Coast Vol.1 Ch.7.c_ Rain.cbz", "7.c"),
        ("Reed Coast Ch.7.extra_ Rain.cbz", "7.extra"),
        ("Reed Coast Chapter 7.omake.cbz", "7.omake"),
        ("Reed Coast 567.a Rain and Snow.cbz", "567.a"),
        ("Reed Coast 34.5 The Long Night.cbz", "34.5"),
        ("Reed Coast #12A.U. (2013).cbz", "12A.U."),
        ("Reed Coast #1.NOW (2013).cbz", "1.NOW"),
        ("Reed Coast 012.XE (2013).cbz", "12.XE"),
        ("Reed Coast 012XE (2013).cbz", "12XE"),
        ("Reed Coast 010 A.I. (2013).cbz", "10A.I."),
        ("Reed Coast 005 AU (2013).cbz", "5AU"),
        ("Reed Coast Chapter S01.cbz", "S01"),
        ("Reed Coast -001 (1997).cbz", "-1"),
        ("Reed Coast Issue -1 (1997).cbz", "-1"),
        ("Reed.Coast.-001.(1997).cbz", "-1"),
        ("Reed Coast #0.0002½ (2017).cbz", "0.0002½"),
        ("Reed Coast #1⁄2 (2017).cbz", "½"),
        ("Reed Coast #⅔.cbz", "⅔"),
        # The version of a release is no part.
        ("Reed Coast Ch.5v2.cbz", "5"),
        ("Reed Coast Ch.5v.2_ Rain.cbz", "5"),
        ("Reed Coast Ch.5.5v2 [Grp].cbz", "5.5"),
        # What a title begins with is none either.
        ("Reed Coast Ch.5.A Title.cbz", "5"),
        ("Reed Coast 4x4 012 (2020).cbz", "12"),
        ("Reed Coast 012.HD (2020).cbz", "12"),
    ],
)
def test_number_is_read_with_its_parts(name: str, issue: str) -> None:
    parsed = parse_filename(name)
    assert (parsed.issue, (parsed.series or "").casefold()[:10]) == (issue, "reed coast")


@pytest.mark.parametrize(
    ("name", "series", "issue", "title"),
    [
        ("Reed Coast (2011), 40 pgs.cbr", "Reed Coast", None, None),
        ("Reed Coast (2011) 36p.cbr", "Reed Coast", None, None),
        ("Reed Coast 52 pages.cbz", "Reed Coast", None, None),
        ("Reed Coast 012, 36 pages (2011).cbz", "Reed Coast", "12", None),
        ("Reed Coast 012 (2011) 48 pgs c2c.cbz", "Reed Coast", "12", None),
        ("Reed Coast 012 - 52 pgs - Rain.cbz", "Reed Coast", "12", "Rain"),
        ("Reed Coast 012 (2011) 150MB 300dpi.cbz", "Reed Coast", "12", None),
        ("Reed Coast 100 Page Giant 01 (2019).cbz", "Reed Coast 100 Page Giant", "1", None),
        ("Reed Coast 80-Page Giant (1998).cbz", "Reed Coast 80-Page Giant", None, None),
        ("The Last 100 Pages #3.cbz", "The Last 100 Pages", "3", None),
        ("The Last 100 Pages.cbz", "The Last 100 Pages", None, None),
    ],
)
def test_count_of_pages_is_neither_issue_nor_title(
    name: str, series: str, issue: str | None, title: str | None
) -> None:
    parsed = parse_filename(name)
    assert (parsed.series, parsed.issue, parsed.title) == (series, issue, title)


@pytest.mark.parametrize(
    ("name", "series", "issue", "volume"),
    [
        ("Reed Coast v09 - Night Watch Part 1 (2008).cbz", "Reed Coast", "9", "9"),
        ("Reed Coast Vol. 3 - Night Watch, Part Two.cbz", "Reed Coast", None, "3"),
        ("Reed Coast 027_ Part 002_ Chapter 001.cbz", "Reed Coast", "27", None),
        ("Reed Coast 027 - Chapter 3 (2010).cbz", "Reed Coast", "27", None),
        ("Reed Coast 404_ 00_00.cbz", "Reed Coast", "404", None),
        ("Reed Coast 404 - Room 12.cbz", "Reed Coast", "404", None),
        ("Reed Coast 404: 24 Hours (2010).cbz", "Reed Coast", "404", None),
        ("Reed Coast 50 - Cold Days Part 3 (2018).cbz", "Reed Coast", "50", None),
        ("Reed Coast 050 - Cold Days 3 of 5 (2018).cbz", "Reed Coast", "50", None),
        ("Reed Coast 012 (1 of 3) (2010).cbz", "Reed Coast", "12", None),
        ("Reed Coast 012 - Book Two (2010).cbz", "Reed Coast", "12", None),
        # A number of the series' own name comes before the issue.
        ("Reed Coast 2 - Low Tide 012 (2010).cbz", "Reed Coast 2 - Low Tide", "12", None),
        ("Reed Coast 999 - Rise 001 (2014).cbz", "Reed Coast 999 - Rise", "1", None),
        ("Reed Coast Part 2 012 (2010).cbz", "Reed Coast Part 2", "12", None),
        ("Reed Coast 3 Part 1 (2010).cbz", "Reed Coast 3", "1", None),
        ("Reed Coast #9, #5 (Grp).cbz", "Reed Coast #9", "5", None),
        ("Reed Coast #9 v3 4 (Grp).cbz", "Reed Coast #9", "4", "3"),
        ("Reed Coast #8 - Chapter 0012.cbz", "Reed Coast #8", "12", None),
        (
            "Reed Coast - Chapter 1 - A Day v02 (2016).cbz",
            "Reed Coast - Chapter 1 - A Day",
            "2",
            "2",
        ),
        ("1122 - Reed Coast v01 (2019).cbz", "1122 - Reed Coast", "1", "1"),
        ("7 - Reeds v01.cbz", "7 - Reeds", None, "1"),
    ],
)
def test_number_in_a_title_or_series_is_not_the_issue(
    name: str, series: str, issue: str | None, volume: str | None
) -> None:
    parsed = parse_filename(name)
    assert (parsed.series, parsed.issue, parsed.volume) == (series, issue, volume)


@pytest.mark.parametrize(
    ("name", "series", "issue", "volume"),
    [
        ("Reed Coast 200 V1 (1955).cbz", "Reed Coast", "200", "1"),
        ("Reed Coast 28 V2007 (2010).cbz", "Reed Coast", "28", "2007"),
        ("Reed Coast 28 v2007.cbz", "Reed Coast", "28", "2007"),
        ("Reed Coast V2007 28.cbz", "Reed Coast", "28", "2007"),
        ("Reed Coast News 1222b V 3.cbz", "Reed Coast News", "1222b", "3"),
        ("Reed Coast News V 3 1222.cbz", "Reed Coast News", "1222", "3"),
        ("Reed Coast V #3.cbz", "Reed Coast V", "3", None),
        ("Reed Coast V 003 (2024).cbz", "Reed Coast V", "3", None),
        ("Reed Coast 10 v01 (2013).cbz", "Reed Coast 10", "1", "1"),
        ("Reed Coast 2077 V1.cbz", "Reed Coast 2077", None, "1"),
    ],
)
def test_number_before_a_volume_is_the_issue_or_the_series_own(
    name: str, series: str, issue: str | None, volume: str | None
) -> None:
    parsed = parse_filename(name)
    assert (parsed.series, parsed.issue, parsed.volume) == (series, issue, volume)


@pytest.mark.parametrize(
    ("name", "issue", "count"),
    [
        ("#3 Reed Coast (2010).cbz", "3", None),
        ("#12 (of 20) Reed Coast.cbz", "12", "20"),
        ("2 of 4 - Reed Coast (2011).cbz", "2", "4"),
        ("(2 of 4) Reed Coast (2011).cbz", "2", "4"),
        ("2of4 - Reed Coast.cbz", "2", "4"),
        ("4.2 Reed Coast (2011).cbz", "4.2", None),
        ("3_Reed Coast (2011).cbz", "3", None),
        ("No. 3 - Reed Coast.cbz", "3", None),
        ("[03] Reed Coast (2010).cbz", "3", None),
        ("(03) Reed Coast (2010).cbz", "3", None),
    ],
)
def test_leading_number_is_the_issue_before_the_series(
    name: str, issue: str, count: str | None
) -> None:
    parsed = parse_filename(name)
    assert (parsed.series, parsed.issue, parsed.issue_count) == ("Reed Coast", issue, count)
    titled = parse_filename(name, "Tin Parade")
    assert (titled.series, titled.title, titled.issue) == ("Tin Parade", "Reed Coast", issue)


@pytest.mark.parametrize("name", ["2.0 Reed Coast.cbz", "100_Reeds_(1999).cbz", "12 Reeds.cbz"])
def test_number_that_begins_the_series_name_stays_in_it(name: str) -> None:
    parsed = parse_filename(name)
    assert (parsed.issue, parsed.series) == (
        None,
        name.split("(")[0].split(".cbz")[0].replace("_", " ").strip(),
    )


@pytest.mark.parametrize(
    ("name", "series", "issue", "volume", "count"),
    [
        ("Reed Coast 2of5.cbz", "Reed Coast", "2", None, "5"),
        ("Reed Coast (02of05).cbz", "Reed Coast", "2", None, "5"),
        ("Costa 3de5.cbz", "Costa", "3", None, "5"),
        ("Küste 3von5.cbz", "Küste", "3", None, "5"),
        ("Côte 3 sur 5.cbz", "Côte", "3", None, "5"),
        ("Reed Coast #3 z #5.cbz", "Reed Coast", "3", None, "5"),
        ("reed-coast-3-of-5.cbz", "reed coast", "3", None, "5"),
        ("葦の岸 全31巻.zip", "葦の岸", None, "1-31", None),
        ("葦の岸全三巻.zip", "葦の岸", None, "1-3", None),
        ("葦の岸 (全1巻).zip", "葦の岸", None, "1", None),
        ("葦の岸大全10巻.zip", "葦の岸大全", None, "10", None),
        ("葦の岸 第01巻-第09巻.zip", "葦の岸", None, "1-9", None),
        ("葦の岸 第01-09巻 全31巻.zip", "葦の岸", None, "1-9", None),
        ("芦苇 共12卷.zip", "芦苇", None, "1-12", None),
        ("갈대 전10권.zip", "갈대", None, "1-10", None),
        ("Côte - INT01 - Nuit.cbz", "Côte", None, "1", None),
        ("Côte - INT 1.cbz", "Côte", None, "1", None),
        ("Côte - L'intégrale 2.cbz", "Côte", None, "2", None),
        ("Küste 12. Band.cbz", "Küste", None, "12", None),
        ("Kıyı 12. Bölüm.cbz", "Kıyı", "12", None, None),
        ("Pantai Jilid 3 Bab 12.cbz", "Pantai", "12", "3", None),
        ("Costa n. 3.cbz", "Costa", "3", None, None),
        ("Reed Coast No 012.cbz", "Reed Coast", "12", None, None),
    ],
)
def test_glued_and_foreign_numberings(
    name: str, series: str, issue: str | None, volume: str | None, count: str | None
) -> None:
    parsed = parse_filename(name)
    assert (parsed.series, parsed.issue) == (series, issue)
    assert (parsed.volume, parsed.issue_count) == (volume, count)

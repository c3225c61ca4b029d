"""Names of every kind the grammar knows, and the fields they must give."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.filename.parser import parse_filename

FIELDS = ("series", "issue", "volume", "year")

Case = tuple[str, str | None, str | None, str | None, str | None]

WESTERN: list[Case] = [
    ("Harbour Lights 012 (2014) (Digital) (Lamp-Crew).cbz", "Harbour Lights", "12", None, "2014"),
    ("Harbour Lights #12.cbr", "Harbour Lights", "12", None, None),
    ("Harbour Lights (2014) 012.cbz", "Harbour Lights", "12", None, "2014"),
    ("Harbour Lights (2014) - 012.cbz", "Harbour Lights", "12", None, "2014"),
    ("Harbour_Lights_v2_#012_(2014)_c2c.cbz", "Harbour Lights", "12", "2", "2014"),
    ("Harbour.Lights.012.2014.Digital.cbz", "Harbour Lights", "12", None, "2014"),
    ("Harbour Lights.012.2014.digital.Lamp-Crew.cbz", "Harbour Lights", "12", None, "2014"),
    ("Harbour Lights.112.2014.digital.c2c.cbz", "Harbour Lights", "112", None, "2014"),
    ("Harbour Lights.7.1.2014.digital.c2c.cbz", "Harbour Lights", "7.1", None, "2014"),
    ("Harbour Lights.7.MU.2014.digital.c2c.cbz", "Harbour Lights", "7.MU", None, "2014"),
    ("The Long Tide.7.MU.2014.digital.Reed-HD.cbz", "The Long Tide", "7.MU", None, "2014"),
    ("H-23.015.2011.digital.Reed-Empire.cbz", "H-23", "15", None, "2011"),
    ("Pier-51.004.2011.digital.cbz", "Pier-51", "4", None, "2011"),
    ("Pier.51.004.2011.digital.cbz", "Pier 51", "4", None, "2011"),
    ("Harbour Annual v1974 1985 (1985).cbz", "Harbour Annual", "1985", "1974", "1985"),
    ("Harbour-23.015.2014.digital.Son of Lamp-Crew.cbz", "Harbour-23", "15", None, "2014"),
    ("harbour-lights-annual-1994-03-00.cbz", "harbour lights annual", "3", None, "1994"),
    ("Harbour Lights v2 012 (2014).cbz", "Harbour Lights", "12", "2", "2014"),
    ("Harbour Lights Vol. 2 - 012.cbz", "Harbour Lights", "12", "2", None),
    ("Harbour Lights (Vol. 2) 12.cbz", "Harbour Lights", "12", "2", None),
    ("Harbour Lights - v6 - 10 - (2019).cbz", "Harbour Lights", "10", "6", "2019"),
    ("Harbour Lights Volume III Issue 4.cbz", "Harbour Lights", "4", "3", None),
    ("Harbour Lights Vol 2 No 12.cbz", "Harbour Lights", "12", "2", None),
    ("Harbour Lights issue #25", "Harbour Lights", "25", None, None),
    ("Harbour Lights 1,000 (2014).cbz", "Harbour Lights", "1000", None, "2014"),
    ("Harbour Lights 12 Low Tide (2014).cbz", "Harbour Lights", "12", None, "2014"),
    ("01 - Harbour Lights 07 (2014).cbz", "Harbour Lights", "7", None, "2014"),
    ("04 - Harbour Lights (1964).cbz", "Harbour Lights", "4", None, "1964"),
    ("5. Harbour Lights.cbz", "Harbour Lights", "5", None, None),
    ("Harbour Lights (digital (Lamp-Crew).cbz", "Harbour Lights", None, None, None),
    ("Harbour Lights #3 Low Tide (Lamp.cbz", "Harbour Lights", "3", None, None),
    ("#41.cbz", "41", "41", None, None),
    ("年2012v", "年2012v", None, None, None),
]

ISSUE_FORMS: list[Case] = [
    ("Moss and Ember #0.cbz", "Moss and Ember", "0", None, None),
    ("Moss and Ember #-1 (1997).cbz", "Moss and Ember", "-1", None, "1997"),
    ("Moss and Ember -1 (1997).cbz", "Moss and Ember", "-1", None, "1997"),
    ("Moss and Ember - 1 (1997).cbz", "Moss and Ember", "1", None, "1997"),
    ("Moss and Ember -12 (1997).cbz", "Moss and Ember", "12", None, "1997"),
    ("Moss and Ember #½.cbz", "Moss and Ember", "½", None, None),
    ("Moss and Ember #003½.cbz", "Moss and Ember", "3½", None, None),
    ("Moss and Ember 070.5 (2010).cbz", "Moss and Ember", "70.5", None, "2010"),
    ("Moss and Ember #0.0.1.cbz", "Moss and Ember", "0.0.1", None, None),
    ("Moss and Ember #5AU.cbz", "Moss and Ember", "5AU", None, None),
    ("Moss and Ember #078.BEY (2022).cbz", "Moss and Ember", "78.BEY", None, "2022"),
    ("Moss and Ember #B01 Roots.cbz", "Moss and Ember", "B01", None, None),
    ("Moss and Ember 012A (2011).cbz", "Moss and Ember", "12A", None, "2011"),
    ("Moss and Ember #5c.cbz", "Moss and Ember", "5c", None, None),
    ("Moss_and_Ember_153b_GRP.zip", "Moss and Ember", "153.5", None, None),
    ("Moss and Ember #1 – 6 (1991-1992)", "Moss and Ember", "1-6", None, "1991"),
    ("Moss and Ember 01-04 (1987).cbz", "Moss and Ember", "1-4", None, "1987"),
    ("Moss and Ember (404-407).cbz", "Moss and Ember", "404-407", None, None),
    ("Moss and Ember Issues 3 - 8 (2010)", "Moss and Ember", "3-8", None, "2010"),
    ("Moss and Ember #12 - 5 Wolves.cbz", "Moss and Ember", "12", None, None),
]

COUNTED: list[Case] = [
    ("Tin Parade 02 (of 06) (2010).cbz", "Tin Parade", "2", None, "2010"),
    ("Tin Parade (2 of 3).cbz", "Tin Parade", "2", None, None),
    ("Tin Parade 3 of 4.cbz", "Tin Parade", "3", None, None),
    ("Tin Parade #12 de 20.cbz", "Tin Parade", "12", None, None),
    ("Tin Parade v01 (of 06) (2000).cbz", "Tin Parade", "1", "1", "2000"),
    ("Tin Parade 002 (2013) 03 of 04 covers.cbz", "Tin Parade", "2", None, "2013"),
]

NUMBERS_IN_SERIES: list[Case] = [
    ("Night of 900 Owls (2013).cbz", "Night of 900 Owls", None, None, "2013"),
    ("Night of 900 Owls 001 (2013).cbz", "Night of 900 Owls", "1", None, "2013"),
    ("90 Pistols 045 (2003).cbz", "90 Pistols", "45", None, "2003"),
    ("41 023 (2006).cbr", "41", "23", None, "2006"),
    ("480 (1998).cbz", "480", None, None, "1998"),
    ("77 - v03.cbz", "77", None, "3", None),
    ("Skyline 2088 #006 (2021).cbz", "Skyline 2088", "6", None, "2021"),
    ("Skyline 2088.cbz", "Skyline 2088", None, None, None),
    ("Crew 7 v1 (2012).cbz", "Crew 7", "1", "1", "2012"),
    ("Crew 6 7Том.cbz", "Crew 6", None, "7", None),
    ("Beast No. 8 036 (2021).cbz", "Beast No. 8", "36", None, "2021"),
    ("Beast No. 8 v03.cbz", "Beast No. 8", None, "3", None),
    ("Beast #8 Ch. 001.cbz", "Beast #8", "1", None, None),
    ("Owl-Man Chapter One 002.cbz", "Owl-Man Chapter One", "2", None, None),
    ("X-41 03 (of 06).cbz", "X-41", "3", None, None),
    ("KR-88 (2021).cbz", "KR-88", None, None, "2021"),
    ("Owl '89 (2021).cbz", "Owl '89", None, None, "2021"),
    ("Owl ’66 Meets the Crew.cbz", "Owl ’66 Meets the Crew", None, None, None),
    ("20th Street Boys v05.cbz", "20th Street Boys", None, "5", None),
    ("The 60-nin Choir Chapter 4.cbz", "The 60-nin Choir", "4", None, None),
    ("70% Perfect v03.cbz", "70% Perfect", None, "3", None),
    ("World Strife V 003 (2024).cbz", "World Strife V", "3", None, "2024"),
    ("Tin Parade ½ v03.cbz", "Tin Parade ½", None, "3", None),
]

MANGA: list[Case] = [
    ("Paper Lantern v01.cbz", "Paper Lantern", None, "1", None),
    ("Paper Lantern v01-05.cbz", "Paper Lantern", None, "1-5", None),
    ("Paper Lantern Vol. 3.5.cbz", "Paper Lantern", None, "3.5", None),
    ("Paper Lantern Vol.04 Ch.054.5 - Rain.cbz", "Paper Lantern", "54.5", "4", None),
    ("Paper_Lantern_v17_c100[GRP].zip", "Paper Lantern", "100", "17", None),
    ("Paper Lantern v2c6.cbz", "Paper Lantern", "6", "2", None),
    ("[Grp]_Paper_Lantern_ch01-05.zip", "Paper Lantern", "1-5", None, None),
    ("Paper Lantern - c000 - c006 (v06).cbz", "Paper Lantern", "0-6", "6", None),
    ("Paper Lantern - c001-006x1 (v01) [Grp Scans].cbz", "Paper Lantern", "1-6", "1", None),
    ("Paper Lantern Chapter 1-10", "Paper Lantern", "1-10", None, None),
    ("Paper Lantern - Ch.252-005.cbz", "Paper Lantern", "252", None, None),
    ("Paper Lantern - Ch.12 - 1 , 2 , 3!.cbz", "Paper Lantern", "12", None, None),
    ("Paper Lantern, Chapter 12 [Grp][v2].cbz", "Paper Lantern", "12", None, None),
    ("Paper Lantern 12v2.cbz", "Paper Lantern", "12", None, None),
    ("Paper Lantern - 12 (v02).cbz", "Paper Lantern", "12", "2", None),
    ("paper-lantern-chapter-12.cbz", "paper lantern", "12", None, None),
    ("Lantern.v01.cbz", "Lantern", None, "1", None),
    ("Lantern-700.cbz", "Lantern", "700", None, None),
    ("Paper Lantern c700v2.cbz", "Paper Lantern", "700", None, None),
    ("Paper_Lantern_v02_ch11_[Grp]_v1.3.zip", "Paper Lantern", "11", "2", None),
    ("Paper Lantern Chapter 001 Volume 002", "Paper Lantern", "1", "2", None),
    ("Paper Lantern Episode 429 (74 Pages).7z", "Paper Lantern", "429", None, None),
    ("Paper Lantern Season 2 Chapter 12.cbz", "Paper Lantern", "12", "2", None),
    ("Paper Lantern S01E05.cbz", "Paper Lantern", "5", "1", None),
    ("Paper_Lantern_[c012]_[Grp].zip", "Paper Lantern", "12", None, None),
    ("Paper Lantern [Vol 1 Ch 2].cbz", "Paper Lantern", "2", "1", None),
    ("(C97) [Circle (Artist)] Paper Lantern (Parody).zip", "Paper Lantern", None, None, None),
    ("Volume 12 - The Rain.cbz", None, None, "12", None),
    ("c001.cbz", None, "1", None, None),
]

LANGUAGES: list[Case] = [
    ("Лодка Том 1 Глава 3.cbz", "Лодка", "3", "1", None),
    ("Лодка Тома 1-4.cbz", "Лодка", None, "1-4", None),
    ("Лодка 2 Глава.cbz", "Лодка", "2", None, None),
    ("Лодка Томa 3 Issue 4.cbz", "Лодка", "4", "3", None),  # the last letter is Latin
    ("Лодка Т.3 Гл.12.cbz", "Лодка", "12", "3", None),
    ("Лодка Выпуск №12.cbz", "Лодка", "12", None, None),
    ("纸灯 第03卷.cbz", "纸灯", None, "3", None),
    ("纸灯第25话 再会.cbz", "纸灯", "25", None, None),
    ("纸灯第十二卷.cbz", "纸灯", None, "12", None),
    ("纸灯 第一季 第12话.cbz", "纸灯", "12", "1", None),
    ("纸灯 卷10.cbz", "纸灯", None, "10", None),
    ("【汉化组】纸灯12话.cbz", "纸灯", "12", None, None),
    ("[作者]紙の灯 ～夜～　第10話.zip", "紙の灯 ～夜～", "10", None, None),
    ("紙の灯300年 1-3巻.zip", "紙の灯300年", None, "1-3", None),
    ("紙の灯 1巻-3巻.zip", "紙の灯", None, "1-3", None),
    ("紙の灯 第５巻.zip", "紙の灯", None, "5", None),
    ("종이등 7.5권.cbz", "종이등", None, "7.5", None),
    ("종이등 13회#2.cbz", "종이등", "13", None, None),
    ("종이등 38-1화.cbz", "종이등", "38", None, None),
    ("종이등 시즌2 12화.cbz", "종이등", "12", "2", None),
    ("종이등 6권 2021년 10월.cbz", "종이등", "6", "6", "2021"),
    ("โคมกระดาษ เล่ม 1 ตอนที่ 3.cbz", "โคมกระดาษ", "3", "1", None),
    ("โคมกระดาษ เล่มที่ 5.cbz", "โคมกระดาษ", None, "5", None),
    ("โคมกระดาษ เล่ม10.cbz", "โคมกระดาษ", None, "10", None),
    ("Lanterne - T03 - La pluie.cbz", "Lanterne", None, "3", None),
    ("Lanterne Tome 4.cbz", "Lanterne", None, "4", None),
    ("Lanterne Tomes 1 à 5.cbz", "Lanterne", None, "1-5", None),
    ("Lanterne n° 12 - La pluie.cbz", "Lanterne", "12", None, None),
    ("BD FR - Lanterne - T6.cbz", "Lanterne", None, "6", None),
    ("Farol Tomo 3 Capítulo 12.cbz", "Farol", "12", "3", None),
    ("Laterne Band 12 - Der Regen.cbz", "Laterne", None, "12", None),
    ("Laterne Heft 7.cbz", "Laterne", "7", None, None),
    ("Lustige Laterne Nr. 500.cbz", "Lustige Laterne", "500", None, None),
    ("Lampion Tom 5.cbz", "Lampion", None, "5", None),
]

DATES: list[Case] = [
    ("Glass Tram 012 (September 2007).cbz", "Glass Tram", "12", None, "2007"),
    ("Glass Tram 012 (December, 2004).cbz", "Glass Tram", "12", None, "2004"),
    ("Glass Tram 012 (09-10 1943).cbz", "Glass Tram", "12", None, "1943"),
    ("Glass Tram 012 (1966-02).cbz", "Glass Tram", "12", None, "1966"),
    ("Glass Tram 012 [1984-04-28].cbz", "Glass Tram", "12", None, "1984"),
    ("Glass Tram, 2021-08-04 (#02).cbz", "Glass Tram", "2", None, "2021"),
    ("Glass Tram #49 Sep-Oct 1951 digital.cbz", "Glass Tram", "49", None, "1951"),
    ("Glass Tram (Publisher 1978-09-18).cbz", "Glass Tram", None, None, "1978"),
    ("Glass Tram 第5卷 01-02-2022 c8.cbz", "Glass Tram", "8", "5", "2022"),
    ("Glass Tram (2016-2019).cbz", "Glass Tram", None, None, "2016"),
    ("Glass Tram #1 – 13 --2022-2023--", "Glass Tram", "1-13", None, "2022"),
    ("Glass Tram Annual 1992.cbz", "Glass Tram Annual", None, None, "1992"),
    ("Glass Tram (1957) #92 (1969).cbz", "Glass Tram", "92", "1957", "1969"),
    ("Glass Tram V2000 #57 (2004).cbz", "Glass Tram", "57", "2000", "2004"),
    ("Glass Tram (2021) #0021 [2023-08-01].cbz", "Glass Tram", "21", None, "2021"),
    ("Glass Tram 01 (2012) (Digital) (1920).cbz", "Glass Tram", "1", None, "2012"),
    ("Glass Tram T05 [Digital-1920].cbz", "Glass Tram", None, "5", None),
]

COLLECTED: list[Case] = [
    ("Iron Orchard v01 (1992) (digital).cbz", "Iron Orchard", "1", "1", "1992"),
    ("Iron Orchard Book 03 (2020).cbz", "Iron Orchard", "3", "3", "2020"),
    ("Iron Orchard Book One.cbz", "Iron Orchard", None, "1", None),
    ("Iron Orchard Vol. 4 (2016-2018) + TPBs", "Iron Orchard", None, "4", "2016"),
    ("Iron Orchard v16-17 (2019).cbz", "Iron Orchard", None, "16-17", "2019"),
    ("Iron Orchard TPB 03.cbz", "Iron Orchard", "3", None, None),
    ("Iron Orchard One-Shot (2011).cbz", "Iron Orchard", None, None, "2011"),
    ("Iron Orchard Annual #1 (2011).cbz", "Iron Orchard Annual", "1", None, "2011"),
]

ALL = [*WESTERN, *ISSUE_FORMS, *COUNTED, *NUMBERS_IN_SERIES, *MANGA, *LANGUAGES, *DATES, *COLLECTED]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case[0])
def test_series_issue_volume_and_year_are_read(case: Case) -> None:
    parsed = parse_filename(case[0])
    assert tuple(getattr(parsed, field) for field in FIELDS) == case[1:]


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("Tin Parade 02 (of 06) (2010).cbz", "issue_count", "6"),
        ("Tin Parade 02 (2010-07-21).cbz", "month", "7"),
        ("Tin Parade 02 (2010-07-21).cbz", "day", "21"),
        ("Tin Parade 02 (3 March 2010).cbz", "day", "3"),
        ("Tin Parade 02 - Low Tide (2010).cbz", "title", "Low Tide"),
        ("Tin Parade #02 (2010) Low Tide (TPB).cbz", "title", "Low Tide"),
        ("Chapter 63 - Low Tide.cbz", "title", "Low Tide"),
        ("Tin Parade 02 (TPB).cbz", "format", "TPB"),
        ("Tin Parade (2011) (One-Shot).cbz", "format", "One-Shot"),
        ("Tin Parade Annual 02.cbz", "format", "Annual"),
        ("Tin Parade Volume 2 OS.cbz", "format", "One-Shot"),
        ("Tin Parade - SP02 - Extras.cbz", "special", "2"),
        ("Tin Parade 02 (DC).cbz", "publisher", "DC"),
        ("Tin Parade 02 (en) [Grp].cbz", "language", "en"),
        ("Tin Parade 02 (2010) (Digital) (Lamp-Empire).cbz", "scan_group", "Lamp-Empire"),
        ("[Grp] Tin Parade 02.cbz", "scan_group", "Grp"),
        ("[Lamp Raws] Tin Parade 02 (mag).cbz", "scan_group", "Lamp Raws"),
        ("Tin Parade 02.cbz", "suffix", ".cbz"),
        ("Tin Parade Vol. 2", "suffix", ""),
        ("Mr. X", "suffix", ""),
    ],
)
def test_the_finer_fields_are_read(name: str, field: str, value: str) -> None:
    assert getattr(parse_filename(name), field) == value


def test_only_a_dated_single_volume_doubles_as_the_issue() -> None:
    assert parse_filename("Iron Orchard v02 (1992).cbz").issue_from_volume
    assert not parse_filename("Iron Orchard v02.cbz").issue_from_volume
    assert not parse_filename("Iron Orchard v02 #3 (1992).cbz").issue_from_volume

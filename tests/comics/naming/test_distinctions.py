"""What tells two comics of one name apart: said from names and tags, nothing that both have."""

from __future__ import annotations

from typing import Any

from comicmaintainer.comics.naming.distinctions import NamedComic, distinctions


def apart(own: NamedComic, other: NamedComic) -> dict[str, tuple[str | None, str | None]]:
    return {each.field: (each.own, each.other) for each in distinctions(own, other)}


def comic(name: str, *former: str, folder: str = "", pages: int | None = None, **tags: Any) -> Any:
    return NamedComic(name, folder, former, tags, pages)


def test_volumes_in_the_tags_are_a_difference_that_a_template_can_use() -> None:
    own = comic("Vol.11 Ch.1.cbz", series="Sugar Town", issue="1", volume=11)
    other = comic("Sugar Town - Chapter 0001.cbz", series="Sugar Town", issue="1", volume=1)
    (found,) = distinctions(own, other)
    assert (found.field, found.label, found.own, found.other) == ("volume", "Volume", "11", "1")
    assert "{volume}" in (found.advice or "")


def test_a_volume_that_is_not_a_whole_number_is_compared() -> None:
    own = comic("a.cbz", series="Rain", manga_volume="7.5")
    other = comic("b.cbz", series="Rain", volume=7)
    assert apart(own, other)["volume"] == ("7.5", "7")


def test_a_word_in_only_one_name_is_reported() -> None:
    tags = {"series": "Riverside", "issue": "1", "year": 2014, "title": "Dawn"}
    own = NamedComic("Riverside 001 Director's Cut (2014).cbz", tags=tags)
    other = NamedComic("Riverside #0001 (2014).cbz", tags=tags)
    (words,) = distinctions(own, other)
    assert (words.field, words.own, words.other) == ("words", "Director's Cut", None)
    assert "tags" in (words.advice or "")


def test_the_kind_of_an_issue_comes_before_its_words() -> None:
    own = comic("Riverside v3 Annual 001.cbz", series="Riverside", volume=3, format="Annual")
    other = comic("Riverside v03 #0001.cbz", series="Riverside", volume=3)
    assert apart(own, other) == {"format": ("Annual", None)}


def test_former_names_show_what_a_rename_dropped() -> None:
    own = comic("S2 - Chapter 13.cbz", series="Tower Town", issue="13")
    other = comic("Tower Town - Chapter 0013.cbz", "S1 - Chapter 13.cbz", series="Tower Town")
    assert apart(own, other)["volume"] == ("2", "1")


def test_zeros_capitals_and_signs_are_no_difference() -> None:
    own = comic("batman_005_(2011).cbz", series="Batman", issue="5", year=2011)
    other = comic("Batman #0005 (2011).cbz", series="BATMAN", issue="5", year=2011)
    assert apart(own, other) == {}


def test_a_minus_before_a_number_is_a_difference() -> None:
    own = comic("Coastline -001 (1997).cbz", series="Coastline", issue="1", year=1997)
    other = comic("Coastline #0001 (1997).cbz", "Coastline 001 (1997).cbz", series="Coastline",
                  issue="1", year=1997)  # fmt: skip
    assert apart(own, other)["words"] == ("-001", None)


def test_page_counts_are_reported_without_advice() -> None:
    found = distinctions(comic("a 1.cbz", pages=40), comic("a 01.cbz", pages=22))
    assert [(each.field, each.own, each.other, each.advice) for each in found] == [
        ("page_count", "40", "22", None)
    ]


def test_names_of_the_folder_are_not_taken_for_the_file_s_own() -> None:
    own = comic("v02.cbz", folder="Rain (2019)")
    other = comic("v02 copy.cbz", folder="Rain (2019)")
    assert "year" not in apart(own, other)
    assert "series" not in apart(own, other)


def test_endless_names_give_few_words() -> None:
    name = " ".join(f"word{number}x" for number in range(40)) + ".cbz"
    tags = {"series": "Dawn", "title": "Night"}
    words = apart(NamedComic(name, tags=tags), NamedComic("a.cbz", tags=tags))["words"][0]
    assert words is not None
    assert len(words.split()) == 8

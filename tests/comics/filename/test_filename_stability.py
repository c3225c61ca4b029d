"""Names that the presets give are read as they were meant, so that a second run changes none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.rules.derivation import apply_rules
from comicmaintainer.comics.rules.evidence import Evidence
from comicmaintainer.comics.rules.rules import PRESETS, Rules, preset

WORDS_TEXT = (
    "Salt Road Night Owls of the and & X-Men S.H.I.E.L.D. Mr. V II Annual Special Omnibus Preview "
    "Owl's Digital Page May Year 紙灯 Лодка"
)
# Words that look like numberings, or are.
LAST_WORDS = ["", "", " 2077", " '89", " 2.0", " Book", " Part", " - Year One", " 5th", " Pages!"]

SERIES = st.builds(
    lambda first, others, last: " ".join([first, *others]) + last,
    st.sampled_from([word for word in WORDS_TEXT.split() if word[0].isalpha()]),
    st.lists(st.sampled_from(WORDS_TEXT.split()), max_size=3),
    st.sampled_from(LAST_WORDS),
).filter(lambda series: not series.endswith("&"))
ISSUES = st.one_of(
    st.integers(0, 5000).map(str),
    st.sampled_from(["-1", "½", "1½", "0.5", "12.05", "12AU", "1.MU", "7a", "1-3", "79x1", "S01"]),
)
COMICS = st.builds(
    ComicMetadata,
    series=SERIES,
    issue=ISSUES,
    volume=st.none() | st.integers(1, 99) | st.integers(1940, 2030),
    year=st.none() | st.integers(1940, 2030),
)


def _named(metadata: ComicMetadata, rules: Rules) -> str:
    return rules.naming().render(metadata, suffix=".cbz")


def _read(name: str, rules: Rules) -> ComicMetadata:
    return apply_rules(ComicMetadata(), Evidence(parse_filename(name), None), rules)[0]


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(metadata=COMICS, rules=st.sampled_from(list(PRESETS.values())))
def test_name_made_by_a_preset_is_read_back(metadata: ComicMetadata, rules: Rules) -> None:
    name = _named(metadata, rules)
    assert _named(_read(name, rules), rules) == name


@pytest.mark.parametrize("name_of_preset", PRESETS)
@pytest.mark.parametrize(
    "name",
    [
        "Salt Road v2 Annual 2012 #3 (2012).cbz",
        "Salt Road Annual 2013 #1 (2013).cbz",
        "Salt Road #9, #5 (Grp).cbz",
        "Salt Road #8 Vol. 3 Ch. 012.cbz",
        "Salt Road Chapter One 002 (1999).cbz",
        "Salt Road - 1946 01 (of 05) (2008).cbz",
        "Salt Road 999 - Rise 001 (2014).cbz",
        "Salt Road Book Two 003 (2007).cbz",
        "Salt_ Road V 003 (2024).cbz",
        "The Last 100 Pages 003.cbz",
        "1122 - Salt Road v01 c002 (2019).cbz",
        "Salt Road #S01 Title (1950).cbz",
        "[0012]_Salt_Road_Chapter_12.cbz",
    ],
)
def test_name_is_changed_once_and_not_again(name: str, name_of_preset: str) -> None:
    rules = preset(name_of_preset)
    once = _named(_read(name, rules), rules)
    assert _named(_read(once, rules), rules) == once

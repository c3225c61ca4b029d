"""Naming templates and the names they make."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.metadata import ComicMetadata, Credit, StoryArc
from comicmaintainer.comics.naming.safe_names import safe_name
from comicmaintainer.comics.naming.template import (
    TEMPLATE_FIELDS,
    Template,
)
from comicmaintainer.errors import InvalidTemplate

METADATA = ComicMetadata(
    series="Rain: The Return",
    issue="71.4",
    title="What?",
    volume=2,
    year=2019,
    month=5,
    publisher="Own/Press",
    credits=(Credit("Ann", ("Writer",)),),
    story_arcs=(StoryArc("Storm"),),
)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{series} - Chapter {issue}", "Rain - The Return - Chapter 0071.4"),
        ("{series} {issue_no_pad}", "Rain - The Return 71.4"),
        ("{series} {ISSUE:2}", "Rain - The Return 71.4"),
        ("{number:6}", "000071.4"),
        ("{series}[ v{volume:2}][ #{count}][ ({year})]", "Rain - The Return v02 (2019)"),
        ("{series}[ {title}[ by {writer}]]", "Rain - The Return What by Ann"),
        ("{series}[ {count}[ by {writer}]]", "Rain - The Return"),
        ("{publisher}/{series}/{issue}", "Own-Press/Rain - The Return/0071.4"),
        ("[{imprint}/]{series}", "Rain - The Return"),
        ("{imprint}/{series}", "Rain - The Return"),
        (r"\[{story_arc}\] {year}-{month}", "[Storm] 2019-05"),
        ("{series} - Chapter {count}", "Rain - The Return - Chapter"),
        ("{series} ({count})", "Rain - The Return"),
    ],
)
def test_template_renders(template: str, name: str) -> None:
    assert Template.parse(template).render(METADATA) == name


def test_suffix_and_padding_are_the_callers() -> None:
    assert Template.parse("{issue}").render(METADATA, padding=3, suffix=".cbz") == "071.4.cbz"


def test_fields_outside_sections_are_reported_missing() -> None:
    template = Template.parse("{series} {issue}[ {title}]")
    assert template.missing(ComicMetadata(series="Rain")) == ("issue",)
    assert template.fields() == ("series", "issue", "title")
    assert template.plain(ComicMetadata(series="Rain")) is None
    assert template.plain(ComicMetadata(series="Rain?", issue="1")) == "Rain? 0001"


def test_a_field_that_is_missing_twice_is_named_once() -> None:
    template = Template.parse("{series}/{series} {issue}")
    assert template.missing(ComicMetadata()) == ("series", "issue")


@pytest.mark.parametrize("text", ["[{series}][ #{issue}]", "Comics/[{series} ][{issue}]"])
def test_fields_of_sections_are_missing_where_nothing_is_left_of_the_name(text: str) -> None:
    template = Template.parse(text)
    assert template.missing(ComicMetadata(title="The Return")) == ("series", "issue")
    assert template.missing(ComicMetadata(issue="1")) == ()


@pytest.mark.parametrize(
    ("template", "suffix", "name"),
    [
        ("{series}.cbz", ".cbz", "Rain - The Return.cbz"),
        ("{series}[ ({year})].CBZ ", ".cbr", "Rain - The Return (2019).cbr"),
        ("{series}.cbz/{issue}", ".cbz", "Rain - The Return.cbz/0071.4.cbz"),
        ("{series}.v2", ".cbz", "Rain - The Return.v2.cbz"),
    ],
)
def test_a_suffix_written_into_the_template_is_not_doubled(
    template: str, suffix: str, name: str
) -> None:
    assert Template.parse(template).render(METADATA, suffix=suffix) == name


@pytest.mark.parametrize(
    ("template", "position", "reason"),
    [
        ("{series} {isue}", 10, "Allowed: {series}"),
        ("{series", 1, "{name}"),
        ("{series} }", 10, "{name}"),
        ("{series}[ {year}", 9, "not closed"),
        ("{series} ]", 10, "no section"),
        ("{series} [x]", 10, "holds a field"),
        ("{title:3}", 1, "text"),
        ("{issue:0}", 1, "1 to 12"),
        ("{issue:99}", 1, "1 to 12"),
        ("{series.__class__}", 1, "{name}"),
        ("{series!r}", 1, "{name}"),
        (r"{series}\{{issue}\}\x", 20, "separated by '/'"),
        ("/{series}", 1, "root"),
        ("{series}/", 9, "missing"),
        ("a/../{series}", 3, "out of the folder"),
        ("{series}\n", 9, "control"),
        ("[{year}" * 9, 36, "deep"),
    ],
)
def test_bad_template_names_position_and_what_is_allowed(
    template: str, position: int, reason: str
) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        Template.parse(template)
    assert f"position {position} " in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize("template", ["", "   ", "no field", "{series}" * 100])
def test_useless_templates_are_refused(template: str) -> None:
    with pytest.raises(InvalidTemplate):
        Template.parse(template)


def test_too_long_name_keeps_its_number_and_shortens_the_longest_field() -> None:
    metadata = ComicMetadata(series="雨" * 200, issue="71", title="Short")
    name = Template.parse("{series} - {title} #{issue}").render(metadata, suffix=".cbz")
    assert name.endswith("… - Short #0071.cbz")
    assert 250 <= len(name.encode()) <= 255


@pytest.mark.parametrize(
    ("text", "suffix", "name"),
    [
        ("a/b\\c:d|e", "", "a-b-c-d-e"),
        ('say "hi" <b>?*', "", "say 'hi' (b)"),
        ("Rain: Two", "", "Rain - Two"),
        ("Rain:", "", "Rain"),
        ("  .hidden. ", "", "hidden"),
        ("...", ".cbz", "_.cbz"),
        ("", "", "_"),
        ("..", "", "_"),
        ("CON", ".cbz", "CON_.cbz"),
        ("nul .tar", "", "nul_.tar"),
        ("Lpt1", "", "Lpt1_"),
        ("Console", "", "Console"),
        ("a\x00b\x07c\u202ed\ufeff", "", "abcd"),
        ("e\u0301", "", "é"),
        ("a\u00a0\u2003b\nc", "", "a b c"),
        ("می\u200cخواهم", "", "می\u200cخواهم"),
        ("bad\udce9", "", "bad"),
        ("Mr. T.", ".cbz", "Mr. T.cbz"),
    ],
)
def test_names_are_made_safe(text: str, suffix: str, name: str) -> None:
    assert safe_name(text, suffix) == name


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a" * 300, "a" * 251),
        ("é" * 300, "é" * 125),
        ("👨\u200d👩\u200d👧" * 30, "👨\u200d👩\u200d👧" * 13),
        ("🇩🇪" * 60, "🇩🇪" * 31),
        ("x" * 250 + "ก\u0e34", "x" * 250),
    ],
    ids=["ascii", "two bytes", "joined emoji", "flags", "thai vowel"],
)
def test_shortening_never_tears_a_character(text: str, kept: str) -> None:
    assert safe_name(text, ".cbz") == kept + ".cbz"


def assert_safe(name: str, text: str) -> None:
    assert len(name.encode()) <= 255, text
    assert unicodedata.normalize("NFC", name) == name
    assert not set(name) & set('/\\:*?"<>|')
    assert all(unicodedata.category(letter) not in ("Cc", "Cs") for letter in name)
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert name.partition(".")[0].rstrip().upper() not in ("CON", "NUL", "AUX", "COM1", "LPT¹")


TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=". /\\:\u0301e\u200dCONul-_", max_size=40),
    st.sampled_from(["con", "COM1", "lpt¹.x", "NUL.", "aux "]),
    st.text(alphabet="雨é\u0301a", min_size=60, max_size=300),
)


@pytest.mark.slow
@given(TEXTS, st.sampled_from(["", ".cbz"]))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_any_text_becomes_a_stable_safe_name(text: str, suffix: str) -> None:
    name = safe_name(text, suffix)
    assert name.removesuffix(suffix)
    assert_safe(name, text)
    assert safe_name(name.removesuffix(suffix), suffix) == name


@given(
    st.lists(st.sampled_from([field.name for field in TEMPLATE_FIELDS]), min_size=1, max_size=4),
    st.sampled_from(["/", " - ", "[ {year}]/"]),
    TEXTS,
    TEXTS,
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_values_render_to_safe_relative_paths(
    fields: list[str], between: str, series: str, title: str
) -> None:
    template = Template.parse(between.join(f"{{{field}}}" for field in fields))
    path = template.render(ComicMetadata(series=series, title=title, year=3), suffix=".cbz")
    assert path.endswith(".cbz")
    for component in path.split("/"):
        assert component
        assert_safe(component, path)


@pytest.mark.slow
@given(st.text(alphabet="{}[]/\\: seri3issue", max_size=30))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_template_text_is_read_or_refused(text: str) -> None:
    try:
        template = Template.parse(text)
    except InvalidTemplate:
        return
    assert template.render(METADATA)

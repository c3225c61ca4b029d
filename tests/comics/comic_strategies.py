"""Hypothesis strategies for what a comic and its rules may be: tags, names, folders, templates.

Texts hold what the reader of names looks for: years, volumes, numbers, formats, signs that names
cannot hold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from comicmaintainer.comics.metadata import ComicMetadata, Credit, StoryArc
from comicmaintainer.comics.naming.safe_names import safe_name
from comicmaintainer.comics.rules.rules import PRESETS, Rules

WORDS = st.sampled_from(
    [
        *(
            "Mill",
            "X-Mill",
            "The Mill",
            "mill",
            "Harbour_Lights",
            "S.H.E.L.F.",
            "Ünï",
            "雨の日",
            "V",
        ),
        *("(1991)", "(2001)", "1991", "2013", "(2011-2013)", "(1999-05)", "1602", "(of 6)", "of 5"),
        *("vol. 2", "v02", "v2", "Volume 3", "Tome 4", "Vol.", "Book 1", "v1-3", "Band 3"),
        *("#3", "#0004", "005", "7", "½", "1/2", "-1", "Chapter 5", "Ch.071.5", "c12", "第3話"),
        *("Annual", "Special", "TPB", "One-Shot", "Omnibus", "(English)", "(fr)", "[en]"),
        *("[Group]", "(Digital)", "(Zone-Empire)", "(Marvel)", "c2c", "- Part 2", "- The End", "-"),
        *(":", "?", "/", "...", "…", "“Q”", '"', "|", "*", "<x>", "&", "+", "~", "_", "CON", "{x}"),
        *("a" * 90, "雨" * 60, "e\u0301", "\u202e", "No", "No. 8", "II", "Vol", "0", "v", "#"),
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=5).flatmap(
    lambda words: st.sampled_from([" ", " ", " ", "", "_", "."]).map(lambda gap: gap.join(words))
) | st.text(max_size=12)
NUMBERS = st.sampled_from(
    [
        *("1", "5", "001", "71.4", "1.10", "½", "1/2", "1,5", "#7", "1 of 5", "7.0", "-1", "0"),
        *("1.MU", "100AU", "1-3", "1 & 2", "１２", "1e3", "Annual 1", "X", "1 (1999)", "2 v3"),
    ]
) | st.text(max_size=6)
MAYBE = st.none() | TEXTS
METADATA = st.builds(
    ComicMetadata,
    series=MAYBE,
    issue=st.none() | NUMBERS,
    title=MAYBE,
    volume=st.none() | st.sampled_from([0, 1, 2, 3, 1991, 2001]),
    manga_volume=st.none() | st.sampled_from(["1-3", "7.5", "2", "x"]),
    count=st.none() | st.integers(0, 12),
    year=st.none() | st.sampled_from([1, 1991, 2001, 2013, 9999]),
    month=st.none() | st.integers(1, 12),
    day=st.none() | st.integers(1, 31),
    publisher=MAYBE,
    imprint=MAYBE,
    language=st.none() | st.sampled_from(["en", "fr", "pt-BR", "English"]),
    format=st.none() | st.sampled_from(["TPB", "Annual", "One-Shot", "Own"]),
    age_rating=st.none() | st.sampled_from(["Teen", "Teen Plus", "Own"]),
    alternate_series=MAYBE,
    alternate_issue=st.none() | NUMBERS,
    community_rating=st.none() | st.sampled_from([0.0, 2.5, 4.25, 4.35, 5.0]),
    rating_count=st.none() | st.integers(1, 12),
    collection_title=MAYBE,
    scan_information=MAYBE,
    genres=st.lists(TEXTS, max_size=2).map(tuple),
    credits=st.lists(st.builds(Credit, TEXTS, st.just(("Writer",))), max_size=1).map(tuple),
    story_arcs=st.lists(st.builds(StoryArc, TEXTS), max_size=1).map(tuple),
)
SPARSE = st.builds(
    lambda metadata, kept: replace(
        ComicMetadata(), **{name: getattr(metadata, name) for name in kept}
    ),
    METADATA,
    st.sets(st.sampled_from(["series", "issue", "title", "volume", "year", "language", "count"])),
)

FORMATS = st.sampled_from(
    [
        ("comicinfo",),
        ("metroninfo",),
        ("comicinfo", "metroninfo"),
        ("comicinfo-1.0",),
        ("metroninfo-1.1",),
        ("comicinfo", "metroninfo-1.1"),
        (),
    ]
)
TEMPLATES = st.sampled_from(
    [
        *(rules.template for rules in PRESETS.values()),
        "{series} {issue}",
        "{series}",
        "{issue}",
        "{series}/{series} #{issue} ({year})",
        "{series}[ ({year})]/[v{volume:2}/]{issue}[ - {title}]",
        "[{publisher}/]{series}[ #{issue}]",
        "{publisher}/{series}/{issue:3}[ {title}]",
        "{series}[ ({series_start_year})][ v{volume}][ c{issue:3}][ - {title}][ \\[{language}\\]]",
        "{series} - {title}[ ({scan_information})]",
        "{series} {year}-{month}-{day}",
        "{writer} - {series} {issue_no_pad}[ (of {count})]",
        "({year}) {series}[ {format}][ {collection_title}][ {genre}]",
        "{series} v{volume} #{issue}",
        "{series}_{story_arc}_{issue}",
        "{page_count} {series}",
    ]
)
TEXT_RULES = st.sampled_from(
    [
        *("{series} {issue}", "Chapter {issue_no_pad}", "{series}, again", "{title}", "{series}"),
        *("{issue_no_pad}", "{year}", "Own (1999)", "[{title}]{series}", "{collection_title}!"),
    ]
)
FIELDS = ("series", "issue", "title", "volume", "year", "month", "count", "publisher", "format")


@st.composite
def field_rules(draw: st.DrawFn) -> dict[str, Any]:
    """Rules of some fields, beside or in place of the preset's."""
    rules: dict[str, Any] = {}
    for field in draw(st.sets(st.sampled_from([*FIELDS, "collection_title", "language"]))):
        mode = draw(st.sampled_from(["fill", "overwrite", "clear", "none"]))
        if mode == "none":
            rules[field] = None
        elif mode == "clear":
            rules[field] = {"mode": "clear"}
        else:
            able = ["text"]
            able += ["filename"] if field != "collection_title" else []
            able += ["folder"] if field in ("series", "volume", "year", "publisher") else []
            sources = draw(st.lists(st.sampled_from(able), unique=True, min_size=1))
            rules[field] = {"mode": mode, "sources": sources}
            if "text" in sources:
                text = draw(st.sampled_from(["7", "{year}", "{volume}"]))
                is_text = field in ("series", "issue", "title", "publisher", "collection_title")
                rules[field]["text"] = draw(TEXT_RULES) if is_text else text
                if field == "language":
                    rules[field]["text"] = "en"
    return rules


NO_TEMPLATE: st.SearchStrategy[dict[str, str]] = st.just({})


@st.composite
def all_rules(draw: st.DrawFn) -> Rules:
    return Rules.from_dict(
        {
            "preset": draw(st.sampled_from(sorted(PRESETS))),
            "fields": draw(st.just({}) | field_rules()),
            "formats": list(draw(FORMATS)),
            **draw(NO_TEMPLATE | TEMPLATES.map(lambda template: {"template": template})),
            "padding": draw(st.sampled_from([4, 4, 1, 3])),
            "cases": draw(st.just([]) | st.lists(cases(), max_size=2)),
        }
    )


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """A case on a field that names and folders tell."""
    field = draw(st.sampled_from(["series", "publisher", "year", "volume", "title"]))
    texts = draw(st.lists(st.just("") | st.just("*") | TEXTS, min_size=1, max_size=2))
    return {
        draw(st.sampled_from(["if", "unless"])): {field: texts},
        "rules": {
            "fields": draw(st.just({}) | field_rules()),
            **draw(NO_TEMPLATE | TEMPLATES.map(lambda template: {"template": template})),
        },
    }


FILE_NAMES = TEXTS.map(lambda text: safe_name(text, ".cbz"))
FOLDERS = st.lists(TEXTS.map(safe_name), max_size=3)
TAGS = st.just(ComicMetadata()) | SPARSE | SPARSE | METADATA

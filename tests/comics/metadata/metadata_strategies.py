"""Hypothesis strategies for metadata values."""

from __future__ import annotations

from hypothesis import strategies as st

from comicmaintainer.comics.metadata import (
    AlternativeName,
    ComicMetadata,
    Credit,
    Identifier,
    Manga,
    PageInfo,
    Price,
    StoryArc,
    Universe,
)
from comicmaintainer.comics.metadata.vocabulary import METRON_SOURCES

LINES = st.one_of(
    st.sampled_from(["Rain", "Rain, Snow", "a;b", " x ", "Ünï", "雨", "-1", "Unknown", "0"]),
    st.text(min_size=1, max_size=12),
)
MAYBE = st.none() | LINES
WHOLE = st.none() | st.integers(0, 3000)
LISTS = st.lists(LINES, max_size=3).map(tuple)
ROLES = st.sampled_from(["Writer", "Cover", "Artist", "Inker", "Script", "Translator", "Baker"])


def metadata_values() -> st.SearchStrategy[ComicMetadata]:
    """Any metadata, clean or not."""
    return st.builds(
        ComicMetadata,
        series=MAYBE,
        issue=MAYBE,
        title=MAYBE,
        volume=WHOLE,
        count=WHOLE,
        year=st.none() | st.integers(1, 9999),
        month=st.none() | st.integers(1, 12),
        day=st.none() | st.integers(1, 31),
        publisher=MAYBE,
        imprint=MAYBE,
        summary=MAYBE,
        credits=st.lists(
            st.builds(Credit, LINES, st.lists(ROLES, max_size=3, unique=True).map(tuple)),
            max_size=3,
        ).map(tuple),
        genres=LISTS,
        characters=LISTS,
        story_arcs=st.lists(
            st.builds(StoryArc, LINES, st.none() | st.sampled_from(["1", "2.5", "x"])), max_size=3
        ).map(tuple),
        alternate_issue=MAYBE,
        language=st.none() | st.sampled_from(["en", "pt-BR", "jpn", "English"]),
        format=st.none() | st.sampled_from(["TPB", "Annual", "Own"]),
        age_rating=st.none() | st.sampled_from(["Teen", "Teen Plus", "PG", "From 9"]),
        community_rating=st.none() | st.sampled_from([0.0, 2.5, 4.25, 5.0]),
        manga=st.none() | st.sampled_from(Manga),
        black_and_white=st.none() | st.booleans(),
        web=st.lists(st.sampled_from(["https://a.example/x,y", "https://b.example/"])).map(tuple),
        gtin=MAYBE,
        upc=st.none() | st.just("12345"),
        page_count=WHOLE,
        pages=st.lists(
            st.builds(
                PageInfo,
                image=st.integers(0, 4),
                type=st.sampled_from(["Story", "FrontCover", "FrontCover Deleted", "Odd"]),
                double_page=st.booleans(),
                image_size=st.none() | st.integers(0, 10**12),
                bookmark=MAYBE,
            ),
            max_size=4,
        ).map(tuple),
        identifiers=st.lists(
            st.builds(
                Identifier,
                st.sampled_from([*sorted(METRON_SOURCES), "MangaBaka"]),
                LINES,
                st.booleans(),
            ),
            max_size=3,
        ).map(tuple),
        collection_title=MAYBE,
        manga_volume=MAYBE,
        series_sort_name=MAYBE,
        series_start_year=st.none() | st.integers(1, 9999),
        volume_count=WHOLE,
        alternative_names=st.lists(
            st.builds(AlternativeName, LINES, st.none() | st.sampled_from(["es", "English"])),
            max_size=2,
        ).map(tuple),
        universes=st.lists(st.builds(Universe, LINES, MAYBE), max_size=2).map(tuple),
        reprints=LISTS,
        prices=st.lists(
            st.builds(
                Price, st.sampled_from(["1.25", "x", "3"]), st.sampled_from(["US", "United"])
            ),
            max_size=2,
        ).map(tuple),
        store_date=st.none() | st.sampled_from(["2020-01-02", "soon"]),
        rating_count=WHOLE,
    )

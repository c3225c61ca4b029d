"""MetronInfo: read, edited in place, valid, and left alone where nothing changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from comicmaintainer.comics.metadata import (
    AlternativeName,
    ComicMetadata,
    Credit,
    Identifier,
    Price,
    StoryArc,
    Universe,
)
from comicmaintainer.comics.metadata.metroninfo import read_metroninfo, write_metroninfo
from comicmaintainer.errors import MalformedMetadata
from tests.comics.metadata.metadata_strategies import metadata_values
from tests.comics.metadata.metroninfo_schemas import VERSIONS, has_schemas, schema

FULL = ComicMetadata(
    series="Rain",
    issue="71.4",
    title="The Beginning; The End",
    volume=2,
    count=80,
    year=2019,
    month=5,
    day=31,
    publisher="Own Press",
    imprint="Small",
    summary="First line\nsecond line",
    credits=(Credit("Ann", ("Writer", "Cover")), Credit("Bo")),
    genres=("Drama, dark",),
    story_arcs=(StoryArc("Storm", "4"), StoryArc("Calm")),
    language="en",
    format="Annual",
    age_rating="Teen Plus",
    web=("https://example.org/a", "https://example.org/b"),
    gtin="9783161484100",
    upc="12345",
    page_count=2,
    identifiers=(Identifier("Metron", "9", True), Identifier("Comic Vine", "145269")),
    collection_title="Omnibus",
    manga_volume="1-2",
    series_sort_name="Rain, The",
    series_start_year=1950,
    volume_count=3,
    alternative_names=(AlternativeName("Lluvia", "es"), AlternativeName("Ame")),
    universes=(Universe("Mirror", "42"),),
    reprints=("Rain Annual #1",),
    prices=(Price("1.25", "US"),),
    store_date="2019-05-01",
    last_modified="2020-01-02T03:04:05",
)


def test_new_document_reads_back_as_it_was_written() -> None:
    assert read_metroninfo(write_metroninfo(None, FULL)) == FULL


@pytest.mark.parametrize("version", VERSIONS)
def test_written_document_is_valid(version: str) -> None:
    schema(version).validate(write_metroninfo(None, FULL).decode())
    schema(version).validate(write_metroninfo(None, ComicMetadata(imprint="x")).decode())


def test_unchanged_meaning_returns_the_very_same_bytes() -> None:
    odd = (
        b"<MetronInfo><Series id='7'><Name> Rain</Name></Series><Genres/>"
        b"<Number><!--one-->1</Number></MetronInfo>"
    )
    assert write_metroninfo(odd, read_metroninfo(odd)) is odd
    assert write_metroninfo(odd, replace(read_metroninfo(odd), review="elsewhere")) is odd


def test_edit_keeps_ids_unknown_content_and_comments() -> None:
    before = b"""<?xml version="1.0" encoding="UTF-8"?>
<MetronInfo>
\t<Series lang="en" id="22">
\t\t<Name>Rain</Name>
\t\t<Own>x</Own>
\t</Series>
\t<!-- people -->
\t<Credits>
\t\t<Credit>
\t\t\t<Creator id="1">Ann</Creator>
\t\t\t<Roles>
\t\t\t\t<Role id="8">Writer</Role>
\t\t\t</Roles>
\t\t</Credit>
\t</Credits>
\t<CommunityRating><AverageRating>4</AverageRating></CommunityRating>
</MetronInfo>
"""
    metadata = replace(
        read_metroninfo(before),
        issue="2",
        credits=(Credit("Bo", ("Inker",)), Credit("Ann", ("CoverArtist", "Writer"))),
    )
    assert (
        write_metroninfo(before, metadata).decode()
        == """<?xml version="1.0" encoding="UTF-8"?>
<MetronInfo>
\t<Series lang="en" id="22">
\t\t<Name>Rain</Name>
\t\t<Own>x</Own>
\t</Series>
\t<Number>2</Number>
\t<!-- people -->
\t<Credits>
\t\t<Credit>
\t\t\t<Creator>Bo</Creator>
\t\t\t<Roles>
\t\t\t\t<Role>Inker</Role>
\t\t\t</Roles>
\t\t</Credit>
\t\t<Credit>
\t\t\t<Creator id="1">Ann</Creator>
\t\t\t<Roles>
\t\t\t\t<Role>Cover</Role>
\t\t\t\t<Role id="8">Writer</Role>
\t\t\t</Roles>
\t\t</Credit>
\t</Credits>
\t<CommunityRating><AverageRating>4</AverageRating></CommunityRating>
</MetronInfo>
"""
    )


def test_cleared_fields_remove_their_elements_and_empty_parents() -> None:
    before = write_metroninfo(None, FULL)
    after = write_metroninfo(before, ComicMetadata(series="Rain"))
    assert read_metroninfo(after) == ComicMetadata(series="Rain")
    assert b"Publisher" not in after
    assert b"Credits" not in after


def test_values_that_the_schema_forbids_leave_the_files_text() -> None:
    before = write_metroninfo(
        None, ComicMetadata(series="Rain", format="Annual", age_rating="Teen")
    )
    metadata = ComicMetadata(
        series="Rain",
        format="Own",
        age_rating="From 9",
        identifiers=(Identifier("Own", "1"),),
        prices=(Price("x", "US"),),
        year=2019,
    )
    assert write_metroninfo(before, metadata) == before


def test_comicinfos_words_are_translated() -> None:
    metadata = ComicMetadata(
        series="Rain",
        age_rating="Mature 17+",
        format="TPB",
        credits=(Credit("A", ("CoverArtist",)),),
    )
    read = read_metroninfo(write_metroninfo(None, metadata))
    assert (read.age_rating, read.format) == ("Mature", "Trade Paperback")
    assert read.people("Cover") == ("A",)


def test_structure_of_drafts_is_read() -> None:
    read = read_metroninfo(
        b"<MetronInfo><Publisher>Own</Publisher><Reprints><Reprint><Name>R</Name></Reprint>"
        b"</Reprints><Series><Name>S</Name></Series></MetronInfo>"
    )
    assert (read.publisher, read.reprints) == ("Own", ("R",))


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
@given(metadata_values(), metadata_values())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_value_writes_valid_documents_that_writing_again_leaves_alone(
    version: str, first: ComicMetadata, second: ComicMetadata
) -> None:
    earlier = write_metroninfo(None, first, version=version)
    document = write_metroninfo(earlier, second, version=version)
    assert write_metroninfo(document, second, version=version) is document
    assert write_metroninfo(document, second) is document
    if has_schemas():
        schema(version).validate(document.decode())
        schema("1.1").validate(document.decode())


@pytest.mark.parametrize(
    "document", [b"<MetronInfo>", b"<ComicInfo/>", b"\x00", b"<MetronInfo a/>"]
)
def test_malformed_document_names_member(document: bytes) -> None:
    with pytest.raises(MalformedMetadata, match=r"MetronInfo\.xml"):
        read_metroninfo(document)

"""MetronInfo 1.1 beside 1.0: what it adds, and that each document keeps its version."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.metadata import ComicMetadata, Identifier
from comicmaintainer.comics.metadata.metroninfo import read_metroninfo, write_metroninfo
from comicmaintainer.comics.metadata.sources import updated_members
from comicmaintainer.comics.metadata.vocabulary import METRON_SOURCES
from tests.comics.metadata.metadata_strategies import metadata_values
from tests.comics.metadata.metroninfo_schemas import VERSIONS, has_schemas, schema

RATED = ComicMetadata(
    series="Rain", issue="13", alternate_issue="783", community_rating=4.25, rating_count=1250
)
RATED_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<MetronInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Series>
    <Name>Rain</Name>
  </Series>
  <Number>13</Number>
  <AlternativeNumber>783</AlternativeNumber>
  <CommunityRating>
    <AverageRating>4.25</AverageRating>
    <RatingCount>1250</RatingCount>
  </CommunityRating>
</MetronInfo>
"""
SCHEMA = "https://example.org/metroninfo/schema"
IDS = [*sorted(METRON_SOURCES), "MangaBaka"]


def stating(version: str, *, prefix: str = "") -> bytes:
    """A document whose addresses name a version, as other programs write them."""
    namespace = f"https://example.org/metroninfo/schemas/v{version}"
    return (
        f'<MetronInfo {prefix}xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{namespace} {SCHEMA}/v{version}/MetronInfo.xsd">'
        "<Series><Name>Rain</Name></Series></MetronInfo>"
    ).encode()


def test_new_document_of_1_1_has_its_elements_in_the_schemas_order() -> None:
    document = write_metroninfo(None, RATED, version="1.1")
    assert document.decode() == RATED_DOCUMENT
    assert read_metroninfo(document) == RATED


def test_written_document_of_1_1_is_valid() -> None:
    schema("1.1").validate(RATED_DOCUMENT)
    assert not schema("1.0").is_valid(RATED_DOCUMENT)


def test_document_without_a_version_gets_no_newer_elements() -> None:
    document = write_metroninfo(None, replace(RATED, series="Snow"))
    assert read_metroninfo(document) == ComicMetadata(series="Snow", issue="13")
    assert write_metroninfo(document, replace(RATED, series="Snow")) is document


@pytest.mark.parametrize(
    "element",
    [
        "<AlternativeNumber>7</AlternativeNumber>",
        "<CommunityRating><AverageRating>1</AverageRating></CommunityRating>",
    ],
)
def test_document_that_has_an_element_of_1_1_gets_the_others(element: str) -> None:
    before = f"<MetronInfo><Series><Name>Rain</Name></Series>{element}</MetronInfo>".encode()
    assert read_metroninfo(write_metroninfo(before, RATED)) == RATED


def test_document_that_states_1_1_gets_its_elements() -> None:
    after = write_metroninfo(stating("1.1"), RATED)
    assert read_metroninfo(after) == RATED
    assert f"{SCHEMA}/v1.1/MetronInfo.xsd".encode() in after


def test_version_in_the_name_of_a_namespace_counts() -> None:
    document = b'<MetronInfo xmlns:m="https://example.org/schemas/v1.1"><Series/></MetronInfo>'
    assert read_metroninfo(write_metroninfo(document, RATED)) == RATED


def test_document_that_states_1_0_states_1_1_once_it_has_its_elements() -> None:
    before = stating("1.0")
    assert write_metroninfo(before, replace(RATED, issue=None)) is before
    numbered = write_metroninfo(before, RATED)
    assert f"{SCHEMA}/v1.0/MetronInfo.xsd".encode() in numbered
    assert b"783" not in numbered
    raised = write_metroninfo(before, RATED, version="1.1")
    assert f"{SCHEMA}/v1.1/MetronInfo.xsd".encode() in raised
    assert f"{SCHEMA}/v1.0".encode() not in raised
    assert read_metroninfo(raised) == RATED


def test_asking_for_1_1_leaves_a_document_alone_that_needs_none_of_it() -> None:
    before = stating("1.0")
    assert write_metroninfo(before, ComicMetadata(series="Rain"), version="1.1") is before
    after = write_metroninfo(before, ComicMetadata(series="Rain", issue="2"), version="1.1")
    assert f"{SCHEMA}/v1.0/MetronInfo.xsd".encode() in after


def test_namespace_of_the_elements_keeps_its_name() -> None:
    before = stating("1.0", prefix='xmlns="https://example.org/metroninfo/schemas/v1.0" ')
    after = write_metroninfo(before, RATED, version="1.1").decode()
    assert 'xmlns="https://example.org/metroninfo/schemas/v1.0"' in after
    assert f'"https://example.org/metroninfo/schemas/v1.0 {SCHEMA}/v1.1/MetronInfo.xsd"' in after
    assert read_metroninfo(after.encode()) == RATED


def test_rating_that_is_cleared_takes_its_count_with_it() -> None:
    after = write_metroninfo(RATED_DOCUMENT.encode(), replace(RATED, community_rating=None))
    assert b"CommunityRating" not in after
    assert read_metroninfo(after).alternate_issue == "783"


def test_count_without_a_rating_is_not_written() -> None:
    document = write_metroninfo(None, replace(RATED, community_rating=None), version="1.1")
    assert b"Rating" not in document


def test_unknown_parts_of_a_rating_stay() -> None:
    before = RATED_DOCUMENT.replace("<RatingCount>", "<Own>x</Own><RatingCount>").encode()
    after = write_metroninfo(before, replace(RATED, community_rating=3.0, rating_count=None))
    assert b"<AverageRating>3</AverageRating><Own>x</Own>" in b"".join(after.split())
    assert b"RatingCount" not in after


@pytest.mark.parametrize("rating", ["9", "-1", "NaN", "good"])
def test_invalid_rating_counts_as_absent_and_stays(rating: str) -> None:
    before = RATED_DOCUMENT.replace("4.25", rating).encode()
    read = read_metroninfo(before)
    assert read.community_rating is None
    after = write_metroninfo(before, replace(read, issue="14"))
    assert after == before.replace(b">13<", b">14<")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("primary", sorted(METRON_SOURCES))
def test_ids_of_every_source_are_read_as_they_were_written(version: str, primary: str) -> None:
    identifiers = tuple(
        Identifier(source, value, primary=source == primary and value == "8b34f37a-0181-4f0b")
        for source in sorted(METRON_SOURCES)
        for value in ("8b34f37a-0181-4f0b", "290431")
    )
    metadata = ComicMetadata(series="Rain", identifiers=identifiers)
    document = write_metroninfo(None, metadata, version=version)
    assert read_metroninfo(document) == metadata
    if has_schemas():
        schema(version).validate(document.decode())


def test_id_of_a_source_that_no_schema_has_stays_but_is_not_added() -> None:
    before = (
        b"<MetronInfo><IDS><ID source='MangaBaka' own='x'>12</ID></IDS>"
        b"<Series><Name>Rain</Name></Series></MetronInfo>"
    )
    known = read_metroninfo(before)
    wanted = (*known.identifiers, Identifier("Metron", "9"), Identifier("MangaBaka", "13"))
    after = read_metroninfo(write_metroninfo(before, replace(known, identifiers=wanted)))
    assert after.identifiers == (Identifier("MangaBaka", "12"), Identifier("Metron", "9"))


def test_formats_write_their_versions() -> None:
    older = updated_members({}, RATED, ["metroninfo"])["MetronInfo.xml"]
    newer = updated_members({}, RATED, ["metroninfo-1.1"])["MetronInfo.xml"]
    assert older is not None
    assert newer == RATED_DOCUMENT.encode()
    assert read_metroninfo(older) == ComicMetadata(series="Rain", issue="13")
    assert updated_members({"MetronInfo.xml": newer}, RATED, ["metroninfo"]) == {}


@pytest.mark.slow
@given(metadata_values(), metadata_values(), st.sampled_from(["metroninfo", "metroninfo-1.1"]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_1_0_differs_from_1_1_only_by_what_is_new(
    first: ComicMetadata, second: ComicMetadata, name: str
) -> None:
    """Old documents stay valid, and to the byte as they would be without the new fields."""
    plain = second.with_values(alternate_issue=None, community_rating=None, rating_count=None)
    before = write_metroninfo(None, first)
    after = write_metroninfo(before, second)
    assert after == write_metroninfo(before, plain, version="1.1")
    if has_schemas():
        for version in VERSIONS:
            schema(version).validate(after.decode())
    again = updated_members({"MetronInfo.xml": after}, plain, [name])
    assert again == {}

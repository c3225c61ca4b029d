"""ComicInfo: read, edited in place, valid, and left alone where nothing changes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from comicmaintainer.comics.metadata import ComicMetadata, Credit, Manga, PageInfo, StoryArc
from comicmaintainer.comics.metadata.comicinfo import (
    FIELDS_CARRIED,
    SEQUENCE,
    encoded_fields,
    read_comicinfo,
    write_comicinfo,
)
from comicmaintainer.comics.metadata.comicinfo_pages import pages_with_sizes
from comicmaintainer.errors import MalformedMetadata
from tests.comics.metadata.metadata_strategies import metadata_values

FULL = ComicMetadata(
    series="Rain & Co",
    issue="71.4",
    title="A <Title>",
    volume=2,
    count=80,
    year=2019,
    month=5,
    day=31,
    publisher="Own Press",
    summary="First line\nsecond line",
    credits=(Credit("Ann", ("Writer", "Inker")), Credit("Bo", ("CoverArtist", "Translator"))),
    genres=("Drama", "Noir"),
    tags=("rainy",),
    story_arcs=(StoryArc("Storm", "4"), StoryArc("Calm")),
    age_rating="Teen",
    community_rating=4.5,
    manga=Manga.YES_RIGHT_TO_LEFT,
    black_and_white=True,
    web=("https://example.org/a", "https://example.org/b"),
    gtin="9783161484100",
    language="en",
    page_count=2,
    pages=(PageInfo(0, "FrontCover", image_size=10), PageInfo(1, bookmark="Two", width=3)),
)

LOWER_E_ACUTE = "<ComicInfo><Series>é</Series></ComicInfo>"


def schema(version: str) -> etree.XMLSchema:
    folder = os.environ.get("COMICMAINTAINER_SCHEMAS")
    if not folder:
        pytest.skip("COMICMAINTAINER_SCHEMAS names no folder with the published schemas")
    name = "ComicInfo-2.1-draft.xsd" if version == "2.1" else f"ComicInfo-{version}.xsd"
    return etree.XMLSchema(etree.parse(Path(folder) / name))


def test_new_document_reads_back_as_it_was_written() -> None:
    assert read_comicinfo(write_comicinfo(None, FULL)) == FULL


def test_unchanged_meaning_returns_the_very_same_bytes() -> None:
    odd = (
        b"<?xml version='1.0'?>\r\n<!--mine--><ComicInfo  ><Year> 0591</Year>"
        b"<Series><![CDATA[Rain & Co]]></Series><Count>-1</Count><Manga>Unknown</Manga>"
        b"<Pages><Page Type='Story' Image='0'/></Pages></ComicInfo>"
    )
    assert write_comicinfo(odd, read_comicinfo(odd)) is odd


def test_edit_keeps_unknown_content_and_touches_only_what_changes() -> None:
    before = (
        b'<?xml version="1.0" encoding="utf-8"?>\n<!-- by hand -->\n'
        b'<ComicInfo xmlns:x="urn:x" x:kept="1">\n\t<Series>Rain</Series>\n'
        b'\t<!-- a note -->\n\t<Number>1</Number>\n\t<x:Shelf row="3">B<i/></x:Shelf>\n'
        b"\t<Genre>Drama,Noir</Genre>\n</ComicInfo>\n"
    )
    after = write_comicinfo(before, replace(read_comicinfo(before), issue="2", year=2020))
    assert after == before.replace(b'"utf-8"', b'"UTF-8"').replace(
        b"<Number>1</Number>", b"<Number>2</Number>"
    ).replace(b"\t<x:Shelf", b"\t<Year>2020</Year>\n\t<x:Shelf")


def test_edit_puts_elements_into_the_schemas_sequence() -> None:
    alphabetical = (
        b"<ComicInfo>\n  <Genre>Drama</Genre>\n  <!-- of the number -->\n"
        b"  <Number>1</Number>\n  <Series>Rain</Series>\n</ComicInfo>"
    )
    after = write_comicinfo(alphabetical, replace(read_comicinfo(alphabetical), title="Wet"))
    names = [child.tag for child in etree.fromstring(after) if isinstance(child.tag, str)]
    assert names == ["Title", "Series", "Number", "Genre"]
    assert b"<!-- of the number -->\n  <Number>" in after
    assert after.endswith(b"</Genre>\n</ComicInfo>\n")


def test_cleared_field_removes_its_element_and_repetitions() -> None:
    before = b"<ComicInfo><Title>A</Title><Title>B</Title><Series>S</Series></ComicInfo>"
    after = write_comicinfo(before, replace(read_comicinfo(before), title=None))
    assert b"Title" not in after
    assert b"<Series>S</Series>" in after


def test_value_that_comicinfo_cannot_express_leaves_the_element_unchanged() -> None:
    before = b"<ComicInfo><AgeRating>Teen</AgeRating></ComicInfo>"
    assert write_comicinfo(before, replace(ComicMetadata(), age_rating="From 9")) == before


def test_roles_of_other_formats_are_mapped_to_comicinfos() -> None:
    metadata = ComicMetadata(credits=(Credit("Ann", ("Artist",)), Credit("Bo", ("Script",))))
    read = read_comicinfo(write_comicinfo(None, metadata))
    assert read.people("Penciller") == read.people("Inker") == ("Ann",)
    assert read.people("Writer") == ("Bo",)


def test_text_that_is_invalid_in_xml_is_cleaned() -> None:
    metadata = ComicMetadata(series="A\x00B\x1f\udce9", summary="x\r\ny\ufffe")
    read = read_comicinfo(write_comicinfo(None, metadata))
    assert (read.series, read.summary) == ("AB\ufffd", "x\ny")


@pytest.mark.parametrize("version", ["1.0", "2.0", "2.1"])
def test_written_documents_are_valid(version: str) -> None:
    schema(version).assertValid(etree.fromstring(write_comicinfo(None, FULL, version=version)))


@pytest.mark.slow
@given(metadata_values(), metadata_values())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_every_value_writes_valid_documents_that_writing_again_leaves_alone(
    first: ComicMetadata, second: ComicMetadata
) -> None:
    document = write_comicinfo(write_comicinfo(None, first), second)
    assert write_comicinfo(document, second) is document
    read = read_comicinfo(document)
    # What can't be expressed (KEEP) may stay from the first; all else says the same.
    for field in FIELDS_CARRIED - {"pages", "age_rating", "credits"}:
        assert encoded_fields(read, field) == encoded_fields(second, field), field
    names = [child.tag for child in etree.fromstring(document)]
    assert names == sorted(names, key=SEQUENCE.index)
    if os.environ.get("COMICMAINTAINER_SCHEMAS"):
        schema("2.1").assertValid(etree.fromstring(document))


@pytest.mark.parametrize(
    ("encoded", "series"),
    [
        ("<ComicInfo><Series>Łódź</Series></ComicInfo>".encode("utf-8-sig"), "Łódź"),
        ("<ComicInfo><Series>Łódź</Series></ComicInfo>".encode("utf-16"), "Łódź"),
        ("<ComicInfo><Series>Łódź</Series></ComicInfo>".encode("utf-16-be"), "Łódź"),
        (b'<?xml version="1.0" encoding="utf-16"?>' + LOWER_E_ACUTE.encode(), "é"),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + LOWER_E_ACUTE.encode("latin-1"), "é"),
        (b"\n\n  <?xml version='1.0'?><ComicInfo><Series>x</Series></ComicInfo>\x00\x00", "x"),
    ],
    ids=["utf-8 mark", "utf-16 mark", "utf-16 bare", "utf-16 untrue", "latin-1", "padding"],
)
def test_encodings_are_understood_and_edits_come_out_as_utf8(encoded: bytes, series: str) -> None:
    metadata = read_comicinfo(encoded)
    assert metadata.series == series
    edited = write_comicinfo(encoded, replace(metadata, title="雨"))
    assert edited.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    assert read_comicinfo(edited) == replace(metadata, title="雨")


@pytest.mark.parametrize(
    ("document", "position"),
    [
        (b"<ComicInfo>\n<Series>x</ComicInfo>", "line 2"),
        (b"\n\n<ComicInfo>\n<Series>x</ComicInfo>", "line 4"),
        (b"", "line 1"),
        (b"<Other/>", "line 1"),
        (b"<ComicInfo><Series>\xe9</Series></ComicInfo>", "line 1"),
        (b"<!DOCTYPE a [<!ENTITY e 'x'>]><ComicInfo><Series>&e;</Series></ComicInfo>", "entities"),
    ],
)
def test_malformed_document_names_member_and_position(document: bytes, position: str) -> None:
    with pytest.raises(MalformedMetadata, match=rf"sub/ComicInfo.xml.*{position}") as raised:
        read_comicinfo(document, "sub/ComicInfo.xml")
    assert str(raised.value).count("column") <= 1


def test_entities_read_no_file_and_do_not_multiply(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    outside = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode()
    laughs = b"".join(
        b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 12)
    )
    for document in (
        outside + b"<ComicInfo><Series>&e;</Series></ComicInfo>",
        b'<!DOCTYPE a [<!ENTITY a0 "ha">' + laughs + b"]><ComicInfo>&a11;</ComicInfo>",
        b'<!DOCTYPE a [<!ENTITY a0 "ha">' + laughs + b"]><ComicInfo x='&a11;'/>",
    ):
        with pytest.raises(MalformedMetadata):
            read_comicinfo(document)


def test_deep_and_huge_documents_are_refused() -> None:
    with pytest.raises(MalformedMetadata):
        read_comicinfo(b"<ComicInfo>" + b"<a>" * 100_000)
    with pytest.raises(MalformedMetadata, match="larger"):
        read_comicinfo(b"<ComicInfo>" + b" " * (2 * 1024 * 1024))


def test_page_edit_keeps_what_people_wrote_on_a_page() -> None:
    before = (
        b'<ComicInfo><Pages><Page Image="0" Type="FrontCover" Own="x"/>'
        b'<Page Image="1" Bookmark="Here" ImageSize="bad"/></Pages></ComicInfo>'
    )
    read = read_comicinfo(before)
    after = write_comicinfo(before, read, pages_with_sizes([10, 20, 30], read.pages[:1]))
    pages = etree.fromstring(after).findall("Pages/Page")
    assert [dict(page.attrib) for page in pages] == [
        {"Image": "0", "Type": "FrontCover", "Own": "x", "ImageSize": "10"},
        {"Image": "1", "ImageSize": "20"},
        {"Image": "2", "ImageSize": "30"},
    ]
    assert b"<PageCount>3</PageCount>" in after


def test_page_details_follow_the_page_size_when_pages_are_removed() -> None:
    known = (
        PageInfo(0, "FrontCover", image_size=10),
        PageInfo(1, "Advertisement", image_size=20),
        PageInfo(2, bookmark="Chapter 2", image_size=30),
    )
    assert pages_with_sizes([10, 30], known) == (
        PageInfo(0, "FrontCover", image_size=10),
        PageInfo(1, bookmark="Chapter 2", image_size=30),
    )


def test_pages_out_of_order_are_put_in_order() -> None:
    before = b'<ComicInfo><Pages><Page Image="1"/><Page Image="0"/></Pages></ComicInfo>'
    metadata = replace(read_comicinfo(before), pages=(PageInfo(0), PageInfo(1)))
    after = write_comicinfo(before, metadata)
    assert read_comicinfo(after).pages == (PageInfo(0), PageInfo(1))
    assert write_comicinfo(after, metadata) is after


@pytest.mark.slow
@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_bytes_result_in_metadata_or_a_clear_error(data: bytes) -> None:
    try:
        message = str(read_comicinfo(data).series)
    except MalformedMetadata as error:
        message = str(error)
    assert message == "None" or message.startswith("ComicInfo.xml")

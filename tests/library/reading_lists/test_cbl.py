"""CBL: what is read of real shapes, what is refused, and that what is written can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.reading_lists.cbl import read_cbl, write_cbl
from comicmaintainer.library.reading_lists.model import MAX_ENTRIES, ListEntry, SourceIds

TIDES = """<?xml version="1.0" encoding="utf-8"?>
<ReadingList xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<Name>[Harbour] Tides &#38; Storms</Name>
<NumIssues>3</NumIssues>
<Books>
<Book Series="Tide Warden" Number="1" Volume="2016" Year="2017" Format="Annual">
<Database Name="cv" Series="90055" Issue="512345" />
<Database Name="metron" Series="7" Issue="" />
<Id>d468e83e-67f1-47c6-b64c-6b35de3cd8dd</Id>
</Book>
<Book Series="Owl" Number="½" Volume="-1" Year="-1" />
<Book><FileName>Harbour Lights 012 (2021)</FileName></Book>
</Books>
<Matchers />
</ReadingList>
"""


def document(books: str) -> bytes:
    return f"<ReadingList><Name>x</Name><Books>{books}</Books></ReadingList>".encode()


def test_a_list_is_read_with_its_ids_and_in_its_order() -> None:
    name, entries = read_cbl(TIDES.encode())
    assert name == "[Harbour] Tides & Storms"
    assert entries == (
        ListEntry(
            "Tide Warden",
            "1",
            2016,
            2017,
            "Annual",
            {"comicvine": SourceIds("90055", "512345"), "metron": SourceIds("7", None)},
            "d468e83e-67f1-47c6-b64c-6b35de3cd8dd",
        ),
        ListEntry("Owl", "½"),
        ListEntry("Harbour Lights", "12", year=2021),
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_of_the_format_are_read(encoding: str) -> None:
    data = TIDES.replace('encoding="utf-8"', "").encode(encoding)
    assert len(read_cbl(data)[1]) == 3


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no element found"),
        (b"PK\3\4", "not a reading list"),
        (b"<ComicInfo/>", "starts with ComicInfo"),
        (b"<ReadingList><Books><Book></ReadingList>", "mismatched tag"),
        (document(""), "at least one entry"),
        (b'<?xml version="1.0" encoding="klingon"?><ReadingList/>', "encoding"),
        (b'<?xml version="1.0" encoding="shift_jis"?><ReadingList/>', "encoding"),
        (b'<?xml version="1.0" encoding="utf-32"?><ReadingList/>', "encoding"),
        (b'<!DOCTYPE ReadingList SYSTEM "file:///etc/passwd"><ReadingList/>', "declares"),
        (
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ReadingList>&b;</ReadingList>',
            "declares",
        ),
        (b"<ReadingList>" + b"<a>" * 20 + b"</a>" * 20 + b"</ReadingList>", "too deeply"),
        (document(f'<Book Series="{"x" * 301}"/>'), "300 characters"),
        (document("<Book/>" * 100_001), "100,000 tags"),
        (document("<Book/>" * (MAX_ENTRIES + 1)), "at most 20,000 entries"),
        (b" " * ((16 << 20) + 1), "at most 16 MiB"),
        (
            b"<ReadingList><Books/><Matchers><ComicBookMatcher/></Matchers></ReadingList>",
            "rules instead of comics",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_or_hostile_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_cbl(data)


TEXT = st.text(min_size=1, max_size=30).map(lambda text: " ".join(text.split())).filter(bool)
XML_TEXT = TEXT.filter(lambda text: all(_is_xml(char) for char in text))
NUMBER = st.none() | st.integers(1, 9999)
ENTRIES = st.builds(
    ListEntry,
    series=XML_TEXT,
    number=st.none() | XML_TEXT,
    volume=NUMBER,
    year=NUMBER,
    format=st.none() | XML_TEXT,
    ids=st.dictionaries(
        st.sampled_from(["comicvine", "metron", "gcd"]),
        st.builds(SourceIds, st.just("7"), st.none() | st.just("12")),
    ),
    book_id=st.none() | XML_TEXT,
)


def _is_xml(char: str) -> bool:
    return char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff"


@given(XML_TEXT, st.lists(ENTRIES, min_size=1, max_size=5))
def test_what_is_written_is_read_as_it_was(name: str, entries: list[ListEntry]) -> None:
    assert read_cbl(write_cbl(name, entries)) == (name, tuple(entries))


def test_text_that_xml_can_not_have_is_left_out() -> None:
    written = write_cbl("a\x00b\ud800", [ListEntry("Owl\x1b")])
    assert read_cbl(written) == ("ab", (ListEntry("Owl"),))

"""The explanation: which piece of a name became what."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.parser import parse_filename

PIECES_TEXT = (
    "Batman|v|c|#|12|003|½|2012|1,000|-|–|(|)|[|]|_| |.|,|of|Vol.|Chapter|No.|第|十二|巻|话|권|เล่ม"
    "|Том|глава|Sep|digital|c2c|x|b|AU|--|年|月|/|'89|$|～|.cbz"
    "|_ |Annual|Special |v2 |2of5|全|_7e1234|[0012]_|No Volume|Vol.|pgs|Part |A.I.|29-06-11|Empire"
)
PIECES = PIECES_TEXT.split("|")


def test_every_piece_of_a_typical_name_has_its_role() -> None:
    name = "[Grp] Tin Parade v2 #012 (of 20) - Low Tide (2014) (digital) (DC).cbz"
    roles = {piece.role: piece.text for piece in parse_filename(name).explanation}
    roles.pop(PieceRole.SEPARATOR)
    assert roles == {
        PieceRole.SCAN_GROUP: "Grp",
        PieceRole.SERIES: "Tin Parade",
        PieceRole.VOLUME: "v2",
        PieceRole.ISSUE: "#012",
        PieceRole.ISSUE_COUNT: "(of 20)",
        PieceRole.TITLE: "Low Tide",
        PieceRole.YEAR: "2014",
        PieceRole.RELEASE: "digital",
        PieceRole.PUBLISHER: "DC",
        PieceRole.SUFFIX: ".cbz",
    }


def test_reading_order_number_is_not_the_issue() -> None:
    pieces = parse_filename("01 Tin Parade 07.cbz").explanation
    assert [(p.text, p.role) for p in pieces] == [
        ("01", PieceRole.ORDER),
        ("Tin Parade", PieceRole.SERIES),
        ("07", PieceRole.ISSUE),
        (".cbz", PieceRole.SUFFIX),
    ]


def _check_explanation(name: str) -> None:
    end = 0
    for piece in parse_filename(name, name).explanation:
        start, stop = piece.span
        assert end <= start < stop <= len(name)
        assert name[start:stop] == piece.text
        end = stop


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_is_parsed_and_its_spans_lie_within_it_in_order(name: str) -> None:
    _check_explanation(name)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@example("29-06-11(")
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_mix_of_known_pieces_is_parsed_and_its_spans_lie_within_it(name: str) -> None:
    _check_explanation(name)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_numbers_have_no_leading_zeros(name: str) -> None:
    parsed = parse_filename(name)
    for value in (parsed.volume, parsed.issue_count):
        assert value is None or value == "0" or not value.startswith("00")
    assert parsed.year is None or len(parsed.year) == 4

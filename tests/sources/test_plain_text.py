"""Summaries, as sources write them and as nobody should."""

from __future__ import annotations

import pytest

from comicmaintainer.sources.plain_text import LONGEST, plain_text


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (None, None),
        ({"text": "none"}, None),
        ("<p></p>", None),
        (
            "<p>The <b>light</b> goes out.</p><p>Ada\nlooks.</p>",
            "The light goes out.\n\nAda looks.",
        ),
        ("One<br>two<br/>three<BR />four</br>", "One\ntwo\nthree\nfour"),
        ("<h4>Covers</h4><table><tr><td>A</td></tr></table>After", "Covers\n\nAfter"),
        ("<script>if (a < b) { c }</script>Shown", "Shown"),
        ("A <a title=\"1 > 0\" href='x'>link</a>, and <img alt=it's>more", "A link, and more"),
        ("Caf&eacute; &amp; bar: 1 &lt; 2, 1 < 2, &lt;b&gt;", "Café & bar: 1 < 2, 1 < 2, <b>"),
        ("Before<!-- <b> hidden --> after<!-- never closed", "Before after"),
        ("<![CDATA[x]]><!DOCTYPE html><?xml version='1'?>Text", "Text"),
        ("Cut off in the middle of <a href='http", "Cut off in the middle of"),
    ],
)
def test_a_summary_becomes_text(summary: object, text: str | None) -> None:
    assert plain_text(summary) == text


@pytest.mark.parametrize("mark", ["<![x[", "<![if x", "&#" + "9" * 5000 + ";", "&#x" + "f" * 5000])
def test_a_mark_that_no_parser_accepts_is_left_out(mark: str) -> None:
    assert plain_text(f"Before {mark}") == "Before"


@pytest.mark.parametrize("part", ["<a ", "<a b='", "<!--", "<?", "<![", "</a ", "<", "&#", '<a "'])
def test_a_summary_of_unfinished_marks_takes_no_longer_than_its_length(part: str) -> None:
    """Each of these took an HTML parser seconds to minutes, or made it fail."""
    summary = "Before <b>" + part * (LONGEST // len(part))
    assert (plain_text(summary) or "").startswith("Before")

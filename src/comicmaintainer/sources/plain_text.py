"""Text out of the HTML and the Markdown that sources write summaries in.

Marks are found by one pattern in one pass: parsers of real HTML need minutes for some texts of this
length, or refuse them, and a summary comes from strangers.
"""

from __future__ import annotations

import html
import re
from typing import Any

from comicmaintainer.comics.metadata.text import clean_text

LONGEST = 100_000
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol"})
_HIDDEN = frozenset({"script", "style", "figure", "table"})
# No mark goes beyond the next "<", so the time grows with the length only.
_MARK = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?:(?:[^<>"']|"[^"<]*"|'[^'<]*')*>|[^<>]*(?:>|\Z))"""
    r"|<[!?/][^<>]*(?:>|\Z)",
    re.IGNORECASE,
)
_ENDLESS_REFERENCE = re.compile(r"&#x?[0-9a-f]{9,};?", re.IGNORECASE)


def plain_text(value: Any) -> str | None:
    """Return a summary as text with line breaks; None if there is none.

    Tables are left out: at ComicVine they list covers and creators.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    text = "".join(_parts(_without_comments(value[:LONGEST])))
    text = html.unescape(_ENDLESS_REFERENCE.sub("", text))
    text = re.sub(r"[ \t\xa0]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return clean_text(re.sub(r"\n{3,}", "\n\n", text)) or None


def _without_comments(text: str) -> str:
    before, *commented = text.split("<!--")
    return before + "".join(each.partition("-->")[2] for each in commented)


def _parts(text: str) -> list[str]:
    """Return the shown text between marks, and a line break for each mark that stands for one."""
    parts: list[str] = []
    hidden = shown_to = 0
    for mark in _MARK.finditer(text):
        if not hidden:
            parts.append(text[shown_to : mark.start()].replace("\n", " "))
        shown_to = mark.end()
        name, is_end = (mark["name"] or "").lower(), bool(mark["end"])
        if name in _HIDDEN:
            hidden = max(0, hidden + (-1 if is_end else 1))
        elif name in _BREAKS and not (is_end and name == "br"):
            parts.append("\n")
    if not hidden:
        parts.append(text[shown_to:].replace("\n", " "))
    return parts

"""Text out of the HTML and the Markdown that sources write summaries in."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from comicmaintainer.comics.metadata.text import clean_text

LONGEST = 100_000
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol"})
_HIDDEN = frozenset({"script", "style", "figure", "table"})


def plain_text(value: Any) -> str | None:
    """Return a summary as text with line breaks; None if there is none.

    Tables are left out: at ComicVine they list covers and creators.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    reader = _Reader()
    reader.feed(value[:LONGEST])
    reader.close()
    text = re.sub(r"[ \t\xa0]+", " ", "".join(reader.parts))
    text = re.sub(r" ?\n ?", "\n", text)
    return clean_text(re.sub(r"\n{3,}", "\n\n", text)) or None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BREAKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data.replace("\n", " "))

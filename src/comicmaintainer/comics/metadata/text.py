"""Cleans text for every format, and splits and joins lists inside a text.

Used by the field register and by all formats, so that values set by a person and values read from
a file are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# What XML 1.0 (section 2.2, Char) does not allow, other than lone surrogates.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?")
_SPACES = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """Return `text` trimmed and valid in XML: control characters are removed, lone surrogates
    (from undecodable file names) become U+FFFD, and line ends become LF."""
    if text.isprintable():  # nearly all text: no control character, surrogate or line end
        return text.strip()
    text = _LINE_ENDS.sub("\n", _NOT_XML.sub("", text))
    return _SURROGATE.sub("\ufffd", text).strip()


def clean_line(text: str) -> str:
    """Like `clean_text`, on a single line: every run of white space becomes one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", clean_text(text)).strip()


def split_list(text: str, separator: str = ",") -> tuple[str, ...]:
    """The items of a list inside a text, trimmed, without empty items and duplicates."""
    if separator not in text:
        item = clean_line(text)
        return (item,) if item else ()
    items = [clean_line(item) for item in text.split(separator)]
    return tuple(dict.fromkeys(filter(None, items)))


def join_list(items: Iterable[str], separator: str = ", ") -> str:
    """The text of a list; splitting and joining it again returns the same text."""
    mark = separator.strip()
    return separator.join(split_list(mark.join(items), mark)) if mark else separator.join(items)

"""The names under which archives hold metadata, and the formats that can be written.

Needs no XML library: readers of archives ask here which members to fetch, rules and the API
which formats there are. Names are compared without case. Which member of an archive speaks for all
of it, `comics.archives.own_members` says; it is written at the root, under its usual name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

COMICINFO = "comicinfo"
METRONINFO = "metroninfo"
COMET = "comet"
COMICBOOKINFO = "comicbookinfo"
PDF_INFORMATION = "pdf"

# Format -> member name as new members are called.
METADATA_MEMBERS: Mapping[str, str] = {
    COMICINFO: "ComicInfo.xml",
    METRONINFO: "MetronInfo.xml",
    COMET: "CoMet.xml",
}

# Every source of tags as people call it.
SOURCE_TITLES: Mapping[str, str] = {
    **METADATA_MEMBERS,
    COMICBOOKINFO: "the archive's comment (ComicBookInfo)",
    PDF_INFORMATION: "the PDF's information",
}

# What may be named as a format to write -> the format, its version and a label.
WRITABLE_FORMATS: Mapping[str, tuple[str, str, str]] = {
    "comicinfo": (COMICINFO, "2.1", "ComicInfo 2.1"),
    "comicinfo-2.0": (COMICINFO, "2.0", "ComicInfo 2.0"),
    "comicinfo-1.0": (COMICINFO, "1.0", "ComicInfo 1.0"),
    "metroninfo": (METRONINFO, "1.0", "MetronInfo 1.0"),
}

_FORMAT_OF_NAME = {name.casefold(): format_id for format_id, name in METADATA_MEMBERS.items()}


def find_members(names: Iterable[str]) -> dict[str, str]:
    """Format -> the member that holds it, among the own members of an archive."""
    found: dict[str, str] = {}
    for name in names:
        format_id = format_of(name)
        if format_id is not None and found.get(format_id) != METADATA_MEMBERS[format_id]:
            found[format_id] = name
    return found


def format_of(name: str) -> str | None:
    """The format that a member of this name could hold; None for any other member."""
    return _FORMAT_OF_NAME.get(name.rpartition("/")[2].casefold())

"""The member names of the metadata formats, and the formats that can be written.

Needs no XML library. Archive readers use it to choose members, rules and the API to list formats.
Names are compared ignoring case. `comics.archives.own_members` decides which member describes the
whole archive; it is written at the root, under its usual name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

COMICINFO = "comicinfo"
METRONINFO = "metroninfo"
COMET = "comet"
COMICBOOKINFO = "comicbookinfo"
PDF_INFORMATION = "pdf"

# Format -> name of a new member.
METADATA_MEMBERS: Mapping[str, str] = {
    COMICINFO: "ComicInfo.xml",
    METRONINFO: "MetronInfo.xml",
    COMET: "CoMet.xml",
}

# Every source of tags -> its name for people.
SOURCE_TITLES: Mapping[str, str] = {
    **METADATA_MEMBERS,
    COMICBOOKINFO: "the archive's comment (ComicBookInfo)",
    PDF_INFORMATION: "the PDF's information",
}

# Name of a format to write -> the format, its version and a label.
WRITABLE_FORMATS: Mapping[str, tuple[str, str, str]] = {
    "comicinfo": (COMICINFO, "2.1", "ComicInfo 2.1"),
    "comicinfo-2.0": (COMICINFO, "2.0", "ComicInfo 2.0"),
    "comicinfo-1.0": (COMICINFO, "1.0", "ComicInfo 1.0"),
    "metroninfo": (METRONINFO, "1.0", "MetronInfo 1.0"),
    "metroninfo-1.1": (METRONINFO, "1.1", "MetronInfo 1.1"),
}

_FORMAT_OF_NAME = {name.casefold(): format_id for format_id, name in METADATA_MEMBERS.items()}


def find_members(names: Iterable[str]) -> dict[str, str]:
    """Format -> its member, among the members that describe the archive."""
    members: dict[str, str] = {}
    for name in names:
        format_id = format_of(name)
        if format_id is not None and members.get(format_id) != METADATA_MEMBERS[format_id]:
            members[format_id] = name
    return members


def format_of(name: str) -> str | None:
    """The format of a member with this name; None for any other member."""
    return _FORMAT_OF_NAME.get(name.rpartition("/")[2].casefold())

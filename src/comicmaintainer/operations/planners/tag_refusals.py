"""Refuses requested tags that no written format can hold.

They are refused before anything is written: a field that stays empty, or returns from a read-only
source, must not look done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comicmaintainer.comics.metadata import ComicMetadata, field_named
from comicmaintainer.comics.metadata.fields import ROLE_FIELDS
from comicmaintainer.comics.metadata.members import SOURCE_TITLES, WRITABLE_FORMATS
from comicmaintainer.comics.metadata.sources import (
    MetadataSources,
    read_metadata,
    updated_members,
    with_changes,
)
from comicmaintainer.comics.metadata.vocabulary import COMICINFO_AGE_RATINGS
from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.comic import Comic

HINTS = {
    "credits": "Write each as 'Name (Role)'.",
    "age_rating": f"It knows {', '.join(sorted(COMICINFO_AGE_RATINGS))}.",
}


def require_kept(
    comic: Comic,
    wanted: ComicMetadata,
    after: MetadataSources,
    names: Iterable[str],
    formats: Sequence[str],
) -> None:
    """Refuse fields of which nothing is in `after`, the tags that would be read afterwards.

    `names` are fields that were set or cleared, `formats` those that are written. A value kept in
    another spelling, or in part, is accepted.

    Raises:
        InvalidInput: it names the file, the field and a remedy.
    """
    for name in names:
        field = field_named("credits" if name in ROLE_FIELDS else name)
        value, stored = getattr(wanted, field.name), getattr(after.merged, field.name)
        if value == stored:
            continue
        if value in (None, ()):
            sources = [
                SOURCE_TITLES[source]
                for source, tags in after.by_format.items()
                if getattr(tags, field.name) not in (None, ())
            ]
            raise InvalidInput(
                f"'{field.name}' can't be cleared: its {' and '.join(sources)} has the field "
                "as well, and is only read, never written",
                path=comic.path,
            )
        if stored != getattr(comic.metadata, field.name):
            continue  # in another spelling, or in part
        titles = " and ".join(dict.fromkeys(WRITABLE_FORMATS[each][2] for each in formats))
        raise InvalidInput(
            f"'{field.name}' can't be set to this: {titles} has no place for this value. "
            f"{_advice(comic, wanted, field.name, formats)}".rstrip(),
            path=comic.path,
        )


def _advice(comic: Comic, wanted: ComicMetadata, name: str, formats: Sequence[str]) -> str:
    if name in HINTS:
        return HINTS[name]
    for other, (format_id, _, title) in WRITABLE_FORMATS.items():
        if other in formats:
            continue
        members = updated_members(comic.members, wanted, [other])
        tags = read_metadata(with_changes({}, members)).by_format.get(format_id, ComicMetadata())
        if getattr(tags, name) not in (None, ()):
            replaced = [each for each in formats if WRITABLE_FORMATS[each][0] == format_id]
            how = f"instead of '{replaced[0]}'" if replaced else "too"
            return f"{title} has one: write the format '{other}' {how}."
    return ""

"""Makes a comic's tags of what sources know of its issue.

Used by the planner of `identify`. Each field comes from the first source that knows it, in the
order of the sources or, for single fields, in an order of their own. Facts about the file stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comicmaintainer.comics.metadata import FIELDS, ComicMetadata, field_named
from comicmaintainer.comics.metadata.model import Identifier
from comicmaintainer.comics.rules.rules import OF_THE_FILE


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """Which fields are written. `order` are the sources by field, for fields with their own."""

    overwrite: bool = True
    keep: Collection[str] = ()
    order: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, Any], *, also_keep: Collection[str] = ()) -> FieldChoice:
        """Read the checked parameters of a job."""
        return cls(
            overwrite=params.get("mode", "overwrite") == "overwrite",
            keep=frozenset(field_named(name).name for name in params.get("keep", ()))
            | frozenset(also_keep),
            order={
                field_named(name).name: tuple(sources)
                for name, sources in params.get("prefer", {}).items()
            },
        )

    def sources(self) -> frozenset[str]:
        """Return the sources that are named for single fields."""
        return frozenset(source for sources in self.order.values() for source in sources)


def found_tags(
    tags: ComicMetadata, known: Mapping[str, ComicMetadata], choice: FieldChoice
) -> tuple[ComicMetadata, Mapping[str, str]]:
    """Return the tags with what the sources know, and for each field taken its source.

    `known` is what each source knows, the preferred one first.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for each in FIELDS:
        name = each.name
        if name in OF_THE_FILE or name in choice.keep or name == "identifiers":
            continue
        old = getattr(tags, name)
        if not choice.overwrite and old not in (None, ()):
            continue
        for source in choice.order.get(name, tuple(known)):
            value = getattr(known[source], name) if source in known else None
            if value not in (None, ()):
                values[name], origins[name] = value, source
                break
    if "identifiers" not in choice.keep:
        values["identifiers"] = _identifiers(tags, known.values())
    return tags.with_values(**values), origins


def _identifiers(tags: ComicMetadata, known: Collection[ComicMetadata]) -> tuple[Identifier, ...]:
    """All ids, one of each database; those of the sources replace older ones."""
    found: dict[str, Identifier] = {}
    for metadata in (*known, tags):
        for each in metadata.identifiers:
            found.setdefault(each.source.casefold(), each)
    return tuple(found.values())

"""Finds the path that a comic should have: its name by the template, if that name is stable.

Used by the operations that rename, and by the example on the settings page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.rules.derivation import derive, rules_for
from comicmaintainer.comics.rules.evidence import IdentifiedIssue, Spellings, no_spellings
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import Rules


@dataclass(frozen=True, slots=True)
class WantedPath:
    """The comic's target; `path` is None if it stays, for the reason `why`.

    `missing` are fields that the template requires and the comic lacks.
    """

    path: Path | None
    why: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComicAtPlace:
    """A comic with everything that its name depends on, except its tags.

    `kind` is the format of its content, None if unknown. `is_kept` says whether derived values are
    written to its tags, `spellings` how the files beside it spell the series. `identified` is the
    issue that it was identified as.
    """

    place: Place
    rules: Rules
    kind: ArchiveFormat | None
    is_kept: bool
    spellings: Spellings = no_spellings
    identified: IdentifiedIssue | None = None

    def derived(self, tags: ComicMetadata) -> tuple[ComicMetadata, Mapping[str, str]]:
        """Apply the rules to the comic with these tags; see `derivation.derive`."""
        return derive(
            tags,
            self.place,
            self.rules,
            spellings=self.spellings,
            is_kept=self.is_kept,
            identified=self.identified,
        )

    def path(self, derived: ComicMetadata, kept: ComicMetadata) -> WantedPath:
        """Find its path; see `wanted_path`."""
        return wanted_path(
            derived,
            kept,
            self.place,
            self.rules,
            self.suffix,
            spellings=self.spellings,
            is_kept=self.is_kept,
            identified=self.identified,
        )

    def path_by_tags(self, tags: ComicMetadata) -> WantedPath:
        """Find its path without opening it: if tags are written, they are assumed to keep all."""
        derived, _ = self.derived(tags)
        return self.path(derived, derived if self.is_kept else tags)

    def moved_to(self, place: Place, derived: ComicMetadata, kept: ComicMetadata) -> WantedPath:
        """Return that place for it, unless it would be read as another comic there."""
        return _at(
            place,
            derived,
            kept,
            self.rules,
            spellings=no_spellings,
            is_kept=self.is_kept,
            identified=self.identified,
        )

    def rules_for(self, kept: ComicMetadata) -> Rules:
        """Return the rules of the case that holds for it with these tags."""
        return rules_for(
            kept,
            self.place,
            self.rules,
            spellings=self.spellings,
            is_kept=self.is_kept,
            identified=self.identified,
        )

    @property
    def suffix(self) -> str:
        """The suffix of the file's format, in its present spelling if it is right."""
        suffix = self.place.path.suffix
        is_right = self.kind is None or suffix.lower() == f".{self.kind}"
        return suffix if is_right else f".{self.kind}"


def wanted_path(
    derived: ComicMetadata,
    kept: ComicMetadata,
    place: Place,
    rules: Rules,
    suffix: str,
    *,
    spellings: Spellings = no_spellings,
    is_kept: bool = True,
    identified: IdentifiedIssue | None = None,
) -> WantedPath:
    """Find the path of the comic at `place`; a template with folders counts from the root.

    `derived` names it, and `kept` is the part of it that its tags store. The rest is read from the
    name the next time; if that would give other values, the comic keeps its name.
    """
    chosen = rules_for(
        kept, place, rules, spellings=spellings, is_kept=is_kept, identified=identified
    )
    template = chosen.naming()
    missing = template.missing(derived)
    if missing:
        why = f"its name needs {' and '.join(missing)}, which it lacks"
        return WantedPath(None, why, missing)
    target = place.target(template.render(derived, chosen.padding, suffix))
    if target == place.path:
        return WantedPath(target)
    moved = Place(target, place.root)
    return _at(
        moved, derived, kept, rules, spellings=spellings, is_kept=is_kept, identified=identified
    )


def _at(
    moved: Place,
    derived: ComicMetadata,
    kept: ComicMetadata,
    rules: Rules,
    *,
    spellings: Spellings,
    is_kept: bool,
    identified: IdentifiedIssue | None,
) -> WantedPath:
    """Return that place, unless the comic would be read as another one there."""
    is_all_kept = kept == derived or kept.with_values(pages=derived.pages) == derived
    if is_all_kept and not rules.cases:
        return WantedPath(moved.path)
    then = rules_for(
        kept, moved, rules, spellings=spellings, is_kept=is_kept, identified=identified
    )
    again, _ = derive(
        kept, moved, rules, spellings=spellings, is_kept=is_kept, identified=identified
    )
    if _is_read_back(derived, kept, again, moved, then, is_kept=is_kept):
        return WantedPath(moved.path)
    return WantedPath(None, f"{moved.path.name} would be read as another comic the next time")


def _is_read_back(
    derived: ComicMetadata,
    kept: ComicMetadata,
    again: ComicMetadata,
    place: Place,
    rules: Rules,
    *,
    is_kept: bool,
) -> bool:
    """Whether `again`, derived at `place`, changes neither the name nor the stored tags."""
    template = rules.naming()
    if template.missing(again):
        return False
    if place.target(template.render(again, rules.padding, place.path.suffix)) != place.path:
        return False
    return not is_kept or all(
        _is_same(getattr(again, name), getattr(derived, name), getattr(kept, name))
        for name in (field.name for field in fields(ComicMetadata))
    )


def _is_same(again: object, derived: object, kept: object) -> bool:
    """Whether a field would be written as before; no format can store the rest."""
    return again == derived or (again == kept and kept in (None, ()))

"""The path that a comic should have: its name by the template, where one can be made that lasts.

Used by the operations that rename, and by the example on the settings page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.rules.derivation import derive
from comicmaintainer.comics.rules.evidence import Spellings, no_spellings
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import Rules


@dataclass(frozen=True, slots=True)
class WantedPath:
    """Where the comic should lie; `path` is None where it stays, for the reason `why`.

    `missing` are fields that the template needs and the comic does not have.
    """

    path: Path | None
    why: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComicAtPlace:
    """A comic with all that decides about its name, but its tags.

    `kind` is its format by its content, None where that is not known. `is_kept` tells whether what
    is derived is written into its tags, `spellings` how others nearby are spelled.
    """

    place: Place
    rules: Rules
    kind: ArchiveFormat | None
    is_kept: bool
    spellings: Spellings = no_spellings

    def derived(self, tags: ComicMetadata) -> tuple[ComicMetadata, Mapping[str, str]]:
        """Apply the rules to the comic with these tags; see `derivation.derive`."""
        return derive(tags, self.place, self.rules, spellings=self.spellings, is_kept=self.is_kept)

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
        )

    def path_by_tags(self, tags: ComicMetadata) -> WantedPath:
        """Find its path without opening it: if tags are written, they count as holding all."""
        derived, _ = self.derived(tags)
        return self.path(derived, derived if self.is_kept else tags)

    @property
    def suffix(self) -> str:
        """The suffix of what the file is, kept as it is written where it is not wrong."""
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
) -> WantedPath:
    """Find the path of the comic at `place`; a template with folders counts from the root.

    `derived` names it, and `kept` is what its tags hold of that. What they do not hold is read
    from the name the next time; where that would be something else, the comic keeps its name.
    """
    template = rules.naming()
    missing = template.missing(derived)
    if missing:
        why = f"there is no {' and no '.join(missing)} to name it by"
        return WantedPath(None, why, missing)
    target = place.target(template.render(derived, rules.padding, suffix))
    if target == place.path or kept == derived or replace(kept, pages=derived.pages) == derived:
        return WantedPath(target)
    if _is_read_back(derived, kept, Place(target, place.root), rules, spellings, is_kept=is_kept):
        return WantedPath(target)
    return WantedPath(None, f"{target.name} would be read as another comic the next time")


def _is_read_back(
    derived: ComicMetadata,
    kept: ComicMetadata,
    place: Place,
    rules: Rules,
    spellings: Spellings,
    *,
    is_kept: bool,
) -> bool:
    """Whether deriving again at `place` changes neither the name nor what the tags hold."""
    again, _ = derive(kept, place, rules, spellings=spellings, is_kept=is_kept)
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
    """Whether a field would be written as before; no format has a place for what is lost."""
    return again == derived or (again == kept and kept in (None, ()))

"""A second run changes nothing, whatever the tags, names, folders and rules are.

Runs are simulated on values: tags are derived, written into metadata files and read again, and the
name is made of them, as `process` and `rename` do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.metadata.sources import read_metadata, updated_members, with_changes
from comicmaintainer.comics.rules.derivation import derive
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import Rules
from comicmaintainer.comics.rules.wanted_path import wanted_path
from tests.comics.comic_strategies import FILE_NAMES, FOLDERS, TAGS, TEXTS, all_rules

pytestmark = pytest.mark.slow


ROOT = Path("/comics")


@dataclass(frozen=True)
class Comic:
    """A comic of the simulation: its metadata files and where it lies."""

    members: Mapping[str, bytes]
    place: Place

    @property
    def tags(self) -> ComicMetadata:
        return read_metadata(self.members).merged


@dataclass(frozen=True)
class Run:
    """How a comic is processed."""

    rules: Rules
    writes_tags: bool
    renames: bool
    spellings: Mapping[str, int]

    def __call__(self, comic: Comic) -> Comic:
        def spellings(_series: str) -> Mapping[str, int]:
            return self.spellings

        def derived_from(tags: ComicMetadata) -> ComicMetadata:
            derived, _ = derive(
                tags, comic.place, self.rules, spellings=spellings, is_kept=self.writes_tags
            )
            return derived

        derived = derived_from(comic.tags)
        members = dict(comic.members)
        for _ in range(4 if self.writes_tags else 0):
            changed = updated_members(members, derived, self.rules.formats)
            members = with_changes(members, changed)
            derived = derived_from(read_metadata(members).merged)
        kept = read_metadata(members).merged
        place = comic.place
        if self.renames:
            found = wanted_path(
                derived,
                kept,
                place,
                self.rules,
                ".cbz",
                spellings=spellings,
                is_kept=self.writes_tags,
            )
            place = Place(found.path or place.path, place.root)
        return Comic(members, place)


@st.composite
def comics(draw: st.DrawFn) -> Comic:
    metadata = draw(TAGS)
    had = draw(st.sampled_from([(), ("comicinfo",), ("metroninfo",), ("comicinfo", "metroninfo")]))
    path = ROOT.joinpath(*draw(FOLDERS), draw(FILE_NAMES))
    root = draw(st.sampled_from([ROOT, ROOT, None]))
    return Comic(with_changes({}, updated_members({}, metadata, had)), Place(path, root))


@st.composite
def runs(draw: st.DrawFn) -> Run:
    beside = st.dictionaries(TEXTS, st.integers(1, 5), max_size=3)
    return Run(
        draw(all_rules()),
        writes_tags=draw(st.sampled_from([True, True, False])),
        renames=draw(st.sampled_from([True, True, True, False])),
        spellings=draw(st.just({}) | beside),
    )


@given(comics(), runs())
@settings(max_examples=600, deadline=None)
def test_a_second_run_changes_nothing(comic: Comic, run: Run) -> None:
    once = run(comic)
    again = run(once)
    assert again.place == once.place
    assert again.tags == once.tags
    assert again.members == once.members

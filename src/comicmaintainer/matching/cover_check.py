"""Compares the covers of one to three files with those of the issues that they would be."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from comicmaintainer.comics.pages.likeness import hash_distance, is_distinctive
from comicmaintainer.matching.model import Candidate, FileFacts, IssueFacts
from comicmaintainer.matching.questions import CoverHash, FileCoverHashes, Question

SAME_COVER = 10
"""Two hashes of one picture differ in at most this many bits of 64."""
NO_ONES_COVER = 0.75
"""The penalty if no candidate has the cover: the right series is missing, or it is an
advertisement or a variant that the source does not have."""
MOST_FILES = 3
MOST_SERIES = 12
MOST_VARIANTS = 6


class CoverCheck:
    """What the covers of a group's files have shown."""

    def __init__(self) -> None:
        self._looked_at: set[str] = set()
        self._penalties: dict[tuple[str, str], float] = {}

    def penalty(self, series_id: str, files: Sequence[FileFacts]) -> float | None:
        """0 if the cover of a file is that of the series, 1 if it is another's.

        Between them if it is no one's; None if none was compared.
        """
        found = [
            penalty
            for file in files
            if (penalty := self._penalties.get((series_id, file.key))) is not None
        ]
        if NO_ONES_COVER in found and 1.0 in found:
            found.remove(NO_ONES_COVER)
        return min(found, default=None)

    def compare(
        self, candidates: Sequence[Candidate], files: Sequence[FileFacts]
    ) -> Generator[Question, Any, bool]:
        """Compare until one file's cover is that of a candidate; tell whether any was compared."""
        rivals = candidates[:MOST_SERIES]
        compared = False
        for file in files:
            if file.key in self._looked_at or len(self._looked_at) >= MOST_FILES:
                continue
            issues = {
                each.series.id: each.issues[file.key] for each in rivals if file.key in each.issues
            }
            if not issues:
                continue
            self._looked_at.add(file.key)
            answer: tuple[int, ...] = yield FileCoverHashes(file.key)
            hashes = [each for each in answer if is_distinctive(each)]
            if not hashes:
                continue
            compared = True
            agreeing = yield from _agreeing(hashes, issues)
            for series_id in issues:
                is_same = series_id in agreeing
                other = 1.0 if agreeing else NO_ONES_COVER
                self._penalties[series_id, file.key] = 0.0 if is_same else other
            if agreeing:
                break
        return compared


def _agreeing(
    hashes: Sequence[int], issues: Mapping[str, IssueFacts]
) -> Generator[Question, Any, set[str]]:
    """The ids of the series whose issue has the cover; a variant counts if no first cover does."""
    agreeing = set()
    for series_id, issue in issues.items():
        theirs = issue.cover_hash
        if theirs is None and issue.cover is not None:
            theirs = yield CoverHash(issue.cover)
        if _is_same(hashes, theirs):
            agreeing.add(series_id)
    if agreeing:
        return agreeing
    for series_id, issue in issues.items():
        for address in issue.variants[:MOST_VARIANTS]:
            if _is_same(hashes, (yield CoverHash(address))):
                return {series_id}
    return set()


def _is_same(ours: Sequence[int], theirs: int | None) -> bool:
    return theirs is not None and any(hash_distance(each, theirs) <= SAME_COVER for each in ours)

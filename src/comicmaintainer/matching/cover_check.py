"""Compares the covers of one to three files with those of the issues that they would be."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from comicmaintainer.comics.pages.likeness import hash_distance, is_distinctive
from comicmaintainer.matching.model import Candidate, FileFacts, IssueFacts
from comicmaintainer.matching.questions import CoverHash, FileCoverHashes, Question

SAME_COVER = 10
"""Two hashes of one picture differ in at most this many bits of 64."""
MOST_FILES = 3
MOST_SERIES = 12
MOST_VARIANTS = 6


class CoverCheck:
    """What the covers of a group's files have shown."""

    def __init__(self) -> None:
        self._looked_at: set[str] = set()
        self._agreements: dict[tuple[str, str], bool] = {}

    def penalty(self, series_id: str, files: Sequence[FileFacts]) -> float | None:
        """0 if the cover of a file is that of the series, 1 if it is another's; None: unknown."""
        found = [
            self._agreements[series_id, file.key]
            for file in files
            if (series_id, file.key) in self._agreements
        ]
        return None if not found else 0.0 if any(found) else 1.0

    def compare(
        self, candidates: Sequence[Candidate], files: Sequence[FileFacts]
    ) -> Generator[Question, Any, bool]:
        """Compare until one file's cover is that of a candidate; tell whether one was.

        A cover that is no candidate's says nothing: it may be an advertisement or a variant that
        the source does not have.
        """
        rivals = candidates[:MOST_SERIES]
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
            if (yield from self._found(file, hashes, issues)):
                return True
        return False

    def _found(
        self, file: FileFacts, hashes: Sequence[int], issues: dict[str, IssueFacts]
    ) -> Generator[Question, Any, bool]:
        agreeing = set()
        for series_id, issue in issues.items():
            theirs = issue.cover_hash
            if theirs is None and issue.cover is not None:
                theirs = yield CoverHash(issue.cover)
            if _is_same(hashes, theirs):
                agreeing.add(series_id)
        if not agreeing:
            agreeing = yield from self._by_variants(hashes, issues)
        for series_id in issues if agreeing else ():
            self._agreements[series_id, file.key] = series_id in agreeing
        return bool(agreeing)

    def _by_variants(
        self, hashes: Sequence[int], issues: dict[str, IssueFacts]
    ) -> Generator[Question, Any, set[str]]:
        for series_id, issue in issues.items():
            for address in issue.variants[:MOST_VARIANTS]:
                if _is_same(hashes, (yield CoverHash(address))):
                    return {series_id}
        return set()


def _is_same(ours: Sequence[int], theirs: int | None) -> bool:
    return theirs is not None and any(hash_distance(each, theirs) <= SAME_COVER for each in ours)

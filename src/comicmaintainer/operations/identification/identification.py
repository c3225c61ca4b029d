"""Finds out which issue a comic is: by a decision, by an earlier answer, or by matching its group.

    decision about the group → match stored by this job → matching, source after source → stored

Used by the planner of `identify`, and by everything that explains a match. It touches no comic.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from comicmaintainer.errors import ArchiveError, SourceError
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.library.matches.model import Decision, GroupKey, Verdict, series_ref
from comicmaintainer.matching.chosen_series import match_chosen
from comicmaintainer.matching.group_matching import match_group
from comicmaintainer.matching.model import (
    Candidate,
    FileGroup,
    IssueFacts,
    Level,
    Match,
    SeriesFacts,
)
from comicmaintainer.matching.names import name_form
from comicmaintainer.matching.questions import FileCoverHashes, Question
from comicmaintainer.operations.comic import Comic
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.identification.library_groups import LibraryGroups
from comicmaintainer.reading.comic_reader import ComicReader
from comicmaintainer.sources.sources import Sources

Answer = TypeVar("Answer")
Ask = Callable[[str, Question], Any]
"""Asks a source a question."""
_BETTER = {Level.CERTAIN: 0, Level.LIKELY: 1, Level.UNKNOWN: 2}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How comics are identified: the sources to ask, in their order, and whether by covers.

    With `decided_only`, only files are identified about whose series a person has decided.
    """

    sources: tuple[str, ...]
    covers: bool = True
    decided_only: bool = False


@dataclass(frozen=True, slots=True)
class Identified:
    """What a comic is, and why. `series` and `issue` are set if that is certain.

    `match` is what it was matched with, None if a person decided never to match it. `decision_id`
    is the person's decision that it follows.
    """

    level: Level
    reason: str
    series: SeriesFacts | None = None
    issue: IssueFacts | None = None
    match: Match | None = None
    match_id: int | None = None
    decision_id: int | None = None


class Identification:
    """Identifies the comics of a library. Safe to use from several threads at once."""

    def __init__(
        self,
        catalogue: Catalogue,
        groups: LibraryGroups,
        sources: Sources,
        matches: MatchStore,
        decisions: DecisionStore,
        cover_hashes: Callable[[Path], tuple[int, ...]],
        has_more: Callable[[str], bool],
    ) -> None:
        """`cover_hashes` hashes the cover of a comic; () if it can't be decoded. `has_more` tells
        whether items of a job wait, whose questions may share requests.
        """
        self._catalogue = catalogue
        self._groups = groups
        self._sources = sources
        self._matches = matches
        self._decisions = decisions
        self._cover_hashes = cover_hashes
        self._has_more = has_more

    @classmethod
    def of_context(cls, context: OperationContext) -> Self:
        """Return the identification with the stores of a process that works on comics."""
        return cls(
            context.catalogue,
            LibraryGroups(context.catalogue, context.roots, context.kept_groups),
            context.sources,
            context.matches,
            context.decisions,
            partial(_cover_hashes, context.comics),
            context.items.has_more,
        )

    def of(
        self, comic: Comic, known: CatalogueFile | None, wishes: Wishes, job_id: str
    ) -> Identified:
        """Find out which issue the comic is, and store what its group was matched with.

        `known` is its row in the catalogue.

        Raises:
            AnswerDelayed: a source can't be asked now; try again at its time.
            SourceError: no source gave an answer that can be used.
        """
        group = self._groups.of(comic.path, comic.metadata, len(comic.page_facts), job_id, known)
        place = group_key(group, comic.path)
        decision = self._decision_about(place, group)
        if decision is not None and decision.verdict is Verdict.NEVER:
            return Identified(Level.UNKNOWN, "a person decided never to match this series")
        if decision is None and wishes.decided_only:
            return Identified(Level.UNKNOWN, "nobody has decided about this series")
        chosen = None if decision is None else decision.series
        file_id = None if known is None else known.file_id
        found = self._found(str(comic.path), file_id, group, place, chosen, wishes, job_id)
        return found if decision is None else replace(found, decision_id=decision.decision_id)

    def explain(
        self, comic: Comic, wishes: Wishes, ask: Ask
    ) -> tuple[FileGroup, Mapping[str, Match]]:
        """Match the comic's group with each of the sources, asked by `ask`; nothing is stored.

        Raises:
            As `of`.
        """
        known = self._catalogue.by_path(comic.path)
        group = self._groups.of(comic.path, comic.metadata, len(comic.page_facts), "", known)
        return group, {
            source: _of_file(self._asked(source, group, wishes.covers, ask), str(comic.path))
            for source in wishes.sources
        }

    def _decision_about(self, place: GroupKey, group: FileGroup) -> Decision | None:
        """The decision about a group: by its place, or by its files if they were renamed since.

        A decision from before the tags named the first year counts as well.
        """
        decision = self._decisions.of_group(place)
        if decision is None:
            keys = {file.key for file in group.files}
            decision = self._decisions.of_files(place.folder, keys)
        name, _, year = place.key.rpartition("|")
        if decision is not None or not year:
            return decision
        undated = self._decisions.of_group(GroupKey(place.folder, f"{name}|"))
        if undated is None or undated.series is None:
            return None
        return undated if str(undated.series.start_year) == year else None

    def _found(
        self,
        key: str,
        file_id: int | None,
        group: FileGroup,
        place: GroupKey,
        chosen: SeriesFacts | None,
        wishes: Wishes,
        job_id: str,
    ) -> Identified:
        """What the file is by its match, which is made unless this job has stored it."""
        known = self._matched_by_job(key, file_id, job_id)
        if known is not None and (chosen is None or _is_made_with(chosen, known)):
            return known
        if chosen is None:
            best = self._best_matches(group, wishes, job_id)
        else:
            match = self._chosen(group, chosen, job_id)
            best = dict.fromkeys((file.key for file in group.files), match)
        self._store(place, group, best, job_id)
        stored = self._matched_by_job(key, file_id, job_id)
        return stored or identified(best[key], key)

    def _chosen(self, group: FileGroup, series: SeriesFacts, job_id: str) -> Match:
        ask = self._ask_of(job_id)
        return answered(match_chosen(group, series.id), partial(ask, series.source))

    def _ask_of(self, job_id: str) -> Ask:
        return partial(self._sources.answer, more_come=self._has_more(job_id))

    def _matched_by_job(self, key: str, file_id: int | None, job_id: str) -> Identified | None:
        found = None if file_id is None else self._matches.of_file(file_id)
        if found is None or found[0].job_id != job_id:
            return None
        stored, file = found
        candidates = tuple(
            replace(each, issues={key: issue})
            if (issue := file.issue_of(each.series)) is not None
            else each
            for each in stored.candidates
        )
        match = Match(stored.level, (key,), candidates, stored.reason)
        return identified(match, key, stored.match_id)

    def _best_matches(self, group: FileGroup, wishes: Wishes, job_id: str) -> dict[str, Match]:
        """The best match of each file, asking the next source only for what is not certain."""
        ask = self._ask_of(job_id)
        best: dict[str, Match] = {}
        left = group
        problem: SourceError | None = None
        for source in wishes.sources:
            try:
                found = self._asked(source, left, wishes.covers, ask)
            except SourceError as error:
                if error.retryable:  # it answers later, and may know what another one does not
                    raise
                problem = error
                continue
            for match in found:
                for key in match.files:
                    if key not in best or _BETTER[match.level] < _BETTER[best[key].level]:
                        best[key] = match
            uncertain = tuple(
                file for file in group.files if best[file.key].level is not Level.CERTAIN
            )
            if not uncertain:
                break
            left = replace(group, files=uncertain)
        if not best:
            raise problem or SourceError("No source was asked.")
        return best

    def _asked(self, source: str, group: FileGroup, covers: bool, ask: Ask) -> tuple[Match, ...]:
        def answer(question: Question) -> Any:
            if isinstance(question, FileCoverHashes):
                return self._cover_hashes(Path(question.key))
            return ask(source, question)

        together = self._sources.info(source).asks_together
        matching = match_group(group, source=source, covers=covers, together=together)
        return answered(matching, answer)

    def _store(
        self, place: GroupKey, group: FileGroup, best: Mapping[str, Match], job_id: str
    ) -> None:
        ids = self._catalogue.ids_at(file.key for file in group.files)
        parts: list[tuple[Match, dict[str, int]]] = []
        for key, match in best.items():
            if key not in ids:
                continue
            part = next((files for other, files in parts if other is match), None)
            if part is None:
                parts.append((match, part := {}))
            part[key] = ids[key]
        self._matches.add(place, group.name, parts, job_id)


def answered(asking: Generator[Question, Any, Answer], answer: Callable[[Question], Any]) -> Answer:
    """Answer the questions of a matching until its end; return what it found.

    Raises:
        Whatever `answer` raises.
    """
    try:
        question = next(asking)
        while True:
            question = asking.send(answer(question))
    except StopIteration as end:
        found: Answer = end.value
        return found


def identified(match: Match, key: str, match_id: int | None = None) -> Identified:
    """Return what a match says of one file."""
    best = match.best
    if match.level is not Level.CERTAIN or best is None:
        return Identified(match.level, match.reason, match=match, match_id=match_id)
    issue = best.issues.get(key)
    if issue is None:
        return Identified(Level.UNKNOWN, match.reason, match=match, match_id=match_id)
    return Identified(match.level, match.reason, best.series, issue, match, match_id)


def _is_made_with(chosen: SeriesFacts, known: Identified) -> bool:
    """Whether a stored match is of the chosen series, whose facts may differ by now.

    The match with a series that the source no longer has is without a candidate.
    """
    match = known.match
    if match is None or match.level is Level.LIKELY:
        return False
    return match.best is None or series_ref(match.best.series) == series_ref(chosen)


def group_key(group: FileGroup, path: Path) -> GroupKey:
    """Return what a decision about the group of the file at `path` is stored under."""
    years = {file.start_year for file in group.files if file.start_year is not None}
    year = min(years) if len(years) == 1 else group.folder_year
    return GroupKey(str(path.parent), f"{name_form(group.name).key}|{year or ''}")


def shown_candidates(candidates: Sequence[Candidate]) -> list[str]:
    """Return the candidates as people name them: "Rain (2016), DC"."""
    return [
        f"{each.series.name}"
        + (f" ({each.series.start_year})" if each.series.start_year else "")
        + (f", {each.series.publisher}" if each.series.publisher else "")
        for each in candidates
    ]


def _cover_hashes(comics: ComicReader, path: Path) -> tuple[int, ...]:
    try:
        return comics.cover_hashes(path)
    except ArchiveError:  # its pages can't be decoded: it is matched without its cover
        return ()


def _of_file(matches: Iterable[Match], key: str) -> Match:
    return next(match for match in matches if key in match.files)

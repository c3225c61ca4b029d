"""The review queue: what people decide about matches that are not certain.

Used by the web pages, the API and the command line. An answer is a decision, and a request that
applies it to the files at once; later files of the series follow it by themselves. Taking it back
undoes what followed from it. The caller hands requests to JobManager.submit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from comicmaintainer.comics.rules.inboxes import Inboxes
from comicmaintainer.errors import InvalidInput, JobNotFound
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest, Priority, Trigger
from comicmaintainer.library.journal import ChangeState, Journal
from comicmaintainer.library.matches.decision_store import DecisionStore
from comicmaintainer.library.matches.match_store import MatchStore
from comicmaintainer.library.matches.model import (
    AnsweredMatch,
    Decision,
    MatchedFile,
    MatchState,
    StoredMatch,
    Verdict,
    series_ref,
)
from comicmaintainer.matching.model import IssueFacts, SeriesFacts
from comicmaintainer.matching.questions import IssueById, SeriesById, SeriesSearch
from comicmaintainer.operations.declared.identify import KIND as IDENTIFY
from comicmaintainer.services.filing import filing_request
from comicmaintainer.services.patient_sources import PatientSources
from comicmaintainer.services.requests import Requests
from comicmaintainer.sources.cover_images import CoverImage
from comicmaintainer.sources.page_addresses import PageAddress, read_page_address

MOST_FOUND = 50
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored decision, and the request that applies it; None if there is nothing to apply.

    `filing` files its comics that wait in inboxes, None if none do.
    """

    decision: Decision
    request: JobRequest | None
    filing: JobRequest | None = None


class Review:
    """Answers the matches that are open."""

    def __init__(
        self,
        matches: MatchStore,
        decisions: DecisionStore,
        sources: PatientSources,
        manager: JobManager,
        requests: Requests,
        journal: Journal,
        inboxes: Callable[[], Inboxes] = Inboxes,
    ) -> None:
        self._matches = matches
        self._decisions = decisions
        self._sources = sources
        self._manager = manager
        self._requests = requests
        self._journal = journal
        self._inboxes = inboxes

    def search(self, source: str, text: str) -> Sequence[SeriesFacts]:
        """Search a source's series by other words; a person waits for the answer.

        The address of a page, or "source:id", finds that series, at whichever source it is.

        Raises:
            InvalidInput: the text is empty or too long, or there is no such source or series.
            SourceError, SourceOff: the source gave no answer, or can't be asked.
        """
        text = text.strip()
        if "://" in text or read_page_address(text) is not None:
            return (self.series_at(text),)
        if not text or len(text) > MAX_TEXT:
            raise InvalidInput(f"Search for a text of 1 to {MAX_TEXT} characters.", field="text")
        found: Sequence[SeriesFacts] = self._sources.answer(source, SeriesSearch(text))
        return found[:MOST_FOUND]

    def found_cover(self, source: str, text: str, ref: str) -> CoverImage | None:
        """Return the cover of a series, given as "source:id", that `search` found.

        What was searched before costs no request. None if the series has no cover that can be
        shown, or was not found.

        Raises:
            As `search`.
        """
        found = next((each for each in self.search(source, text) if series_ref(each) == ref), None)
        if found is None or found.cover is None:
            return None
        return self._sources.cover_image(found.source, found.cover)

    def series_at(self, address: str) -> SeriesFacts:
        """Return the series of an address of a source's page, or of an id ("comicvine:4050-123").

        The address of an issue stands for its series.

        Raises:
            InvalidInput: no source has such pages, or it has no such series.
            SourceError: the source gave no answer.
        """
        page = read_page_address(address.strip())
        if page is None:
            raise InvalidInput(
                "This is no address of a series that a source knows. Paste the address of its page "
                "there, or write source:id.",
                field="series",
            )
        series_id = page.series_id or self._series_of_issue(page)
        series: SeriesFacts | None = self._sources.answer(page.source, SeriesById(series_id))
        if series is None:
            raise InvalidInput(f"{page.source} has no series {series_id}.", field="series")
        return series

    def choose(
        self,
        match_id: int,
        series: SeriesFacts,
        *,
        decided_by: str | None = None,
        trigger: Trigger = Trigger.API,
    ) -> Answer:
        """Decide that the files of a match are of this series.

        Raises:
            MatchNotFound.
            SourceOff: its source is off, so that nothing could be written.
        """
        self._sources.require_active(series.source)
        match, matched = self._matches.get(match_id), self._matches.files(match_id)
        answered = _as_it_is_now(match, matched)
        decision = self._decisions.decide(
            answered.match.group,
            match.name,
            Verdict.SERIES,
            series,
            decided_by=decided_by,
            answered=answered,
        )
        self._matches.settle_group(match.group)
        files = [file.path for file in matched]
        if not files:
            return Answer(decision, None)
        request = JobRequest(
            IDENTIFY.name,
            files,
            self._params_of(match),
            trigger=trigger,
            priority=Priority.HIGH,
            title=f"{match.name}: {series.name}",
        )
        return Answer(decision, request, self._filing(files, trigger))

    def never(
        self,
        match_id: int,
        *,
        decided_by: str | None = None,
        trigger: Trigger = Trigger.API,
    ) -> Answer:
        """Decide that the files of a match are never to be matched, nor later ones.

        Raises:
            MatchNotFound.
        """
        match, matched = self._matches.get(match_id), self._matches.files(match_id)
        answered = _as_it_is_now(match, matched)
        decision = self._decisions.decide(
            answered.match.group,
            match.name,
            Verdict.NEVER,
            decided_by=decided_by,
            answered=answered,
        )
        self._matches.settle_group(match.group)
        return Answer(decision, None, self._filing([file.path for file in matched], trigger))

    def skip(self, match_id: int) -> None:
        """Leave a match until its files are identified again.

        Raises:
            MatchNotFound.
        """
        self._matches.set_state(match_id, MatchState.SKIPPED)

    def reopen(self, match_id: int) -> None:
        """Let a match that was skipped wait again.

        Raises:
            MatchNotFound.
        """
        self._matches.set_state(match_id, MatchState.OPEN)

    def take_back(self, decision_id: int, *, trigger: Trigger = Trigger.API) -> JobRequest | None:
        """Forget a decision; return the request that undoes what followed from it, if anything.

        The match that it answered waits again.

        Raises:
            DecisionNotFound.
        """
        group = self._decisions.get(decision_id).group
        answered = self._decisions.answered(decision_id)
        file_ids = self._decisions.file_ids(decision_id)
        followers = self._decisions.delete(decision_id)  # before their changes are looked for
        changes = [
            str(change.change_id)
            for job_id, seq in followers
            for change in self._journal.changes_of_item(job_id, seq)
            if change.state in (ChangeState.APPLIED, ChangeState.PLANNED)
        ]
        self._matches.forget_group(group)
        self._matches.forget_files(file_ids)
        if answered is not None:
            self._matches.reopen(answered)
        if not changes:
            return None
        changes.sort(key=int, reverse=True)
        return self._requests.undo_changes(changes, trigger)

    def _filing(self, paths: Sequence[str], trigger: Trigger) -> JobRequest | None:
        return filing_request(self._inboxes(), paths, trigger=trigger)

    def _params_of(self, match: StoredMatch) -> Mapping[str, Any]:
        """The parameters of the job that made the match, if it is still known.

        Sources that were switched off since are left out.
        """
        if match.job_id is None:
            return {}
        try:
            params = self._manager.get(match.job_id).params
        except JobNotFound:
            return {}
        active = self._sources.active()
        sources = [name for name in params.get("sources") or () if name in active]
        return {**params, "sources": sources} if "sources" in params else params

    def _series_of_issue(self, page: PageAddress) -> str:
        issue: IssueFacts | None = self._sources.answer(page.source, IssueById(page.issue_id or ""))
        if issue is None:
            raise InvalidInput(f"{page.source} has no issue {page.issue_id}.", field="series")
        return issue.series_id


def _as_it_is_now(match: StoredMatch, files: Sequence[MatchedFile]) -> AnsweredMatch:
    """Return a match in the folder where its files, or most of them, are now."""
    folders = Counter(str(PurePath(file.path).parent) for file in files)
    folder = folders.most_common(1)[0][0] if files else match.group.folder
    return AnsweredMatch(replace(match, group=replace(match.group, folder=folder)), files)

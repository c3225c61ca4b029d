"""The facade: who knows comics online, which of them may be asked, and what they answer.

Used by matching's driver, the jobs that write what was found, the web pages and the command line.
Nothing is sent, and no network library is loaded, before the first request to a source that is on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput, SourceOff
from comicmaintainer.outgoing.transport import Transport
from comicmaintainer.sources import rests, turns
from comicmaintainer.sources.catalogue import clients, readers
from comicmaintainer.sources.desk import Desk
from comicmaintainer.sources.dump_source import DumpSource
from comicmaintainer.sources.model import Asked, SourceInfo, SourceState
from comicmaintainer.sources.online_source import HashCover, OnlineSource
from comicmaintainer.sources.source_settings import GivenSettings, SourceSettings, hash_of

if TYPE_CHECKING:
    from comicmaintainer.comics.metadata.model import ComicMetadata
    from comicmaintainer.matching.questions import Question
    from comicmaintainer.sources.cover_images import CoverImage

DAY_S = 86400.0
WEB_THREADS = 8


class Sources:
    """All sources. Safe to use from several threads and processes at once."""

    def __init__(
        self,
        database: Database,
        settings: SourceSettings,
        desk: Desk,
        *,
        now: Callable[[], float],
        folder: Path | None = None,
        hash_cover: HashCover | None = None,
    ) -> None:
        self.settings = settings
        self._database = database
        self._desk = desk
        self._folder = folder
        self._now = now
        self._hash_cover = hash_cover

    @classmethod
    def build(
        cls,
        database: Database,
        given: Mapping[str, GivenSettings],
        *,
        answer_days: int,
        now: Callable[[], float],
        folder: Path | None = None,
        transport: Transport | None = None,
    ) -> Self:
        """Return the sources.

        `given` is what the environment says of each. `folder` is where the user puts the files of
        sources that are read offline; without it, there are none of them.
        """
        settings = SourceSettings(database, given, now=now)
        desk = Desk(
            database,
            transport or Transport(),
            keep_s=answer_days * DAY_S,
            now=now,
            threads=WEB_THREADS,
        )
        return cls(database, settings, desk, now=now, folder=folder)

    def of_worker(self, hash_cover: HashCover, threads: int) -> Sources:
        """Return the same sources, asked by `threads` threads and able to hash covers."""
        return Sources(
            self._database,
            self.settings,
            self._desk.with_threads(threads),
            now=self._now,
            folder=self._folder,
            hash_cover=hash_cover,
        )

    def infos(self) -> tuple[SourceInfo, ...]:
        """Return what all sources declare, on or off."""
        return tuple(source.info for source in self._all.values())

    def info(self, source: str) -> SourceInfo:
        """Return what a source declares.

        Raises:
            InvalidInput: there is no such source.
        """
        return self._source(source).info

    def active(self) -> tuple[str, ...]:
        """Return the names of the sources that are switched on and have what they need."""
        usable = self.settings.usable(source.info for source in self._all.values())
        return tuple(info.name for info in usable if self._all[info.name].is_there())

    def require_active(self, wanted: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the sources to ask: the wanted ones, by default all that are switched on.

        Raises:
            SourceOff: one of them is not switched on or lacks something, or none is switched on.
            InvalidInput: there is no such source.
        """
        for name in wanted:
            self._source(name).require_usable()
        found = tuple(wanted) or self.active()
        if not found:
            raise SourceOff(
                "No source is switched on, so nobody can be asked. Switch one on in the settings "
                "(command line: comicmaintainer sources on NAME)."
            )
        return found

    def answer(
        self, source: str, question: Question, *, urgent: bool = False, more_come: bool = False
    ) -> Any:
        """Answer a question of matching, as its class says.

        What was answered before costs nothing. An urgent question is one that a person waits for:
        it goes before all that wait, and an error is raised as it is, without a time. With
        `more_come`, other questions are about to be asked, which this one may share a request with.

        Raises:
            AnswerDelayed: it can't be answered now; `until` is when to ask again.
            SourceOff: the source is not switched on, or lacks a secret.
            SourceStopped: the source refuses the key.
            UnusableAnswer: the answer can't be used; asking again would not help.
            InvalidInput: there is no such source, or it can't answer this kind of question.
        """
        return self._source(source).answer(question, urgent=urgent, more_come=more_come)

    def details(
        self,
        source: str,
        issue_id: str,
        *,
        urgent: bool = False,
        max_age_s: float | None = None,
    ) -> ComicMetadata | None:
        """Return all that a source knows of an issue; None if it has no such issue.

        What was answered longer than `max_age_s` ago is asked again.

        Raises:
            As `answer`.
        """
        return self._source(source).details(issue_id, urgent=urgent, max_age_s=max_age_s)

    def kept_details(self, source: str, issue_id: str) -> ComicMetadata | None:
        """Return what `details` would, if that needs no request; None if it needs one.

        The source may be off by now, or not exist any more.
        """
        asked = self._all.get(source)
        return None if asked is None else asked.kept_details(issue_id)

    def kept_answer(self, source: str, question: Question) -> Any:
        """Return what `answer` would, if that needs no request; None if it needs one.

        The source may be off by now, or not exist any more.
        """
        asked = self._all.get(source)
        return None if asked is None else asked.kept_answer(question)

    def cover_image(self, source: str, address: str) -> CoverImage | None:
        """Return a cover for a person who waits; None if the source has none that can be shown.

        It is downloaded from the source's own hosts only, once, and kept like other answers.

        Raises:
            As `answer`.
        """
        asked = self._source(source)
        return asked.cover_image(address) if isinstance(asked, OnlineSource) else None

    def test(self, source: str) -> None:
        """Make one cheap request, which counts; return if the source answered as it should.

        It is made also while the source rests or is stopped, and ends both if it succeeds.

        Raises:
            SourceError: it did not; the message says what to do.
        """
        self._source(source).test()

    def asked(self, source: str, since: float) -> tuple[Asked, ...]:
        """Return the requests of each resource that were made since or wait, but for covers.

        Those before `known_since` are not known.
        """
        return turns.asked(self._database, source, since)

    def known_since(self, source: str) -> float:
        """Return since when requests are known: for as long as a limit counts them at least."""
        return self._now() - turns.known_s(self.info(source).limits)

    def rests_until(self, source: str) -> float:
        """Return until when a source is left alone after an error; a past time if it is not."""
        return rests.condition(self._database, source).rest_until

    def state(self, source: str) -> SourceState:
        """Return how one source stands."""
        return self._state(self._source(source))

    def status(self) -> tuple[SourceState, ...]:
        """Return how each source stands."""
        return tuple(self._state(source) for source in self._all.values())

    def _state(self, source: OnlineSource | DumpSource) -> SourceState:
        info, now = source.info, self._now()
        condition = rests.condition(self._database, info.name)
        is_resting = condition.rest_until > now
        address, is_given = self.settings.address(info)
        return SourceState(
            info=info,
            enabled=self.settings.is_enabled(info),
            enabled_by_environment=self.settings.is_enabled_by_environment(info),
            address=address,
            address_from_environment=is_given,
            secrets=self.settings.secrets(info),
            missing=source.missing(),
            requests=condition.requests,
            resources=turns.states(self._database, info.name, info.limits, now=now),
            resting_until=condition.rest_until if is_resting else None,
            rest_reason=condition.rest_reason if is_resting else None,
            stop_reason=self._stop_reason(info, condition),
        )

    def _stop_reason(self, info: SourceInfo, condition: rests.Condition) -> str | None:
        """Return why a source is stopped, unless its settings have changed since."""
        if condition.stop_reason is None:
            return None
        is_same = condition.stopped_with == hash_of(self.settings.known_access(info))
        return condition.stop_reason if is_same else None

    def _source(self, name: str) -> OnlineSource | DumpSource:
        try:
            return self._all[name]
        except KeyError:
            known = ", ".join(self._all)
            raise InvalidInput(f"There is no source of this name; there are: {known}.") from None

    @cached_property
    def _all(self) -> Mapping[str, OnlineSource | DumpSource]:
        found: dict[str, OnlineSource | DumpSource] = {
            name: OnlineSource(client, self.settings, self._desk, self._hash_cover)
            for name, client in clients().items()
        }
        if self._folder is not None:
            for name, reader in readers().items():
                found[name] = DumpSource(reader, self.settings, self._folder, self._now)
        return found

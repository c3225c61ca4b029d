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
from comicmaintainer.errors import InvalidInput
from comicmaintainer.sources import rests, turns
from comicmaintainer.sources.catalogue import clients, readers
from comicmaintainer.sources.desk import Desk
from comicmaintainer.sources.dump_source import DumpSource
from comicmaintainer.sources.model import SourceInfo, SourceState
from comicmaintainer.sources.online_source import HashCover, OnlineSource
from comicmaintainer.sources.source_settings import GivenSettings, SourceSettings, hash_of
from comicmaintainer.sources.transport import Transport

if TYPE_CHECKING:
    from comicmaintainer.comics.metadata.model import ComicMetadata
    from comicmaintainer.matching.questions import Question
    from comicmaintainer.sources.cover_images import CoverImage

DAY_S = 86400.0


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
        desk = Desk(database, transport or Transport(), keep_s=answer_days * DAY_S, now=now)
        return cls(database, settings, desk, now=now, folder=folder)

    def with_covers(self, hash_cover: HashCover) -> Sources:
        """Return the same sources, able to hash covers, which a web process is not."""
        return Sources(
            self._database,
            self.settings,
            self._desk,
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
        return tuple(
            name
            for name, source in self._all.items()
            if self.settings.is_enabled(source.info) and source.missing() is None
        )

    def answer(self, source: str, question: Question, *, urgent: bool = False) -> Any:
        """Answer a question of matching, as its class says.

        What was answered before costs nothing. An urgent question is one that a person waits for:
        it goes before all that wait, and an error is raised as it is, without a time.

        Raises:
            AnswerDelayed: it can't be answered now; `until` is when to ask again.
            SourceOff: the source is not switched on, or lacks a secret.
            SourceStopped: the source refuses the key.
            UnusableAnswer: the answer can't be used; asking again would not help.
            InvalidInput: there is no such source, or it can't answer this kind of question.
        """
        return self._source(source).answer(question, urgent=urgent)

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

    def requests_since(self, source: str, since: float) -> Mapping[str, Sequence[float]]:
        """Return when the requests of each resource were made since, but for covers.

        Requests that no limit counts any more are not known.
        """
        return turns.made_since(self._database, source, since)

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

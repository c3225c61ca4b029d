"""One online source: runs its client's questions through the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.errors import ArchiveError, InvalidInput, UnusableAnswer
from comicmaintainer.matching.questions import CoverHash, Question
from comicmaintainer.outgoing.addresses import is_at, is_same_origin
from comicmaintainer.outgoing.transport import Reply
from comicmaintainer.sources.client import NOT_FOUND, REFUSED, Client, Judge
from comicmaintainer.sources.cover_images import CoverImage
from comicmaintainer.sources.desk import Desk, Wish
from comicmaintainer.sources.model import COVERS, Access, Asking, Request, SourceInfo
from comicmaintainer.sources.source_settings import SourceSettings

T = TypeVar("T")
HashCover = Callable[[bytes], int | None]
"""Returns the 64-bit hash of an image; None if it is none, or too large to be decoded."""


class OnlineSource:
    """A client with its settings and the desk that sends its requests."""

    def __init__(
        self,
        client: Client,
        settings: SourceSettings,
        desk: Desk,
        hash_cover: HashCover | None,
    ) -> None:
        self._client = client
        self._settings = settings
        self._desk = desk
        self._hash_cover = hash_cover

    @property
    def info(self) -> SourceInfo:
        """What the source declares."""
        return self._client.info

    def is_there(self) -> bool:
        """Return whether it needs nothing but its settings: always."""
        return True

    def missing(self) -> str | None:
        """Return a sentence that says which secrets have to be set; None if all are."""
        return self._settings.missing(self.info)

    def require_usable(self) -> None:
        """Raise SourceOff if the source is not switched on, or lacks a secret."""
        self._settings.access(self.info)

    def answer(self, question: Question, *, urgent: bool, more_come: bool) -> Any:
        """Answer a question; see `Sources.answer`."""
        access = self._settings.access(self.info)
        if isinstance(question, CoverHash):
            return self._cover(access, question.address, urgent=urgent)
        asking = self._client.answer(question)
        return self._run(access, asking, urgent=urgent, more_come=more_come)

    def details(
        self, issue_id: str, *, urgent: bool, max_age_s: float | None
    ) -> ComicMetadata | None:
        """Find out everything about an issue; see `Sources.details`."""
        access = self._settings.access(self.info)
        asking = self._client.details(issue_id)
        return self._run(access, asking, urgent=urgent, max_age_s=max_age_s, for_details=True)

    def kept_details(self, issue_id: str) -> ComicMetadata | None:
        """Return what was asked about an issue before; see `Sources.kept_details`."""
        return self._kept(self._client.details(issue_id))

    def kept_answer(self, question: Question) -> Any:
        """Return what was asked before; see `Sources.kept_answer`."""
        return self._kept(self._client.answer(question))

    def cover_image(self, address: str) -> CoverImage | None:
        """Download a cover to show it; see `Sources.cover_image`."""

        def read(content: bytes) -> str | None:
            image = CoverImage.of(content)
            return None if image is None else image.to_text()

        # The query is not sent: it tells what is kept from the hash of the same cover.
        request = Request(COVERS, address, (("as", "image"),))
        text = self._download(self._settings.access(self.info), request, read, urgent=True)
        return CoverImage.from_text(text) if isinstance(text, str) else None

    def test(self) -> None:
        """Make one cheap request; see `Sources.test`."""
        access = self._settings.access(self.info)
        request = self._client.test()
        self._desk.ask(Wish(self._client, access, request, self._client.judge, True, anew=True))

    def _kept(self, asking: Asking[T]) -> T | None:
        answer: Any = None
        try:
            while True:
                kept = self._desk.kept(self.info.name, asking.send(answer))
                if kept is None:
                    return None
                answer = kept.value
        except StopIteration as finished:
            found: T = finished.value
            return found
        finally:
            asking.close()

    def _run(
        self,
        access: Access,
        asking: Asking[T],
        *,
        urgent: bool,
        max_age_s: float | None = None,
        for_details: bool = False,
        more_come: bool = False,
    ) -> T:
        """Give a client the answer to each of its requests until it knows what was asked."""
        answer: Any = None
        try:
            while True:
                request = asking.send(answer)
                answer = self._desk.ask(
                    Wish(
                        self._client,
                        access,
                        request,
                        self._client.judge,
                        urgent,
                        max_age_s=max_age_s,
                        for_details=for_details,
                        more_come=more_come,
                    )
                )
        except StopIteration as finished:
            found: T = finished.value
            return found
        finally:
            asking.close()

    def _cover(self, access: Access, address: str, *, urgent: bool) -> int | None:
        if self._hash_cover is None:
            raise InvalidInput("This process can't hash covers.")
        hash_cover = self._hash_cover

        def read(content: bytes) -> int | None:
            try:
                return hash_cover(content)
            except ArchiveError:
                return None

        value = self._download(access, Request(COVERS, address), read, urgent=urgent)
        return value if isinstance(value, int) else None

    def _download(
        self,
        access: Access,
        request: Request,
        made_of: Callable[[bytes], Any],
        *,
        urgent: bool,
    ) -> Any:
        """What is made of an image of the source's own hosts; None if there is none."""
        address, judge = request.path, Judge(self.info.title)
        if not (is_at(address, self.info.image_hosts) or is_same_origin(address, access.address)):
            return None

        def read(reply: Reply) -> Any:
            if reply.status in (*NOT_FOUND, *REFUSED):
                return None
            judge.require_fine(reply)
            return made_of(reply.body)

        try:
            return self._desk.ask(Wish(self._client, access, request, read, urgent))
        except UnusableAnswer:  # too large for a cover
            return None

"""The jobs that file the comics of inboxes, for files that arrive and for answers in the review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from comicmaintainer.comics.rules.inboxes import Inboxes
from comicmaintainer.jobs.model import JobRequest, Trigger
from comicmaintainer.operations.declared.file import AWAITED
from comicmaintainer.operations.declared.file import KIND as FILE


def filing_request(
    inboxes: Inboxes,
    paths: Sequence[str],
    *,
    trigger: Trigger,
    preview: bool = False,
    title: str | None = None,
) -> JobRequest | None:
    """Return the request that files those of these comics that lie in inboxes, if any do.

    A comic that is being identified waits for that.
    """
    filed = [path for path in paths if inboxes.of(Path(path)) is not None]
    if not filed:
        return None
    return JobRequest(
        FILE.name,
        filed,
        FILE.validated({AWAITED.name: True}),
        trigger=trigger,
        preview=preview,
        title=title,
    )

"""Claims the next items of an item thread while its last ones run (decision 0159).

Used by worker where the database is on a server: an exchange is mostly a wait, in which the thread
would do nothing. What was claimed lies in `Batch.ahead`, from where the worker's watch thread gives
it back if the last item turns out to be slow or the job was stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from comicmaintainer.jobs.engine.batch import Batch, drained
from comicmaintainer.jobs.model import ClaimedItem


class Ahead:
    """The next claims of the thread that runs `batch`; `exchange` hands in and claims."""

    def __init__(self, batch: Batch, exchange: Callable[[Batch, int], list[ClaimedItem]]) -> None:
        self._batch = batch
        self._exchange = exchange
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None

    def begin(self) -> None:
        """Hand in what is done and claim the next items, in another thread, once until `take`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._claim, name="ahead", daemon=True)
            self._thread.start()

    def take(self) -> list[ClaimedItem]:
        """Return what was claimed since `begin` and not given back, if anything.

        Raises:
            DatabaseError: the exchange failed.
        """
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise error
        return drained(self._batch.ahead)

    def _claim(self) -> None:
        try:
            self._batch.ahead.extend(self._exchange(self._batch, self._batch.size))
        except Exception as error:  # noqa: BLE001 - raised in the thread that takes the claims
            self._error = error

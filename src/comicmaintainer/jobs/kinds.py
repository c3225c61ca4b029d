"""The port through which jobs ask about their kinds.

Jobs know nothing of comics. Which kinds there are, and what a request, a template or an imported
record of one may hold, is answered by `services`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from comicmaintainer.jobs.model import JobRequest


class Kinds(Protocol):
    """The kinds of job that exist. The methods are only asked about these."""

    @property
    def names(self) -> Collection[str]:
        """The names of all kinds."""

    def require_request(self, request: JobRequest) -> None:
        """Check that the parts of a request go together.

        Raises:
            InvalidInput, TargetExists: they don't.
        """

    def completed(self, request: JobRequest) -> JobRequest:
        """Return the request with what its parameters leave to the settings of the moment.

        Raises:
            InvalidInput: the parameters don't go together with these.
        """

    def items(self, kind: str, selection: Mapping[str, Any]) -> Iterable[str]:
        """Return the items that a selection means now.

        Raises:
            InvalidInput: it can't be read.
        """

    def require_usable(self, kind: str, selection: Mapping[str, Any]) -> None:
        """Check that a job of that kind can work on what the selection means now.

        Raises:
            InvalidInput: it can't.
        """

    def require_readable(self, kind: str, selection: Mapping[str, Any]) -> None:
        """Check that a job of that kind can work on such a selection, without reading the disk.

        Raises:
            InvalidInput: it can't.
        """

    def require_kept(self, part: Mapping[str, Any]) -> None:
        """Check a part of a selection that is kept with a job.

        Raises:
            InvalidInput: it is unknown or malformed.
        """

    def saved_params(
        self, kind: str, params: Mapping[str, Any], selection: Mapping[str, Any], *, preview: bool
    ) -> Mapping[str, Any]:
        """Return the checked parameters of a saved job.

        Raises:
            InvalidInput: they are wrong, do not fit the rest, or the kind is never saved.
        """

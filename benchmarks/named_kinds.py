"""Kinds of job of which only the names are known: benchmarks and tests run the engine with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from comicmaintainer.jobs.model import JobRequest


class NamedKinds(frozenset[str]):
    """Accepts any request, parameters and selection of these kinds."""

    @property
    def names(self) -> Collection[str]:
        """See Kinds."""
        return self

    def require_request(self, request: JobRequest) -> None:
        """See Kinds."""

    def completed(self, request: JobRequest) -> JobRequest:
        """See Kinds."""
        return request

    def items(self, kind: str, selection: Mapping[str, Any]) -> Iterable[str]:
        """See Kinds; a selection has `paths`."""
        del kind
        found: Iterable[str] = selection["paths"]
        return found

    def require_usable(self, kind: str, selection: Mapping[str, Any]) -> None:
        """See Kinds."""

    def require_readable(self, kind: str, selection: Mapping[str, Any]) -> None:
        """See Kinds."""

    def require_kept(self, part: Mapping[str, Any]) -> None:
        """See Kinds."""

    def saved_params(
        self, kind: str, params: Mapping[str, Any], selection: Mapping[str, Any], *, preview: bool
    ) -> Mapping[str, Any]:
        """See Kinds."""
        del kind, selection, preview
        return params

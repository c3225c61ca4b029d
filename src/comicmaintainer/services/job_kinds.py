"""Implements the port `jobs.kinds.Kinds` with the kinds that operations declare."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from comicmaintainer.errors import InvalidInput, SourceOff
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.operations.declared.kinds import KINDS, kind_named, validated_params
from comicmaintainer.services.selections import (
    KeptSelection,
    Selections,
    require_kept,
    require_readable,
)
from comicmaintainer.sources.sources import Sources


class JobKinds:
    """All declared kinds, with the selections of this installation."""

    def __init__(self, selections: Selections, sources: Sources) -> None:
        self._selections = selections
        self._sources = sources

    @property
    def names(self) -> Collection[str]:
        """The names of all kinds."""
        return KINDS.keys()

    def require_request(self, request: JobRequest) -> None:
        """Check that the parts of a request go together.

        Raises:
            InvalidInput: the kind can't be previewed, or several files would get one name.
            TargetExists: the new name of a file belongs to a symbolic link.
            SourceOff: it asks sources, and none is switched on.
        """
        require_previewable(request.kind, request.preview)
        kind, params = kind_named(request.kind), request.params
        if kind.asks_sources and not self._sources.active():
            raise SourceOff(
                "No source is switched on, so nobody can be asked. Switch one on in the settings "
                "(command line: comicmaintainer sources on NAME)."
            )
        if kind.rehearses:
            files = max(len(request.items), KeptSelection.from_json(request.selection).count or 0)
            _require_one_file(params.get("kind", ""), params.get("params") or {}, files)
            return
        _require_one_file(kind.name, params, len(request.items))
        if kind.check_files is not None:
            kind.check_files(params, request.items)

    def items(self, kind: str, selection: Mapping[str, Any]) -> Iterable[str]:
        """Return the items that a selection means now; see Selections."""
        return self._selections.items(kind, selection)

    def require_usable(self, kind: str, selection: Mapping[str, Any]) -> None:
        """Check that a job of that kind can work on what the selection means now."""
        self._selections.require_usable(kind, selection)

    def require_readable(self, kind: str, selection: Mapping[str, Any]) -> None:
        """Check that a job of that kind can work on such a selection; see `require_readable`."""
        require_readable(kind, selection)

    def require_kept(self, part: Mapping[str, Any]) -> None:
        """Check a part of a selection that is kept with a job."""
        require_kept(part)

    def saved_params(
        self, kind: str, params: Mapping[str, Any], selection: Mapping[str, Any], *, preview: bool
    ) -> Mapping[str, Any]:
        """Return the checked parameters of a saved job.

        Raises:
            InvalidInput: they are wrong, do not fit the rest, or the kind is never saved.
        """
        reason = kind_named(kind).never_saved
        if reason is not None:
            raise InvalidInput(reason)
        checked = validated_params(kind, params)
        require_previewable(kind, preview)
        if not _names_one_file(selection):
            for name in _given_for_one_file(kind, checked):
                raise InvalidInput(f"{name!r} is for one file; select that file by 'paths'.")
        return checked


def require_previewable(kind: str, preview: bool) -> None:
    """Check that the kind can be previewed, if a preview is requested.

    Raises:
        InvalidInput: it can't be.
    """
    if preview and not kind_named(kind).has_preview:
        raise InvalidInput(f"{kind!r} can't be previewed.", field="preview")


def _require_one_file(kind: str, params: Mapping[str, Any], files: int) -> None:
    """Refuse parameters that are for one file when several files are selected."""
    for name in _given_for_one_file(kind, params) if files > 1 else ():
        raise InvalidInput(
            f"{name!r} is for one file, but {files} are selected.", field=f"params.{name}"
        )


def _given_for_one_file(kind: str, params: Mapping[str, Any]) -> list[str]:
    return [
        parameter.name
        for parameter in kind_named(kind).parameters
        if parameter.is_for_one_file and params.get(parameter.name) is not None
    ]


def _names_one_file(selection: Mapping[str, Any]) -> bool:
    match selection:
        case {"paths": [_], **more} if not more:
            return True
    return False

"""Implements the port `jobs.kinds.Kinds` with the kinds that operations declare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from comicmaintainer.comics.rules.folder_rules import NamedRules
from comicmaintainer.comics.rules.rules import PRESETS
from comicmaintainer.errors import InvalidInput, NotFound
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.library.rule_book import RuleBook
from comicmaintainer.operations.declared.file import INBOXES
from comicmaintainer.operations.declared.kind import Kind
from comicmaintainer.operations.declared.kinds import KINDS, kind_named, validated_params
from comicmaintainer.operations.declared.rules_parameters import (
    FOLDER_RULES,
    names_preset,
    own_rules_named,
    with_own_rules,
)
from comicmaintainer.services.selections import (
    KeptSelection,
    Selections,
    require_kept,
    require_readable,
)
from comicmaintainer.sources.sources import Sources


class JobKinds:
    """All declared kinds, with the selections of this installation."""

    def __init__(
        self,
        selections: Selections,
        sources: Sources,
        rule_book: RuleBook,
        item_roots: Callable[[JobRequest], Mapping[str, int]] | None = None,
    ) -> None:
        self._selections = selections
        self._sources = sources
        self._rule_book = rule_book
        self._item_roots = item_roots

    @property
    def names(self) -> Collection[str]:
        """The names of all kinds."""
        return KINDS.keys()

    def require_request(self, request: JobRequest) -> None:
        """Check that the parts of a request go together.

        Raises:
            InvalidInput: the kind can't be previewed, or several files would get one name.
            TargetExists: the new name of a file belongs to a symbolic link.
            SourceOff: it asks a source that is not switched on, or none is.
        """
        require_previewable(request.kind, request.preview)
        kind, params = kind_named(request.kind), request.params
        if kind.asks_sources:
            self._sources.require_active(params.get("sources") or ())
        if kind.rehearses:
            files = max(len(request.items), KeptSelection.from_json(request.selection).count or 0)
            _require_one_file(params.get("kind", ""), params.get("params") or {}, files)
            return
        _require_one_file(kind.name, params, len(request.items))
        if kind.check_files is not None:
            kind.check_files(params, request.items)

    def completed(self, request: JobRequest) -> JobRequest:
        """Return the request with the rules of the folders, or those it names, as they are now.

        A job that follows another keeps those of that job. In a library that several hosts share,
        the request says in which watched folders its items lie.

        Raises:
            InvalidInput: there are no such rules, the parameters don't fit them or those of a
                folder, or a single file of several names own rules.
        """
        if self._item_roots is not None:
            request = replace(request, root_ids=self._item_roots(request))
        kind = kind_named(request.kind)
        for number, own in enumerate((request.item_params or {}).values()):
            if FOLDER_RULES in kind.parameters and own_rules_named(own) is not None:
                raise InvalidInput(
                    "A single file can have only a preset; name your own rules for the whole job, "
                    "or for a folder.",
                    field=f"each.{number}.params.preset",
                )
        if not kind.rehearses:
            params = self._with_rules(kind, request.params)
            if INBOXES in kind.parameters and INBOXES.name not in params:
                params = {**params, INBOXES.name: self._rule_book.inboxes().to_dict()}
            return replace(request, params=params)
        inner = kind_named(request.params.get("kind", ""))
        try:
            own = self._with_rules(inner, request.params.get("params") or {})
        except InvalidInput as error:
            field = None if error.field is None else f"params.{error.field}"
            raise InvalidInput(error.message, field=field) from error
        return replace(request, params={**request.params, "params": own})

    def _with_rules(self, kind: Kind, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if FOLDER_RULES not in kind.parameters or FOLDER_RULES.name in params:
            return params
        name = own_rules_named(params)
        if name is not None:
            return kind.validated(with_own_rules(params, self._rules_called(name)))
        if names_preset(params):
            return params
        found = self._rule_book.folder_rules()
        if found is None:
            usual = {each.name: each.without_rules for each in kind.parameters}
            given = {name: value for name, value in params.items() if value is not None}
            return {name: value for name, value in usual.items() if value is not None} | given
        return kind.validated({**params, FOLDER_RULES.name: found.to_dict()})

    def _rules_called(self, name: str) -> NamedRules:
        try:
            return self._rule_book.get(name)
        except NotFound as error:
            known = ", ".join((*PRESETS, *self._rule_book.own()))
            raise InvalidInput(
                f"There are no rules called {name!r}; there are {known}.", field="params.preset"
            ) from error

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
            InvalidInput: they are wrong, do not fit the rest, name rules that are not there, or
                the kind is never saved.
        """
        reason = kind_named(kind).never_saved
        if reason is not None:
            raise InvalidInput(reason)
        checked = validated_params(kind, params)
        require_previewable(kind, preview)
        if own_rules_named(checked) is not None:
            self._with_rules(kind_named(kind), checked)
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

"""All kinds of job, by name: what the modules of this package declare as `KIND`.

No image or XML library is loaded, so that the web can check requests and describe forms. `runners`
loads the code that a declaration names.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from comicmaintainer.errors import InvalidInput, UnknownKind
from comicmaintainer.operations import declared
from comicmaintainer.operations.declared.kind import Findings, ItemOf, Kind


def _declarations() -> Iterator[Kind]:
    for module in pkgutil.iter_modules(declared.__path__, f"{declared.__name__}."):
        kind = getattr(import_module(module.name), "KIND", None)
        if isinstance(kind, Kind):
            yield kind


KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in sorted(_declarations(), key=lambda kind: (kind.order, kind.name))
}
LIMITS: Mapping[str, int] = {
    kind.name: kind.limit for kind in KINDS.values() if kind.limit is not None
}


def kind_named(name: str) -> Kind:
    """Return the kind with that name.

    Raises:
        UnknownKind: there is no such kind.
    """
    kind = KINDS.get(name)
    if kind is None:
        known = ", ".join(KINDS)
        raise UnknownKind(f"There is no kind of job called {name!r}. Known: {known}.", field="kind")
    return kind


def label_of(name: str) -> str:
    """Return what a job of that kind is called; for an unknown kind, its name in words."""
    kind = KINDS.get(name)
    return name.replace("-", " ").capitalize() if kind is None else kind.words.label


def findings_of(name: str) -> Findings:
    """Return what the command line prints about a job of that kind, even an unknown one."""
    kind = KINDS.get(name)
    return Findings.CHANGES if kind is None else kind.findings


def is_of_changes(name: str) -> bool:
    """Tell whether the items of that kind are changes; False for an unknown kind."""
    kind = KINDS.get(name)
    return kind is not None and kind.items is ItemOf.CHANGE


def is_rehearsal(name: str) -> bool:
    """Tell whether that kind tries another on copies; False for an unknown kind."""
    kind = KINDS.get(name)
    return kind is not None and kind.rehearses


def validated_params(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a job of that kind, checked and filled with defaults.

    Raises:
        UnknownKind, InvalidInput.
    """
    kind = kind_named(name)
    checked = kind.validated(params)
    if kind.rehearses:
        _require_rehearsable(checked["kind"])
        checked["params"] = validated_params(checked["kind"], checked.get("params", {}))
    return checked


def _require_rehearsable(name: str) -> None:
    kind = KINDS.get(name)
    if kind is not None and kind.rehearses:
        raise InvalidInput("A rehearsal can't be rehearsed; name the kind to try.")
    if kind is None or not kind.can_be_rehearsed:
        allowed = [each.name for each in KINDS.values() if each.can_be_rehearsed]
        raise InvalidInput(
            f"'kind' can't be {name!r}: it must be one of {', '.join(allowed)}.",
            field="params.kind",
        )

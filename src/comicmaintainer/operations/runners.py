"""Builds the function that runs one claimed item, for each kind of job.

Loads the planners and runners that the declarations of kinds name, and with them the image and XML
libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from comicmaintainer.errors import SetAside
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemRunner, Outcome, Trigger
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.kind import ItemOf, Kind
from comicmaintainer.operations.declared.kinds import KINDS, validated_params
from comicmaintainer.operations.items.containment import within_library
from comicmaintainer.operations.items.item_run import ParamsRunner, Planner, run_item
from comicmaintainer.operations.items.missing_disk import with_missing_disk_reported
from comicmaintainer.operations.names.preview import preview_item

ASKING = frozenset({Trigger.WEB, Trigger.API, Trigger.CLI})


def build_runners(context: OperationContext) -> Mapping[str, ItemRunner]:
    """Return for each kind the function that runs one claimed item."""
    return {
        name: within_library(
            context.roots, with_missing_disk_reported(context, _runner(context, kind))
        )
        for name, kind in KINDS.items()
    }


def code_of(kind: Kind) -> Callable[..., Any]:
    """Return the planner that a kind names, or what makes its runner.

    Raises:
        ImportError, AttributeError: it does not exist; the declaration is wrong.
    """
    module, _, function = (kind.planner or kind.runner or "").partition(":")
    code: Callable[..., Any] = getattr(import_module(module), function)
    return code


def _runner(context: OperationContext, kind: Kind) -> ItemRunner:
    code = code_of(kind)
    run: ParamsRunner
    if kind.planner is None:
        run = code(context, build_runners) if kind.rehearses else code(context)
    elif kind.gives_names:
        run = _named(context, code, marks_failed=kind.marks_failed)
    else:
        run = _planned(context, code, marks_failed=kind.marks_failed)
    checked = _checked(run)
    is_opening = kind.opens_comics and kind.items is ItemOf.FILE
    return _watched(context, checked) if is_opening else checked


def _watched(context: OperationContext, run: ItemRunner) -> ItemRunner:
    """Wrap `run` to refuse files that killed workers, unless a person requests them again."""

    def runs(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        path = Path(claim.item)
        is_asked = claim.trigger in ASKING and claim.attempt == 1
        try:
            with context.suspects.guarded(path, is_asked=is_asked):
                return run(claim, guard)
        except SetAside as error:
            context.catalogue.set_state(path, FileState.FAILED, reason=error.beside(path))
            raise

    return runs


def _planned(context: OperationContext, plan: Planner, *, marks_failed: bool) -> ParamsRunner:
    def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        return run_item(context, claim, guard, plan=plan, params=params, marks_failed=marks_failed)

    return run


def _named(context: OperationContext, plan: Planner, *, marks_failed: bool) -> ParamsRunner:
    """Run a kind that gives names: its previews show how the items of a job collide."""
    run = _planned(context, plan, marks_failed=marks_failed)

    def runs(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        if not claim.preview:
            return run(claim, guard, params)

        def planned(path: Path, own: Mapping[str, Any]) -> Plan:
            if not own and not claim.item_params:
                return plan(context, path, params)
            values = {name: value for name, value in own.items() if name != "plan"}
            return plan(context, path, validated_params(claim.kind, {**claim.params, **values}))

        return preview_item(context, claim, guard, planned)

    return runs


def _checked(run: ParamsRunner) -> ItemRunner:
    """Wrap `run` so that it gets checked parameters; an item's parameters override its job's."""

    # The claims of one batch share their job's parameters, so these are checked once.
    latest: list[tuple[Mapping[str, Any], dict[str, Any]]] = []

    def checked(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        own = {name: value for name, value in claim.item_params.items() if name != "plan"}
        if own:
            return run(claim, guard, validated_params(claim.kind, {**claim.params, **own}))
        known = latest[0] if latest else None
        if known is None or known[0] is not claim.params:
            known = (claim.params, validated_params(claim.kind, claim.params))
            latest[:] = [known]
        return run(claim, guard, known[1])

    return checked

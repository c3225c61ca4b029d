"""Builds the function that runs one claimed item, for each kind of job.

Loads the planners and runners that the declarations of kinds name, and with them the image and XML
libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from comicmaintainer.errors import AnswerDelayed, SetAside
from comicmaintainer.filesystem.shared_steps import Alone, WithinContext, run_alone
from comicmaintainer.filesystem.sync_threads import SyncThreads
from comicmaintainer.jobs.model import (
    ClaimedItem,
    GroupRunner,
    ItemGuard,
    ItemRunner,
    Outcome,
    Trigger,
)
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.kind import ItemOf, Kind
from comicmaintainer.operations.declared.kinds import KINDS, validated_params
from comicmaintainer.operations.items.containment import within_library
from comicmaintainer.operations.items.item_group import ItemGroup
from comicmaintainer.operations.items.item_run import (
    ParamsRunner,
    ParamsSteps,
    Planner,
    run_item,
)
from comicmaintainer.operations.items.item_steps import ItemSteps
from comicmaintainer.operations.items.missing_disk import with_missing_disk_reported
from comicmaintainer.operations.items.progress_kept import with_progress_kept
from comicmaintainer.operations.names.preview import preview_item

ASKING = frozenset({Trigger.WEB, Trigger.API, Trigger.CLI})


def build_runners(context: OperationContext) -> Mapping[str, ItemRunner]:
    """Return for each kind the function that runs one claimed item."""
    return {name: _alone(_steps_of(context, kind)) for name, kind in KINDS.items()}


def build_group_runners(context: OperationContext) -> Mapping[str, GroupRunner]:
    """Return the functions that run several items side by side, for the kinds that allow it."""
    sync_threads = SyncThreads()
    return {
        name: ItemGroup(
            context,
            partial(_steps_of, kind=kind),
            sync_threads,
            opens_comics=kind.opens_comics and kind.items is ItemOf.FILE,
        )
        for name, kind in KINDS.items()
        if kind.runner is None
    }


def code_of(kind: Kind) -> Callable[..., Any]:
    """Return the planner that a kind names, or what makes its steps or its runner.

    Raises:
        ImportError, AttributeError: it does not exist; the declaration is wrong.
    """
    module, _, function = (kind.planner or kind.steps or kind.runner or "").partition(":")
    code: Callable[..., Any] = getattr(import_module(module), function)
    return code


def _alone(steps: ItemSteps) -> ItemRunner:
    def run(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        return run_alone(steps(claim, guard))

    return run


def _steps_of(context: OperationContext, kind: Kind) -> ItemSteps:
    steps = _checked(_params_steps_of(context, kind))
    if kind.puts_in_order:
        steps = with_progress_kept(context.keeping, steps)
    if kind.opens_comics and kind.items is ItemOf.FILE:
        steps = _watched(context, steps, holds=kind.runner is not None)
    return within_library(
        context.roots, context.require_writable, with_missing_disk_reported(context, steps)
    )


def _params_steps_of(context: OperationContext, kind: Kind) -> ParamsSteps:
    code = code_of(kind)
    if kind.runner is not None:
        return _unshared(code(context, build_runners) if kind.rehearses else code(context))
    if kind.steps is not None:
        steps: ParamsSteps = code(context)
        return steps
    planned = _planned(context, code, marks_failed=kind.marks_failed)
    return _named(context, code, planned) if kind.gives_names else planned


def _unshared(run: ParamsRunner) -> ParamsSteps:
    async def steps(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        return run(claim, guard, params)

    return steps


def _watched(context: OperationContext, steps: ItemSteps, *, holds: bool) -> ItemSteps:
    """Wrap `steps` to refuse files that killed workers, unless a person requests them again.

    What works on a suspect is never interrupted by other items; neither are steps that are not
    shared (`holds`).
    """
    suspects = context.suspects

    async def watched(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        path = Path(claim.item)
        if claim.lost:
            suspects.refresh()
        if not holds and not suspects.is_known(path):
            return await WithinContext(steps(claim, guard), suspects.noted(path))
        await Alone()
        is_asked = claim.trigger in ASKING and claim.attempt == 1
        try:
            with suspects.guarded(path, is_asked=is_asked):
                return await steps(claim, guard)
        except SetAside as error:
            context.catalogue.set_state(path, FileState.FAILED, reason=error.beside(path))
            raise

    return watched


def _planned(context: OperationContext, plan: Planner, *, marks_failed: bool) -> ParamsSteps:
    async def steps(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        try:
            return await run_item(
                context, claim, guard, plan=plan, params=params, marks_failed=marks_failed
            )
        except AnswerDelayed as delay:
            return Outcome(False, error=delay.message, not_before=delay.until)

    return steps


def _named(context: OperationContext, plan: Planner, planned_steps: ParamsSteps) -> ParamsSteps:
    """Return the steps of a kind that gives names.

    Its previews show how the items of a job collide.
    """

    async def steps(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        if not claim.preview:
            return await planned_steps(claim, guard, params)

        def planned(path: Path, own: Mapping[str, Any]) -> Plan:
            if not own and not claim.item_params:
                return plan(context, path, params)
            values = {name: value for name, value in own.items() if name != "plan"}
            return plan(context, path, validated_params(claim.kind, {**claim.params, **values}))

        return preview_item(context, claim, guard, planned)

    return steps


def _checked(steps: ParamsSteps) -> ItemSteps:
    """Wrap `steps` to get checked parameters; an item's parameters override its job's."""

    # The claims of one batch share their job's parameters, so these are checked once.
    latest: list[tuple[Mapping[str, Any], dict[str, Any]]] = []

    async def checked(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        own = {name: value for name, value in claim.item_params.items() if name != "plan"}
        if own:
            return await steps(claim, guard, validated_params(claim.kind, {**claim.params, **own}))
        known = latest[0] if latest else None
        if known is None or known[0] is not claim.params:
            known = (claim.params, validated_params(claim.kind, claim.params))
            latest[:] = [known]
        return await steps(claim, guard, known[1])

    return checked

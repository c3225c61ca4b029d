"""The function of each kind of job, as a worker needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.errors import SetAside
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemRunner, Outcome, Trigger
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.operations.items.containment import within_library
from comicmaintainer.operations.items.item_run import Planner, run_item
from comicmaintainer.operations.items.missing_disk import on_its_disk
from comicmaintainer.operations.names.preview import preview_item
from comicmaintainer.operations.planners.compact import plan_compacting
from comicmaintainer.operations.planners.convert import plan_convert
from comicmaintainer.operations.planners.delete import Restore, plan_delete
from comicmaintainer.operations.planners.duplicates import plan_duplicates
from comicmaintainer.operations.planners.process import plan_process
from comicmaintainer.operations.planners.rehearse import remove_empty_folders, run_rehearsal
from comicmaintainer.operations.planners.remove_pages import plan_remove_pages
from comicmaintainer.operations.planners.rename import plan_rename
from comicmaintainer.operations.planners.scan import run_scan
from comicmaintainer.operations.planners.tag import plan_tag
from comicmaintainer.operations.planners.undo import Undo
from comicmaintainer.operations.planners.verify import Verify

READING = (
    "process", "tag", "rename", "convert", "verify", "duplicates", "remove-pages", "compact",
)  # fmt: skip
"""The kinds whose items are comics that are opened."""
ASKING = frozenset({Trigger.WEB, Trigger.API, Trigger.CLI})

WithParams = Callable[[ClaimedItem, ItemGuard, Mapping[str, Any]], Outcome]


def build_runners(context: OperationContext) -> Mapping[str, ItemRunner]:
    """Return for each kind the function that runs one claimed item."""
    runners: dict[str, ItemRunner] = {
        "process": _named(context, plan_process, marks_failed=True),
        "tag": _tagging(context),
        "rename": _named(context, plan_rename),
        "scan": _checked(lambda *item: run_scan(context, *item)),
        "convert": _planned(context, plan_convert),
        "verify": _checked(Verify(context)),
        "delete": _and_then(_planned(context, plan_delete), remove_empty_folders),
        "duplicates": _planned(context, plan_duplicates),
        "remove-pages": _planned(context, plan_remove_pages),
        "compact": _planned(context, plan_compacting),
        "undo": Undo(context),
        "restore": Restore(context),
    }
    for name in READING:
        runners[name] = _watched(context, runners[name])
    runners["rehearse"] = _checked(lambda *item: run_rehearsal(context, build_runners, *item))
    return {
        name: within_library(context.roots, on_its_disk(context, run))
        for name, run in runners.items()
    }


def _watched(context: OperationContext, run: ItemRunner) -> ItemRunner:
    """`run`, which leaves alone what has ended workers, unless somebody asks for it once more."""

    def runs(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        path = Path(claim.item)
        is_asked = claim.trigger in ASKING and claim.attempt == 1
        try:
            with context.suspects.watched(path, is_asked=is_asked):
                return run(claim, guard)
        except SetAside as error:
            context.catalogue.set_state(path, FileState.FAILED, reason=str(error))
            raise

    return runs


def _planned(context: OperationContext, plan: Planner, *, marks_failed: bool = False) -> ItemRunner:
    def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        return run_item(context, claim, guard, plan=plan, params=params, marks_failed=marks_failed)

    return _checked(run)


def _tagging(context: OperationContext) -> ItemRunner:
    """Who uses the command line may copy the tags of any comic of theirs."""

    def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        plan = partial(plan_tag, reads_any=claim.trigger is Trigger.CLI)
        return run_item(context, claim, guard, plan=plan, params=params)

    return _checked(run)


def _named(context: OperationContext, plan: Planner, *, marks_failed: bool = False) -> ItemRunner:
    """Of a kind that gives names: its previews show how the items of a job collide."""

    def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        if not claim.preview:
            return run_item(
                context, claim, guard, plan=plan, params=params, marks_failed=marks_failed
            )

        def planned(path: Path, own: Mapping[str, Any]) -> Plan:
            if not own and not claim.item_params:
                return plan(context, path, params)
            said = {name: value for name, value in own.items() if name != "plan"}
            return plan(context, path, validated_params(claim.kind, {**claim.params, **said}))

        return preview_item(context, claim, guard, planned)

    return _checked(run)


def _and_then(run: ItemRunner, tidy: Callable[[Path], None]) -> ItemRunner:
    def both(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        outcome = run(claim, guard)
        if not claim.preview:
            tidy(Path(claim.item))
        return outcome

    return both


def _checked(run: WithParams) -> ItemRunner:
    """`run` with its parameters checked; what an item says for itself goes before the job's."""

    # The claims of one batch share their job's parameters, which so are checked once.
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

"""The function of each kind of job, as a worker needs them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, ItemRunner, Outcome
from comicmaintainer.operations.compact import plan_compacting
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.item_run import Planner, run_item
from comicmaintainer.operations.kinds import validated_params
from comicmaintainer.operations.pages import plan_remove_pages
from comicmaintainer.operations.process import plan_process
from comicmaintainer.operations.rename import plan_rename
from comicmaintainer.operations.tag import plan_tag
from comicmaintainer.operations.undo import Undo


def build_runners(context: OperationContext) -> Mapping[str, ItemRunner]:
    """Return for each kind the function that runs one claimed item."""
    return {
        "process": _planned(context, plan_process, marks_failed=True),
        "tag": _planned(context, plan_tag),
        "rename": _planned(context, plan_rename),
        "remove-pages": _planned(context, plan_remove_pages),
        "compact": _planned(context, plan_compacting),
        "undo": Undo(context),
    }


def _planned(context: OperationContext, plan: Planner, *, marks_failed: bool = False) -> ItemRunner:
    def run(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        params = _params(claim)
        return run_item(context, claim, guard, plan=plan, params=params, marks_failed=marks_failed)

    return run


def _params(claim: ClaimedItem) -> dict[str, Any]:
    """The item's parameters; what an item says for itself goes before what the job says."""
    own = {name: value for name, value in claim.item_params.items() if name != "plan"}
    return validated_params(claim.kind, {**claim.params, **own})

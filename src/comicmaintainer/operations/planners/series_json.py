"""Writes the `series.json` of the folders that comics lie in; the comics are not touched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from comicmaintainer.filesystem.identity import FileIdentity
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.identification.series_files import WHY, with_series_json
from comicmaintainer.operations.items.item_run import ParamsSteps, run_item
from comicmaintainer.operations.planners.identify import Patience

_UNKNOWN = "not all comics of its folder are known as issues of one series; identify them first"


def series_json_steps(context: OperationContext) -> ParamsSteps:
    """Return the steps of `series-json` items."""
    patience = Patience()

    async def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        def plan(context: OperationContext, path: Path, _params: Mapping[str, Any]) -> Plan:
            known = context.catalogue.by_path(path)
            nothing = Plan(path, FileIdentity.of(path), known=known)
            planned = with_series_json(context, nothing, claim)
            is_known = context.matches.series_of_folder(os.fspath(path.parent)) is not None
            return planned if is_known else replace(planned, why={WHY: _UNKNOWN})

        return await patience.with_item(run_item(context, claim, guard, plan=plan, params=params))

    return run

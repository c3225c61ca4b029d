"""Puts items off until what media servers know of the comics is stored."""

from __future__ import annotations

from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome
from comicmaintainer.media_servers.keeping import Keeping
from comicmaintainer.operations.items.item_steps import ItemSteps


def with_progress_kept(keeping: Keeping, steps: ItemSteps) -> ItemSteps:
    """Wrap `steps` of a kind that changes files; previews need not wait."""

    async def kept(claim: ClaimedItem, guard: ItemGuard) -> Outcome:
        put_off = None if claim.preview else keeping.put_off()
        if put_off is not None:
            return Outcome(False, error=put_off.reason, not_before=put_off.until)
        return await steps(claim, guard)

    return kept

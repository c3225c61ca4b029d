"""The form of the work on one item: steps that it can share with other items."""

from __future__ import annotations

from collections.abc import Callable

from comicmaintainer.filesystem.shared_steps import Steps
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome

ItemSteps = Callable[[ClaimedItem, ItemGuard], Steps[Outcome]]
"""The work on one claimed item. It may raise a ComicMaintainerError instead of a failed outcome."""

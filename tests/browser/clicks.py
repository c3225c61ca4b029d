"""Counts the clicks that a person needs: a page whose buttons and links are pressed through it."""

from __future__ import annotations

from typing import Any


class Clicks:
    """Clicks in `page`, and how many they were."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.count = 0

    def __call__(self, target: Any, **options: Any) -> None:
        """Click the element of a locator."""
        self.count += 1
        target.click(**options)

"""Shows files in the catalogue by the rules of their folders, after these have changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import from_dict
from comicmaintainer.comics.rules.folder_rules import FolderRules, RulesNow
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.catalogue.model import ShownTags
from comicmaintainer.library.catalogue.shown_rows import ShownRows
from comicmaintainer.library.roots import LibraryRoots, place_of
from comicmaintainer.operations.facts import is_derived, shown_tags


class ShownByRules:
    """What the catalogue shows of files whose tags don't say everything. Thread-safe."""

    def __init__(self, rows: ShownRows, roots: LibraryRoots, rules: RulesNow) -> None:
        self._rows = rows
        self._roots = roots
        self._rules = rules

    def follow(self, checkpoint: Callable[[], None] = lambda: None) -> int:
        """Show all files by the rules as they are now; return how many changed.

        `checkpoint` may stop it between two steps; the next call goes on.
        """
        rules = self._rules()

        def derive(path: str, tags: Mapping[str, Any]) -> ShownTags | None:
            try:
                own = from_dict(tags)
            except InvalidInput:
                return None  # catalogued by a release with other values
            if not is_derived(own):
                return None
            return shown_tags(own, place_of(self._roots, Path(path)), lambda: rules)

        text = json.dumps(rules.to_dict(), sort_keys=True)
        return self._rows.follow(text, derive, checkpoint, are_usual=rules == FolderRules())

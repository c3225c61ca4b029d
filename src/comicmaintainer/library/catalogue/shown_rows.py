"""Shows files anew after the rules of their folders have changed, without reading them.

What the tags of a file don't say is derived from its name and folders by rules. The table
`shown_rules` notes by which rules the rows were made, and how far a change of them has come, so
that any process can go on after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from comicmaintainer.database import Database, Row, Turn
from comicmaintainer.database.stored_values import stored_object
from comicmaintainer.library.catalogue.model import FileState, ShownTags
from comicmaintainer.library.catalogue.writer import CatalogueWriter

AT_ONCE = 100
"""Deriving so many takes about 30 ms, for which other writers wait."""

Derive = Callable[[str, Mapping[str, Any]], ShownTags | None]
"""Returns what is shown of the file at a path with these tags; None if the tags say everything."""


class ShownRows:
    """The rows of all files, as the rules show them."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def follow(
        self,
        rules: str,
        derive: Derive,
        checkpoint: Callable[[], None] = lambda: None,
        *,
        are_usual: bool = False,
    ) -> int:
        """Show all files by `rules`, any text that identifies them; return how many changed.

        Nothing is done if they are shown by these rules already. Those of an earlier release are if
        the rules `are_usual`. `checkpoint` may stop it between two steps.
        """
        if not self._begin(rules, are_usual=are_usual):
            return 0
        changed = 0
        while (step := self._step(rules, derive)) is not None:
            changed += step
            checkpoint()
        return changed

    def _begin(self, rules: str, *, are_usual: bool) -> bool:
        """Note the rules; return whether files are left to be shown by them."""
        known = self._database.row("SELECT rules, after_id FROM shown_rules")
        if known is not None and known["rules"] == rules:
            return known["after_id"] is not None
        is_done = known is None and are_usual
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "INSERT INTO shown_rules (id, rules, after_id) VALUES (1, ?, ?) "
                "ON CONFLICT (id) DO UPDATE "
                "SET rules = excluded.rules, after_id = excluded.after_id",
                (rules, None if is_done else 0),
            )
        return not is_done

    def _step(self, rules: str, derive: Derive) -> int | None:
        """Show some files; return how many changed, None if none are left."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            known = transaction.row("SELECT rules, after_id FROM shown_rules")
            if known is None or known["rules"] != rules or known["after_id"] is None:
                return None  # another process has finished it, or knows other rules
            rows = transaction.rows(_ROWS, (known["after_id"], FileState.FAILED, AT_ONCE))
            changed = {}
            for row in rows:
                tags = derive(row["path"], _tags(row))
                if tags is not None and tags != _shown(row):
                    changed[row["file_id"]] = tags
            CatalogueWriter(transaction, self._now()).show(changed)
            last = rows[-1]["file_id"] if len(rows) == AT_ONCE else None
            transaction.execute("UPDATE shown_rules SET after_id = ?", (last,))
            return len(changed)


_ROWS = """
    SELECT f.file_id, f.path, f.series, f.issue, f.title, f.volume, f.year, f.publisher, t.tags
    FROM files f LEFT JOIN file_tags t USING (file_id)
    WHERE f.file_id > ? AND f.read_at IS NOT NULL AND f.state <> ?
    ORDER BY f.file_id LIMIT ?"""


def _tags(row: Row) -> Mapping[str, Any]:
    return stored_object(row["tags"]) if row["tags"] else {}


def _shown(row: Row) -> ShownTags:
    return ShownTags(*(row[name] for name in ShownTags._fields))

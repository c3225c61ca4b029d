"""What people decided about the files of a series in a folder (SQL only).

Used by the kind `identify`, which follows decisions, and by the review queue. There is one decision
for a group at most. It is found by the group's folder and name, or else by its files, which keep it
when they and their folder get other names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

from comicmaintainer.database import Database, Row, Transaction, Turn, page_keys, paging
from comicmaintainer.database.stored_values import known_member, stored_json
from comicmaintainer.errors import DecisionNotFound
from comicmaintainer.library.matches.model import AnsweredMatch, Decision, GroupKey, Verdict
from comicmaintainer.library.matches.plain_values import answered_from_json, answered_to_json
from comicmaintainer.matching.model import SeriesFacts
from comicmaintainer.matching.plain_values import facts_from_json, facts_to_json

MAX_PAGE_SIZE = 200
_ORDER = "name"
_COLUMNS = "decision_id, folder, group_key, name, verdict, series, decided_at, decided_by"


class DecisionStore:
    """SQL of the tables `series_decisions`, `decided_files` and `decided_items`."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def decide(
        self,
        group: GroupKey,
        name: str,
        verdict: Verdict,
        series: SeriesFacts | None = None,
        *,
        decided_by: str | None = None,
        answered: AnsweredMatch | None = None,
    ) -> Decision:
        """Store a decision in place of an earlier one about the group, and return it.

        `answered` is the match that it answers.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            decision_id = transaction.value(
                "INSERT INTO series_decisions (folder, group_key, name, verdict, series,"
                " decided_at, decided_by, answered) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (folder, group_key) DO UPDATE SET name = excluded.name,"
                " verdict = excluded.verdict, series = excluded.series,"
                " decided_at = excluded.decided_at, decided_by = excluded.decided_by,"
                " answered = excluded.answered"
                " RETURNING decision_id",
                (
                    group.folder, group.key, name, verdict,
                    None if series is None else json.dumps(facts_to_json(series)),
                    self._now(), decided_by,
                    None if answered is None else json.dumps(answered_to_json(answered)),
                ),
            )  # fmt: skip
            _add_files(transaction, decision_id, answered.file_ids if answered else ())
        return self.get(decision_id)

    def get(self, decision_id: int) -> Decision:
        """Return a decision.

        Raises:
            DecisionNotFound.
        """
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM series_decisions WHERE decision_id = ?", (decision_id,)
        )
        if row is None:
            raise DecisionNotFound(f"There is no decision {decision_id}.")
        return _decision(row)

    def answered(self, decision_id: int) -> AnsweredMatch | None:
        """Return the match that a decision answers, as it was."""
        value = self._database.value(
            "SELECT answered FROM series_decisions WHERE decision_id = ?", (decision_id,)
        )
        return None if value is None else answered_from_json(stored_json(value))

    def of_group(self, group: GroupKey) -> Decision | None:
        """Return the decision about a group."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM series_decisions WHERE folder = ? AND group_key = ?",
            (group.folder, group.key),
        )
        return None if row is None else _decision(row)

    def of_file(self, file_id: int) -> Decision | None:
        """Return the decision that holds for a file of the catalogue by itself."""
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM decided_files d JOIN series_decisions s USING (decision_id)"
            " WHERE d.file_id = ?",
            (file_id,),
        )
        return None if row is None else _decision(row)

    def of_files(self, folder: str, paths: Collection[str]) -> Decision | None:
        """Return the decision about most of these files of a folder, the newest of equal ones."""
        rows = self._database.rows(
            "SELECT f.path, d.decision_id FROM files f JOIN decided_files d USING (file_id)"
            " WHERE f.folder_id = (SELECT folder_id FROM folders WHERE path = ?)",
            (folder,),
        )
        counts = Counter(row["decision_id"] for row in rows if row["path"] in paths)
        if not counts:
            return None
        best = max(counts, key=lambda decision_id: (counts[decision_id], decision_id))
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM series_decisions WHERE decision_id = ?", (best,)
        )
        return None if row is None else _decision(row)

    def folders_with_series(self, folders: Iterable[str]) -> set[str]:
        """Return those of the folders in which a series was decided, or files of one are now."""
        rows = self._database.rows(
            "WITH wanted AS (SELECT value FROM json_each(?))"
            " SELECT folder FROM series_decisions WHERE verdict = 'series'"
            " AND folder IN (SELECT value FROM wanted)"
            " UNION SELECT o.path FROM folders o WHERE o.path IN (SELECT value FROM wanted)"
            " AND EXISTS (SELECT 1 FROM files f JOIN decided_files d USING (file_id)"
            " JOIN series_decisions s USING (decision_id)"
            " WHERE f.folder_id = o.folder_id AND s.verdict = 'series')",
            (json.dumps(list(folders)),),
        )
        return {row["folder"] for row in rows}

    def file_ids(self, decision_id: int) -> list[int]:
        """Return the catalogue's ids of the files that a decision holds for."""
        rows = self._database.rows(
            "SELECT file_id FROM decided_files WHERE decision_id = ? ORDER BY file_id",
            (decision_id,),
        )
        return [row["file_id"] for row in rows]

    def page(
        self, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[Sequence[Decision], str | None]:
        """Return decisions by the names of their groups, and the key of the next page.

        Raises:
            InvalidInput: the key is not from this listing.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        after = page_keys.value_and_id_of(after_key, _ORDER, str) or ("", 0)
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM series_decisions WHERE (name, decision_id) > (?, ?)"
            " ORDER BY name, decision_id LIMIT ?",
            (*after, limit + 1),
        )
        shown, key = paging.cut(rows, limit, _key_of)
        return [_decision(row) for row in shown], key

    def add_item(self, decision_id: int, job_id: str, seq: int, file_id: int | None = None) -> bool:
        """Record that an item of a job follows a decision; False if that was taken back.

        `file_id` is the catalogue's id of its file, if it has one.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            known = transaction.row(
                "SELECT 1 FROM series_decisions WHERE decision_id = ?", (decision_id,)
            )
            transaction.execute(
                "INSERT INTO decided_items (decision_id, job_id, seq)"
                " SELECT decision_id, ?, ? FROM series_decisions"
                " WHERE decision_id = ? ON CONFLICT DO NOTHING",
                (job_id, seq, decision_id),
            )
            if known is not None and file_id is not None:
                _add_files(transaction, decision_id, [file_id])
        return known is not None

    def delete(self, decision_id: int) -> list[tuple[str, int]]:
        """Forget a decision, so that its group is matched again.

        Returns the items that follow it until then, as job and seq; no other one will.

        Raises:
            DecisionNotFound.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            rows = transaction.rows(
                "SELECT job_id, seq FROM decided_items WHERE decision_id = ? ORDER BY job_id, seq",
                (decision_id,),
            )
            if not transaction.execute(
                "DELETE FROM series_decisions WHERE decision_id = ?", (decision_id,)
            ):
                raise DecisionNotFound(f"There is no decision {decision_id}.")
        return [(row["job_id"], row["seq"]) for row in rows]


def _add_files(transaction: Transaction, decision_id: int, file_ids: Iterable[int]) -> None:
    """Let a decision hold for these files, instead of an earlier one."""
    transaction.execute(
        "INSERT INTO decided_files (file_id, decision_id)"
        " SELECT file_id, ?1 FROM files"
        " WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?2))"
        " ON CONFLICT (file_id) DO UPDATE SET decision_id = ?1"
        " WHERE decided_files.decision_id <> ?1",
        (decision_id, json.dumps(list(file_ids))),
    )


def _key_of(row: Row) -> str:
    return page_keys.sorted_by(_ORDER, row["name"], row["decision_id"])


def _decision(row: Row) -> Decision:
    series = None if row["series"] is None else stored_json(row["series"])
    return Decision(
        decision_id=row["decision_id"],
        group=GroupKey(row["folder"], row["group_key"]),
        name=row["name"],
        verdict=known_member(Verdict, row["verdict"], Verdict.NEVER),
        series=None if series is None else facts_from_json(SeriesFacts, series),
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
    )

"""Matches of files with series of a source (SQL only).

Used by the kind `identify`, which stores them, and by the review queue. A file belongs to one match
at most, its newest. A match without files is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from comicmaintainer.database import Database, Row, Transaction, Turn, page_keys, paging
from comicmaintainer.database.stored_values import known_member, stored_json
from comicmaintainer.errors import MatchNotFound
from comicmaintainer.library.catalogue.sort_keys import series_key
from comicmaintainer.library.matches.model import (
    AnsweredMatch,
    GroupKey,
    MatchedFile,
    MatchState,
    StoredMatch,
    series_ref,
)
from comicmaintainer.matching.model import Candidate, IssueFacts, Level, Match, SeriesFacts
from comicmaintainer.matching.plain_values import (
    candidate_from_json,
    candidate_to_json,
    facts_from_json,
    facts_to_json,
)

MAX_PAGE_SIZE = 200
KEPT_OF_CERTAIN = 2
"""Candidates that are stored where nobody has to choose."""
MOST_MATCHES_OF_FOLDER = 100
"""A folder whose comics were matched in more parts is not that of one series."""
_ORDER = "name"
_COLUMNS = (
    "m.match_id, m.folder, m.group_key, m.name, m.level, m.state, m.reason, m.candidates,"
    " m.job_id, m.matched_at"
)
_MATCH = (
    f"SELECT {_COLUMNS},"
    " (SELECT count(*) FROM matched_files f WHERE f.match_id = m.match_id) AS files"
    " FROM series_matches m "
)
_FILES = (
    "SELECT m.file_id, m.match_id, m.issues, f.path FROM matched_files m"
    " JOIN files f USING (file_id) "
)
_MATCH_OF_FILE = (
    f"SELECT {_COLUMNS}, own.file_id, own.issues, f.path,"
    " (SELECT count(*) FROM matched_files each WHERE each.match_id = m.match_id) AS files"
    " FROM matched_files own JOIN series_matches m USING (match_id) JOIN files f USING (file_id)"
    " WHERE own.file_id = ?"
)


class MatchStore:
    """SQL of the tables `series_matches` and `matched_files`."""

    def __init__(self, database: Database, *, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def reopen(self, answered: AnsweredMatch) -> None:
        """Open a match again that a person had answered, in place of what followed from that."""
        file_ids = {str(file.file_id): file.file_id for file in answered.files}
        candidates = tuple(
            replace(candidate, issues=answered.issues_of(candidate.series))
            for candidate in answered.match.candidates
        )
        match = Match(Level.LIKELY, tuple(file_ids), candidates, answered.match.reason)
        stored = answered.match
        self.add(stored.group, stored.name, [(match, file_ids)], stored.job_id)

    def add(
        self,
        group: GroupKey,
        name: str,
        matches: Sequence[tuple[Match, Mapping[str, int]]],
        job_id: str | None,
    ) -> None:
        """Store the matches of a group; each with the catalogue's ids of its files, by their keys.

        Earlier matches of these files are replaced. Files that left the catalogue are left out.
        """
        ids = json.dumps([id_ for _, file_ids in matches for id_ in file_ids.values()])
        with self._database.transaction(Turn.LIBRARY) as transaction:
            earlier = transaction.rows(
                "SELECT DISTINCT match_id FROM json_each(?)"
                " JOIN matched_files ON file_id = CAST(value AS BIGINT)",
                (ids,),
            )
            for match, file_ids in matches:
                self._add(transaction, group, name, match, file_ids, job_id)
            transaction.execute(
                "DELETE FROM series_matches WHERE (folder = ? AND group_key = ?"
                " OR match_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))) AND NOT EXISTS"
                " (SELECT 1 FROM matched_files f WHERE f.match_id = series_matches.match_id)",
                (group.folder, group.key, json.dumps([row["match_id"] for row in earlier])),
            )

    def get(self, match_id: int) -> StoredMatch:
        """Return a match.

        Raises:
            MatchNotFound.
        """
        row = self._database.row(_MATCH + "WHERE m.match_id = ?", (match_id,))
        if row is None:
            raise MatchNotFound(
                f"There is no match {match_id}; its files may have been matched again."
            )
        return _match(row)

    def of_file(self, file_id: int) -> tuple[StoredMatch, MatchedFile] | None:
        """Return the match of a file of the catalogue, and what it says of this file."""
        row = self._database.row(_MATCH_OF_FILE, (file_id,))
        return None if row is None else (_match(row), _file(row))

    def files(self, match_id: int) -> list[MatchedFile]:
        """Return the files of a match, by their paths."""
        rows = self._database.rows(_FILES + "WHERE m.match_id = ? ORDER BY f.path", (match_id,))
        return [_file(row) for row in rows]

    def certain_series(self, name: str) -> list[tuple[SeriesFacts, frozenset[str]]]:
        """Return the series that files of a library's series are of, each with their issues' ids.

        `name` is the library's, in any spelling.
        """
        rows = self._database.rows(
            "SELECT m.issues, s.candidates FROM files f JOIN matched_files m USING (file_id)"
            " JOIN series_matches s USING (match_id)"
            " WHERE f.series IS NOT NULL AND f.series_key = ? AND s.level = 'certain'",
            (series_key(name),),
        )
        found: dict[str, tuple[SeriesFacts, set[str]]] = {}
        for row in rows:
            best = candidate_from_json(stored_json(row["candidates"])[0]).series
            issue = stored_json(row["issues"]).get(series_ref(best))
            if issue is not None:
                found.setdefault(series_ref(best), (best, set()))[1].add(issue["id"])
        return [(series, frozenset(ids)) for series, ids in found.values()]

    def series_of_folder(self, folder: str) -> SeriesFacts | None:
        """Return the series that all comics directly in a folder are of with certainty.

        None if a comic is of another one, or is not known to be an issue of it, or there is none.
        """
        rows = self._database.rows(
            "SELECT DISTINCT m.match_id, s.level, s.candidates FROM files f"
            " LEFT JOIN matched_files m USING (file_id)"
            " LEFT JOIN series_matches s USING (match_id)"
            " WHERE f.folder_id = (SELECT folder_id FROM folders WHERE path = ?) LIMIT ?",
            (folder, MOST_MATCHES_OF_FOLDER + 1),
        )
        if len(rows) > MOST_MATCHES_OF_FOLDER or any(row["level"] != Level.CERTAIN for row in rows):
            return None
        found = {
            series_ref(best): best
            for row in rows
            if (best := candidate_from_json(stored_json(row["candidates"])[0]).series)
        }
        if len(found) != 1:
            return None
        ((ref, series),) = found.items()
        stray = self._database.row(
            "SELECT 1 FROM files f JOIN matched_files m USING (file_id)"
            " WHERE f.folder_id = (SELECT folder_id FROM folders WHERE path = ?)"
            " AND NOT EXISTS (SELECT 1 FROM json_each(m.issues) WHERE key = ?) LIMIT 1",
            (folder, ref),
        )
        return series if stray is None else None

    def page(
        self, state: MatchState, *, after_key: str | None = None, limit: int = 50
    ) -> tuple[Sequence[StoredMatch], str | None]:
        """Return matches in this state by their names, and the key of the next page.

        A match whose files have all left the catalogue is not among them.

        Raises:
            InvalidInput: the key is not from this listing.
        """
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        after = page_keys.value_and_id_of(after_key, _ORDER, str) or ("", 0)
        rows = self._database.rows(
            _MATCH + "WHERE m.state = ? AND (m.name, m.match_id) > (?, ?) AND EXISTS"
            " (SELECT 1 FROM matched_files f WHERE f.match_id = m.match_id)"
            " ORDER BY m.name, m.match_id LIMIT ?",
            (state, *after, limit + 1),
        )
        shown, key = paging.cut(rows, limit, _key_of)
        return [_match(row) for row in shown], key

    def count(self, state: MatchState) -> tuple[int, int]:
        """Return how many matches are in this state, and how many files they are about."""
        row = self._database.rows(
            "SELECT count(DISTINCT m.match_id) AS matches, count(f.file_id) AS files"
            " FROM series_matches m JOIN matched_files f USING (match_id) WHERE m.state = ?",
            (state,),
        )[0]
        return int(row["matches"]), int(row["files"])

    def count_waiting(self) -> int:
        """Return how many matches with files wait for a person."""
        count: int = self._database.value(
            "SELECT count(*) FROM series_matches m WHERE m.state = 'open' AND EXISTS"
            " (SELECT 1 FROM matched_files f WHERE f.match_id = m.match_id)"
        )
        return count

    def count_open(self, job_id: str) -> tuple[int, int]:
        """Return how many matches of a job are open, and how many files they are about."""
        row = self._database.rows(
            "SELECT count(DISTINCT m.match_id) AS matches, count(f.file_id) AS files"
            " FROM series_matches m LEFT JOIN matched_files f USING (match_id)"
            " WHERE m.state = 'open' AND m.job_id = ?",
            (job_id,),
        )[0]
        return int(row["matches"]), int(row["files"])

    def count_groups(self, job_id: str, since: float) -> int:
        """Return how many groups of files a job has matched since; those of one name are one."""
        count: int = self._database.value(
            "SELECT count(DISTINCT group_key) FROM series_matches"
            " WHERE job_id = ? AND matched_at >= ?",
            (job_id, since),
        )
        return count

    def set_state(self, match_id: int, state: MatchState) -> None:
        """Set what happens with a match next.

        Raises:
            MatchNotFound.
        """
        with self._database.transaction(Turn.LIBRARY) as transaction:
            if not transaction.execute(
                "UPDATE series_matches SET state = ? WHERE match_id = ?", (state, match_id)
            ):
                raise MatchNotFound(f"There is no match {match_id}.")

    def settle_group(self, group: GroupKey) -> None:
        """Settle all open and skipped matches of a group."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "UPDATE series_matches SET state = 'settled' WHERE folder = ? AND group_key = ?"
                " AND state <> 'settled'",
                (group.folder, group.key),
            )

    def forget_group(self, group: GroupKey) -> None:
        """Forget what the files of a group were matched with."""
        with self._database.transaction(Turn.LIBRARY) as transaction:
            transaction.execute(
                "DELETE FROM series_matches WHERE folder = ? AND group_key = ?",
                (group.folder, group.key),
            )

    def forget_made(self, path: str, job_id: str) -> None:
        """Forget what the file at `path` was matched with, if that was by this job."""
        row = self._database.row(
            "SELECT f.file_id FROM files f JOIN matched_files USING (file_id)"
            " JOIN series_matches s USING (match_id) WHERE f.path = ? AND s.job_id = ?",
            (path, job_id),
        )
        if row is not None:
            self.forget_files([row["file_id"]])

    def forget_files(self, file_ids: Iterable[int]) -> None:
        """Forget what these files were matched with."""
        ids = json.dumps(list(file_ids))
        with self._database.transaction(Turn.LIBRARY) as transaction:
            left = transaction.rows(
                "SELECT DISTINCT match_id FROM matched_files"
                " WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
                (ids,),
            )
            transaction.execute(
                "DELETE FROM matched_files"
                " WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
                (ids,),
            )
            transaction.execute(
                "DELETE FROM series_matches"
                " WHERE match_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"
                " AND NOT EXISTS (SELECT 1 FROM matched_files f"
                " WHERE f.match_id = series_matches.match_id)",
                (json.dumps([row["match_id"] for row in left]),),
            )

    def _add(
        self,
        transaction: Transaction,
        group: GroupKey,
        name: str,
        match: Match,
        file_ids: Mapping[str, int],
        job_id: str | None,
    ) -> None:
        if not file_ids:
            return
        state = MatchState.OPEN if match.level is Level.LIKELY else MatchState.SETTLED
        most = KEPT_OF_CERTAIN if match.level is Level.CERTAIN else len(match.candidates)
        shown = match.candidates[:most]
        candidates = [candidate_to_json(each) for each in shown]
        match_id = transaction.value(
            "INSERT INTO series_matches (folder, group_key, name, level, state, reason,"
            " candidates, job_id, matched_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " RETURNING match_id",
            (
                group.folder, group.key, name, match.level, state, match.reason,
                _text(candidates), job_id, self._now(),
            ),
        )  # fmt: skip
        transaction.execute_many(
            "INSERT INTO matched_files (file_id, match_id, issues)"
            " SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM files WHERE file_id = ?1)"
            " ON CONFLICT (file_id) DO UPDATE SET match_id = ?2, issues = ?3",
            [
                (file_id, match_id, _text(_issues_of(shown, key)))
                for key, file_id in file_ids.items()
            ],
        )


def _issues_of(candidates: Iterable[Candidate], key: str) -> dict[str, Any]:
    """The issue of the file by each candidate, without addresses of images."""
    return {
        series_ref(each.series): facts_to_json(
            replace(each.issues[key], cover=None, variants=(), cover_hash=None)
        )
        for each in candidates
        if key in each.issues
    }


def _key_of(row: Row) -> str:
    return page_keys.sorted_by(_ORDER, row["name"], row["match_id"])


def _match(row: Row) -> StoredMatch:
    candidates = stored_json(row["candidates"])
    return StoredMatch(
        match_id=row["match_id"],
        group=GroupKey(row["folder"], row["group_key"]),
        name=row["name"],
        level=known_member(Level, row["level"], Level.LIKELY),
        state=known_member(MatchState, row["state"], MatchState.OPEN),
        reason=row["reason"],
        candidates=tuple(candidate_from_json(each) for each in candidates),
        files=row["files"],
        job_id=row["job_id"],
        matched_at=row["matched_at"],
    )


def _file(row: Row) -> MatchedFile:
    issues = stored_json(row["issues"])
    return MatchedFile(
        file_id=row["file_id"],
        match_id=row["match_id"],
        path=row["path"],
        issues={ref: facts_from_json(IssueFacts, values) for ref, values in issues.items()},
    )


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

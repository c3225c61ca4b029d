"""Decisions of an earlier release hold for the files that they were made about."""

from __future__ import annotations

import json
from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps


def test_decisions_are_linked_to_the_files_that_are_still_there(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=steps().index("0022_decided_files.sql"))
    connection.execute("INSERT INTO roots (root_id, path, first_seen_at) VALUES (1, '/c', 1)")
    connection.execute("INSERT INTO folders (folder_id, root_id, path) VALUES (1, 1, '/c')")
    for file_id in (1, 2):
        connection.execute(
            "INSERT INTO files (file_id, root_id, folder_id, name, path, size_bytes, mtime_ns,"
            " added_at, changed_at) VALUES (?, 1, 1, ?, ?, 1, 1, 1, 1)",
            (file_id, f"{file_id}.cbz", f"/c/{file_id}.cbz"),
        )
    for key, answered in (("a", [1, 2, 3]), ("b", [2]), ("c", None)):
        files = None if answered is None else [{"file_id": file_id} for file_id in answered]
        connection.execute(
            "INSERT INTO series_decisions (folder, group_key, name, verdict, decided_at, answered)"
            " VALUES ('/c', ?, 'Rain', 'never', 1, ?)",
            (key, None if files is None else json.dumps({"matched_files": files})),
        )
    connection.close()
    database = SqliteDatabase(path)
    rows = database.rows("SELECT file_id, decision_id FROM decided_files ORDER BY file_id")
    database.close()
    assert [tuple(row) for row in rows] == [(1, 1), (2, 2)]

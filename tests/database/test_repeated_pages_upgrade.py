"""A catalogue of an earlier release has files whose pages a search is still to list."""

from __future__ import annotations

from pathlib import Path

from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date, steps


def test_files_of_an_earlier_release_are_unknown_to_the_search(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(str(path), isolation_level=None)
    bring_up_to_date(connection, path, up_to=steps().index("0029_repeated_pages.sql"))
    connection.execute("INSERT INTO roots (root_id, path, first_seen_at) VALUES (1, '/c', 1)")
    connection.execute("INSERT INTO folders (folder_id, root_id, path) VALUES (1, 1, '/c')")
    connection.execute(
        "INSERT INTO files (file_id, root_id, folder_id, name, path, size_bytes, mtime_ns,"
        " added_at, changed_at) VALUES (1, 1, 1, '1.cbz', '/c/1.cbz', 1, 1, 1, 1)"
    )
    connection.close()
    database = SqliteDatabase(path)
    assert database.rows("SELECT file_id FROM file_pages") == []
    (search,) = database.rows("SELECT searched_at, outdated FROM page_search")
    assert tuple(search) == (None, 1)
    with database.transaction() as transaction:
        transaction.execute("INSERT INTO file_pages (file_id, keys) VALUES (1, x'')")
        transaction.execute("DELETE FROM files")
    assert database.rows("SELECT file_id FROM file_pages") == []
    database.close()

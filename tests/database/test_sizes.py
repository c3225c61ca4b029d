from __future__ import annotations

from dataclasses import replace

from comicmaintainer.database import SqliteDatabase, notices, sizes
from tests.database.sample_databases import fill

DAY = 86_400.0
GIB = 1 << 30


def test_size_covers_file_log_and_free_space(database: SqliteDatabase) -> None:
    fill(database, jobs=1, items=100)
    found = sizes.size(database)
    assert found.database_bytes == database.path.stat().st_size
    assert found.wal_bytes > 0
    assert found.free_bytes is not None
    assert found.free_bytes > 0
    assert found.week_growth_bytes is None


def test_one_figure_a_day_is_kept_for_a_month(database: SqliteDatabase) -> None:
    for day in range(40):
        sizes.record_day(database, day * DAY)
        sizes.record_day(database, day * DAY + 60)
    days = [day for day, _ in sizes.size(database).days]
    assert len(days) == 31
    assert days == sorted(set(days))
    assert days[-1] == "1970-02-09"


def test_growth_is_counted_over_a_week() -> None:
    days = tuple((f"2026-01-{day:02}", day * 1000) for day in range(1, 21))
    assert sizes.DatabaseSize(25_000, 0, GIB, days).week_growth_bytes == 25_000 - 13_000


def test_warnings_name_only_what_is_wrong() -> None:
    sound = sizes.DatabaseSize(10 << 20, 0, 10 * GIB, (("2026-01-01", 10 << 20),) * 2)
    assert sound.warnings() == []
    assert "log" in replace(sound, wal_bytes=GIB).warnings()[0]
    assert "free" in replace(sound, free_bytes=1 << 20).warnings()[0]
    assert "grown" in replace(sound, database_bytes=GIB).warnings()[0]


def test_notices_are_kept_once_each_until_dismissed(database: SqliteDatabase) -> None:
    notices.post(database, "a", "first", 1.0)
    notices.post(database, "b", "other", 2.0)
    notices.post(database, "a", "again", 3.0)
    found = [(notice.key, notice.message, notice.at) for notice in notices.all_notices(database)]
    assert found == [("a", "again", 3.0), ("b", "other", 2.0)]
    assert notices.dismiss(database, "a")
    assert not notices.dismiss(database, "a")
    assert [notice.key for notice in notices.all_notices(database)] == ["b"]

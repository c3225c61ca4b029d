from __future__ import annotations

import logging
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from comicmaintainer.errors import InvalidInput
from comicmaintainer.log_reader import Level, LogFilter, LogReader
from comicmaintainer.logs import OLD_LOGS, LineFormatter, SharedFileHandler

ALL = LogFilter()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.log"


def write(path: Path, *messages: str, level: int = logging.INFO, process: str = "web",
          largest: int = 10**6, error: BaseException | None = None) -> None:  # fmt: skip
    """Append records as a process does."""
    handler = SharedFileHandler(path, largest)
    handler.setFormatter(LineFormatter(process, ZoneInfo("UTC")))
    for message in messages:
        exc_info = None if error is None else (type(error), error, None)
        record = logging.LogRecord("cm.test", level, "", 1, message, (), exc_info)
        handler.emit(record)
    handler.close()


def messages(page: object) -> list[str]:
    return [record.message for record in page.records]  # type: ignore[attr-defined]


def test_newest_records_come_first_asked_and_oldest_first_listed(path: Path) -> None:
    write(path, *(f"record {n}" for n in range(10)))
    reader = LogReader(path)
    page = reader.newest(ALL, 4)
    assert messages(page) == [f"record {n}" for n in range(6, 10)]
    earlier = reader.newest(ALL, 100, before=page.older)
    assert messages(earlier) == [f"record {n}" for n in range(6)]
    assert earlier.older is None


def test_a_record_has_its_parts_and_its_traceback(path: Path) -> None:
    write(path, "It failed", level=logging.ERROR, process="worker", error=ValueError("no\nway"))
    (record,) = LogReader(path).newest(ALL, 1).records
    assert (record.level, record.process, record.logger) == (Level.ERROR, "worker", "cm.test")
    assert record.message == "It failed"
    assert record.more == "ValueError: no\nway"
    assert record.at > 1_600_000_000


def test_level_process_and_words_choose_records(path: Path) -> None:
    write(path, "Scanned the Tides", "Backed up")
    write(path, "The tides are damaged", level=logging.ERROR, process="worker")
    reader = LogReader(path)
    assert messages(reader.newest(LogFilter(words=("TIDES", "the")), 9)) == [
        "Scanned the Tides",
        "The tides are damaged",
    ]
    assert messages(reader.newest(LogFilter(level=Level.WARNING), 9)) == ["The tides are damaged"]
    assert messages(reader.newest(LogFilter(process="web", words=("back",)), 9)) == ["Backed up"]


def test_what_is_written_later_is_read_across_a_rotation(path: Path) -> None:
    write(path, "early")
    reader = LogReader(path)
    end = reader.newest(ALL, 1).end
    assert messages(reader.since(ALL, 9, end)) == []
    for n in range(5):
        write(path, f"{n} {'x' * 300}", largest=1000)  # rotates after every second record
    assert path.with_name("a.log.1").exists()
    page = reader.since(ALL, 3, end)
    assert [text[0] for text in messages(page)] == ["0", "1", "2"]
    assert [text[0] for text in messages(reader.since(ALL, 9, page.end))] == ["3", "4"]


def test_rotated_files_are_read_as_one_log(path: Path) -> None:
    for n in range(9):
        write(path, f"{n} {'x' * 600}", largest=1500)
    kept = messages(LogReader(path).newest(ALL, 100))
    assert [text[0] for text in kept] == [str(n) for n in range(9)][-len(kept) :]
    assert len(kept) > OLD_LOGS
    first = LogReader(path).newest(ALL, 2)
    second = LogReader(path).newest(ALL, 2, before=first.older)
    assert [text[0] for text in messages(second) + messages(first)] == ["5", "6", "7", "8"]


def test_records_longer_than_a_block_are_read_whole(path: Path) -> None:
    long = "y" * 150_000
    write(path, "before", long, "after")
    reader = LogReader(path)
    assert messages(reader.newest(ALL, 9))[::2] == ["before", "after"]
    begin = reader.newest(ALL, 1, before=reader.newest(ALL, 2).older).records[0].place
    assert messages(reader.since(ALL, 9, begin))[::2] == ["before", "after"]


def test_secrets_of_an_older_version_are_masked(path: Path) -> None:
    line = "2026-11-30T10:00:00.000+00:00 INFO web[1] cm: GET /?token=hunter2hunter2\n"
    path.write_text(line, "utf-8")
    assert messages(LogReader(path).newest(ALL, 1)) == ["GET /?token=***"]


def test_a_search_reads_a_bounded_part_and_goes_on_from_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comicmaintainer.log_reader.MOST_BYTES", 5_000)
    write(path, "needle", *(f"record {n} {'x' * 100}" for n in range(300)))
    wanted, before, calls = LogFilter(words=("needle",)), None, 0
    while not (page := LogReader(path).newest(wanted, 5, before=before)).records:
        before, calls = page.older, calls + 1
        assert before is not None
    assert calls > 3


@pytest.mark.parametrize(
    "place", ["", "1", "x-2", "-1-2", "1-2-3", "٣-٤", "1" * 30 + "-" + "2" * 30]
)
def test_what_is_no_place_is_refused(path: Path, place: str) -> None:
    with pytest.raises(InvalidInput, match="before"):
        LogReader(path).newest(ALL, 1, before=place)


def test_a_log_that_is_not_there_is_empty(path: Path) -> None:
    page = LogReader(path).newest(ALL, 9)
    assert (page.records, page.older) == ([], None)
    write(path, "first")
    assert messages(LogReader(path).since(ALL, 9, page.end)) == ["first"]

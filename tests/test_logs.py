from __future__ import annotations

import logging
import multiprocessing
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer import logs
from comicmaintainer.settings import Settings


@pytest.fixture(autouse=True)
def _root_logger_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        if handler not in handlers:
            handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    logging.getLogger("comicmaintainer").setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)


def settings(tmp_path: Path, **variables: str) -> Settings:
    return Settings.from_environment({"CONFIG_DIR": str(tmp_path), **variables})


def write_records(tmp_path: Path, number: int, count: int) -> None:
    logs.configure(settings(tmp_path, LOG_MAX_BYTES="100000"), process=f"p{number}")
    log = logging.getLogger("comicmaintainer.test")
    for record in range(count):
        log.info("record %d of %d %s", record, number, "x" * 50)


def test_line_has_time_with_offset_level_process_and_logger(tmp_path: Path) -> None:
    found = settings(tmp_path, TZ="Asia/Tokyo")
    logs.configure(found, process="web")
    logging.getLogger("comicmaintainer.jobs").info("Job %s begins", "a1")
    line = found.log_path.read_text("utf-8")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT[\d:.]+\+09:00 INFO web\[\d+\] comicmaintainer\.jobs: Job a1 begins\n",
        line,
    )


def test_debug_records_are_written_only_in_debug_mode(tmp_path: Path) -> None:
    found = settings(tmp_path)
    logs.configure(found, process="web")
    logging.getLogger("comicmaintainer.jobs").debug("quiet")
    logs.configure(settings(tmp_path, DEBUG_MODE="true"), process="web")
    logging.getLogger("comicmaintainer.jobs").debug("loud")
    text = found.log_path.read_text("utf-8")
    assert "loud" in text
    assert "quiet" not in text


@pytest.mark.parametrize(
    "message",
    [
        "GET /setup?token=hunter2hunter2 HTTP/1.1",
        "link http://nas:5000/setup/hunter2hunter2",
        "headers: X-Api-Key: hunter2hunter2",
        "headers: Authorization: Bearer hunter2hunter2",
        "{'authorization': 'Bearer hunter2hunter2'}",
        "sending to mailto://me:hunter2hunter2@mail.example/",
        '{"password": "hunter2hunter2"}',
        "cookie=hunter2hunter2; path=/",
    ],
)
def test_text_that_looks_like_a_secret_is_masked(tmp_path: Path, message: str) -> None:
    found = settings(tmp_path)
    logs.configure(found, process="web")
    logging.getLogger("comicmaintainer.web").info("%s", message)
    try:
        raise ValueError(message)
    except ValueError:
        logging.getLogger("comicmaintainer.web").exception("It failed")
    text = found.log_path.read_text("utf-8")
    assert "hunter2" not in text
    assert "***" in text


def test_ordinary_names_are_not_masked(tmp_path: Path) -> None:
    found = settings(tmp_path)
    logs.configure(found, process="web")
    logging.getLogger("comicmaintainer.web").info("Renamed /comics/Secret Wars #1.cbz")
    assert "/comics/Secret Wars #1.cbz" in found.log_path.read_text("utf-8")


def test_control_characters_in_a_name_forge_no_line(tmp_path: Path) -> None:
    found = settings(tmp_path)
    logs.configure(found, process="worker")
    logging.getLogger("comicmaintainer.jobs").info("Scanned %s", "a\n2026-01-01 ERROR b\x1b[2J")
    text = found.log_path.read_text("utf-8")
    assert text.count("\n") == 1
    assert "\x1b" not in text


def test_names_that_are_not_valid_text_are_written_too(tmp_path: Path) -> None:
    found = settings(tmp_path)
    logs.configure(found, process="worker")
    logging.getLogger("comicmaintainer.jobs").info("Scanned %s", "a\udcff.cbz")
    assert "a\\udcff.cbz" in found.log_path.read_text("utf-8")


def test_rotation_by_many_processes_loses_and_tears_no_line(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_records, args=(tmp_path, n, 500)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    folder = tmp_path / "Log"
    files = [folder / f"ComicMaintainer.log{end}" for end in ("", ".1", ".2", ".3")]
    lines = [line for file in files if file.exists() for line in file.read_text().splitlines()]
    assert len(lines) == 2000
    assert all(re.search(r" record \d+ of \d x{50}$", line) for line in lines)
    assert all(file.stat().st_size <= 101_000 for file in files if file.exists())


def test_removed_log_is_created_again(tmp_path: Path) -> None:
    found = settings(tmp_path)
    logs.configure(found, process="web")
    logging.getLogger("comicmaintainer").info("one")
    found.log_path.unlink()
    logging.getLogger("comicmaintainer").info("two")
    assert "two" in found.log_path.read_text("utf-8")


def test_console_is_used_alone_if_the_log_folder_cannot_be_created(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Log").touch()
    logs.configure(settings(tmp_path), process="web")
    logging.getLogger("comicmaintainer").info("still here")
    said = capsys.readouterr().err
    assert "can't be written" in said
    assert "still here" in said

"""Helper processes: what they answer, what ends them, and that the next task has none of it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.errors import DamagedArchive, HostileArchive, StorageFailed, TooCostly
from comicmaintainer.isolation.helper_process import Allowance, HelperLimits
from comicmaintainer.isolation.pool import HelperPool

TASKS = "tests.isolation.example_tasks"
MEMORY_BYTES = 128 << 20
ENOUGH = Allowance(processor_s=60, waiting_s=120)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[HelperPool]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pool = HelperPool(TASKS, HelperLimits(MEMORY_BYTES))
    yield pool
    pool.close()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pid_of(pool: HelperPool) -> int:
    pid: int = pool.ask("echo", ENOUGH, "x")["pid"]
    return pid


def test_a_request_and_its_data_arrive_unchanged(pool: HelperPool) -> None:
    content = os.urandom(3 << 20)
    told = pool.ask("echo", ENOUGH, "x", content, text="a\udcff█\n", number=7)
    assert told["bytes"] == len(content)
    assert told["request"]["text"] == "a\udcff█\n"


def test_parts_arrive_in_order_and_the_process_stays(pool: HelperPool) -> None:
    found = list(pool.stream("parts", ENOUGH, "x", count=300, length=10_000))
    assert [each for each in found if isinstance(each, int)] == list(range(300))
    assert b"".join(each for each in found if isinstance(each, bytes)) == b"".join(
        bytes([number % 256]) * 10_000 for number in range(300)
    )
    assert pid_of(pool) == pid_of(pool)


def test_an_error_of_a_task_is_raised_with_its_class(pool: HelperPool) -> None:
    pid = pid_of(pool)
    with pytest.raises(DamagedArchive, match=r"a\.cbz: it is damaged"):
        pool.ask("fail", ENOUGH, "x")
    assert pid_of(pool) == pid


def test_long_answers_do_not_corrupt_the_next_one(pool: HelperPool) -> None:
    pid = pid_of(pool)
    for length in (65_000, 2 << 20):
        assert pool.ask("answer_long", ENOUGH, "x", length=length) == "█" * length
    with pytest.raises(HostileArchive, match="too long"):
        pool.ask("answer_long", ENOUGH, "x", length=5 << 20)
    assert pid_of(pool) == pid


def test_output_printed_by_libraries_is_not_an_answer(pool: HelperPool) -> None:
    assert pool.ask("babble", ENOUGH, "x") == "said"


@pytest.mark.parametrize(
    ("task", "request_", "message"),
    [
        ("take_memory", {"mebibytes": 200}, "a.cbz: reading it takes more than 128 MiB of memory"),
        ("die", {"signal": signal.SIGKILL}, "a.cbz: reading it takes more than 128 MiB of memory"),
        ("die", {"signal": signal.SIGSEGV}, "SIGSEGV"),
        ("end", {}, "exit status 3"),
    ],
)
def test_exceeding_a_limit_names_the_file_and_ends_the_helper(
    pool: HelperPool, task: str, request_: dict[str, Any], message: str
) -> None:
    pid = pid_of(pool)
    with pytest.raises(TooCostly, match=message):
        pool.ask(task, ENOUGH, "a.cbz", **request_)
    assert not is_running(pid)
    assert pid_of(pool) != pid


def test_processor_time_is_limited_for_each_task(pool: HelperPool) -> None:
    pid = pid_of(pool)
    with pytest.raises(TooCostly, match="too much processor time"):
        pool.ask("spin", Allowance(processor_s=1, waiting_s=120), "a.cbz")
    assert not is_running(pid)


def test_a_helper_without_progress_is_ended(pool: HelperPool) -> None:
    pid = pid_of(pool)
    with pytest.raises(TooCostly, match="takes more than 1 s"):
        pool.ask("sleep", Allowance(processor_s=60, waiting_s=1), "a.cbz")
    assert not is_running(pid)


def test_time_between_the_parts_is_not_counted(pool: HelperPool) -> None:
    for _ in pool.stream("parts", Allowance(60, 5), "x", count=3, length=1):
        time.sleep(1.1)


def test_stopping_in_the_middle_of_an_answer_ends_the_helper(pool: HelperPool) -> None:
    pid = pid_of(pool)
    stream = pool.stream("parts", ENOUGH, "x", count=1_000, length=100_000)
    assert next(stream) == 0
    stream.close()
    assert not is_running(pid)
    assert pool.ask("babble", ENOUGH, "x") == "said"


def test_each_thread_borrows_a_separate_process(pool: HelperPool) -> None:
    together = threading.Barrier(3)
    pids: list[int] = []

    def work() -> None:
        stream = pool.stream("echo", ENOUGH, "x")
        pids.append(next(stream)["pid"])
        together.wait(60)
        list(stream)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pids)) == 3
    assert pid_of(pool) in pids


def test_idle_processes_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pool = HelperPool(TASKS, HelperLimits(MEMORY_BYTES), idle_s=0.5)
    pid = pid_of(pool)
    while is_running(pid):
        time.sleep(0.05)
    assert pid_of(pool) != pid
    pool.close()


def test_close_ends_all(pool: HelperPool) -> None:
    pid = pid_of(pool)
    pool.close()
    assert not is_running(pid)


def test_helpers_are_limited_and_look_for_no_module_where_they_are_started(
    pool: HelperPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not mine')")
    monkeypatch.chdir(tmp_path)
    told = pool.ask("limits", ENOUGH, "x")
    assert (told["core"], told["data"], told["ignores_term"]) == (0, MEMORY_BYTES, True)
    assert str(tmp_path) not in told["path"]


def test_a_helper_that_cannot_start_is_not_the_files_fault() -> None:
    pool = HelperPool("tests.isolation.no_such_module", HelperLimits(MEMORY_BYTES))
    with pytest.raises(StorageFailed, match="could not be started"):
        pool.ask("echo", ENOUGH, "a.cbz")
    pool.close()


def test_waiting_for_a_helper_killed_from_outside_raises_an_error(pool: HelperPool) -> None:
    pid = pid_of(pool)
    errors: list[Exception] = []

    def work() -> None:
        try:
            pool.ask("sleep", ENOUGH, "a.cbz")
        except StorageFailed as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while pool._warm:
        time.sleep(0.01)
    pool.close()
    thread.join()
    assert "reading it was stopped" in str(errors[0])
    assert not is_running(pid)

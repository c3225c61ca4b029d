from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.processes import is_running, stop
from tests.kit.waiting import wait_until

SCRIPT = Path(__file__).parent / "supervised.py"
PATIENCE_S = 20.0

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[bytes]] = []

    def run(*programs: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(tmp_path), *programs], start_new_session=True
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()


def notes(folder: Path, *words: str) -> list[list[str]]:
    path = folder / "notes"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    found = [line.split() for line in lines]
    return [note for note in found if note[: len(words)] == list(words)]


def test_programs_stay_in_the_supervisors_process_group(tmp_path: Path, start: Start) -> None:
    start("steady", "reloading")
    wait_until(lambda: len(notes(tmp_path)) == 2)
    group = (tmp_path / "supervisor").read_text("utf-8").split()[1]
    assert {note[3] for note in notes(tmp_path)} == {group}


def test_killed_program_is_started_again(tmp_path: Path, start: Start) -> None:
    start("steady")
    wait_until(lambda: notes(tmp_path, "steady", "started"))
    os.kill(int(notes(tmp_path)[0][2]), signal.SIGKILL)
    wait_until(lambda: len(notes(tmp_path, "steady", "started")) == 2)
    assert "by SIGKILL" in (tmp_path / "log").read_text("utf-8")


def test_restarts_of_a_dying_program_back_off(tmp_path: Path, start: Start) -> None:
    start("brief", "steady")
    wait_until(lambda: len(notes(tmp_path, "brief", "started")) == 3)
    log = (tmp_path / "log").read_text("utf-8")
    assert log.index("restarting it in 0.5 s") < log.index("restarting it in 1.0 s")
    assert len(notes(tmp_path, "steady", "started")) == 1


def test_terminated_supervisor_ends_its_programs_and_leaves_with_zero(
    tmp_path: Path, start: Start
) -> None:
    supervisor = start("steady", "reloading")
    wait_until(lambda: len(notes(tmp_path)) == 2)
    supervisor.terminate()
    assert supervisor.wait(PATIENCE_S) == 0
    assert notes(tmp_path, "steady", "stopped")
    assert notes(tmp_path, "reloading", "stopped")


def test_program_that_ignores_the_stop_signal_is_killed(tmp_path: Path, start: Start) -> None:
    supervisor = start("stubborn")
    wait_until(lambda: notes(tmp_path))
    supervisor.terminate()
    assert supervisor.wait(PATIENCE_S) == 0
    assert not is_running(int(notes(tmp_path)[0][2]))
    assert "killing it" in (tmp_path / "log").read_text("utf-8")


def test_suspended_program_is_ended_too(tmp_path: Path, start: Start) -> None:
    supervisor = start("steady")
    wait_until(lambda: notes(tmp_path))
    os.kill(int(notes(tmp_path)[0][2]), signal.SIGSTOP)
    supervisor.terminate()
    assert supervisor.wait(PATIENCE_S) == 0
    assert notes(tmp_path, "steady", "stopped")


def test_second_signal_ends_without_waiting(tmp_path: Path, start: Start) -> None:
    supervisor = start("stubborn")
    wait_until(lambda: notes(tmp_path))
    supervisor.terminate()
    wait_until(lambda: notes(tmp_path, "stubborn", "ignored"))
    supervisor.terminate()
    assert supervisor.wait(PATIENCE_S) == 0
    assert not is_running(int(notes(tmp_path)[0][2]))


def test_programs_die_with_a_killed_supervisor(tmp_path: Path, start: Start) -> None:
    supervisor = start("steady", "stubborn")
    wait_until(lambda: len(notes(tmp_path)) == 2)
    supervisor.kill()
    supervisor.wait(PATIENCE_S)
    wait_until(lambda: not any(is_running(int(note[2])) for note in notes(tmp_path)))


def test_reload_signals_one_program_and_restarts_the_other_at_once(
    tmp_path: Path, start: Start
) -> None:
    supervisor = start("steady", "reloading")
    wait_until(lambda: len(notes(tmp_path)) == 2)
    supervisor.send_signal(signal.SIGHUP)
    wait_until(lambda: notes(tmp_path, "reloading", "reloaded"))
    wait_until(lambda: len(notes(tmp_path, "steady", "started")) == 2)
    assert len(notes(tmp_path, "reloading", "started")) == 1
    assert "again in" not in (tmp_path / "log").read_text("utf-8")


def test_program_whose_heartbeat_stops_is_killed_and_started_again(
    tmp_path: Path, start: Start
) -> None:
    start("beating", "steady")
    wait_until(lambda: notes(tmp_path, "beating", "started"))
    first = int(notes(tmp_path, "beating")[0][2])
    wait_until(lambda: (tmp_path / f"beat-{first}").exists())
    os.kill(first, signal.SIGSTOP)
    wait_until(lambda: len(notes(tmp_path, "beating", "started")) == 2)
    assert not is_running(first)
    assert "is hung" in (tmp_path / "log").read_text("utf-8")
    assert len(notes(tmp_path, "steady", "started")) == 1


def test_program_with_a_heartbeat_is_left_alone(tmp_path: Path, start: Start) -> None:
    start("beating")
    wait_until(lambda: notes(tmp_path, "beating", "started"))
    beat = tmp_path / f"beat-{notes(tmp_path, 'beating')[0][2]}"
    wait_until(lambda: beat.exists() and int(beat.read_text("utf-8") or 0) > 40)
    assert len(notes(tmp_path, "beating", "started")) == 1


@pytest.mark.parametrize("name", ["locking", "locking-too"])
def test_program_that_waits_for_a_lock_of_a_hung_one_is_left_alone(
    tmp_path: Path, start: Start, name: str
) -> None:
    start("locking", "locking-too")
    wait_until(lambda: len(notes(tmp_path)) == 2)
    pids = {note[0]: int(note[2]) for note in notes(tmp_path)}
    wait_until(lambda: all((tmp_path / f"beat-{pid}").exists() for pid in pids.values()))

    def stopped_with_the_lock() -> bool:
        stop(pids[name])
        with (tmp_path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if (tmp_path / "holder").read_text("utf-8") == str(pids[name]):
                    return True
        os.kill(pids[name], signal.SIGCONT)
        return False

    wait_until(stopped_with_the_lock)
    wait_until(lambda: len(notes(tmp_path, name, "started")) == 2)
    other = ({"locking", "locking-too"} - {name}).pop()
    beat = tmp_path / f"beat-{pids[other]}"
    before = beat.read_text("utf-8")
    wait_until(lambda: beat.read_text("utf-8") not in (before, ""))
    assert len(notes(tmp_path, other, "started")) == 1
    assert (tmp_path / "log").read_text("utf-8").count("is hung") == 1

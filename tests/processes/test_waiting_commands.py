"""A command that waits gets its work done, does it itself, or says why not: with real signals."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from comicmaintainer.filesystem import byte_locks
from tests.kit.waiting import wait_until
from tests.processes.commands import Place, job_in

MANY, PAGES = 60, 40  # seconds of work


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_command_takes_over_the_work_of_a_killed_one(place: Place) -> None:
    many, few = place.comics(MANY, PAGES, "Many"), place.comics(1, name="Few")
    with place.running("verify", many, "--wait") as first:
        place.at_work(first)
        first.send(signal.SIGKILL)
        first.ended()
    code, text = place.run("process", few)
    assert code == 0, text
    assert "1 of 1 file done" in text


def test_killed_command_continues_when_run_again(place: Place) -> None:
    many = place.comics(MANY, PAGES)
    with place.running("verify", many) as first:
        place.at_work(first)
        first.send(signal.SIGKILL)
        first.ended()
    code, text = place.run("verify", many)
    assert code == 0, text
    assert len(place.run("jobs", "list")[1].splitlines()) == 2  # a heading and one job


@pytest.mark.parametrize("arguments", [("scan",), ("verify", "--all")])
def test_three_equal_concurrent_commands_all_end(place: Place, arguments: tuple[str, ...]) -> None:
    place.comics(20, 4)
    with ExitStack() as stack:
        commands = [stack.enter_context(place.running(*arguments)) for _ in range(3)]
        assert [(one.ended(), one.text) for one in commands if one.ended()] == []


def test_three_different_concurrent_commands_over_the_same_files_all_end(place: Place) -> None:
    folder = place.comics(20, 4)
    with ExitStack() as stack:
        commands = [
            stack.enter_context(place.running(*arguments))
            for arguments in (
                ("scan", "--forget-missing"),
                ("tag", folder, "--set", "notes=x"),
                ("verify", folder),
            )
        ]
        assert [(one.ended(), one.text) for one in commands if one.ended()] == []


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_command_finishes_the_job_when_the_service_ends(
    place: Place, ending: signal.Signals
) -> None:
    many = place.comics(MANY, PAGES)
    with place.service() as service, place.running("verify", many, "--wait") as command:
        wait_until(place.busy)
        service.send(ending)
        service.ended()
        assert command.ended() == 0, command.text
        assert "The service has stopped or hangs. Running the job here." in command.text


@pytest.mark.slow
def test_command_does_the_work_of_a_service_that_hangs(place: Place) -> None:
    few = place.comics(3)
    with place.service() as service, ExitStack() as stack:
        place.stop_between_writes(service)
        command = stack.enter_context(place.running("process", few, "--wait"))
        assert command.ended() == 0, command.text
        assert "The service has stopped or hangs" in command.text
        service.send(signal.SIGCONT)
        code, text = place.run("verify", few, "--wait")
        assert code == 0, text


@pytest.mark.slow
def test_command_continues_beside_one_suspended_by_ctrl_z(place: Place) -> None:
    many = place.comics(MANY, PAGES)
    with place.running("verify", many) as first:
        place.at_work(first)
        place.stop_between_writes(first)
        # The same files by another job: the one in hand comes free when the lease has run out.
        code, text = place.run("process", "--no-rename", many)
        assert code == 0, text
        first.send(signal.SIGCONT)
        assert first.ended() == 0, first.text


def test_service_started_during_a_command_does_not_disturb_it(place: Place) -> None:
    many = place.comics(MANY, PAGES)
    with place.running("verify", many) as command:
        place.at_work(command)
        with place.service():
            assert command.ended() == 0, command.text
            assert f"{MANY} of {MANY} files done" in command.text


def test_ctrl_c_cancels_a_job_that_only_this_command_runs(place: Place) -> None:
    with place.running("verify", place.comics(MANY, PAGES)) as command:
        place.at_work(command)
        command.send(signal.SIGINT)
        assert command.ended() == 130, command.text
        job_id = job_in(command.text)
        assert f"Job {job_id} is cancelled" in command.text
    assert place.status(job_id) == "cancelled"


def test_ctrl_c_keeps_a_job_that_another_command_also_runs(place: Place) -> None:
    many = place.comics(MANY, PAGES)
    with place.running("verify", many) as first, place.running("verify", many) as second:
        wait_until(lambda: len(place.workers()) == 2)
        first.send(signal.SIGINT)
        assert first.ended() == 130, first.text
        assert "continues: another worker runs it" in first.text
        assert second.ended() == 0, second.text


def test_ctrl_c_leaves_the_job_to_the_service(place: Place) -> None:
    many = place.comics(MANY, PAGES)
    with place.service(), place.running("verify", many, "--wait") as command:
        wait_until(place.busy)
        command.send(signal.SIGINT)
        assert command.ended() == 130, command.text
        job_id = job_in(command.text)
        assert f"comicmaintainer jobs cancel {job_id}" in command.text
        assert place.run("jobs", "watch", job_id)[0] == 0


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_terminated_command_keeps_its_job(place: Place, ending: signal.Signals) -> None:
    with place.running("verify", place.comics(MANY, PAGES)) as command:
        place.at_work(command)
        command.send(ending)
        assert command.ended() == 128 + ending
        job_id = job_in(command.text)
        assert f"comicmaintainer jobs resume {job_id}" in command.text
    assert place.status(job_id) == "processing"
    assert place.busy() == 0
    code, text = place.run("jobs", "resume", job_id)
    assert code == 0, text
    assert place.status(job_id) == "completed"


def test_command_reports_a_pause_and_ends_after_the_resume(place: Place) -> None:
    with place.running("verify", place.comics(MANY, PAGES)) as command:
        place.at_work(command)
        job_id = place.run("jobs", "list", "--json")[1].split('"job_id": "')[1][:36]
        assert place.run("jobs", "pause", job_id)[0] == 0
        wait_until(lambda: f"Job {job_id} is paused." in command.text)
        code, text = place.run("jobs", "resume", job_id)
        assert code == 0, text
        assert command.ended() == 0, command.text


def test_command_ends_when_its_job_is_cancelled_by_others(place: Place) -> None:
    with place.running("verify", place.comics(MANY, PAGES)) as command:
        place.at_work(command)
        job_id = place.run("jobs", "list", "--json")[1].split('"job_id": "')[1][:36]
        assert place.run("jobs", "cancel", job_id)[0] == 0
        assert command.ended() == 6, command.text
        assert "The job is cancelled" in command.text


def test_command_reports_who_holds_the_database_and_continues_when_it_is_free(place: Place) -> None:
    few = place.comics(1)
    assert place.run("scan")[0] == 0
    with (place.config / "jobs.db-turn").open("r+b") as turn:
        byte_locks.lock(turn.fileno(), 0)
        with place.running("process", few) as command:
            wait_until(lambda: "Waiting for the database" in command.text)
            assert "holds it for writing" in command.text
            byte_locks.unlock(turn.fileno(), 0)
            assert command.ended() == 0, command.text


def test_command_ends_when_its_own_worker_dies(place: Place) -> None:
    with place.running("verify", place.comics(MANY, PAGES)) as command:
        place.at_work(command)
        with place.database() as database, database.transaction() as transaction:
            transaction.execute("DROP INDEX idx_job_items_queued")
        assert command.ended() == 5, command.text
        assert "idx_job_items_queued" in command.text

"""Who counts as working on jobs: at once after a death, a hang, and beside commands."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as driver

from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.database.schema_steps import bring_up_to_date
from comicmaintainer.errors import DatabaseUnusable
from comicmaintainer.jobs.engine.liveness import Liveness
from comicmaintainer.jobs.engine.worker_store import LEASE_S
from comicmaintainer.jobs.engine.workforce import Workforce
from comicmaintainer.jobs.job_manager import JobManager
from comicmaintainer.jobs.model import JobRequest
from tests.kit.clock import Clock
from tests.kit.living_worker import register_worker


@pytest.fixture
def workforce(database: Database, clock: Clock) -> Workforce:
    return Workforce(database, now=clock)


def test_worker_whose_process_is_gone_counts_no_more_although_its_lease_runs(
    database: Database, clock: Clock, workforce: Workforce
) -> None:
    lock = register_worker(database, now=clock())
    assert workforce.is_served()
    lock.leave()
    assert not workforce.is_served()
    assert workforce.present() == []


def test_worker_of_another_host_lives_until_its_lease_ends(
    database: Database, clock: Clock, workforce: Workforce
) -> None:
    register_worker(database, host="another host", now=clock()).leave()
    assert workforce.is_served()
    assert workforce.rescue() == 0
    assert workforce.is_served()
    clock.advance(LEASE_S + 1)
    assert not workforce.is_served()
    workforce.rescue()
    assert workforce.present() == []


def test_dead_worker_of_another_container_of_this_machine_is_noticed_at_once(
    database: Database, clock: Clock, workforce: Workforce, manager: JobManager
) -> None:
    manager.submit(JobRequest("process", ["/c/1.cbz"]))
    lock = register_worker(database, host="another container", now=clock())
    manager.items.exchange("w", (), 1, ("process",), clock())
    assert workforce.rescue() == 0
    os.close(lock._held.pop("w"))  # the kernel does so at its death, and the file stays
    assert not workforce.is_served()
    assert workforce.rescue() == 1


def test_worker_of_the_release_before_counts_as_a_service(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    connection = driver.connect(path, isolation_level=None)
    connection.row_factory = driver.Row
    bring_up_to_date(connection, path, up_to=9)
    connection.execute(
        "INSERT INTO workers (worker_id, host, pid, threads, started_at, heartbeat_at)"
        " VALUES ('w', 'nas', 1, 4, 100, 100)"
    )
    connection.close()
    database = SqliteDatabase(path)
    Liveness.beside(database).enter("w")
    [worker] = Workforce(database, now=lambda: 101).services()
    assert (worker.host, worker.only_job) == ("nas", None)
    database.close()


def test_worker_that_hangs_is_present_and_no_service(
    database: Database, clock: Clock, workforce: Workforce
) -> None:
    register_worker(database, now=clock())
    clock.advance(LEASE_S + 1)
    assert [worker.worker_id for worker in workforce.present()] == ["w"]
    assert not workforce.is_served()


def test_worker_of_a_command_is_no_service_but_works_on_its_job(
    database: Database, clock: Clock, workforce: Workforce
) -> None:
    register_worker(database, now=clock(), only_job="job-1")
    assert not workforce.is_served()
    assert workforce.works_on("job-1")
    assert not workforce.works_on("job-1", but="w")
    assert not workforce.works_on("job-2")


def test_those_who_ask_at_the_same_time_do_not_take_each_other_for_the_worker(
    database: Database, clock: Clock
) -> None:
    register_worker(database, now=clock()).leave()
    path = database.local_folder / "workers" / "w.lock"
    path.touch()
    with path.open() as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        assert Liveness.beside(database).is_dead("w")


def test_item_in_the_hands_of_a_killed_worker_is_at_work_no_more(
    database: Database, clock: Clock, manager: JobManager
) -> None:
    job_id = manager.submit(JobRequest("process", ["/c/1.cbz"])).job_id
    lock = register_worker(database, now=clock())
    manager.items.exchange("w", (), 1, ("process",), clock())
    assert manager.is_at_work(job_id)
    lock.leave()
    assert not manager.is_at_work(job_id)


def test_folder_of_locks_that_cannot_be_made_is_reported_in_one_line(
    database: Database,
) -> None:
    (database.local_folder / "workers").write_bytes(b"in the way")
    with pytest.raises(DatabaseUnusable, match="workers"):
        register_worker(database)


@pytest.fixture
def world_readable() -> Iterator[Path]:
    """A folder apart from those of pytest, which each start of it closes to other users."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as another user")
def test_another_user_sees_by_the_lock_whether_a_worker_lives(world_readable: Path) -> None:
    folder = world_readable / "workers"
    lock = Liveness(folder)
    lock.enter("w")
    script = (
        "import os, sys; from pathlib import Path; from comicmaintainer.jobs.engine.liveness import"
        " Liveness; os.setgid(65534); os.setuid(65534);"
        " print(Liveness(Path(sys.argv[1])).is_dead('w'))"
    )

    def asked() -> str:
        return subprocess.run(
            [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
        ).stdout.strip()

    assert asked() == "False"
    os.close(lock._held.pop("w"))
    assert asked() == "True"


def test_workers_for_items_only_are_a_service_without_a_main_worker(
    database: Database, clock: Clock, workforce: Workforce
) -> None:
    register_worker(database, "second", now=clock(), items_only=True)
    assert workforce.is_served()
    assert workforce.works_on("job-1")
    assert not workforce.has_main()
    register_worker(database, "command", now=clock(), only_job="job-1")
    assert not workforce.has_main()
    main = register_worker(database, "first", now=clock())
    assert workforce.has_main()
    main.leave()
    assert not workforce.has_main()


def test_a_rescue_is_prepared_while_the_dead_worker_still_holds_its_items(
    database: Database, clock: Clock, manager: JobManager, workforce: Workforce
) -> None:
    lock = register_worker(database, now=clock())
    job = manager.submit(JobRequest("process", ["a", "b"]))
    manager.items.exchange("w", (), 1, ("process",), clock())
    held: list[bool] = []
    lock.leave()
    assert workforce.rescue(lambda: held.append(manager.items.is_running(job.job_id, 0))) == 1
    assert held == [True]
    register_worker(database, "v", now=clock())
    _, claims = manager.items.exchange("v", (), 2, ("process",), clock())
    assert [(claim.item, claim.lost) for claim in claims] == [("a", 1), ("b", 0)]

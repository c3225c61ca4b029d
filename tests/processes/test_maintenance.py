from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from comicmaintainer.database import notices, sizes
from comicmaintainer.errors import DatabaseBusy
from comicmaintainer.filesystem.temporaries import new_token, temporary_name
from comicmaintainer.library.journal import PlannedChange
from comicmaintainer.processes.maintenance import (
    DAY_S,
    FIRST_AFTER_S,
    ON_REQUEST,
    Chore,
    Maintenance,
    database_chores,
    library_chores,
    of_all_hosts,
)
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.kit.clock import Clock


def test_chores_run_at_their_intervals() -> None:
    clock, done = Clock(1000.0), []
    maintenance = Maintenance(
        [Chore("a", 10, lambda: done.append("a")), Chore("b", 30, lambda: done.append("b"))],
        clock=clock,
    )
    assert maintenance.do_due() == FIRST_AFTER_S
    clock.at += FIRST_AFTER_S
    for _ in range(7):
        assert maintenance.do_due() == 10
        clock.at += 10
    assert (done.count("a"), done.count("b")) == (7, 3)


def test_chore_on_request_is_done_once_a_minute_and_only_on_request() -> None:
    clock, done = Clock(1000.0), []
    maintenance = Maintenance(
        [Chore("check", ON_REQUEST, lambda: done.append("check"))], clock=clock
    )
    clock.at += DAY_S
    assert 0 < maintenance.do_due() < DAY_S
    assert done == []
    for _ in range(3):
        maintenance.do_soon("check")
        maintenance.do_due()
        clock.at += 31
    assert done == ["check"] * 2


@pytest.mark.parametrize("error", [DatabaseBusy("later"), FileNotFoundError("gone")])
def test_failing_chore_is_retried_and_does_not_stop_others(error: Exception) -> None:
    clock, done = Clock(1000.0), []

    def fail() -> None:
        done.append("failed")
        raise error

    maintenance = Maintenance(
        [Chore("a", 10, fail), Chore("b", 10, lambda: done.append("b"))], clock=clock
    )
    for _ in range(2):
        clock.at += FIRST_AFTER_S
        maintenance.do_due()
    assert done == ["failed", "b"] * 2


def test_stop_waits_for_the_current_chore() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        go_on.wait()
        done.append("work")

    clock = Clock(1000.0)
    maintenance = Maintenance(
        [Chore("a", 1, work), Chore("b", 1, lambda: done.append("b"))], clock=clock
    )
    clock.at += FIRST_AFTER_S
    maintenance.start()
    begun.wait()
    threading.Timer(0.05, go_on.set).start()
    maintenance.stop(10)
    assert done == ["work"]


def test_database_is_backed_up_and_its_size_recorded(tmp_path: Path) -> None:
    settings = Settings.from_environment({"CONFIG_DIR": str(tmp_path)})
    services = Services.build(settings)
    for chore in database_chores(services):
        chore.do()
    assert len(list(settings.backup_dir.glob("jobs-*.db"))) == 1
    assert len(sizes.size(services.database).days) == 1
    assert notices.all_notices(services.database) == []
    services.database.close()


def test_two_processes_forget_old_changes_at_once(tmp_path: Path) -> None:
    settings = Settings.from_environment({"CONFIG_DIR": str(tmp_path)})
    services = Services.build(settings)
    keep = settings.keep_dir
    keep.mkdir()
    old_at = services.now() - (settings.undo_days + 2) * DAY_S
    for number in range(1500):
        path = keep / f"{number:016x}.kept"
        path.write_bytes(b"")
        os.utime(path, (old_at, old_at))
    new = keep / f"{1500:016x}.kept"
    new.write_bytes(b"")
    failed: list[OSError] = []
    together = threading.Barrier(4)

    def forget() -> None:
        (chore,) = [c for c in library_chores(services) if "can no longer be undone" in c.name]
        together.wait()
        try:
            chore.do()
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=forget) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    services.database.close()
    assert failed == []
    assert list(keep.iterdir()) == [new]


def test_temporary_files_are_swept_only_where_we_work(tmp_path: Path) -> None:
    watched, elsewhere = tmp_path / "watched", tmp_path / "elsewhere"
    settings = Settings.from_environment(
        {
            "CONFIG_DIR": str(tmp_path / "config"),
            "WATCHED_DIR": str(watched),
            "DUPLICATE_DIR": str(tmp_path / "copies"),
        }
    )
    services = Services.build(settings)
    for change in (
        PlannedChange("rename", str(elsewhere / "a.cbz"), str(tmp_path / "moved" / "b.cbz")),
        PlannedChange("tags", str(watched / "c.cbz")),
        PlannedChange("tags", str(tmp_path / "gone" / "d.cbz")),
    ):
        services.journal.plan(change)

    def stray(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / temporary_name("x.cbz", new_token())
        path.write_bytes(b"half")
        os.utime(path, (1e9, 1e9))
        return path

    ours = [
        stray(folder)
        for folder in (
            watched / "deep",
            settings.keep_dir,
            watched / ".comicmaintainer" / "keep",
            tmp_path / "copies" / "deep",
            elsewhere,
            tmp_path / "moved",
        )
    ]
    others = [stray(elsewhere / "deep"), stray(tmp_path / "foreign")]
    pipe = elsewhere / temporary_name("pipe", new_token())
    os.mkfifo(pipe)
    comic = elsewhere / "a.cbz"
    comic.write_bytes(b"comic")
    (chore,) = [c for c in library_chores(services) if "temporary files" in c.name]
    chore.do()
    services.database.close()
    assert [path for path in ours if path.exists()] == []
    assert all(path.exists() for path in (*others, pipe, comic))


def test_of_several_hosts_one_does_each_chore_that_is_not_about_its_own_files(
    tmp_path: Path, postgresql_url: str
) -> None:
    clock, done = Clock(), list[str]()

    def of_host(name: str) -> list[Chore]:
        environment = {"CONFIG_DIR": str(tmp_path / name), "DATABASE_URL": postgresql_url}
        services = Services(Settings.from_environment(environment), now=clock)
        chores = [
            Chore("counting", 60, lambda: done.append(f"{name} counts")),
            Chore("sweeping", 60, lambda: done.append(f"{name} sweeps"), is_of_host=True),
        ]
        return of_all_hosts(services, chores)

    nas, pc = of_host("nas"), of_host("pc")
    for chore in (*nas, *pc, *nas):
        chore.do()
    assert done == ["nas counts", "nas sweeps", "pc sweeps", "nas counts", "nas sweeps"]
    done.clear()
    clock.advance(60)
    for chore in (*pc, *nas):
        chore.do()
    assert done == ["pc counts", "pc sweeps", "nas sweeps"]

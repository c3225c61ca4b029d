"""What a worker process is made of, as the settings say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from comicmaintainer.jobs.saved.scheduler import Scheduler
from comicmaintainer.notifications.dispatcher import Dispatcher
from comicmaintainer.processes import item_worker, worker
from comicmaintainer.processes.worker_process import Loop, Part
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings

Build = Callable[[Services, WorkerTools], list[Part]]


def parts(tmp_path: Path, build: Build = worker.build_parts, **variables: str) -> list[str]:
    environment = {"CONFIG_DIR": str(tmp_path / "config"), **variables}
    services = Services.build(Settings.from_environment(environment))
    found = build(services, WorkerTools.build(services))
    return [part.name if isinstance(part, Loop) else type(part).__name__ for part in found]


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")  # Apprise
def test_events_are_delivered_also_to_what_the_environment_names(tmp_path: Path) -> None:
    urls, command = "json://127.0.0.1:9", '["/bin/true"]'
    found = parts(tmp_path, NOTIFY_URLS=urls, EVENT_COMMAND=command)
    assert {Dispatcher.__name__, "disk watch"} <= set(found)
    environment = {"CONFIG_DIR": str(tmp_path / "config")}
    receivers = Services.build(Settings.from_environment(environment)).receivers
    assert [(each.name, each.enabled) for each in receivers.all()] == [
        ("EVENT_COMMAND", True),
        ("NOTIFY_URLS", True),
    ]
    assert Dispatcher.__name__ in parts(tmp_path)
    assert [each.enabled for each in receivers.all()] == [False, False]


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")  # Apprise
def test_each_host_names_what_its_own_environment_does(tmp_path: Path, postgresql_url: str) -> None:
    phone, desk = "json://127.0.0.1:9/phone", "json://127.0.0.1:9/desk"
    url = postgresql_url
    names = f"{phone} {desk} {phone}"
    parts(tmp_path / "nas", HOST_NAME="nas", NOTIFY_URLS=names, DATABASE_URL=url)
    parts(tmp_path / "pc", HOST_NAME="pc", NOTIFY_URLS=desk, DATABASE_URL=url)
    parts(tmp_path / "mini", HOST_NAME="mini", DATABASE_URL=url)
    environment = {"CONFIG_DIR": str(tmp_path / "config"), "DATABASE_URL": url}
    receivers = Services.build(Settings.from_environment(environment)).receivers
    hosts = receivers.hosts()
    assert [(each.enabled, hosts[each.receiver_id]) for each in receivers.all()] == [
        (True, ["nas"]),
        (True, ["nas", "pc"]),
    ]


def test_a_missing_disk_is_told_under_the_name_that_its_host_was_given(tmp_path: Path) -> None:
    environment = {
        "CONFIG_DIR": str(tmp_path / "config"),
        "WATCHED_DIR": str(tmp_path / "unplugged"),
        "HOST_NAME": "nas",
    }
    services = Services.build(Settings.from_environment(environment))
    services.receivers.add("one", "https://receiver.example/")
    assert worker.disk_watch(services).look() == [environment["WATCHED_DIR"]]
    details = json.loads(services.database.value("SELECT details FROM event_outbox"))
    assert details == {"host": "nas"}


def test_folders_are_watched_unless_watching_is_off(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    watching = parts(tmp_path, WATCHED_DIR=str(library))
    assert "watcher" in watching
    assert Scheduler.__name__ in watching
    assert "watcher" not in parts(tmp_path, WATCHED_DIR=str(library), WATCH_MODE="off")


def test_of_a_shared_library_each_folder_is_watched_by_itself(
    tmp_path: Path, postgresql_url: str
) -> None:
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    found = parts(tmp_path, WATCHED_DIR=":".join(map(str, folders)), DATABASE_URL=postgresql_url)
    assert [name for name in found if "watcher" in name] == [f"watcher {each}" for each in folders]


def test_a_worker_for_items_only_leaves_everything_else_to_the_main_worker(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    variables = {"WATCHED_DIR": str(library), "NOTIFY_URLS": "json://127.0.0.1:9"}
    found = parts(tmp_path, item_worker.build_parts, **variables)
    assert found == ["TurnWatch", "Worker", "Maintenance", "memory"]


def test_a_worker_for_items_only_loads_little() -> None:
    program = """
import sys
import comicmaintainer.processes.item_worker
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"PIL", "libarchive", "pypdfium2", "cronsim", "fastapi", "gunicorn", "apprise"}
    unused = {"comicmaintainer.watcher.watcher", "comicmaintainer.jobs.saved.scheduler"}
    assert set(done.stdout.split()) & (heavy | unused) == set()

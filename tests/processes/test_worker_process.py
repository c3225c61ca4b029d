"""What a worker process is made of, as the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.jobs.notifications import Notifier
from comicmaintainer.jobs.saved.scheduler import Scheduler
from comicmaintainer.processes import worker as daemon
from comicmaintainer.processes.worker_process import Loop
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings


def parts(tmp_path: Path, **variables: str) -> list[str]:
    environment = {"CONFIG_DIR": str(tmp_path / "config"), **variables}
    services = Services.build(Settings.from_environment(environment))
    found = daemon.build_parts(services, WorkerTools.build(services))
    return [part.name if isinstance(part, Loop) else type(part).__name__ for part in found]


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")  # Apprise
def test_notifier_runs_only_if_an_address_is_set(tmp_path: Path) -> None:
    assert Notifier.__name__ in parts(tmp_path, NOTIFY_URLS="json://127.0.0.1:9")
    assert Notifier.__name__ not in parts(tmp_path)


def test_folders_are_watched_unless_watching_is_off(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    watching = parts(tmp_path, WATCHED_DIR=str(library))
    assert "watcher" in watching
    assert Scheduler.__name__ in watching
    assert "watcher" not in parts(tmp_path, WATCHED_DIR=str(library), WATCH_MODE="off")

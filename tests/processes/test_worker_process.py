"""What a worker process is made of, as the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.jobs.notifications import Notifier
from comicmaintainer.jobs.saved.scheduler import Scheduler
from comicmaintainer.processes import worker as daemon
from comicmaintainer.services import Services
from comicmaintainer.services.workshop import Workshop
from comicmaintainer.settings import Settings


def parts(tmp_path: Path, **variables: str) -> list[type]:
    environment = {"CONFIG_DIR": str(tmp_path / "config"), **variables}
    services = Services.build(Settings.from_environment(environment))
    return [type(part) for part in daemon.parts(services, Workshop.build(services))]


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")  # Apprise
def test_people_are_told_of_ended_jobs_where_an_address_is_set(tmp_path: Path) -> None:
    assert Notifier in parts(tmp_path, NOTIFY_URLS="json://127.0.0.1:9")
    assert Notifier not in parts(tmp_path)


def test_folders_are_watched_unless_watching_is_off(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    watching = parts(tmp_path, WATCHED_DIR=str(library))
    assert daemon.Loop in watching
    assert Scheduler in watching
    assert daemon.Loop not in parts(tmp_path, WATCHED_DIR=str(library), WATCH_MODE="off")

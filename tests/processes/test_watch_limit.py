"""A worker that may watch a few folders only: it sees the others all the same, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.few_watches import limited, needs_limits
from tests.kit.waiting import wait_until
from tests.processes.commands import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def known(place: Place) -> int:
    with place.database() as database:
        return int(database.value("SELECT count(*) FROM files"))


@needs_limits
def test_files_beyond_the_watch_limit_are_scanned_and_doctor_explains(place: Place) -> None:
    for number in range(20):
        place.comics(1, name=f"d{number:02}")
    watching = {"WATCH_MODE": "auto", "POLL_INTERVAL_S": "1", "STABLE_AFTER_S": "1"}
    limits = {"max_inotify_watches": 3}
    with place.running(
        "worker",
        variables=watching,
        wrap=lambda script: limited(script, limits, place.folder / "p"),
    ):
        wait_until(lambda: place.workers() and known(place) == 20)
        for number in range(20):
            place.comics(1, name=f"d{number:02}", first=100)
        wait_until(lambda: known(place) == 40)
        code, text = place.run("doctor", variables=watching)
        assert code == 0, text
        assert "The system watches 3 of 21 folders" in text
        assert "sudo sysctl -w user.max_inotify_watches=524288" in text
    # Nobody watches now, so nothing is said of how.
    assert "folders of the library" not in place.run("doctor", variables=watching)[1]


@pytest.mark.parametrize("folder", ["/", "/proc", "/sys/fs"])
@pytest.mark.parametrize("command", ["serve", "web", "worker", "scan", "doctor"])
def test_unusable_library_folder_is_refused_in_one_line(
    place: Place, folder: str, command: str
) -> None:
    code, text = place.run(command, variables={"WATCHED_DIR": folder})
    assert code == 2, text
    assert text.startswith("Error: WATCHED_DIR")
    assert text.count("\n") == 1

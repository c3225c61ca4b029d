"""A new kind of job costs a declaration and a planner, and is then everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service import Service, comic
from tests.kit.new_kind import FILES, NAME, copy_with_new_kind

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the new kind that is not started yet."""
    folder = tmp_path_factory.mktemp("new-kind")
    found = Service(folder)
    source = copy_with_new_kind(folder / "source")
    found.environment["PYTHONPATH"] = os.pathsep.join([str(source), *sys.path])
    for name in ("By command", "By request"):
        comic(found.library / f"{name}.cbz", seed=len(name))
    yield found
    found.client.close()


def run(service: Service, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "comicmaintainer", *arguments],
        env=service.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def title_of(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        text = archive.read("ComicInfo.xml").decode()
    return text.partition("<Title>")[2].partition("</Title>")[0]


def test_it_costs_at_most_four_files() -> None:
    a_test, a_line_of_the_changelog = 1, 1
    assert len(FILES) + a_test + a_line_of_the_changelog <= 4


def test_the_command_line_has_a_command_for_it(service: Service) -> None:
    assert "Give every file the same title." in run(service, "--help")
    assert "--title" in run(service, NAME, "--help")
    path = service.library / "By command.cbz"
    shown = run(service, NAME, str(path), "--title", "Low Tide", "--wait")
    assert "1 of 1 file done" in shown
    assert title_of(path) == "Low Tide"
    run(service, "undo", str(path), "--wait")
    with zipfile.ZipFile(path) as archive:
        assert "ComicInfo.xml" not in archive.namelist()


def test_the_api_lists_it_and_a_job_of_it_runs(service: Service) -> None:
    service.start()
    try:
        kinds = {kind["name"]: kind for kind in service.get("/api/kinds")["kinds"]}
        assert list(kinds)[-1] == NAME
        assert kinds[NAME]["doing"] == "Stamping"
        assert kinds[NAME]["parameters"][0]["label"] == "Title of all"
        path = service.library / "By request.cbz"
        body = {"kind": NAME, "files": [str(path)], "params": {"title": "High Tide"}}
        job = service.ended(service.post("/api/jobs", body)["job_id"])
        assert (job["status"], job["failed_items"]) == ("completed", 0)
        assert title_of(path) == "High Tide"
    finally:
        service.stop()

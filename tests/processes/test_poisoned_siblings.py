"""A comic at which worker processes die, while two of them share its job."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.database import notices
from comicmaintainer.jobs.model import JobRequest, JobStatus
from comicmaintainer.library.scan.suspects import MAX_ENDINGS
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from tests.kit.comics import cbz, pages_of
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow

INNOCENT = 60
DIED = 9
PROGRAM = """
import os, sys, time
from comicmaintainer.cli.main import main
from comicmaintainer.reading.comic_reader import ComicReader

read = ComicReader.members

def members(self, path, names):
    time.sleep(0.02)
    if path.name.startswith("Poison"):
        os._exit(9)
    return read(self, path, names)

ComicReader.members = members
main()
"""


class Siblings:
    """Two worker processes that are started again as often as they die."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._arguments = (["worker"], ["worker", "--items-only"])
        self._running = [self._started(arguments) for arguments in self._arguments]
        self.deaths = [0, 0]

    def keep_running(self) -> None:
        """Start again those that have died."""
        for number, process in enumerate(self._running):
            if process.poll() is not None:
                assert process.returncode == DIED
                self.deaths[number] += 1
                self._running[number] = self._started(self._arguments[number])

    def end(self) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(60)

    def _started(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], env=self._environment)


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {
        "CONFIG_DIR": str(tmp_path / "config"),
        "WATCHED_DIR": str(tmp_path / "library"),
        "WATCH_MODE": "off",
        "WORKER_PROCESSES": "2",
        "MAX_WORKERS": "2",
    }


@pytest.fixture
def siblings(variables: dict[str, str]) -> Iterator[Siblings]:
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    found = Siblings(variables | path)
    yield found
    found.end()


def test_it_is_set_aside_after_its_endings_and_all_others_are_done(
    variables: dict[str, str], siblings: Siblings
) -> None:
    services = Services.build(Settings.from_environment(variables))
    [library] = services.roots.paths
    paths = [
        str(cbz(library / f"Owl {number} (2020).cbz", pages_of(f"owl {number}", 1)))
        for number in range(INNOCENT)
    ]
    poison = str(cbz(library / "Poison 1 (2020).cbz", pages_of("poison", 1)))
    paths.insert(INNOCENT // 3, poison)
    wait_until(lambda: len(services.manager.workforce.services()) == 2)
    job = services.manager.submit(JobRequest("process", paths, validated_params("process", {})))

    def is_done() -> bool:
        siblings.keep_running()
        return services.manager.get(job.job_id).status is JobStatus.COMPLETED

    wait_until(is_done)
    results = {result.item: result for result in services.manager.results.in_order(job.job_id)}
    assert sorted(results) == sorted(paths)
    assert [path for path in paths if not results[path].success] == [poison]
    assert results[poison].code == "set_aside"
    assert sum(siblings.deaths) == MAX_ENDINGS
    assert [poison in notice.message for notice in notices.all_notices(services.database)] == [True]
    services.database.close()

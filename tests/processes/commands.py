"""Commands and a worker process as a user runs them, and signals to them."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.jobs.engine.workforce import Workforce
from comicmaintainer.jobs.model import WorkerRecord
from tests.kit.processes import stop
from tests.kit.waiting import wait_until

PATIENCE_S = 120.0
_JOB = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Command:
    """One running command; what it prints comes together."""

    def __init__(self, script: list[str], environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                script,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def text(self) -> str:
        return self._log.read_text("utf-8")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ended(self) -> int:
        """Wait for its end and return its exit code.

        Raises:
            AssertionError: it did not end; with what it has printed.
        """
        try:
            return self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{error}. It printed:\n{self.text}") from error

    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Kill it whatever it does."""
        if self.is_running():
            self._process.kill()
            self._process.wait()


@cache
def _page(colour: tuple[int, int, int]) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (300, 400), colour).save(content, "PNG")
    return content.getvalue()


@dataclass(frozen=True)
class Place:
    """A library and a configuration of their own."""

    folder: Path

    def __post_init__(self) -> None:
        self.library.mkdir(parents=True)

    @property
    def library(self) -> Path:
        return self.folder / "library"

    @property
    def config(self) -> Path:
        return self.folder / "config"

    def comics(self, count: int, pages: int = 1, name: str = "Owl", first: int = 0) -> Path:
        """Make comics that differ in their first page, and return their folder."""
        folder = self.library / name
        folder.mkdir(exist_ok=True)
        for number in range(first, first + count):
            with zipfile.ZipFile(folder / f"{name} {number:03}.cbz", "w") as archive:
                archive.writestr("000.png", _page((number % 256, 0, count % 256)))
                for page in range(1, pages):
                    archive.writestr(f"{page:03}.png", _page((0, page % 256, count % 256)))
        return folder

    @contextmanager
    def running(
        self,
        *arguments: object,
        variables: Mapping[str, str] | None = None,
        wrap: Callable[[list[str]], list[str]] = list,
    ) -> Iterator[Command]:
        """Start a command; it is ended at the end of the block, whatever it does."""
        environment = {
            **os.environ,
            "CONFIG_DIR": str(self.config),
            "WATCHED_DIR": str(self.library),
            "WATCH_MODE": "off",
            "WORKER_PROCESSES": "1",
            "MAX_WORKERS": "1",
            **(variables or {}),
        }
        log = self.folder / f"{time.monotonic_ns()}.log"
        script = [sys.executable, "-m", "comicmaintainer", *map(str, arguments)]
        command = Command(wrap(script), environment, log)
        try:
            yield command
        finally:
            command.end()

    def run(
        self, *arguments: object, variables: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Run a command to its end; return its exit code and what it printed."""
        with self.running(*arguments, variables=variables) as command:
            return command.ended(), command.text

    @contextmanager
    def database(self) -> Iterator[SqliteDatabase]:
        opened = SqliteDatabase(self.config / "jobs.db")
        try:
            yield opened
        finally:
            opened.close()

    def workers(self) -> list[WorkerRecord]:
        """The workers that are alive now."""
        if not (self.config / "jobs.db").exists():
            return []
        with self.database() as database:
            return Workforce(database).alive()

    def at_work(self, command: Command) -> None:
        """Wait until a command has its worker, and that an item."""

        def works() -> bool:
            assert command.is_running(), command.text
            return any(worker.pid == command.pid for worker in self.workers()) and bool(self.busy())

        wait_until(works)

    def busy(self) -> int:
        """How many items are in the hands of workers."""
        with self.database() as database:
            return int(database.value("SELECT count(*) FROM job_items WHERE state = 'processing'"))

    def status(self, job_id: str) -> str:
        with self.database() as database:
            return str(database.value("SELECT status FROM jobs WHERE job_id = ?", (job_id,)))

    @contextmanager
    def service(self) -> Iterator[Command]:
        """A worker process that takes up any job."""
        with self.running("worker") as worker:
            wait_until(lambda: any(one.only_job is None for one in self.workers()))
            yield worker

    def stop_between_writes(self, command: Command) -> None:
        """Stop a process (SIGSTOP) at a moment when it does not hold the turn to write."""

        def stopped_well() -> bool:
            stop(command.pid)
            with self.database() as database:
                if not database.holders():
                    return True
            command.send(signal.SIGCONT)
            return False

        wait_until(stopped_well)


def job_in(text: str) -> str:
    """The id of the job that a text names."""
    found = _JOB.search(text)
    assert found is not None, text
    return found.group()

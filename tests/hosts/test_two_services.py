"""A NAS that serves and a PC that only works, each with a folder that the other one lacks."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from comicmaintainer.database.postgresql import PostgresDatabase
from comicmaintainer.jobs.engine.delays import FRESH_S, Cause, Delays
from comicmaintainer.jobs.job_store import JobStore
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.library.host_roots import HostRoots
from comicmaintainer.library.roots import LibraryRoots
from tests.kit.service import ServiceProcess
from tests.kit.waiting import wait_until

pytestmark = pytest.mark.slow

TAGS = "<ComicInfo><Series>Amber Tide</Series><Number>{}</Number></ComicInfo>"


def comic(path: Path, number: int) -> Path:
    """Write a comic whose name is not the one that its tags give."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", b"page %d" % number)
        archive.writestr("ComicInfo.xml", TAGS.format(number))
    return path


def host(name: str, folder: Path, library: Path, url: str) -> ServiceProcess:
    (folder / name).mkdir()
    variables = {"DATABASE_URL": url, "HOST_NAME": name, "STABLE_AFTER_S": "1"}
    return ServiceProcess(folder / name, library=library, variables=variables)


@pytest.fixture
def hosts(tmp_path: Path, postgresql_url: str) -> Iterator[tuple[ServiceProcess, ServiceProcess]]:
    made = tuple(
        host(name, tmp_path, tmp_path / "library" / name, postgresql_url) for name in ("nas", "pc")
    )
    yield (made[0], made[1])
    for each in made:
        each.stop()


def test_each_host_watches_and_works_on_its_own_folder(
    hosts: tuple[ServiceProcess, ServiceProcess], tmp_path: Path, postgresql_url: str
) -> None:
    nas, pc = hosts
    comic(nas.library / "old.cbz", 1)
    comic(pc.library / "old.cbz", 2)
    nas.launch()
    pc.launch("worker")
    nas.wait_until_ready()
    with closing(PostgresDatabase(postgresql_url, tmp_path / "test", host="test")) as database:
        wait_until(lambda: database.value("SELECT count(*) FROM files") == 2, "both first scans")
        mounts = "SELECT path, host FROM root_mounts JOIN roots USING (root_id) ORDER BY host"
        assert [tuple(row) for row in database.rows(mounts)] == [
            (str(nas.library), "nas"), (str(pc.library), "pc"),
        ]  # fmt: skip
        leases = "SELECT name, holder FROM leases WHERE name LIKE 'watch %' ORDER BY name"
        assert [(row[0], row[1].split()[0]) for row in database.rows(leases)] == [
            (f"watch {nas.library}", "nas"), (f"watch {pc.library}", "pc"),
        ]  # fmt: skip

        for each, number in ((nas, 3), (pc, 4)):
            comic(each.library / "Amber Tide" / f"new {number}.cbz", number)
        ended = "SELECT count(*) FROM jobs WHERE kind = 'process' AND status = 'completed'"
        wait_until(lambda: database.value(ended) >= 2, "a job for each new file")
        results = database.rows("SELECT item, success FROM job_results")
        assert {row["success"] for row in results} == {1}
        ids = "SELECT DISTINCT root_id FROM job_items"
        assert {row[0] for row in database.rows(ids)} == {
            row[0] for row in database.rows("SELECT root_id FROM roots")
        }

        # A job over both folders waits for the host of one, and is done by both.
        pc.stop()
        roots = HostRoots(database, LibraryRoots([]), now=database.now)
        paths = [row["path"] for row in database.rows("SELECT path FROM files ORDER BY path")]
        request = JobRequest("verify", paths, root_ids=roots.root_ids(paths, {}))
        JobStore(database).insert("of-both", request, None, database.now())
        queued = "SELECT item FROM job_items WHERE state = 'queued'"
        of_pc = [path for path in paths if path.startswith(f"{pc.library}/")]
        wait_until(lambda: [row["item"] for row in database.rows(queued)] == of_pc)
        delay = wait_until(lambda: Delays(database).of("of-both", database.now() + FRESH_S))
        assert delay is not None
        assert (delay.cause, delay.item, delay.host) == (Cause.ROOT, str(pc.library), "pc")
        pc.launch("worker")
        verified = "SELECT count(*) FROM jobs WHERE kind = 'verify' AND status = 'completed'"
        wait_until(lambda: database.value(verified) == 1, "the whole job")
        # Their pages are no images, which only a host that can read them can tell.
        told = database.rows("SELECT error FROM job_results WHERE job_id = 'of-both'")
        assert ["not an image" in row["error"] for row in told] == [True] * len(told)
        assert len(told) == 4
    for each in hosts:
        assert "Traceback" not in each.output


def program(path: Path) -> Path:
    """Write a program that keeps the ids of the events that it is run for; return where."""
    told = path.with_suffix(".told")
    path.write_text(f"#!/bin/sh\necho $EVENT_ID >> {told}\n", "utf-8")
    path.chmod(0o755)
    return told


def test_each_host_runs_its_own_command_once_for_each_event(
    hosts: tuple[ServiceProcess, ServiceProcess], tmp_path: Path, postgresql_url: str
) -> None:
    nas, pc = hosts
    told = {each: program(each.config.parent / "tell") for each in hosts}
    for each in hosts:
        each.environment["EVENT_COMMAND"] = json.dumps([str(each.config.parent / "tell")])
        each.launch("worker")
    with closing(PostgresDatabase(postgresql_url, tmp_path / "test", host="test")) as database:

        def end_job(name: str) -> None:
            JobStore(database).insert(name, JobRequest("verify", []), None, database.now())

        def events(each: ServiceProcess) -> list[str]:
            return told[each].read_text("utf-8").split() if told[each].exists() else []

        named = "SELECT count(DISTINCT host) FROM receiver_hosts"
        wait_until(lambda: database.value(named) == 2, "what both hosts name")
        end_job("for-both")
        wait_until(lambda: len(events(nas)) == len(events(pc)) == 1, "both programs")

        pc.stop()
        end_job("while-pc-is-away")
        wait_until(lambda: len(events(nas)) == 2, "the program of the one that is there")
        pc.launch("worker")
        wait_until(lambda: len(events(pc)) == 2, "what waited")
        assert events(pc) == events(nas)
        assert len(set(events(nas))) == 2

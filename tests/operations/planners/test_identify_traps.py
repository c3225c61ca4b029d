"""A source that fails, lies or sends bombs costs nothing: files stay, and results say why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from comicmaintainer.database import SqliteDatabase
from comicmaintainer.database.backup import back_up_daily
from comicmaintainer.database.opening import require_file
from comicmaintainer.jobs.model import Job, JobResult, JobStatus
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.library.matches.model import MatchState
from comicmaintainer.outgoing.transport import Transport, TransportLimits
from comicmaintainer.services.patient_sources import PatientSources
from comicmaintainer.services.plain_sources import state_of
from comicmaintainer.services.requests import Requests
from comicmaintainer.services.review import Review
from comicmaintainer.sources.source_settings import GivenSettings
from comicmaintainer.sources.sources import Sources
from tests.kit.clock import Clock
from tests.kit.drawn_covers import drawn_cover
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer
from tests.kit.shared_reader import COMICS
from tests.operations.planners.test_identify import SERIES, comics
from tests.operations.workbench import Workbench, details, snapshot, tags

KEY = "k3y-that-nobody-may-see"
QUICK = TransportLimits(
    answer_bytes=2 << 20, image_bytes=2 << 20, connect_s=1, silence_s=1, whole_s=2
)
CERTAIN = "Harbour Lights (2016)/Harbour Lights 001.cbz"
UNSURE = "New/Harbour Lights 001.cbz"


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(series_of(SERIES)).running() as running:
        running.knobs.keys["comicvine"] = KEY
        yield running


@pytest.fixture
def bench(tmp_path: Path, server: ReplayServer) -> Iterator[Workbench]:
    clock, transport = Clock(), Transport(QUICK)
    given = {"comicvine": GivenSettings(True, server.address("comicvine"), {"key": KEY})}
    sources = Sources.build(
        SqliteDatabase(tmp_path / "config" / "jobs.db"),
        given,
        answer_days=30,
        now=clock,
        transport=transport,
    ).of_worker(lambda content: COMICS.image_hashes(content, name="cover")[0], 4)
    bench = Workbench(tmp_path, sources=sources)
    bench.clock = clock
    object.__setattr__(bench.context, "now", clock)
    yield bench
    transport.close()


def finished(bench: Workbench, job: Job) -> list[JobResult]:
    """Let the clock go on until a job has ended."""
    for _ in range(100):
        bench.manager.workers.heartbeat(bench.worker_id, [], bench.clock())
        bench.work()
        if bench.manager.get(job.job_id).status is JobStatus.COMPLETED:
            return bench.results(job.job_id)
        bench.clock.advance(60)
    pytest.fail("the job did not end")


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("420", "limit is reached"),
        ("429", "limit is reached"),
        ("cv107", "limit is reached"),
        ("500", "answered with an error (HTTP 500)"),
        ("503", "answered with an error (HTTP 503)"),
        ("cut", "stopped in the middle"),
        ("silence", "took too long"),
        ("html", "not JSON"),
        ("redirect", "sends to another host (elsewhere.example)"),
        ("redirect_here", "without end"),
    ],
)
def test_a_source_that_fails_is_asked_again_later(
    bench: Workbench, server: ReplayServer, kind: str, why: str
) -> None:
    paths = comics(bench, CERTAIN)
    before = snapshot(bench.library)
    server.fail(kind, times=4 if kind == "redirect_here" else 1)
    job = bench.submit("identify", paths)
    bench.work()
    assert snapshot(bench.library) == before
    waiting = bench.manager.get(job.job_id)
    assert (waiting.status, waiting.processed_items) == (JobStatus.PROCESSING, 0)
    state = bench.context.sources.state("comicvine")
    assert why in (state.rest_reason or "")
    assert state.resting_until is not None
    (result,) = finished(bench, job)
    assert result.success
    assert tags(paths[0]).series == "Harbour Lights"
    assert server.paid_twice() == []


@pytest.mark.parametrize(("kind", "code"), [("403", "source_stopped"), ("401", "source_stopped")])
def test_a_refused_key_is_said_and_nothing_more_is_asked(
    bench: Workbench, server: ReplayServer, kind: str, code: str
) -> None:
    paths = comics(bench, CERTAIN, "Velvet Orchard (2001)/Velvet Orchard 002.cbz")
    before = snapshot(bench.library)
    server.fail(kind, times=50)
    results = finished(bench, bench.submit("identify", paths))
    assert [(each.success, each.code) for each in results] == [(False, code)] * 2
    assert "Check its key" in (results[0].error or "")
    assert snapshot(bench.library) == before
    assert len(server.log()) == 1


@pytest.mark.parametrize("kind", ["half", "large", "gzip_bomb"])
def test_an_answer_that_cannot_be_used_fails_its_items_only(
    bench: Workbench, server: ReplayServer, kind: str
) -> None:
    paths = comics(bench, CERTAIN, "Velvet Orchard (2001)/Velvet Orchard 002.cbz")
    before = snapshot(bench.library / "Harbour Lights (2016)")
    server.fail(kind, times=50, on="harbour")
    first, second = finished(bench, bench.submit("identify", paths))
    assert (first.success, first.code) == (False, "unusable_answer")
    assert (first.error or "").startswith("ComicVine sent ")
    assert snapshot(bench.library / "Harbour Lights (2016)") == before
    assert details(second)["identified"]["level"] == "certain"


@pytest.mark.parametrize("kind", ["list", "odd", "another"])
@pytest.mark.parametrize("on", [("/volumes/", "/search/"), ("/issues/",), ("/issue/",)])
def test_a_lie_is_not_written(
    bench: Workbench, server: ReplayServer, kind: str, on: tuple[str, ...]
) -> None:
    (path,) = comics(bench, CERTAIN)
    for part in on:
        server.fail(kind, times=50, on=part)
    job = bench.submit("identify", [path])
    for _ in range(20):
        bench.manager.workers.heartbeat(bench.worker_id, [], bench.clock())
        bench.work()
        bench.clock.advance(4000)
    found = tags(path)
    assert (found.series, found.issue, found.credits) == (None, None, ())
    assert bench.manager.get(job.job_id).failed_items == 0


@pytest.mark.parametrize("cover", ["bomb", "text", "gone"])
def test_a_hostile_cover_decides_nothing(
    bench: Workbench, server: ReplayServer, cover: str
) -> None:
    (path,) = comics(bench, UNSURE)
    before = snapshot(bench.library)
    server.knobs.cover = cover
    (result,) = finished(bench, bench.submit("identify", [path]))
    assert details(result)["identified"]["level"] == "likely"
    assert snapshot(bench.library) == before
    assert bench.matches.count(MatchState.OPEN) == (1, 1)


def test_a_key_appears_nowhere(
    bench: Workbench, server: ReplayServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    config = bench.folder / "config"
    paths = comics(bench, CERTAIN, UNSURE, "Velvet Orchard (2001)/Velvet Orchard 002.cbz")
    for kind in ("429", "500", "cut", "redirect"):
        server.fail(kind)
    job = bench.submit("identify", paths)
    results = finished(bench, job)
    server.fail("403", times=50)
    bench.clock.advance(40 * 86400)  # so that answers are too old
    refused = finished(bench, bench.submit("identify", paths))
    assert {each.code for each in refused} == {"source_stopped"}
    backup = back_up_daily(require_file(bench.database), config / "backups", 3, bench.clock())
    assert backup is not None
    shown = [
        caplog.text,
        repr([*results, *refused]),
        b"".join(Exporter(bench.database).lines()).decode(),
        json.dumps([state_of(each) for each in bench.context.sources.status()]),
        repr(bench.context.sources.settings.__dict__),
        *map(str, config.rglob("*")),
    ]
    assert "403" in shown[0]
    assert [text for text in shown if KEY in text] == []
    kept = [path for path in config.rglob("*") if path.is_file()]
    assert [path for path in kept if KEY.encode() in path.read_bytes()] == []


def test_a_decided_series_with_known_details_needs_no_request(
    bench: Workbench, server: ReplayServer
) -> None:
    paths = comics(bench, UNSURE, "New/Harbour Lights 002.cbz")
    finished(bench, bench.submit("identify", paths, {"covers": False}))
    review = Review(
        bench.matches,
        bench.decisions,
        PatientSources(bench.context.sources, now=bench.clock, pause=lambda seconds: None),
        bench.manager,
        Requests(bench.manager, bench.journal),
        bench.journal,
    )
    (match,), _ = bench.matches.page(MatchState.OPEN)
    answer = review.choose(match.match_id, match.candidates[0].series)
    assert answer.request is not None
    finished(bench, bench.manager.submit(answer.request))
    asked = len(server.log())
    again = finished(bench, bench.submit("identify", paths))
    assert [details(each)["identified"]["level"] for each in again] == ["certain"] * 2
    assert len(server.log()) == asked


GUARD = """
import sys

REFUSED = {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"}

def refuse(event, arguments):
    if event in REFUSED or (event == "socket.__new__" and arguments[1] not in (-1, 1)):
        raise SystemExit("a socket was opened")

sys.addaudithook(refuse)
"""


def test_without_a_source_no_job_opens_a_socket(bench: Workbench, tmp_path: Path) -> None:
    path = bench.library / "Harbour Lights 001 (2016).cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p1.jpg", drawn_cover("101"))
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(GUARD)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(site), *sys.path]),
        "WATCHED_DIR": str(bench.library),
        "CONFIG_DIR": str(tmp_path / "other"),
        "SOURCES": "",
        "COMICVINE_KEY": KEY,
    }

    def python(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    opened = python(["-c", "import socket; socket.create_connection(('127.0.0.1', 9))"])
    assert "a socket was opened" in opened.stderr
    for job in (["scan"], ["process", "--all"], ["verify", "--all"]):
        done = python(["-m", "comicmaintainer", *job])
        assert done.returncode == 0, done.stderr
        assert "a socket was opened" not in done.stderr
    assert tags(next(bench.library.rglob("*.cbz"))).series == "Harbour Lights"

"""A folder whose comics are all of one series gets a `series.json`, which can be undone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comicmaintainer.jobs.model import Job, JobResult
from comicmaintainer.library.journal import ChangeState
from comicmaintainer.outgoing.transport import Transport
from tests.kit.clock import Clock
from tests.kit.replay_catalogue import series_of
from tests.kit.replay_server import ReplayServer
from tests.operations.planners.identifying_bench import finish, identifying_bench
from tests.operations.workbench import Workbench, details, sha256, tags

SERIES = [
    {
        "id": 10,
        "name": "Harbour Lights",
        "start_year": 2016,
        "publisher": "Tern Press",
        "issues": [[100 + number, str(number), 2016 + number // 13] for number in range(1, 25)],
    },
    {
        "id": 12,
        "name": "Velvet Orchard",
        "start_year": 2001,
        "publisher": "Tern Press",
        "issues": [[950 + number, str(number), 2001] for number in range(1, 7)],
    },
]
FOLDER = "Harbour Lights (2016)"


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer(series_of(SERIES)).running() as running:
        yield running


@pytest.fixture
def bench(tmp_path: Path, server: ReplayServer) -> Iterator[Workbench]:
    transport = Transport()
    yield identifying_bench(
        tmp_path, server.address("comicvine"), transport, now=Clock()(),
        writes_series_json=lambda: True,
    )  # fmt: skip
    transport.close()


def harbour(bench: Workbench, *numbers: int) -> list[Path]:
    paths = [bench.comic(f"{FOLDER}/Harbour Lights {n:03} (2016).cbz") for n in numbers]
    bench.catalogued(*paths)
    return paths


def run(bench: Workbench, paths: list[Path], kind: str = "identify", **more: Any) -> Job:
    job = bench.submit(kind, paths, {}, **more)
    finish(bench, job)
    return job


def undo(bench: Workbench, job: Job) -> list[JobResult]:
    changes = bench.journal.changes_of_job(job.job_id, state=ChangeState.APPLIED)
    return bench.run("undo", [str(change.change_id) for change in changes])


def written(bench: Workbench, folder: str = FOLDER) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((bench.library / folder / "series.json").read_bytes())
    return found


def writes(bench: Workbench, job: Job) -> list[dict[str, Any]]:
    return [
        change
        for result in bench.results(job.job_id)
        for change in details(result)["changes"]
        if change["type"] == "series-json"
    ]


def test_a_folder_of_one_series_gets_one_file_that_says_what_its_source_says(
    bench: Workbench,
) -> None:
    paths = harbour(bench, *range(1, 13))
    before = [sha256(path) for path in paths]
    job = run(bench, paths)
    assert written(bench) == {
        "version": "1.0.1",
        "metadata": {
            "type": "comicSeries",
            "publisher": "Tern Press",
            "imprint": None,
            "name": "Harbour Lights",
            "cid": 10,
            "comicid": 10,
            "year": 2016,
            "description_text": "Harbour Lights",
            "description_formatted": "Harbour Lights",
            "volume": None,
            "booktype": "Print",
            "age_rating": None,
            "collects": None,
            "ComicImage": written(bench)["metadata"]["ComicImage"],
            "total_issues": 24,
            "publication_run": "January 2016 - December 2017",
            "status": "Ended",
        },
    }
    assert written(bench)["metadata"]["ComicImage"].startswith("http")
    (change,) = writes(bench, job)
    assert change["file"] == str(bench.library / FOLDER / "series.json")
    assert {"field": "year", "before": None, "after": 2016} in change["fields"]
    assert all(tags(path).series == "Harbour Lights" for path in paths)

    assert all(result.success for result in undo(bench, job))
    assert not (bench.library / FOLDER / "series.json").exists()
    assert [sha256(path) for path in paths] == before
    assert bench.journal.changes_of_job(job.job_id, state=ChangeState.APPLIED) == []


def test_a_preview_shows_the_file_once_and_is_applied_as_shown(bench: Workbench) -> None:
    paths = harbour(bench, *range(1, 7))
    preview = run(bench, paths, preview=True)
    (shown,) = writes(bench, preview)
    assert not (bench.library / FOLDER / "series.json").exists()
    # The items come in another order now: the one whose preview shows the file writes it.
    plans = {result.item: details(result) for result in bench.results(preview.job_id)}
    order = sorted(paths, reverse=True)
    job = bench.submit(
        "identify", order, {}, item_params=[{"plan": dict(plans[str(path)])} for path in order]
    )
    finish(bench, job)
    assert writes(bench, job) == [shown]
    assert written(bench)["metadata"]["name"] == "Harbour Lights"


def test_keys_of_others_stay_and_an_undo_restores_the_file_to_the_byte(bench: Workbench) -> None:
    paths = harbour(bench, 1, 2, 3)
    file = bench.library / FOLDER / "series.json"
    mine = (
        b'{"mine": [1], "version": "1.0.1",\n "metadata": {"cid": 10, "name": "Harbour",'
        b' "description_text": "By hand.", "collects": "1-6", "my_rating": 5}}\n'
    )
    file.write_bytes(mine)
    file.chmod(0o640)
    job = run(bench, paths)
    now = written(bench)
    assert now["mine"] == [1]
    known = now["metadata"]
    assert (known["my_rating"], known["collects"], known["name"]) == (5, "1-6", "Harbour Lights")
    assert (known["description_text"], known["cid"], known["comicid"]) == ("By hand.", 10, 10)
    assert file.stat().st_mode & 0o777 == 0o640
    (change,) = writes(bench, job)
    assert {"field": "name", "before": "Harbour", "after": "Harbour Lights"} in change["fields"]
    assert all(result.success for result in undo(bench, job))
    assert file.read_bytes() == mine
    assert file.stat().st_mode & 0o777 == 0o640


def test_nothing_is_written_where_nothing_would_change(bench: Workbench) -> None:
    paths = harbour(bench, 1, 2, 3)
    run(bench, paths)
    file = bench.library / FOLDER / "series.json"
    file.write_text(json.dumps(written(bench)))  # as another program would write the same
    before = file.stat()
    again = run(bench, paths)
    assert writes(bench, again) == []
    assert all(details(result)["unchanged"] for result in bench.results(again.job_id))
    assert file.stat() == before


def test_a_file_that_was_changed_since_is_left_alone_and_the_comics_are_undone(
    bench: Workbench,
) -> None:
    paths = harbour(bench, 1, 2, 3)
    before = [sha256(path) for path in paths]
    job = run(bench, paths)
    file = bench.library / FOLDER / "series.json"
    file.write_text("{}")
    refused = [result for result in undo(bench, job) if not result.success]
    assert [result.error for result in refused] == [
        f"{file}: it was changed by someone else since, so it was left as it is"
    ]
    assert file.read_text() == "{}"
    assert [sha256(path) for path in paths] == before


def test_a_folder_with_comics_of_another_series_gets_none(bench: Workbench) -> None:
    paths = harbour(bench, 1, 2, 3)
    other = bench.comic(f"{FOLDER}/Velvet Orchard 002 (2001).cbz")
    bench.catalogued(other)
    job = run(bench, [*paths, other])
    assert writes(bench, job) == []
    assert not (bench.library / FOLDER / "series.json").exists()


def test_a_folder_with_a_comic_that_nobody_knows_gets_none(bench: Workbench) -> None:
    paths = harbour(bench, 1, 2, 3)
    stray = bench.comic(f"{FOLDER}/Unheard Of 7.cbz")
    bench.catalogued(stray)
    run(bench, [*paths, stray])
    assert not (bench.library / FOLDER / "series.json").exists()


def test_a_job_of_its_own_says_why_a_folder_gets_none(bench: Workbench) -> None:
    paths = harbour(bench, 1)
    (result,) = bench.run("series-json", paths)
    assert details(result)["unchanged"]
    assert "identify them first" in details(result)["why"]["series_json"]


def test_nothing_is_written_unless_the_setting_is_on(bench: Workbench) -> None:
    object.__setattr__(bench.context, "writes_series_json", lambda: False)
    paths = harbour(bench, 1, 2, 3)
    job = run(bench, paths)
    assert writes(bench, job) == []
    assert not (bench.library / FOLDER / "series.json").exists()
    # Asked for by itself, it is written, and the comics stay as they are.
    before = [sha256(path) for path in paths]
    own = run(bench, paths, "series-json")
    assert len(writes(bench, own)) == 1
    assert written(bench)["metadata"]["cid"] == 10
    assert [sha256(path) for path in paths] == before


def test_an_own_job_asks_nobody_once_the_source_is_off(
    bench: Workbench, server: ReplayServer
) -> None:
    object.__setattr__(bench.context, "writes_series_json", lambda: False)
    paths = harbour(bench, 1, 2)
    run(bench, paths)
    asked = len(server.log())
    without = bench.another()
    without.run("series-json", paths)
    assert len(server.log()) == asked
    known = written(bench)["metadata"]
    assert (known["name"], known["total_issues"]) == ("Harbour Lights", 24)
    assert known["description_text"] is None
    # What a source says when it is asked stays when it is not.
    full = run(bench, paths, "series-json")
    assert len(writes(bench, full)) == 1
    assert written(bench)["metadata"]["description_text"] == "Harbour Lights"
    without.run("series-json", paths)
    assert written(bench)["metadata"]["description_text"] == "Harbour Lights"
    assert written(bench)["metadata"]["status"] == "Ended"


@pytest.mark.parametrize("content", [b"not json", b"[1]", b'{"metadata": 5}', b"x" * 300_000])
def test_a_file_that_is_something_else_is_left_with_the_reason(
    bench: Workbench, content: bytes
) -> None:
    file = bench.library / FOLDER / "series.json"
    paths = harbour(bench, 1, 2)
    file.write_bytes(content)
    job = run(bench, paths)
    assert file.read_bytes() == content
    reasons = [
        details(result).get("why", {}).get("series_json") for result in bench.results(job.job_id)
    ]
    assert len([reason for reason in reasons if reason and "was left as it is" in reason]) == 1


def test_a_link_is_not_followed(bench: Workbench, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}")
    paths = harbour(bench, 1, 2)
    (bench.library / FOLDER / "series.json").symlink_to(outside)
    run(bench, paths)
    assert outside.read_text() == "{}"
    assert os.path.islink(bench.library / FOLDER / "series.json")


def test_two_processes_write_one_file_in_a_folder(bench: Workbench) -> None:
    paths = harbour(bench, *range(1, 13))
    job = bench.submit("identify", paths, {})
    other = bench.another(sources=bench.context.sources, writes_series_json=lambda: True)
    other.clock = bench.clock
    object.__setattr__(other.context, "now", bench.clock)
    while len(bench.results(job.job_id)) < len(paths):
        bench.work(wanted=1, until=lambda: True)
        other.work(wanted=1, until=lambda: True)
        bench.clock.advance(2)
    rows = [c for c in bench.journal.changes_of_job(job.job_id) if c.kind == "series-json"]
    assert [row.state for row in rows] == [ChangeState.APPLIED]
    assert len(writes(bench, job)) == 1


@pytest.mark.parametrize("point", ["planned", "applied series-json", "confirmed"])
@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_worker_that_dies_leaves_one_file_and_one_row(
    bench: Workbench, point: str, is_stopped: bool
) -> None:
    object.__setattr__(bench.context, "writes_series_json", lambda: False)
    paths = harbour(bench, 1, 2)
    run(bench, paths)
    job = bench.submit("series-json", paths)
    bench.die_at(point)
    restarted = bench.another()
    if is_stopped:
        bench.manager.cancel_job(job.job_id)
        restarted.finish_stopped()
    else:
        finish(restarted, job)
    rows = [
        change
        for change in bench.journal.changes_of_job(job.job_id)
        if change.state is not ChangeState.ABANDONED
    ]
    file = bench.library / FOLDER / "series.json"
    assert len(rows) == (0 if is_stopped and point == "planned" else 1)
    assert file.exists() == bool(rows)
    assert all(result.success for result in undo(bench, job))
    assert not file.exists()
    assert [path.name for path in file.parent.iterdir() if path.suffix != ".cbz"] == []

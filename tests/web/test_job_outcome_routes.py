"""What a job came to, over the API: counts, results in the order of the files, and what is left."""

from __future__ import annotations

import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.engine.worker_store import WorkerStore
from comicmaintainer.jobs.model import HandIn, JobRequest, Outcome
from comicmaintainer.library.journal import PlannedChange
from comicmaintainer.services import Services

YEAR = {"type": "tags", "fields": [{"field": "year", "before": None, "after": 2021}]}


def _path(number: int) -> str:
    return f"/c/Saga/{number}.cbz"


def _run(parts: Services, outcomes: list[Outcome], *, preview: bool) -> str:
    """Store a job with these results; what is changed is in the journal too."""
    items = [_path(number) for number in range(len(outcomes))]
    job_id = parts.manager.submit(JobRequest("process", items, preview=preview)).job_id
    now = time.time()
    WorkerStore(parts.database).register("hand", "host", 1, 1, now)
    store = ItemStore(parts.database)
    claims = store.exchange("hand", (), 1000, ("process",), now)[1]
    for claim in claims:
        for change in (outcomes[claim.seq].details or {}).get("changes", ()):
            if not preview:
                planned = PlannedChange("tags", claim.item, None, {}, change, job_id, claim.seq)
                parts.journal.confirm(parts.journal.plan(planned), {})
    done = [HandIn(claim, outcomes[claim.seq], 0.1) for claim in reversed(claims)]
    store.exchange("hand", done, 0, (), now)
    return job_id


@pytest.fixture
def outcomes() -> list[Outcome]:
    """Five files get a year, two stay, one is refused."""
    same = Outcome(True, {"changes": [YEAR]})
    stays = Outcome(True, {"changes": [], "unchanged": True})
    return [*[same] * 5, stays, stays, Outcome(False, None, "it is cut off", "damaged_archive")]


def _paths(answer: dict[str, Any]) -> list[str]:
    return [result["path"] for result in answer["results"]]


def test_a_preview_says_what_it_would_do(
    client: TestClient, parts: Services, outcomes: list[Outcome]
) -> None:
    job_id = _run(parts, outcomes, preview=True)
    answer = client.get(f"/api/jobs/{job_id}/outcome").json()
    (group,) = answer.pop("alike")
    assert answer == {
        "changed": 5,
        "unchanged": 2,
        "failed": 1,
        "sentence": "5 would get other tags, 2 stay as they are, 1 refused.",
        "told": [{"type": "tags", "files": 5, "words": "would get other tags"}],
        "progress": [],
    }
    assert group["items"] == 5
    assert group["example"]["path"] == _path(0)
    assert group["example"]["undoable"] == []
    page = client.get(
        f"/api/jobs/{job_id}/results?order=file&limit=2&after=2&group={group['group']}"
    ).json()
    assert _paths(page) == [_path(3), _path(4)]
    assert page["next"] is None


def test_results_are_listed_in_the_order_of_the_files(
    client: TestClient, parts: Services, outcomes: list[Outcome]
) -> None:
    job_id = _run(parts, outcomes, preview=False)

    def listed(query: str) -> list[str]:
        return _paths(client.get(f"/api/jobs/{job_id}/results?order=file&{query}").json())

    assert listed("") == [_path(number) for number in range(8)]
    assert listed("outcome=unchanged") == [_path(5), _path(6)]
    assert listed("outcome=failed") == [_path(7)]
    assert listed("outcome=changed&apart=true") == []
    assert listed("change=tags&limit=1&after=3") == [_path(4)]
    assert listed("change=rename") == []
    newest = client.get(f"/api/jobs/{job_id}/results?outcome=unchanged").json()
    assert _paths(newest) == [_path(5), _path(6)]
    assert client.get(f"/api/jobs/{job_id}/results?apart=true").status_code == 400
    assert client.get(f"/api/jobs/{job_id}/results?order=file&before=3").status_code == 400


def test_what_a_job_changed_is_shown_and_undone_after_it_was_cleaned_up(
    client: TestClient, parts: Services, outcomes: list[Outcome]
) -> None:
    job_id = _run(parts, outcomes, preview=False)
    before = client.get(f"/api/jobs/{job_id}/outcome").json()
    assert parts.manager.history.archive(job_id, time.time(), ended_only=True)
    parts.manager.purge()

    after = client.get(f"/api/jobs/{job_id}/outcome").json()
    assert {**after, "alike": []} == {**before, "alike": []}
    page = client.get(f"/api/jobs/{job_id}/results?order=file&outcome=changed&limit=3").json()
    assert _paths(page) == [_path(0), _path(1), _path(2)]
    assert page["results"][0]["details"]["changes"] == [YEAR]
    more = client.get(f"/api/jobs/{job_id}/results?order=file&after={page['next']}").json()
    assert _paths(more) == [_path(3), _path(4), _path(7)]

    (change,) = page["results"][0]["undoable"]
    assert client.post("/api/changes/undo", json={"changes": [change]}).status_code == 201
    parts.journal.mark_undone(change)
    first = client.get(f"/api/jobs/{job_id}/results?order=file&limit=1").json()["results"][0]
    assert first["undoable"] == []
    assert first["undone_at"] is not None

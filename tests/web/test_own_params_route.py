"""One job over files that each have parameters of their own."""

from __future__ import annotations

import pytest

from tests.web.job_steps import work


def ask(client, each, **more):
    body = {"kind": "tag", "each": each} | more
    return client.post("/api/jobs", json=body)


def titled(number, title):
    return {"file": f"Saga/Saga {number}.cbz", "params": {"set": {"title": title}}}


def test_each_file_gets_its_own_values_in_one_job(client, library, parts):
    answer = ask(client, [titled(0, "Low Water"), titled(1, "Slack Tide")], title="From the sheet")
    assert (answer.status_code, answer.json()["total_items"]) == (201, 2)
    job_id = answer.json()["job_id"]
    assert parts.manager.results.item_params(job_id) == {
        str(library / "Saga" / "Saga 0.cbz"): {"set": {"title": "Low Water"}},
        str(library / "Saga" / "Saga 1.cbz"): {"set": {"title": "Slack Tide"}},
    }
    job = client.get(f"/api/jobs/{job_id}").json()
    assert (job["kind"], job["title"], job["params"]["formats"]) == (
        "tag",
        "From the sheet",
        ["comicinfo"],
    )


def test_a_file_s_parameters_override_those_of_the_job(client, parts):
    shared = {"on_malformed": "replace", "set": {"year": 1990}}
    own = {"file": "Saga/Saga 0.cbz", "params": {"clear": ["month"], "on_malformed": "fail"}}
    job_id = ask(client, [own], params=shared).json()["job_id"]
    assert parts.manager.get(job_id).params["set"] == {"year": 1990}
    assert list(parts.manager.results.item_params(job_id).values()) == [own["params"]]


def test_an_applied_preview_keeps_what_each_file_gets(client, library, parts):
    asked = ask(client, [titled(0, "Low Water"), titled(1, "Slack Tide")], preview=True)
    change = {"changes": [{"type": "tags"}]}
    work(parts, details=change)
    applied = client.post(f"/api/jobs/{asked.json()['job_id']}/apply").json()["job_id"]
    own = parts.manager.results.item_params(applied)
    assert own[str(library / "Saga" / "Saga 1.cbz")] == {
        "set": {"title": "Slack Tide"},
        "plan": change,
    }


@pytest.mark.parametrize(
    ("each", "more", "field"),
    [
        ([titled(0, "A"), {"file": "Saga/Saga 1.cbz"}], {}, "each.1.params"),
        (
            [titled(0, "A"), {"file": "Saga/Saga 1.cbz", "params": {"set": {"year": "x"}}}],
            {},
            "each.1.params.set.year",
        ),
        ([titled(0, "A"), titled(0, "B")], {}, "each.1.file"),
        ([titled(0, "A")], {"params": {"bogus": 1}}, "params.bogus"),
        ([titled(0, "A")], {"all": True}, "each"),
        ([{"file": "/comics", "params": {}}], {"kind": "scan"}, "each"),
        ([{"file": "Saga/Saga 0.cbz"}], {"kind": "rehearse"}, "each"),
        ([], {}, "each"),
    ],
)
def test_an_error_names_the_file_and_the_value_at_fault(client, parts, each, more, field):
    answer = ask(client, each, **more)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert parts.manager.jobs.page(limit=5) == []


def test_a_path_outside_the_library_rejects_the_request(client):
    answer = ask(client, [{"file": "/etc/passwd.cbz", "params": {"set": {"title": "A"}}}])
    assert answer.json()["error"]["code"] == "outside_library"

from __future__ import annotations

import base64

import pytest

from comicmaintainer import errors
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.web.error_responses import view_of
from tests.web.job_steps import submit


def all_below(kind: type[ComicMaintainerError]) -> list[type[ComicMaintainerError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in all_below(child))]


@pytest.mark.parametrize("kind", all_below(ComicMaintainerError), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_that_fits_its_branch(kind):
    view = view_of(kind("A sentence."))
    assert view.to_dict() == {"error": {"code": kind.code, "message": "A sentence."}}
    is_asker_s_fault = issubclass(
        kind,
        (
            errors.InvalidInput,
            errors.NotFound,
            errors.Conflict,
            errors.AccessDenied,
            errors.ArchiveError,
        ),
    )
    assert (400 <= view.status < 500) == is_asker_s_fault
    assert view.status != 404 or issubclass(kind, errors.NotFound)


@pytest.mark.parametrize("kind", all_below(ComicMaintainerError), ids=lambda kind: kind.__name__)
def test_field_and_path_of_an_answer_are_those_of_the_error(kind):
    view = view_of(kind("'params.set': it is wrong", path="/comics/x.cbz", field="files.3"))
    assert view.to_dict()["error"] == {
        "code": kind.code,
        "message": "/comics/x.cbz: 'params.set': it is wrong",
        "field": "files.3",
        "path": "/comics/x.cbz",
    }


def test_file_that_is_not_a_database_is_reported_as_damaged(client, parts, settings):
    submit(parts)
    settings.database_path.unlink()
    settings.database_path.write_bytes(b"not a database at all" * 1000)
    answer = client.get("/api/jobs")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "database_damaged"
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "database_damaged")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.DatabaseBusy, 503),
        (errors.DatabaseReadOnly, 503),
        (errors.DatabaseFull, 507),
        (errors.TooManyAttempts, 429),
    ],
)
def test_error_of_a_handler_has_the_common_shape(app, client, kind, status):
    @app.get("/api/failing")
    def failing() -> None:
        raise kind("What happened and what to do.")

    answer = client.get("/api/failing")
    assert answer.status_code == status
    assert answer.json()["error"] == {
        "code": kind.code,
        "message": "What happened and what to do.",
    }
    assert ("retry-after" in answer.headers) == (status in (429, 503))


def test_error_is_a_page_for_browsers(client):
    answer = client.get("/nowhere", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert client.get("/api/nowhere").json()["error"]["code"] == "not_found"


def test_unexpected_error_is_reported_and_logged_with_its_id(app, client, caplog):
    @app.get("/api/failing")
    def failing() -> None:
        raise RuntimeError("secret details")

    answer = client.get("/api/failing")
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert error["code"] == "internal"
    assert error["error_id"] in error["message"]
    assert f"Error {error['error_id']} in GET /api/failing" in caplog.text
    assert "secret details" not in answer.text
    assert client.get("/api/jobs").status_code == 200


def nested(begin: str, end: str, depth: int) -> str:
    return begin * depth + "1" + end * depth


BODIES = {
    "/api/jobs": [
        "%s",
        '{"kind":"process","all":true,"params":{"rules":%s}}',
        '{"kind":"verify","filter":{"text":%s}}',
        '{"kind":"tag","files":["Saga/Saga 0.cbz"],"params":{"set":{"credits":%s}}}',
    ],
    "/api/templates": ['{"name":"n","kind":"verify","selection":{"filter":%s}}'],
    "/api/rules/example": ['{"file":"Saga/Saga 0.cbz","params":{"rules":%s}}'],
    "/api/login": ["%s"],
}


@pytest.mark.parametrize("depth", [120, 500, 800, 950, 990, 2000, 10_000])
@pytest.mark.parametrize("path", BODIES)
def test_json_that_is_nested_too_deep_is_bad_input(client, path, depth):
    for body in BODIES[path]:
        for begin, end in (("[", "]"), ('{"a":', "}")):
            answer = client.post(
                path,
                content=body % nested(begin, end, depth),
                headers={"Content-Type": "application/json"},
            )
            assert answer.status_code == 400, body
            assert "deep" in answer.json()["error"]["message"] or body == "%s"


@pytest.mark.parametrize(
    "value", ["1e999", "NaN", "-Infinity", '"\\ud800"', '{"\\udfff": 1}', "9" * 5000]
)
def test_json_that_can_not_be_stored_is_bad_input(client, value):
    for body in BODIES["/api/jobs"]:
        headers = {"Content-Type": "application/json"}
        answer = client.post("/api/jobs", content=body % value, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].endswith(".")


@pytest.mark.parametrize(
    "key",
    [
        "[" * 20_000,
        f'["series","x",{2**70}]',
        '["series","x",-1]',
        '["series","x",true]',
        '["series","\\ud800",1]',
        '["series","x"]',
        '["newest",NaN,1]',
        "{}",
    ],
)
def test_page_key_of_another_list_is_bad_input(client, key):
    after = base64.urlsafe_b64encode(key.encode()).decode()
    order = "newest" if "newest" in key else "series"
    answer = client.get("/api/files", params={"after": after, "order": order})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("kind", "params", "field"),
    [
        ("tag", {"set": {"Volume": "-5"}}, "params.set.volume"),
        ("tag", {"set": {"Cover Artist": 7}}, "params.set.cover_artist"),
        ("convert", {"images": "tiff"}, "params.images"),
        ("process", {"colour": 1}, "params.colour"),
    ],
)
def test_an_answer_names_the_parameter_that_is_at_fault(client, kind, params, field):
    answer = client.post("/api/jobs", json={"kind": kind, "params": params, "all": True})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert "path" not in answer.json()["error"]

"""Addresses with a version are those without, in roles, limits and answers."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from comicmaintainer.accounts import Role
from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app
from tests.web.job_steps import submit

PASSWORD = "correct horse battery"


def test_address_with_a_version_answers_as_the_one_without(client, parts):
    job_id = submit(parts)
    for path in ("jobs", f"jobs/{job_id}", "kinds", "files?order=name", "no-such", "openapi.json"):
        plain, versioned = client.get(f"/api/{path}"), client.get(f"/api/v1/{path}")
        assert versioned.status_code == plain.status_code
        assert versioned.json() == plain.json()
    assert client.post(f"/api/v1/jobs/{job_id}/cancel").status_code == 200
    assert parts.manager.get(job_id).status == "cancelled"


def test_refusals_are_the_same_with_a_version(stranger, parts):
    assert stranger.get("/api/v1/jobs").status_code == 401
    assert stranger.get("/api/v1/jobs", headers={"Accept": "text/html"}).status_code == 401
    stranger.headers["X-Api-Key"] = parts.accounts.create_key("looker", Role.LOOK)
    refused = stranger.post("/api/v1/jobs", json={"kind": "scan", "all": True})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "role_too_low")
    wrong = stranger.delete("/api/v1/version")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "HEAD, GET")


def test_limits_of_bodies_hold_with_a_version(stranger):
    for prefix in ("/api", "/api/v1"):
        answer = stranger.post(f"{prefix}/login", content=b" " * (65 << 10))
        assert answer.status_code == 413, prefix


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/v1/jobs", "/api/v1//jobs"])
def test_version_is_taken_out_once_and_leads_nowhere_else(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("prefix", ["", "/comics"])
def test_version_works_below_a_base_path(settings, parts, prefix):
    below = Settings.from_environment(
        {"BASE_PATH": "/comics", "CONFIG_DIR": str(settings.config_dir)}
    )
    with TestClient(create_app(below, lambda: parts), base_url="http://nas:5000") as client:
        parts.accounts.create_user("Ada", PASSWORD)
        body = {"name": "Ada", "password": PASSWORD}
        cookie = client.post(f"{prefix}/api/v1/login", json=body).headers["set-cookie"]
        assert "Path=/comics;" in cookie
        assert client.get("/comics/api/v1/version").status_code == 200


def test_document_says_that_the_version_stays(app):
    assert "`/api/v1/jobs` is `/api/jobs`" in app.openapi()["info"]["description"]


def test_ping_says_nothing_of_the_installation(stranger):
    for headers in ({}, {"X-Api-Key": "no such key"}):
        answer = stranger.get("/ping", headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert stranger.head("/ping").status_code == 200

"""What each role may do, at the gate; docs/security.md shows the same."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from comicmaintainer.accounts import Role
from comicmaintainer.services import Services
from comicmaintainer.web import page_list, pages
from comicmaintainer.web.app import ROUTERS
from comicmaintainer.web.gate import is_open
from comicmaintainer.web.route_roles import KEYWORD, declared_role
from tests.web.job_steps import submit

PASSWORD = "correct horse battery"


@pytest.fixture
def as_role(stranger: TestClient, parts: Services):
    """Give the client a key of this role."""

    def become(role: Role) -> TestClient:
        stranger.headers["X-Api-Key"] = parts.accounts.create_key(f"to {role.value}", role)
        return stranger

    return become


def operations(app: FastAPI) -> list[tuple[str, str, dict]]:
    return [
        (method.upper(), path, operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_route_declares_its_role(app):
    for method, path, operation in operations(app):
        if is_open(path):
            assert KEYWORD not in operation, (method, path)
            continue
        assert operation.get(KEYWORD) in set(Role), f"{method} {path} declares no role"
        assert "401" in operation["responses"]
        if operation[KEYWORD] != Role.LOOK:
            assert "403" in operation["responses"], (method, path)
    for route in pages.router.routes:
        assert isinstance(route, APIRoute)
        assert is_open(route.path) or declared_role(route), route.path


@pytest.mark.parametrize("role", Role)
def test_every_route_refuses_lesser_roles_and_no_others(app, as_role, role):
    client = as_role(role)
    for method, path, operation in operations(app):
        needed = operation.get(KEYWORD)
        if needed is None or path.endswith("/events"):
            continue
        if role.includes(Role(needed)) and not (method == "GET" and needed == Role.ADMINISTER):
            continue  # what is allowed is tried by the tests of each route
        answer = client.request(method, re.sub(r"\{[^}]*\}", "1", path))
        if role.includes(Role(needed)):
            assert answer.status_code != 403, (method, path)
            continue
        assert answer.status_code == 403, (method, path)
        error = answer.json()["error"]
        assert error["code"] == "role_too_low"
        assert f"needs the role {needed!r}" in error["message"]


def test_looking_is_open_to_the_least_role(app, as_role):
    client = as_role(Role.LOOK)
    for method, path, operation in operations(app):
        is_plain = method == "GET" and "{" not in path and not path.endswith("/events")
        if is_plain and operation.get(KEYWORD) == Role.LOOK:
            assert client.get(path).status_code not in (401, 403), path


def test_a_head_request_needs_the_role_of_get(as_role):
    assert as_role(Role.WORK).head("/api/users").status_code == 403


def test_nothing_of_a_job_changes_for_a_looking_person(as_role, parts):
    job_id = submit(parts)
    client = as_role(Role.LOOK)
    assert client.get(f"/api/jobs/{job_id}").status_code == 200
    for verb in ("cancel", "pause", "undo", "retry"):
        assert client.post(f"/api/jobs/{job_id}/{verb}").status_code == 403
    assert client.delete(f"/api/jobs/{job_id}").status_code == 403
    assert parts.manager.get(job_id).status == "queued"


@pytest.mark.parametrize("role", Role)
def test_pages_of_administration_are_shown_to_administrators_only(as_role, role):
    client = as_role(role)
    client.headers["Accept"] = "text/html"
    sections = [page for tabs in page_list.SECTIONS.values() for page in tabs.values()]
    assert any(page.role is Role.ADMINISTER for page in sections)
    for page in sections:
        answer = client.get(page.path)
        assert answer.status_code == (200 if role.includes(page.role) else 403), page.path
        assert f'data-role="{role.value}"' in answer.text


def test_a_key_may_do_no_more_than_the_person_who_makes_it(stranger, parts):
    parts.accounts.create_user("Ada", PASSWORD)
    parts.accounts.create_user("Bob", PASSWORD, Role.WORK)
    parts.accounts.create_key("of nobody")
    own_page = {"Origin": "http://nas:5000"}
    stranger.headers.update(own_page)
    stranger.post("/api/login", json={"name": "Bob", "password": PASSWORD})
    refused = stranger.post("/api/keys", json={"name": "x", "role": "administer"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (403, "role")
    made = stranger.post("/api/keys", json={"name": "mine"}).json()
    assert made["role"] == "work"
    assert [key["name"] for key in stranger.get("/api/keys").json()["keys"]] == ["mine"]
    assert stranger.delete("/api/keys/of nobody").status_code == 404
    with_key = {"X-Api-Key": made["key"]}
    for name, role, status in (
        ("mine", "administer", 403),
        ("of nobody", "look", 404),
        ("mine", "king", 400),
        ("mine", "look", 200),
    ):
        assert stranger.patch(f"/api/keys/{name}", json={"role": role}).status_code == status
    assert stranger.get("/api/me", headers=with_key).json()["role"] == "look"
    answer = stranger.patch("/api/keys/mine", json={"role": "work"}, headers=with_key)
    assert answer.status_code == 403
    assert stranger.delete("/api/keys/mine", headers=with_key).status_code == 403
    assert stranger.post("/api/keys", json={"name": "y"}, headers=with_key).status_code == 403
    assert stranger.delete("/api/keys/mine").status_code == 200


def test_a_role_changes_for_open_sessions_at_once(client, app, parts):
    parts.accounts.create_user("Ada", PASSWORD)
    parts.accounts.create_user("Bob", PASSWORD, Role.LOOK)
    with TestClient(app, base_url="http://nas:5000") as other:
        other.headers["Origin"] = "http://nas:5000"
        other.post("/api/login", json={"name": "Bob", "password": PASSWORD})
        assert other.post("/api/library/scan").status_code == 403
        assert client.patch("/api/users/bob", json={"role": "work"}).status_code == 200
        assert other.post("/api/library/scan").status_code == 201
        assert client.patch("/api/users/ada", json={"role": "work"}).status_code == 409
        assert client.patch("/api/users/bob", json={"role": "king"}).status_code == 400


def test_an_administrator_changes_the_role_of_any_key_up_to_its_owner_s(client, parts):
    bob = parts.accounts.create_user("Ada", PASSWORD) and parts.accounts.create_user(
        "Bob", PASSWORD, Role.WORK
    )
    parts.accounts.create_key("Bob's", Role.LOOK, owner_id=bob.user_id)
    assert client.patch("/api/keys/Bob's", json={"role": "work"}).status_code == 200
    assert client.patch("/api/keys/Bob's", json={"role": "administer"}).status_code == 403
    (entry,) = client.get("/api/audit?action=key_role_changed").json()["entries"]
    assert (entry["subject"], entry["details"]) == ("Bob's", {"role": "work"})


def test_a_disabled_user_can_not_come_in(client, app, parts):
    ada = parts.accounts.create_user("Ada", PASSWORD)
    parts.accounts.create_user("Bob", PASSWORD)
    key = {"X-Api-Key": parts.accounts.create_key("Ada's", owner_id=ada.user_id)}
    login = {"name": "Ada", "password": PASSWORD}
    with TestClient(app, base_url="http://nas:5000") as other:
        other.post("/api/login", json=login)
        assert client.patch("/api/users/ada", json={"disabled": True}).status_code == 200
        assert other.get("/api/me").status_code == 401
        assert other.get("/api/me", headers=key).status_code == 401
        refused = other.post("/api/login", json=login)
        assert (refused.status_code, "disabled" in refused.text) == (401, True)
        assert client.patch("/api/users/bob", json={"disabled": True}).status_code == 409
        assert client.patch("/api/users/bob", json={"role": "look"}).status_code == 409
        assert client.delete("/api/users/bob").status_code == 409
        assert client.patch("/api/users/bob", json={}).status_code == 400
        assert client.patch("/api/users/eve", json={"disabled": True}).status_code == 404
        for _ in range(2):
            assert client.patch("/api/users/ada", json={"disabled": False}).status_code == 200
        assert other.get("/api/me", headers=key).status_code == 200
        assert other.post("/api/login", json=login).status_code == 200
    told = [entry.action for entry in parts.audit.page() if entry.action.startswith("user_")]
    assert told == ["user_enabled", "user_disabled", "user_added", "user_added"]


ADMINISTERED = {
    "POST /api/protected-folders",
    "DELETE /api/protected-folders",
    "GET /api/audit",
    "GET /api/users", "POST /api/users", "PATCH /api/users/{name}", "DELETE /api/users/{name}",
    "GET /api/backups", "POST /api/backups", "GET /api/backups/{name}",
    "POST /api/backups/{name}/restore", "GET /api/export", "POST /api/import",
    "DELETE /api/users/{name}/link",
    "PATCH /api/sources/{name}", "POST /api/sources/{name}/test",
    "GET /api/system/doctor", "DELETE /api/system/notices/{key}", "DELETE /api/system/roots",
    "GET /api/system/log",
    "GET /api/system/support-bundle",
    "GET /api/settings", "PUT /api/settings/{variable}", "POST /api/trash/empty",
    "PUT /api/first-run",
    "GET /api/webhooks", "POST /api/webhooks", "PATCH /api/webhooks/{webhook_id}",
    "DELETE /api/webhooks/{webhook_id}", "POST /api/webhooks/{webhook_id}/secret",
    "POST /api/webhooks/{webhook_id}/test", "GET /api/webhooks/deliveries",
    "GET /api/webhooks/deliveries/{delivery_id}",
    "POST /api/webhooks/deliveries/{delivery_id}/retry",
    "POST /api/webhooks/deliveries/{delivery_id}/skip",
    "GET /api/media-servers", "POST /api/media-servers", "PATCH /api/media-servers/{server_id}",
    "DELETE /api/media-servers/{server_id}", "POST /api/media-servers/{server_id}/test",
    "GET /api/media-servers/{server_id}/problems",
}  # fmt: skip
OF_ONES_OWN = {
    "POST /api/logout", "POST /api/me/password", "POST /api/keys", "PATCH /api/keys/{name}",
    "DELETE /api/keys/{name}", "POST /api/me/link", "DELETE /api/me/link",
}  # fmt: skip
ONLY_READ = {
    "POST /api/files/count",
    "POST /api/rules/example",
    "POST /api/rules/examples",
    "POST /api/rules/filing-examples",
    "POST /api/tag-texts",
}
COSTS_A_REQUEST = {"GET /api/series-search/cover"}


def test_who_may_do_what(app):
    """Reading needs `look` and changing needs `work`, but for those named here."""
    for method, path, operation in operations(app):
        if KEYWORD not in operation:
            continue
        name = f"{method} {path}"
        if name in ADMINISTERED:
            expected = Role.ADMINISTER
        elif name in OF_ONES_OWN | ONLY_READ:
            expected = Role.LOOK
        elif name in COSTS_A_REQUEST or method != "GET":
            expected = Role.WORK
        else:
            expected = Role.LOOK
        assert operation[KEYWORD] == expected, name


def test_all_routers_are_known_to_the_gate(app):
    known = {
        (method, route.path.replace(":path}", "}"))
        for module in ROUTERS
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert {(method, path) for method, path, _ in operations(app)} == known

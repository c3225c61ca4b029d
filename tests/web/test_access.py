from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app
from comicmaintainer.web.gate import SESSION_COOKIE, is_open

PASSWORD = "correct horse battery"
OWN_PAGE = {"Origin": "http://nas:5000"}


def sign_in(client: TestClient, **headers: str):
    return client.post(
        "/api/login", json={"name": "Ada", "password": PASSWORD}, headers=OWN_PAGE | headers
    )


@pytest.fixture
def person(stranger, parts) -> TestClient:
    """Someone who is signed in with a browser."""
    parts.accounts.create_user("Ada", PASSWORD)
    assert sign_in(stranger).status_code == 200
    return stranger


def post_form(client: TestClient, path: str, fields: dict[str, str], **headers: str):
    return client.post(path, data=fields, headers=OWN_PAGE | headers, follow_redirects=False)


def test_signing_in_works_without_scripts(stranger, parts):
    parts.accounts.create_user("Ada", PASSWORD)
    form = stranger.get("/login", params={"next": "/jobs?status=active"})
    assert 'method="post" action="/login?next=/jobs%3Fstatus%3Dactive"' in form.text
    wrong = post_form(stranger, "/login", {"name": "Ada", "password": "x" * 12})
    assert wrong.status_code == 401
    assert "wrong" in wrong.text
    assert SESSION_COOKIE not in stranger.cookies
    address = "/login?next=/jobs%3Fstatus%3Dactive"
    right = post_form(stranger, address, {"name": "Ada", "password": PASSWORD})
    assert (right.status_code, right.headers["location"]) == (303, "/jobs?status=active")
    assert stranger.get("/jobs", headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.parametrize("wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_a_form_leads_to_no_other_site(stranger, parts, wanted):
    parts.accounts.create_user("Ada", PASSWORD)
    fields = {"name": "Ada", "password": PASSWORD}
    sent = post_form(stranger, f"/login?next={quote(wanted, safe='')}", fields)
    assert (sent.status_code, sent.headers["location"]) == (303, "/")


def test_another_site_can_not_post_the_form(stranger, parts):
    parts.accounts.create_user("Ada", PASSWORD)
    fields = {"name": "Ada", "password": PASSWORD}
    sent = post_form(stranger, "/login", fields, Origin="https://evil.example")
    assert sent.status_code == 403


@pytest.mark.parametrize("fields", [{}, {"name": "Ada"}, {"name": "Ada", "password": "x" * 2000}])
def test_an_unusable_form_is_shown_again(stranger, parts, fields):
    parts.accounts.create_user("Ada", PASSWORD)
    sent = post_form(stranger, "/login", fields)
    assert sent.status_code == 400
    assert "Give a name and a password" in sent.text


def test_the_first_user_is_created_without_scripts(stranger, parts):
    link = parts.accounts.setup_link("http://nas:5000")
    assert link is not None
    token = link.rpartition("/")[2]
    fields = {"name": "Ada", "password": PASSWORD, "again": "another password"}
    differing = post_form(stranger, f"/setup/{token}", fields)
    assert "The two passwords differ." in differing.text
    assert parts.accounts.needs_setup()
    created = post_form(stranger, f"/setup/{token}", fields | {"again": PASSWORD})
    assert (created.status_code, created.headers["location"]) == (303, "/")
    assert stranger.get("/jobs", headers={"Accept": "text/html"}).status_code == 200


def all_operations(app: FastAPI) -> list[tuple[str, str]]:
    paths = app.openapi()["paths"]
    return [
        (method.upper(), re.sub(r"\{[^}]*\}", "1", path))
        for path, operations in paths.items()
        for method in operations
    ]


def test_every_route_but_the_open_ones_needs_sign_in(app, stranger):
    operations = all_operations(app)
    assert len(operations) > 20
    closed = [(method, path) for method, path in operations if not is_open(path)]
    assert {path for _, path in operations if is_open(path)} == {
        "/api/login",
        "/api/setup",
        "/health/live",
        "/health/ready",
        "/ping",
    }
    for method, path in closed:
        response = stranger.request(method, path)
        assert response.status_code == 401, (method, path)
        assert response.json()["error"]["code"] == "not_signed_in"


@pytest.mark.parametrize(
    "path",
    [
        "/api/openapi.json",
        "/api/nothing",
        "/",
        "/metrics",
        "/health",
        "/apihealth/",
        "//health/live",
    ],
)
def test_unknown_addresses_are_closed_too(stranger, path):
    assert stranger.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/jobs/", "/api/jobs/", "/login/", "//evil.example/", "/comics"])
def test_redirects_stay_here_whatever_host_is_named(client, path):
    answer = client.get(path, headers={"Host": "evil.example", "Accept": "text/html"})
    target = answer.headers.get("location", "/")
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
    assert "evil" not in target


def test_head_is_answered_as_get_is_without_a_body(client, app):
    paths = [path for method, path in all_operations(app) if method == "GET"]
    paths += ["/", "/login", "/jobs", "/favicon.ico", "/static/x/js/pages/frame.js", "/no"]
    for path in paths:
        head = client.head(path)
        assert head.content == b""
        if path.endswith("/events"):
            continue  # a stream has no end
        got = client.get(path)
        assert head.status_code == got.status_code, path
        assert head.headers.get("content-type") == got.headers.get("content-type")


def test_head_of_a_stream_ends(client):
    assert client.head("/api/events").headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/jobs", "HEAD, GET, POST"),
        ("GET", "/api/logout", "POST"),
        ("HEAD", "/api/logout", "POST"),
        ("PATCH", "/api/templates/x", "HEAD, GET, PATCH, DELETE"),
        ("OPTIONS", "/health/live", "HEAD, GET"),
        ("TRACE", "/", "HEAD, GET"),
    ],
)
def test_methods_that_are_answered_are_named(client, method, path, allowed):
    answer = client.request(method, path)
    if method == "PATCH":
        assert answer.status_code == 400
        answer = client.put(path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


def test_browser_is_sent_to_sign_in_and_back(stranger):
    response = stranger.get("/jobs?status=active", headers={"Accept": "text/html"})
    assert response.status_code == 303
    assert response.headers["location"] == "/login?next=/jobs%3Fstatus%3Dactive"


def test_web_sockets_are_not_let_in(stranger):
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        stranger.websocket_connect("/api/events"),
    ):
        pass
    assert refused.value.code == 1008


@pytest.mark.parametrize("header", ["X-Api-Key", "Authorization"])
def test_key_opens_by_header(stranger, parts, header):
    key = parts.accounts.create_key("script")
    value = key if header == "X-Api-Key" else f"Bearer {key}"
    answer = stranger.get("/api/me", headers={header: value}).json()
    assert answer == {"name": "script", "via": "key", "role": "administer"}


@pytest.mark.parametrize("name", ["key", "api_key", "X-Api-Key", "token", "access_token"])
def test_key_in_the_address_opens_nothing(stranger, parts, name):
    key = parts.accounts.create_key("script")
    assert stranger.get("/api/me", params={name: key}).status_code == 401


def test_wrong_key_is_refused_even_beside_a_session(person):
    assert person.get("/api/me", headers={"X-Api-Key": "cm_wrong"}).status_code == 401


def test_session_opens_until_signed_out(person):
    answer = person.get("/api/me").json()
    assert answer == {"name": "Ada", "via": "session", "role": "administer"}
    token = person.cookies[SESSION_COOKIE]
    assert person.post("/api/logout", headers=OWN_PAGE).status_code == 200
    person.cookies.set(SESSION_COOKIE, token)
    assert person.get("/api/me").status_code == 401


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(person):
    header = sign_in(person).headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=lax" in header
    assert "path=/;" in header
    assert "secure" not in header


def test_session_cookie_is_secure_behind_a_trusted_https_proxy(app, parts):
    parts.accounts.create_user("Ada", PASSWORD)
    proxied = {"X-Forwarded-Proto": "https"}
    body = {"name": "Ada", "password": PASSWORD}
    with TestClient(app, client=("127.0.0.1", 4000)) as client:
        trusted = client.post("/api/login", json=body, headers=proxied)
        assert "secure" in trusted.headers["set-cookie"].lower()
    with TestClient(app, client=("192.0.2.7", 4000)) as client:
        stranger = client.post("/api/login", json=body, headers=proxied)
        assert "secure" not in stranger.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://nas:5000"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://nas:5001"},
        {"Origin": "http://nas"},
        {"Origin": "null"},
        {},
    ],
)
def test_unsafe_request_of_a_session_must_come_from_our_own_page(person, headers):
    response = person.post("/api/jobs/process-all", headers=headers)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "access_denied"
    assert person.get("/api/jobs").json()["jobs"] == []


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin", "Origin": "http://elsewhere"}, OWN_PAGE]
)
def test_our_own_page_may_ask(person, headers):
    assert person.post("/api/jobs/process-all", headers=headers).status_code == 200


def test_other_sites_can_not_use_a_service_without_sign_in(settings, parts, tmp_path):
    open_settings = Settings.from_environment(
        {
            "AUTH": "disabled",
            "WATCHED_DIR": str(settings.watched_dirs[0]),
            "CONFIG_DIR": str(settings.config_dir),
        }
    )
    with TestClient(create_app(open_settings, lambda: parts)) as client:
        assert client.get("/api/me").json()["via"] == "open"
        evil = {"Origin": "http://evil.example"}
        assert client.post("/api/jobs/process-all", headers=evil).status_code == 403
        assert client.post("/api/jobs/process-all").status_code == 200


def test_too_many_attempts_are_refused_by_any_process(app, settings, parts):
    parts.accounts.create_user("Ada", PASSWORD)
    wrong = {"name": "Ada", "password": "not this one"}
    with TestClient(app) as one, TestClient(create_app(settings, lambda: parts)) as other:
        answers = [
            (one, other)[turn % 2].post("/api/login", json=wrong).status_code for turn in range(11)
        ]
    assert answers == [401] * 10 + [429]


def test_setup_link_makes_the_first_user_once(stranger, parts):
    token = parts.accounts.setup_link("http://nas:5000").rpartition("/")[2]
    body = {"token": token, "name": "Ada", "password": PASSWORD}
    assert stranger.post("/api/setup", json=body | {"token": "guess"}).status_code == 404
    assert stranger.post("/api/setup", json=body).status_code == 200
    assert stranger.get("/api/me").json()["name"] == "Ada"
    again = stranger.post("/api/setup", json=body | {"name": "Eve"}, headers=OWN_PAGE)
    assert again.status_code == 404


def test_new_password_ends_other_sessions_and_keeps_this_one(person, app, parts):
    other = parts.accounts.sign_in("Ada", PASSWORD)
    wrong = person.post(
        "/api/me/password",
        json={"old": "not this one", "new": "a fresh password"},
        headers=OWN_PAGE,
    )
    assert wrong.status_code == 400
    answer = person.post(
        "/api/me/password", json={"old": PASSWORD, "new": "a fresh password"}, headers=OWN_PAGE
    )
    assert answer.status_code == 200
    assert person.get("/api/me").status_code == 200
    assert parts.accounts.by_session(other) is None


def test_last_user_can_not_be_removed(client, parts):
    parts.accounts.create_user("Ada", PASSWORD)
    assert client.delete("/api/users/ada").status_code == 409
    body = {"name": "Bob", "password": PASSWORD}
    assert client.post("/api/users", json=body).status_code == 201
    assert client.delete("/api/users/ada").status_code == 200
    assert [user["name"] for user in client.get("/api/users").json()["users"]] == ["Bob"]


@pytest.mark.parametrize("name", ["a/b", "../x", "a b", "ü?#%"])
def test_users_and_keys_are_removed_whatever_they_are_called(client, parts, name):
    with parts.database.transaction() as transaction:  # an earlier version took any name
        for row in ((name, b"1"), ("Ada", b"2")):
            transaction.execute(
                "INSERT INTO users (name, password_hash, created_at) VALUES (?, ?, 0)", row
            )
        transaction.execute(
            "INSERT INTO api_keys (key_hash, name, created_at) VALUES (x'00', ?, 0)", (name,)
        )
    for kind in ("users", "keys"):
        answer = client.delete(f"/api/{kind}/{quote(name, safe='')}")
        assert answer.json() == {"name": name, "deleted": True}
        assert client.delete(f"/api/{kind}/{quote(name, safe='')}").status_code == 404
    for kind, body in (("users", {"password": PASSWORD}), ("keys", {})):
        refused = client.post(f"/api/{kind}", json={"name": "a/b", **body})
        assert refused.status_code == 400
        assert refused.json()["error"]["field"] == "name"


def test_key_is_shown_once(client):
    made = client.post("/api/keys", json={"name": "script"})
    assert made.status_code == 201
    key = made.json()["key"]
    assert client.get("/api/me", headers={"X-Api-Key": key}).json()["name"] == "script"
    assert key not in client.get("/api/keys").text
    assert client.delete("/api/keys/script").status_code == 200
    assert client.get("/api/me", headers={"X-Api-Key": key}).status_code == 401


@pytest.mark.parametrize("path", ["/health/live", "/api/me", "/static/nothing.css"])
def test_every_answer_carries_the_security_headers(stranger, path):
    headers = stranger.get(path).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("prefix", ["", "/comics"])
def test_base_path_works_whether_the_proxy_strips_it_or_not(settings, parts, prefix, tmp_path):
    below = Settings.from_environment(
        {"BASE_PATH": "/comics", "CONFIG_DIR": str(settings.config_dir)}
    )
    with TestClient(create_app(below, lambda: parts), follow_redirects=False) as client:
        assert client.get(f"{prefix}/health/live").status_code == 200
        assert client.get(f"{prefix}/api/version").status_code == 401
        sent = client.get(f"{prefix}/jobs", headers={"Accept": "text/html"})
        assert sent.headers["location"] == "/comics/login?next=/jobs"
        parts.accounts.create_user("Ada", PASSWORD)
        body = {"name": "Ada", "password": PASSWORD}
        cookie = client.post(f"{prefix}/api/login", json=body).headers["set-cookie"]
        assert "Path=/comics;" in cookie


def test_static_folder_gives_nothing_from_outside_it(stranger):
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"):
        assert stranger.get(path).status_code in (401, 404)
    assert Path("/etc/passwd").exists()


def test_nul_character_is_refused_wherever_it_comes_from(client: TestClient) -> None:
    in_address = client.get("/api/jobs?kind=a%00b")
    assert in_address.status_code == 400
    assert in_address.json()["error"]["field"] == "kind"
    assert "NUL" in in_address.json()["error"]["message"]
    assert client.get("/api/jobs/a%00b").status_code == 404
    in_body = client.post("/api/templates", json={"name": "a\0b"})
    assert in_body.status_code == 400
    assert "NUL" in in_body.json()["error"]["message"]
    in_form = post_form(client, "/login", {"name": "Ada\0", "password": PASSWORD})
    assert in_form.status_code == 400
    assert "NUL" in in_form.text

"""Sign-in by the header of a trusted proxy."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from comicmaintainer.accounts import Role
from comicmaintainer.errors import InvalidSetting, NotSignedIn
from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app

PASSWORD = "correct horse battery"
PROXY = "172.18.0.5"
ADA = {"Remote-User": "ada"}


@pytest.fixture
def behind(settings, parts):
    """Open clients that connect from an address, to a service that trusts PROXY."""

    @contextmanager
    def opened(address: str = PROXY, **more: str) -> Iterator[TestClient]:
        environment = {
            "CONFIG_DIR": str(settings.config_dir),
            "WATCHED_DIR": str(settings.watched_dirs[0]),
            "REMOTE_USER_FROM": "172.18.0.0/24",
            **more,
        }
        chosen = Settings.from_environment(environment)
        app = create_app(chosen, lambda: parts)
        with TestClient(app, base_url="http://nas:5000", client=(address, 4000)) as client:
            yield client

    return opened


@pytest.fixture(autouse=True)
def ada(parts) -> None:
    parts.accounts.create_user("Ada", PASSWORD)


def test_the_proxy_s_user_is_signed_in_with_the_user_s_role(behind, parts):
    parts.accounts.create_user("Bob", PASSWORD, Role.LOOK)
    with behind() as client:
        answer = client.get("/api/me", headers=ADA)
        assert answer.json() == {"name": "Ada", "via": "proxy", "role": "administer"}
        bob = {"Remote-User": "Bob"}
        assert client.get("/api/users", headers=bob).status_code == 403
        assert client.get("/", headers=bob | {"Accept": "text/html"}).status_code == 200
        assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "headers", [{}, {"X-Forwarded-For": PROXY}, {"X-Real-IP": PROXY}, {"Forwarded": f"for={PROXY}"}]
)
def test_the_header_from_anybody_else_is_ignored_and_said_once(behind, caplog, headers):
    caplog.set_level(logging.WARNING)
    for address in ("192.0.2.9", "127.0.0.1"):
        caplog.clear()
        with behind(address) as client:
            for _ in range(2):
                assert client.get("/api/me", headers=ADA | headers).status_code == 401
        assert caplog.text.count("not in REMOTE_USER_FROM") == 1


def test_it_is_off_by_default(app, parts):
    with TestClient(app, client=("127.0.0.1", 4000)) as client:
        assert client.get("/api/me", headers=ADA).status_code == 401


def test_the_client_s_own_address_does_not_matter(behind):
    with behind(TRUSTED_PROXIES=PROXY) as client:
        headers = ADA | {"X-Forwarded-For": "192.0.2.9"}
        assert client.get("/api/me", headers=headers).json()["name"] == "Ada"


def test_an_unknown_user_is_added_only_if_that_is_switched_on(behind, parts):
    eve = {"Remote-User": "Eve"}
    with behind() as client:
        assert client.get("/api/me", headers=eve).status_code == 401
    with behind(REMOTE_USER_CREATE="true") as client:
        assert client.get("/api/me", headers=eve).json()["role"] == "look"
        assert client.get("/api/me", headers={"Remote-User": "a/b"}).status_code == 401
    for password in ("", "x" * 10):
        with pytest.raises(NotSignedIn):
            parts.accounts.sign_in("Eve", password)


def test_nobody_is_added_before_the_first_setup(behind, parts):
    with parts.database.transaction() as transaction:
        transaction.execute("DELETE FROM users")
    with behind(REMOTE_USER_CREATE="true") as client:
        assert client.get("/api/me", headers=ADA).status_code == 401
    assert parts.accounts.needs_setup()


def test_two_headers_are_refused(behind):
    with behind() as client:
        headers = [("Remote-User", "ada"), ("Remote-User", "eve")]
        assert client.get("/api/me", headers=headers).status_code == 401


def test_another_site_can_not_use_the_proxy_s_sign_in(behind):
    with behind() as client:
        for headers in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post("/api/library/scan", headers=ADA | headers).status_code == 403
        own_page = ADA | {"Origin": "http://nas:5000"}
        assert client.post("/api/library/scan", headers=own_page).status_code == 201


def test_a_key_counts_before_the_header(behind, parts):
    with behind() as client:
        key = {"X-Api-Key": parts.accounts.create_key("script", Role.LOOK)}
        assert client.get("/api/me", headers=ADA | key).json()["name"] == "script"


def test_everybody_can_not_be_trusted():
    with pytest.raises(InvalidSetting, match="REMOTE_USER_FROM"):
        Settings.from_environment({"REMOTE_USER_FROM": "*"})


def test_the_proxy_s_sign_in_is_recorded_once_a_day(behind, parts):
    with behind() as client:
        for _ in range(3):
            assert client.get("/api/me", headers=ADA).status_code == 200
        (entry,) = [each for each in parts.audit.page() if each.action == "sign_in"]
        assert (entry.actor.name, entry.actor.address) == ("Ada", PROXY)
        assert entry.details == {"by": "proxy"}
        with parts.database.transaction() as transaction:
            transaction.execute("UPDATE users SET last_login_at = last_login_at - 86401")
        client.get("/api/me", headers=ADA)
        assert [each.action for each in parts.audit.page()].count("sign_in") == 2


def test_a_disabled_user_is_refused_whatever_the_proxy_says(behind, parts):
    parts.accounts.create_user("Bob", PASSWORD)
    parts.accounts.set_disabled("Ada", disabled=True)
    with behind() as client:
        answer = client.get("/api/me", headers=ADA)
        assert (answer.status_code, "disabled" in answer.text) == (401, True)

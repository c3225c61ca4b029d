"""Linking a user to an account at the sign-in provider; no hostile answer ever does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from comicmaintainer.accounts import Role
from comicmaintainer.cli.main import comicmaintainer_command
from comicmaintainer.errors import Conflict, NotFound
from comicmaintainer.settings import Settings
from tests.kit.forged_tokens import foreign_key, none_with_signature, shared_secret, unsigned
from tests.web.test_provider_sign_in import (
    HTML,
    PASSWORD,
    Open,
    Visit,
    actions,
    opened,
    problem_in,
    provider,
    to_provider,
)

__all__ = ["opened", "provider"]

ORIGIN = {"Origin": "http://nas:5000"}


class Linking:
    """`bea`, who is signed in by her password, and her browser's way to the provider."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.client = visit, visit.client
        visit.parts.accounts.create_user("bea", PASSWORD, Role.LOOK)
        self.sign_in("bea")

    def sign_in(self, name: str) -> None:
        self.client.cookies.delete("comicmaintainer_session")
        body = {"name": name, "password": PASSWORD}
        assert self.client.post("/api/login", json=body, headers=ORIGIN).status_code == 200

    def begin(self, **headers: str) -> Any:
        return self.client.post("/api/me/link", headers=ORIGIN | headers)

    def answer(self) -> str:
        """Begin, sign in at the provider, and return the path it sends the browser back to."""
        begun = self.begin()
        assert begun.status_code == 200, begun.text
        parts = urlsplit(to_provider(begun.json()["address"]))
        return f"{parts.path}?{parts.query}"

    def end(self, answer: str) -> Any:
        return self.client.get(answer, headers=HTML)

    @property
    def links(self) -> dict[str, Any]:
        """Who is linked, and as whom."""
        by_id = self.visit.parts.identities.links()
        users = self.visit.parts.accounts.users()
        return {user.name: by_id[user.user_id].name for user in users if user.user_id in by_id}

    def refused(self, answer: str, *, status: int) -> str:
        """End in vain, and return the page."""
        page = self.end(answer)
        assert page.status_code == status, page.text
        assert "set-cookie" not in page.headers or "session" not in page.headers["set-cookie"]
        assert self.links == {}
        return str(page.text)


@pytest.fixture
def linking(opened: Open) -> Iterator[Linking]:
    with opened() as visit:
        yield Linking(visit)


# --- the way -------------------------------------------------------------------------------------


def test_a_user_is_linked_and_signs_in_by_the_provider_from_then_on(linking: Linking) -> None:
    client = linking.client
    before = client.get("/api/me/link").json()
    assert before == {
        "provider": "Harbour ID", "linked_at": None, "linked_as": None, "can_unlink": False
    }  # fmt: skip
    ended = linking.end(linking.answer())
    assert (ended.status_code, ended.headers["location"]) == (303, "/settings/access")
    assert linking.links == {"bea": "Ada"}
    link = client.get("/api/me/link").json()
    assert (link["linked_as"], link["can_unlink"]) == ("Ada", True)
    assert ("user_linked", "bea", "bea") in actions(linking.visit.parts)
    client.cookies.clear()
    linking.visit.sign_in()
    assert linking.visit.me() == {"name": "bea", "via": "session", "role": "look"}
    client.cookies.clear()
    linking.sign_in("bea")  # the password stays
    linking.sign_in("root")
    listed = {each["name"]: each for each in client.get("/api/users").json()["users"]}
    assert listed["bea"]["linked_as"] == "Ada"
    assert listed["root"]["linked_at"] is None


def test_a_user_ends_the_link(linking: Linking) -> None:
    linking.end(linking.answer())
    assert linking.client.delete("/api/me/link", headers=ORIGIN).json() == {
        "name": "bea", "linked": False
    }  # fmt: skip
    assert linking.links == {}
    assert linking.visit.me()["name"] == "bea"
    assert ("user_unlinked", "bea", "bea") in actions(linking.visit.parts)
    assert linking.client.delete("/api/me/link", headers=ORIGIN).status_code == 404
    linking.client.cookies.clear()
    linking.visit.sign_in()
    assert linking.visit.me()["name"] == "Ada"


def test_an_administrator_ends_the_link_and_the_sessions(linking: Linking) -> None:
    linking.end(linking.answer())
    assert linking.client.delete("/api/users/bea/link", headers=ORIGIN).status_code == 403
    beas = dict(linking.client.cookies)
    linking.sign_in("root")
    assert linking.client.delete("/api/users/bea/link", headers=ORIGIN).status_code == 200
    assert linking.links == {}
    linking.client.cookies.clear()
    for name, value in beas.items():
        linking.client.cookies.set(name, value)
    assert linking.visit.me() is None


def test_the_command_line_lists_and_ends_links(linking: Linking, settings: Settings) -> None:
    linking.end(linking.answer())
    environment = {
        "CONFIG_DIR": str(settings.config_dir),
        "WATCHED_DIR": str(settings.watched_dirs[0]),
    }
    command = ["user", "unlink", "bea"]
    run = CliRunner().invoke(comicmaintainer_command, command, env=environment)
    assert run.exit_code == 0, run.output
    assert "no longer linked" in run.output
    assert linking.links == {}
    assert CliRunner().invoke(comicmaintainer_command, command, env=environment).exit_code != 0


def test_a_user_without_a_password_stays_linked(linking: Linking) -> None:
    linking.client.cookies.clear()
    linking.visit.sign_in()
    assert linking.visit.me()["name"] == "Ada"
    assert linking.client.get("/api/me/link").json()["can_unlink"] is False
    assert linking.client.delete("/api/me/link", headers=ORIGIN).status_code == 409
    with pytest.raises(Conflict, match="no password"):
        linking.visit.parts.identities.unlink("Ada", end_sessions=True)
    assert linking.links == {"Ada": "Ada"}
    with pytest.raises(NotFound):
        linking.visit.parts.identities.unlink("nobody", end_sessions=True)


def test_there_is_nothing_to_link_to_without_a_provider(client: TestClient) -> None:
    headers = {"Origin": str(client.base_url)}
    assert client.get("/api/me/link").json()["provider"] is None
    assert client.post("/api/me/link", headers=headers).status_code in (404, 409)


# --- hostile answers -----------------------------------------------------------------------------


def test_an_answer_links_only_the_user_who_began(linking: Linking) -> None:
    answer = linking.answer()
    linking.sign_in("root")
    assert "Another user has signed in" in linking.refused(answer, status=409)
    assert ("link_refused", "root", "root") in actions(linking.visit.parts)
    answer = linking.answer()
    linking.client.post("/api/logout", headers=ORIGIN)
    assert "Sign in first" in problem_in(linking.end(answer))
    assert linking.links == {}
    assert linking.visit.me() is None
    assert linking.visit.provider.asked["/token"] == 0


def test_an_answer_links_only_in_the_browser_that_began(linking: Linking) -> None:
    """Somebody sends a user the end of a link to their own account at the provider."""
    answer = linking.answer()
    mallorys = dict(linking.client.cookies)
    linking.client.cookies.clear()
    linking.sign_in("root")
    linking.refused(answer, status=401)
    linking.client.cookies.clear()
    for name, value in mallorys.items():
        linking.client.cookies.set(name, value)
    linking.end(answer)
    assert linking.links == {"bea": "Ada"}


def test_an_answer_links_once(linking: Linking) -> None:
    linking.visit.provider.behaviour.codes_last_for_ever = True
    answer = linking.answer()
    cookies = dict(linking.client.cookies)
    linking.end(answer)
    linking.client.delete("/api/me/link", headers=ORIGIN)
    for name, value in cookies.items():
        linking.client.cookies.set(name, value)
    linking.refused(answer, status=401)


def test_the_end_of_a_sign_in_links_nobody_and_of_a_link_signs_nobody_in(linking: Linking) -> None:
    with ExitStack() as stack:
        stranger = stack.enter_context(
            TestClient(linking.client.app, base_url="http://nas:5000", follow_redirects=False)
        )
        begun = stranger.get("/login/provider", headers=HTML)
        code = parse_qs(urlsplit(to_provider(begun.headers["location"])).query)["code"][0]
    own = urlsplit(linking.answer())
    query = own.query.replace(parse_qs(own.query)["code"][0], code)
    linking.refused(f"{own.path}?{query}", status=401)
    assert linking.visit.me()["name"] == "bea"


def test_tokens_that_prove_nobody_link_nobody(linking: Linking) -> None:
    behaviour = linking.visit.provider.behaviour
    for make_token in (unsigned, none_with_signature, shared_secret, foreign_key):
        usual, behaviour.make_token = behaviour.make_token, make_token
        linking.refused(linking.answer(), status=401)
        behaviour.make_token = usual
    for name in ("exp", "nonce", "aud", "iss"):
        behaviour.claims = {name: 1}
        linking.refused(linking.answer(), status=401)
    behaviour.claims = {}
    for change in (
        ("iss=http", "iss=https"),
        ("&iss=", "&was="),
        ("code=", "error=access_denied&c="),
    ):
        linking.refused(linking.answer().replace(*change), status=401)
    failed = [each for each in actions(linking.visit.parts) if each[0] == "link_refused"]
    assert len(failed) == 11
    assert linking.visit.me()["name"] == "bea"


def test_an_account_at_the_provider_has_one_user_and_a_user_one_account(linking: Linking) -> None:
    linking.end(linking.answer())
    linking.end(linking.answer())  # the same again changes nothing
    assert linking.links == {"bea": "Ada"}
    linking.visit.provider.behaviour.person = {"sub": "2002", "preferred_username": "Eve"}
    page = linking.end(linking.answer())
    assert (page.status_code, "End that link first" in page.text) == (409, True)
    linking.visit.provider.behaviour.person = {"sub": "1001", "preferred_username": "Ada"}
    linking.sign_in("root")
    page = linking.end(linking.answer())
    assert (page.status_code, "belongs to another user" in page.text) == (409, True)
    assert linking.links == {"bea": "Ada"}


def test_a_user_who_was_disabled_or_removed_meanwhile_is_not_linked(linking: Linking) -> None:
    answer = linking.answer()
    linking.visit.parts.accounts.set_disabled("bea", disabled=True)
    linking.refused(answer, status=401)
    linking.visit.parts.accounts.set_disabled("bea", disabled=False)
    linking.sign_in("bea")
    answer = linking.answer()
    linking.visit.parts.accounts.delete_user("bea")
    linking.refused(answer, status=401)


def test_only_our_own_page_and_a_person_begin_a_link(linking: Linking) -> None:
    assert linking.client.post("/api/me/link").status_code == 403
    evil = {"Origin": "http://evil.example"}
    assert linking.client.post("/api/me/link", headers=evil).status_code == 403
    assert linking.begin(**{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    key = linking.visit.parts.accounts.create_key("script", Role.LOOK)
    linking.client.cookies.clear()
    with_key = {"X-Api-Key": key}
    assert linking.client.post("/api/me/link", headers=with_key).status_code == 409
    assert linking.client.delete("/api/me/link", headers=with_key).status_code == 409
    assert linking.client.post("/api/me/link", headers=ORIGIN).status_code == 401
    assert not linking.visit.provider.asked


def test_a_link_gives_no_role_and_no_secret_gets_into_the_audit_list(linking: Linking) -> None:
    answer = linking.answer()
    linking.end(answer)
    assert linking.visit.me()["role"] == "look"
    entries = str([each.to_dict() for each in linking.visit.parts.audit.page()])
    assert parse_qs(urlsplit(answer).query)["code"][0] not in entries
    assert "1001" not in entries

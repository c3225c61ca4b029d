"""Signing in by OpenID Connect, against a provider over real HTTP, honest or not."""

from __future__ import annotations

import base64
import hashlib
import logging
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from comicmaintainer.accounts import Role
from comicmaintainer.database.opening import require_file
from comicmaintainer.errors import NotSignedIn
from comicmaintainer.openid.provider import REST_S, Provider
from comicmaintainer.outgoing.transport import Transport, TransportLimits
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app
from tests.kit.clock import Clock
from tests.kit.forged_tokens import (
    clients_secret,
    foreign_key,
    none_with_signature,
    shared_secret,
    unsigned,
)
from tests.kit.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    OpenIdProvider,
    ec_key,
    rsa_key,
)

PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html"}
QUICK = TransportLimits(512 << 10, 0, connect_s=0.5, silence_s=0.5, whole_s=0.5)
SESSION = "comicmaintainer_session"
Open = Callable[..., Any]


class Visit:
    """A browser, the service that it opens, and the provider that signs it in."""

    def __init__(self, client: TestClient, parts: Services, provider: OpenIdProvider) -> None:
        self.client, self.parts, self.provider = client, parts, provider
        self.clock = Clock()
        sign_in = parts.provider_sign_in
        assert sign_in is not None
        registration = sign_in.registration
        sign_in.provider = Provider(registration, Transport(QUICK), now=self.clock)

    def begin(self, query: str = "", **headers: str) -> Any:
        return self.client.get(f"/login/provider{query}", headers=HTML | headers)

    def answer(self, begun: Any) -> str:
        """Sign in at the provider, and return the path it sends the browser back to."""
        parts = urlsplit(to_provider(begun.headers["location"]))
        return f"{parts.path}?{parts.query}"

    def sign_in(self, query: str = "") -> Any:
        begun = self.begin(query)
        assert begun.status_code == 303, begun.text
        return self.client.get(self.answer(begun), headers=HTML)

    def me(self) -> Any:
        answer = self.client.get("/api/me")
        return answer.json() if answer.status_code == 200 else None

    def refused(self, *, status: int = 401) -> str:
        """Sign in in vain, and return what the sign-in page says."""
        answer = self.sign_in()
        assert answer.status_code == status, answer.text
        assert SESSION not in answer.headers.get("set-cookie", "")
        assert self.me() is None
        return problem_in(answer)


def problem_in(answer: Any) -> str:
    text: str = answer.text
    begin = text.index('id="problem"')
    return text[text.index(">", begin) + 1 : text.index("</p>", begin)]


def to_provider(address: str) -> str:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_args: Any) -> None:
            return None

    try:
        urllib.request.build_opener(Stay).open(address, timeout=5)
    except HTTPError as answer:
        with answer:
            return answer.headers["Location"]
    raise AssertionError("the provider sent nowhere")


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    with OpenIdProvider().running() as running:
        yield running


@pytest.fixture
def opened(settings: Settings, provider: OpenIdProvider) -> Open:
    @contextmanager
    def visiting(base_url: str = "http://nas:5000", **more: str) -> Iterator[Visit]:
        chosen = Settings.from_environment(
            {
                "CONFIG_DIR": str(settings.config_dir),
                "WATCHED_DIR": str(settings.watched_dirs[0]),
                "OIDC_ISSUER": provider.issuer,
                "OIDC_CLIENT_ID": CLIENT_ID,
                "OIDC_CLIENT_SECRET": CLIENT_SECRET,
                "OIDC_NAME": "Harbour ID",
                **more,
            }
        )
        parts = Services.build(chosen)
        if parts.accounts.needs_setup():
            parts.accounts.create_user("root", PASSWORD)
        app = create_app(chosen, lambda: parts)
        with TestClient(app, base_url=base_url, follow_redirects=False) as client:
            yield Visit(client, parts, provider)

    return visiting


@pytest.fixture
def visit(opened: Open) -> Iterator[Visit]:
    with opened() as visit:
        yield visit


def actions(parts: Services) -> list[tuple[str, str, str]]:
    return [(each.action, each.actor.name, each.subject) for each in parts.audit.page()]


# --- the way in ----------------------------------------------------------------------------------


def test_a_person_whom_the_provider_knows_is_signed_in(visit: Visit) -> None:
    page = visit.client.get("/login?next=/jobs", headers=HTML).text
    assert 'href="/login/provider?next=/jobs">Sign in with Harbour ID</a>' in page
    answer = visit.sign_in("?next=/jobs%3Fstatus%3Dfailed")
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs?status=failed")
    assert visit.me() == {"name": "Ada", "via": "session", "role": "look"}
    assert ("sign_in", "Ada", "") in actions(visit.parts)
    assert ("user_added", "Ada", "Ada") in actions(visit.parts)
    visit.client.post("/api/logout", headers={"Origin": "http://nas:5000"})
    assert visit.me() is None
    visit.sign_in()
    assert len(visit.parts.accounts.users()) == 2


def test_the_provider_is_asked_with_pkce_state_and_nonce(visit: Visit) -> None:
    begun = visit.begin()
    parts = urlsplit(begun.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{visit.provider.issuer}/authorize"
    assert (asked["response_type"], asked["client_id"], asked["scope"], asked["theme"]) == (
        "code",
        CLIENT_ID,
        "openid profile",
        "dark",
    )
    assert asked["redirect_uri"] == "http://nas:5000/login/provider/callback"
    assert asked["code_challenge_method"] == "S256"
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    cookie = begun.headers["set-cookie"]
    assert "HttpOnly; Max-Age=600; Path=/login/provider; SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert begun.headers["cache-control"] == "no-store"
    stored = require_file(visit.parts.database).path.read_bytes()
    assert asked["state"] not in stored.decode("latin-1")


def test_below_a_base_path_and_behind_a_proxy_with_https(opened: Open) -> None:
    with opened(BASE_PATH="/comics", TRUSTED_PROXIES="*", base_url="https://nas") as visit:
        begun = visit.client.get("/comics/login/provider?next=/jobs", headers=HTML)
        redirect = parse_qs(urlsplit(begun.headers["location"]).query)["redirect_uri"]
        assert redirect == ["https://nas/comics/login/provider/callback"]
        assert "Path=/comics/login/provider" in begun.headers["set-cookie"]
        assert "Secure" in begun.headers["set-cookie"]
        answer = visit.client.get(visit.answer(begun), headers=HTML)
        assert answer.headers["location"] == "/comics/jobs"
        assert visit.client.get("/comics/api/me").json()["name"] == "Ada"
        headers = {"X-Forwarded-Proto": "https"}
        begun = TestClient(visit.client.app, base_url="http://nas", follow_redirects=False).get(
            "/comics/login/provider", headers=headers
        )
        assert "redirect_uri=https%3A%2F%2Fnas%2F" in begun.headers["location"]


def test_it_is_off_by_default(stranger: TestClient) -> None:
    assert stranger.get("/login/provider").status_code == 404
    assert stranger.get("/login/provider/callback?code=x&state=y").status_code == 404
    assert "Sign in with" not in stranger.get("/login", headers=HTML).text


def test_a_key_of_an_elliptic_curve_and_claims_of_userinfo_only(visit: Visit) -> None:
    behaviour = visit.provider.behaviour
    behaviour.key, behaviour.algorithm = ec_key("two"), "ES256"
    behaviour.person = {"sub": "7"}
    behaviour.userinfo = {"sub": "7", "preferred_username": "Grace"}
    digest = hashlib.sha256(b"acc3ss").digest()[:16]
    behaviour.claims = {"at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}
    visit.sign_in()
    assert visit.me()["name"] == "Grace"


def test_two_tabs_do_not_disturb_each_other(visit: Visit) -> None:
    first, second = visit.begin("?next=/jobs"), visit.begin("?next=/lists")
    answers = [visit.answer(first), visit.answer(second)]
    places = [visit.client.get(each, headers=HTML).headers["location"] for each in answers]
    assert places == ["/jobs", "/lists"]


# --- roles and names -----------------------------------------------------------------------------


def test_a_claim_gives_the_role_at_each_sign_in(opened: Open) -> None:
    roles = "comics admins=administer, family=work"
    with opened(OIDC_ROLES=roles, OIDC_ROLE_CLAIM="realm.roles") as visit:
        behaviour = visit.provider.behaviour
        for told, role in (
            (["family", "comics admins"], "administer"),
            ("family", "work"),
            (["Family", 3, None], "look"),
            (None, "look"),
        ):
            behaviour.claims = {"realm": {"roles": told}}
            visit.sign_in()
            assert visit.me()["role"] == role
            visit.client.cookies.clear()


def test_the_last_administrator_stays_one(opened: Open) -> None:
    with opened(OIDC_ROLES="admins=administer") as visit:
        visit.provider.behaviour.claims = {"groups": ["admins"]}
        visit.sign_in()
        visit.parts.accounts.delete_user("root")
        visit.client.cookies.clear()
        visit.provider.behaviour.claims = {"groups": []}
        visit.sign_in()
        assert visit.me() == {"name": "Ada", "via": "session", "role": "administer"}


def test_a_role_that_was_given_here_stays_without_a_claim(visit: Visit) -> None:
    visit.sign_in()
    visit.parts.accounts.set_role("Ada", Role.WORK)
    visit.client.cookies.clear()
    visit.sign_in()
    assert visit.me()["role"] == "work"


def test_a_name_that_somebody_has_here_is_refused(visit: Visit) -> None:
    for name in ("root", "ROOT", " root "):
        visit.provider.behaviour.person = {"sub": "666", "preferred_username": name}
        assert "already a user called" in visit.refused()
    assert len(visit.parts.accounts.users()) == 1


def test_a_changed_name_at_the_provider_changes_nobody_here(visit: Visit) -> None:
    visit.sign_in()
    visit.client.cookies.clear()
    visit.provider.behaviour.person = {"sub": "1001", "preferred_username": "root"}
    visit.sign_in()
    assert visit.me()["name"] == "Ada"
    visit.client.cookies.clear()
    visit.provider.behaviour.person = {"sub": "1002", "preferred_username": "Ada"}
    assert "already a user called" in visit.refused()


def test_users_of_the_provider_have_no_password(visit: Visit) -> None:
    visit.sign_in()
    for password in ("", "x" * 10):
        with pytest.raises(NotSignedIn):
            visit.parts.accounts.sign_in("Ada", password)
    body = {"old": "x", "new": PASSWORD}
    headers = {"Origin": "http://nas:5000"}
    assert visit.client.post("/api/me/password", json=body, headers=headers).status_code == 409


def test_a_name_that_can_not_be_one_is_refused(visit: Visit) -> None:
    for name in ("", "a/b", "..", "x" * 65, "two\nlines", 7, None, ["Ada"]):
        visit.provider.behaviour.person = {"sub": "1", "preferred_username": name}
        assert visit.refused()
    assert len(visit.parts.accounts.users()) == 1


def test_nobody_is_added_before_the_first_setup(visit: Visit) -> None:
    with visit.parts.database.transaction() as transaction:
        transaction.execute("DELETE FROM users")
    assert "setup link" in visit.refused()
    assert visit.parts.accounts.needs_setup()


def test_a_disabled_user_is_out_at_once_and_stays_out(visit: Visit) -> None:
    visit.sign_in()
    visit.parts.accounts.set_disabled("Ada", disabled=True)
    assert visit.me() is None
    assert "disabled the account" in visit.refused()
    visit.parts.accounts.set_disabled("Ada", disabled=False)
    visit.sign_in()
    assert visit.me()["name"] == "Ada"


# --- a hostile provider --------------------------------------------------------------------------


def test_claims_that_do_not_fit_sign_nobody_in(visit: Visit) -> None:
    for name in ("exp", "nonce", "aud", "iss"):
        visit.provider.behaviour.claims = {name: 1}
        assert "Nobody was signed in" in visit.refused()
    assert len(visit.parts.accounts.users()) == 1


def test_unsigned_tokens_and_those_of_a_shared_secret_sign_nobody_in(visit: Visit) -> None:
    for make_token in (unsigned, none_with_signature, shared_secret, clients_secret, foreign_key):
        visit.provider.behaviour.make_token = make_token
        assert "Nobody was signed in" in visit.refused()


def test_a_rotated_key_is_found_at_most_once_a_minute(visit: Visit) -> None:
    behaviour = visit.provider.behaviour
    visit.sign_in()
    visit.client.cookies.clear()
    behaviour.keys, behaviour.key = [rsa_key("three")], rsa_key("three")
    for _ in range(2):
        assert "does not list" in visit.refused()
    assert visit.provider.asked["/keys"] == 1
    visit.clock.advance(61)
    visit.sign_in()
    assert visit.me()["name"] == "Ada"
    assert visit.provider.asked["/keys"] == 2
    assert visit.provider.asked["/.well-known/openid-configuration"] == 1


def test_a_slow_provider_is_given_up_and_left_alone_for_a_while(visit: Visit) -> None:
    path = "/.well-known/openid-configuration"
    visit.provider.behaviour.silent = path
    for _ in range(5):
        assert "took too long" in problem_in(visit.begin())
    assert visit.provider.asked[path] == 1
    visit.provider.behaviour.silent = None
    visit.clock.advance(REST_S)
    assert visit.begin().status_code == 303


def test_a_provider_that_is_down_is_said_and_passwords_still_work(visit: Visit) -> None:
    visit.provider.stop()
    answer = visit.begin()
    assert (answer.status_code, "can&#39;t be reached" in problem_in(answer)) == (502, True)
    body = {"name": "root", "password": PASSWORD}
    assert visit.client.post("/api/login", json=body).status_code == 200


def test_wrong_credentials_of_ours_are_said_without_them(
    opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with opened(OIDC_CLIENT_SECRET="wr0ng-s3cret") as visit:
        said = visit.refused(status=502)
        assert "OIDC_CLIENT_SECRET (invalid_client)" in said
        details = visit.parts.audit.page()[0].to_dict()
        assert details["action"] == "sign_in_failed"
        assert "wr0ng-s3cret" not in caplog.text + str(details) + said


def test_no_token_code_or_secret_gets_into_the_log(
    visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    begun = visit.begin()
    answer = visit.answer(begun)
    visit.provider.behaviour.claims = {"aud": "other"}
    visit.client.get(answer, headers=HTML)
    secrets = [*parse_qs(urlsplit(answer).query)["code"], CLIENT_SECRET, "acc3ss", "eyJ"]
    logged = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("comicm"))
    assert "failed" in logged
    assert not [each for each in secrets if each in logged]


def test_userinfo_about_somebody_else_is_refused(visit: Visit) -> None:
    behaviour = visit.provider.behaviour
    behaviour.person = {"sub": "7"}
    behaviour.userinfo = {"sub": "8", "preferred_username": "Grace"}
    assert "somebody else" in visit.refused()


def test_another_access_token_is_refused(visit: Visit) -> None:
    behaviour = visit.provider.behaviour
    behaviour.person = {"sub": "7", "at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}
    behaviour.userinfo = {"sub": "7", "preferred_username": "Grace"}
    assert "another access token" in visit.refused()


# --- a hostile browser ---------------------------------------------------------------------------


def test_an_answer_counts_once(visit: Visit) -> None:
    visit.provider.behaviour.codes_last_for_ever = True
    begun = visit.begin()
    cookies = dict(visit.client.cookies)
    answer = visit.answer(begun)
    assert visit.client.get(answer, headers=HTML).status_code == 303
    visit.client.cookies.clear()
    for name, value in cookies.items():
        visit.client.cookies.set(name, value)
    again = visit.client.get(answer, headers=HTML)
    assert (again.status_code, "has ended already" in problem_in(again)) == (401, True)
    assert visit.me() is None


def test_a_replayed_code_is_refused_by_the_provider(visit: Visit) -> None:
    first = parse_qs(urlsplit(visit.answer(visit.begin())).query)["code"][0]
    assert visit.provider.codes.pop(first)
    begun = visit.begin()
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    path = f"/login/provider/callback?code={first}&state={state}&iss={visit.provider.issuer}"
    answer = visit.client.get(path, headers=HTML)
    assert "no longer valid" in problem_in(answer)


def test_an_answer_counts_only_in_the_browser_that_asked(visit: Visit) -> None:
    answer = visit.answer(visit.begin())
    own = dict(visit.client.cookies)
    visit.client.cookies.clear()
    assert visit.client.get(answer, headers=HTML).status_code == 401
    for value in ("", "x" * 43, "x" * 5000):
        for name in own:
            visit.client.cookies.set(name, value)
        assert visit.client.get(answer, headers=HTML).status_code == 401
    assert visit.provider.asked["/token"] == 0
    assert visit.me() is None


def test_a_stolen_code_is_worth_nothing_in_another_sign_in(visit: Visit) -> None:
    stolen = parse_qs(urlsplit(visit.answer(visit.begin())).query)["code"][0]
    visit.client.cookies.clear()
    begun = visit.begin()
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    path = f"/login/provider/callback?code={stolen}&state={state}&iss={visit.provider.issuer}"
    assert visit.client.get(path, headers=HTML).status_code == 401
    assert visit.me() is None


def test_made_up_answers_leave_no_trace(visit: Visit) -> None:
    before = actions(visit.parts)
    made_up = ["", "code=x", "state=x", "code=x&state=y", "error=access_denied", "state=%0a", "="]
    for query in made_up:
        answer = visit.client.get(f"/login/provider/callback?{query}", headers=HTML)
        assert answer.status_code == 401
    assert actions(visit.parts) == before
    assert not visit.provider.asked


def test_an_answer_of_another_issuer_is_refused(visit: Visit) -> None:
    for change in (("iss=http", "iss=https"), ("&iss=", "&was=")):
        answer = visit.answer(visit.begin()).replace(*change)
        assert "not from the sign-in provider" in problem_in(visit.client.get(answer, headers=HTML))
    assert visit.provider.asked["/token"] == 0


def test_a_sign_in_expires_after_ten_minutes(visit: Visit) -> None:
    answer = visit.answer(visit.begin())
    with visit.parts.database.transaction() as transaction:
        transaction.execute("UPDATE openid_sign_ins SET expires_at = expires_at - 601")
    assert visit.client.get(answer, headers=HTML).status_code == 401
    assert visit.provider.asked["/token"] == 0


def test_what_the_provider_refuses_is_said_in_our_words(visit: Visit) -> None:
    for error, words in {
        "access_denied": "did not let you in, or you cancelled",
        "server_error": "has an error of its own",
        "interaction_required": "refused (interaction_required)",
        "<script>": "refused (an unknown error)",
    }.items():
        begun = visit.begin()
        state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
        told = {"state": state, "error": error, "error_description": "Call 0900 666"}
        answer = visit.client.get(
            "/login/provider/callback",
            params=told | {"iss": visit.provider.issuer},
            headers=HTML,
        )
        assert words in problem_in(answer)
        assert "0900" not in answer.text


def test_only_own_pages_open_after_signing_in(visit: Visit) -> None:
    for wanted in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/%09/evil.example/",
        "/%0a/evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/" + "x" * 3000,
    ):
        answer = visit.sign_in(f"?next={wanted}")
        assert answer.headers["location"] == "/"
        assert visit.me()["name"] == "Ada"
        visit.client.cookies.clear()


def test_another_site_can_not_begin_a_sign_in(visit: Visit) -> None:
    answer = visit.begin(**{"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["location"] == "/login"
    assert not visit.provider.asked
    assert visit.begin(**{"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_a_forged_host_leads_nowhere(visit: Visit) -> None:
    for host in ("evil.example/x", "a@b", "a b", "[::1", "x" * 300):
        assert visit.begin(Host=host).status_code == 400


def test_sign_ins_that_are_only_begun_are_bounded(visit: Visit) -> None:
    for _ in range(30):
        assert visit.begin().status_code == 303
        visit.client.cookies.clear()
    assert visit.begin().status_code == 429
    visit.client.get("/login", headers=HTML)
    assert visit.parts.database.value("SELECT count(*) FROM openid_sign_ins") == 30

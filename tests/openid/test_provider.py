"""What a provider says is bounded and checked before anything is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.doctor import Verdict, check_provider
from comicmaintainer.errors import ProviderFailed
from comicmaintainer.openid.keys import usable_keys
from comicmaintainer.openid.model import Registration
from comicmaintainer.openid.provider import Provider, discovery_in
from comicmaintainer.outgoing.transport import Transport, TransportLimits
from comicmaintainer.settings import Settings
from tests.kit.openid_provider import CLIENT_ID, OpenIdProvider, rsa_key

DOCUMENT = "/.well-known/openid-configuration"
QUICK = TransportLimits(512 << 10, 0, connect_s=1, silence_s=1, whole_s=1)


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProvider]:
    with OpenIdProvider().running() as running:
        yield running


@pytest.fixture
def double(running: OpenIdProvider) -> OpenIdProvider:
    running.reset()
    return running


@pytest.fixture
def provider(double: OpenIdProvider) -> Iterator[Provider]:
    transport = Transport(QUICK)
    yield Provider(Registration(double.issuer, CLIENT_ID), transport)
    transport.close()


def test_a_slash_at_the_end_of_the_issuer_does_not_matter(double: OpenIdProvider) -> None:
    transport = Transport(QUICK)
    provider = Provider(Registration(f"{double.issuer}/", CLIENT_ID), transport)
    assert provider.discovery().issuer == double.issuer
    transport.close()


def test_doctor_says_whether_the_provider_answers(double: OpenIdProvider, tmp_path: Path) -> None:
    environment = {"CONFIG_DIR": str(tmp_path), "OIDC_CLIENT_ID": CLIENT_ID}
    settings = Settings.from_environment(environment | {"OIDC_ISSUER": double.issuer})
    (check,) = check_provider(settings)
    assert (check.verdict, check.finding) == (Verdict.OK, f"{double.issuer} answers")
    double.behaviour.answers[DOCUMENT] = (500, b"{}")
    (check,) = check_provider(settings)
    assert (check.verdict, "HTTP 500" in check.finding) == (Verdict.WARNING, True)
    assert check_provider(Settings.from_environment({"CONFIG_DIR": str(tmp_path)})) == []


@pytest.mark.parametrize(
    "key_set",
    [
        {},
        {"keys": 7},
        {"keys": [None, {"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]},
        {"keys": [{"kty": "RSA", "kid": "one", "n": "AQAB", "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "kid": "one", "n": {"a": 1}, "e": []}]},
        {"keys": [{"kty": "RSA", "kid": "one", "n": "é", "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "n": "_" * 1400, "e": "AQAB"}]},
        {"keys": [{"kty": "RSA", "n": "_" * 342, "e": "_" * 342}]},
        {"keys": [rsa_key("one").as_dict(private=False) | {"use": "enc"}]},
        {"keys": [rsa_key("one").as_dict(private=False) | {"key_ops": ["encrypt"]}]},
    ],
)
def test_keys_that_can_not_verify_signatures_are_left_out(key_set: dict[str, object]) -> None:
    assert usable_keys(key_set) == ()


def test_private_parts_of_keys_are_not_kept() -> None:
    key = usable_keys({"keys": [rsa_key("one").as_dict(private=True)]})[0]
    assert set(key.members) == {"kty", "n", "e"}


def test_a_point_that_is_not_on_its_curve_is_no_key() -> None:
    listed = {"kty": "EC", "kid": "two", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
    with pytest.raises(ValueError, match="key"):
        usable_keys({"keys": [listed]})[0].imported()


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://93.184.216.34/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://user:pw@evil.example/"},
        {"userinfo_endpoint": "https://a b/"},
        {"jwks_uri": "https://id.example/" + "x" * 3000},
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_refused(
    double: OpenIdProvider, provider: Provider, document: dict[str, object]
) -> None:
    double.behaviour.discovery = document
    with pytest.raises(ProviderFailed, match="The sign-in provider"):
        provider.discovery()


def test_a_provider_on_https_may_not_lead_to_http() -> None:
    issuer = "https://id.example"
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    told = {"issuer": issuer, **{name: f"{issuer}/{name}" for name in names}}
    assert discovery_in(told, issuer).takes_basic
    for name in names:
        with pytest.raises(ProviderFailed, match=name):
            discovery_in(told | {name: "http://127.0.0.1:8080/"}, issuer)


@pytest.mark.parametrize(
    "body",
    [b"{" + b" " * (600 << 10) + b"}", b"not json", b"[]", b"[" * 9000, b'{"issuer": NaN}'],
)
def test_a_discovery_document_of_any_size_and_shape_is_survived(
    double: OpenIdProvider, provider: Provider, body: bytes
) -> None:
    double.behaviour.answers[DOCUMENT] = (200, body)
    with pytest.raises(ProviderFailed):
        provider.discovery()


def test_a_redirect_to_another_host_is_not_followed(
    double: OpenIdProvider, provider: Provider
) -> None:
    double.behaviour.redirects[DOCUMENT] = "https://evil.example/"
    with pytest.raises(ProviderFailed, match="another host"):
        provider.discovery()


def test_the_secret_is_sent_as_the_provider_wants_it(double: OpenIdProvider) -> None:
    transport = Transport(QUICK)
    for methods, secret, said in (
        (["client_secret_basic"], "s3cret", "Basic Y29taWNzOnMzY3JldA=="),
        (["client_secret_post"], "s3cret", None),
        (["none"], None, None),
    ):
        double.reset()
        double.behaviour.discovery = {"token_endpoint_auth_methods_supported": methods}
        body = json.dumps({"id_token": "x", "access_token": "y"}).encode()
        double.behaviour.answers["/token"] = (200, body)
        provider = Provider(Registration(double.issuer, CLIENT_ID, secret), transport)
        assert provider.tokens("c0de", "v", "http://nas/callback").access_token == "y"
        headers, form = double.last_form
        assert headers.get("Authorization") == said
        assert form.get("client_secret") == (secret if said is None else None)
    transport.close()

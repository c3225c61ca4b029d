"""ID tokens count only if signature, issuer, audience, times and nonce are right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from joserfc.jwk import Key

from comicmaintainer.errors import SignInRefused
from comicmaintainer.openid.id_token import ALGORITHMS, Expected, verified_claims
from comicmaintainer.openid.keys import keys_for, usable_keys
from tests.kit.forged_tokens import (
    changed_claims,
    clients_secret,
    critical,
    deep,
    foreign_key,
    none_with_signature,
    other_algorithm,
    shared_secret,
    unsigned,
)
from tests.kit.openid_provider import CLIENT_ID, ec_key, rsa_key, usual_token

NOW = 1_700_000_000
ISSUER = "https://id.example/realm"
EXPECTED = Expected(ISSUER, CLIENT_ID, "n" * 43, NOW - 60.0, float(NOW))
KEY_SET = {"keys": [each.as_dict(private=False) for each in (rsa_key("one"), ec_key("two"))]}
USUAL = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "sub": "1001",
    "nonce": "n" * 43,
    "iat": NOW,
    "exp": NOW + 300,
}


def claims_of(token: str) -> object:
    keys = usable_keys(KEY_SET)
    find = lambda kid, algorithm: keys_for(keys, kid, algorithm, *ALGORITHMS[algorithm])  # noqa: E731
    return verified_claims(token, find, EXPECTED)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(rsa_key("one"), "RS256"), (rsa_key("one"), "PS512"), (ec_key("two"), "ES256")],
)
@pytest.mark.parametrize(
    "more", [{}, {"aud": [CLIENT_ID]}, {"aud": ["other", CLIENT_ID], "azp": CLIENT_ID}]
)
def test_a_genuine_token_is_accepted(key: Key, algorithm: str, more: dict[str, object]) -> None:
    claims = USUAL | more
    assert claims_of(usual_token(claims, key, algorithm)) == claims


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "x" * 43}, "another sign-in"),
        ({"nonce": None}, "another sign-in"),
        ({"nonce": ["x"]}, "another sign-in"),
        ({"aud": "other"}, "another application"),
        ({"aud": None}, "another application"),
        ({"aud": {CLIENT_ID: 1}}, "another application"),
        ({"aud": [CLIENT_ID, "other"]}, "several applications"),
        ({"aud": [CLIENT_ID, "other"], "azp": "other"}, "issued to another"),
        ({"azp": "other"}, "issued to another"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"exp": NOW - 3600}, "has expired"),
        ({"exp": None}, "no valid time"),
        ({"exp": True}, "no valid time"),
        ({"exp": "2099-01-01"}, "no valid time"),
        ({"exp": 10**400}, "no valid time"),
        ({"iat": None}, "no valid time"),
        ({"iat": NOW + 7200}, "from the future"),
        ({"nbf": NOW + 7200}, "from the future"),
        ({"iat": NOW - 7200}, "older than this sign-in"),
        ({"sub": None}, "who it is about"),
        ({"sub": 1001}, "who it is about"),
        ({"sub": "x" * 256}, "who it is about"),
        ({"sub": "a\x07b"}, "who it is about"),
    ],
)
def test_claims_that_do_not_fit_are_refused(claims: dict[str, object], why: str) -> None:
    changed = {name: value for name, value in (USUAL | claims).items() if value is not None}
    with pytest.raises(SignInRefused, match=why):
        claims_of(usual_token(changed, rsa_key("one"), "RS256"))


@pytest.mark.parametrize(
    "make_token",
    [
        unsigned,
        none_with_signature,
        shared_secret,
        clients_secret,
        changed_claims,
        foreign_key,
        other_algorithm,
        critical,
        deep,
        lambda *_: "",
        lambda *_: "e30.e30.e30",
        lambda *_: "a.b.c.d.e",
        lambda *_: "x" * 100_000,
    ],
)
def test_tokens_that_are_not_signed_by_the_provider_are_refused(
    make_token: Callable[..., str],
) -> None:
    with pytest.raises(SignInRefused) as refusal:
        claims_of(make_token(USUAL, rsa_key("one"), "RS256"))
    assert "eyJ" not in str(refusal.value)


def test_without_a_kid_only_a_key_without_rivals_counts() -> None:
    anonymous = type(rsa_key("one")).import_key(rsa_key("one").as_dict(private=True, kid=""))
    token = usual_token(USUAL, anonymous, "RS256")
    keys = usable_keys({"keys": [rsa_key("one").as_dict(private=False)]})
    assert len(keys_for(keys, None, "RS256", "RSA", None)) == 1
    assert keys_for([*keys, *keys], None, "RS256", "RSA", None) == ()
    with pytest.raises(SignInRefused, match="does not list"):
        verified_claims(token, lambda *_: (), EXPECTED)

"""One sign-in at the provider, from the browser's click to a person who is proved.

Authorization code flow with PKCE (RFC 7636), state and nonce. The browser keeps one secret in a
cookie, from which nonce and PKCE verifier are made; the database keeps hashes of it and of the
state. So an answer counts only once, only for ten minutes, and only in the browser that asked, in
whichever web process.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from comicmaintainer.database import Database
from comicmaintainer.errors import SignInRefused
from comicmaintainer.openid import base64url
from comicmaintainer.openid.claims import claim_in, name_in, role_in
from comicmaintainer.openid.id_token import Expected, require_access_token, verified_claims
from comicmaintainer.openid.model import ERROR_CODE, PROVIDER, Person, Registration, Tokens
from comicmaintainer.openid.pending_store import Pending, PendingStore
from comicmaintainer.openid.provider import Provider

LASTS_S = 600
_LONGEST_CODE = 8192
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_UNKNOWN = (
    "This sign-in was begun in another browser, more than "
    f"{LASTS_S // 60} minutes ago, or has ended already. Try again."
)
_WORDS = {
    "access_denied": "did not let you in, or you cancelled",
    "temporarily_unavailable": "is busy. Try again later",
    "server_error": "has an error of its own. Try again later",
    "invalid_scope": "does not know one of OIDC_SCOPES (invalid_scope)",
}


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what it must keep: `secret`, under a name made of `state`."""

    address: str
    state: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sends with the browser: parameters of the address, None if absent."""

    code: str | None = field(repr=False)
    error: str | None
    issuer: str | None


class ProviderSignIn:
    """Signs people in by the provider of `registration`. Safe to share between threads."""

    def __init__(
        self,
        registration: Registration,
        database: Database,
        *,
        provider: Provider | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.registration = registration
        self.provider = provider or Provider(registration)
        self._pending = PendingStore(database)
        self._now = now

    def begin(self, next_path: str, redirect_uri: str, *, user_id: int | None = None) -> Begun:
        """Begin a sign-in after which the page `next_path` opens.

        With `user_id` that user is to be linked to who signs in at the provider.

        Raises:
            ProviderFailed, TooManyAttempts: see `Provider.discovery`.
        """
        discovery, now = self.provider.discovery(), self._now()
        state, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._pending.add(
            _digest(state),
            _digest(secret),
            Pending(now, next_path, redirect_uri, user_id),
            expires_at=now + LASTS_S,
        )
        challenge = base64url.encoded(
            hashlib.sha256(_made_of(secret, "verifier").encode()).digest()
        )
        asked = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.registration.scopes,
            "state": state,
            "nonce": _made_of(secret, "nonce"),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        parts = urlsplit(discovery.authorization_endpoint)
        kept = [pair for pair in parse_qsl(parts.query) if pair[0] not in asked]
        address = parts._replace(query=urlencode([*kept, *asked.items()])).geturl()
        return Begun(address, state, secret)

    def take(self, state: str | None, secret: str | None) -> Pending:
        """Return the sign-in that a browser comes back from, which then can't be taken again.

        `secret` is what the browser kept.

        Raises:
            SignInRefused: there is none.
        """
        if state is None or secret is None:
            raise SignInRefused(_UNKNOWN)
        pending = None
        if _SECRET.fullmatch(state) and _SECRET.fullmatch(secret):
            pending = self._pending.take(_digest(state), _digest(secret), self._now())
        if pending is None:
            raise SignInRefused(_UNKNOWN)
        return pending

    def person(self, answer: Answer, pending: Pending, secret: str) -> Person:
        """Return who signed in.

        Raises:
            SignInRefused: nobody is proved; the message says why.
            ProviderFailed, TooManyAttempts: see `Provider.discovery`.
        """
        code = self._code_in(answer)
        tokens = self.provider.tokens(code, _made_of(secret, "verifier"), pending.redirect_uri)
        expected = Expected(
            self.provider.discovery().issuer,
            self.registration.client_id,
            _made_of(secret, "nonce"),
            pending.begun_at,
            self._now(),
        )
        claims = verified_claims(tokens.id_token, self.provider.keys, expected)
        claims = self._with_userinfo(claims, tokens)
        own = self.registration
        role = role_in(claims, own.role_claim, own.roles) if own.roles else None
        return Person(claims["iss"], claims["sub"], name_in(claims, own.name_claim), role)

    def _code_in(self, answer: Answer) -> str:
        discovery = self.provider.discovery()
        if answer.issuer not in (None, discovery.issuer) or (
            answer.issuer is None and discovery.names_issuer
        ):
            raise SignInRefused("The answer is not from the sign-in provider. Try again.")
        if answer.error is not None:
            code = answer.error if ERROR_CODE.fullmatch(answer.error) else "an unknown error"
            raise SignInRefused(f"{PROVIDER} {_WORDS.get(code, f'refused ({code})')}.")
        if not answer.code or len(answer.code) > _LONGEST_CODE:
            raise SignInRefused(f"{PROVIDER} sent no code. Try again.")
        return answer.code

    def _with_userinfo(self, claims: Mapping[str, Any], tokens: Tokens) -> Mapping[str, Any]:
        """Add what only the provider's userinfo says, if the ID token lacks a claim that is read.

        Some providers put nothing but the subject into ID tokens.
        """
        own = self.registration
        wanted = [own.name_claim, *([own.role_claim] if own.roles else [])]
        if all(claim_in(claims, name) is not None for name in wanted):
            return claims
        if tokens.access_token is None:
            return claims
        require_access_token(tokens.id_token, claims, tokens.access_token)
        userinfo = self.provider.userinfo(tokens.access_token)
        if userinfo and userinfo.get("sub") != claims["sub"]:
            raise SignInRefused(f"{PROVIDER} answered about somebody else. Nobody was signed in.")
        return {**userinfo, **claims}


def _made_of(secret: str, purpose: str) -> str:
    return base64url.encoded(hmac.digest(secret.encode(), purpose.encode(), "sha256"))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

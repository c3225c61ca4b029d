"""Asks the provider: what it says of itself, its keys, tokens for a code, and who somebody is.

All that comes back is bounded in size and time. What it says of itself and its keys are kept for an
hour; a token with an unknown key is a reason to ask for the keys again, at most once a minute.
After a failure it is left alone for a few seconds, and only a few threads ask at a time, so that a
provider that is down or slow does not hold up the pages. No message holds a token or a secret.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

from comicmaintainer import json_input
from comicmaintainer.errors import ProviderFailed, SignInRefused, SourceError, TooManyAttempts
from comicmaintainer.networks import may_be_asked
from comicmaintainer.openid.id_token import ALGORITHMS
from comicmaintainer.openid.keys import PublicKey, keys_for, usable_keys
from comicmaintainer.openid.model import ERROR_CODE, PROVIDER, Discovery, Registration, Tokens
from comicmaintainer.outgoing.transport import Call, Reply, Transport, TransportLimits

DISCOVERY_PATH = "/.well-known/openid-configuration"
KEPT_S = 3600.0
KEYS_ASKED_EVERY_S = 60.0
REST_S = 5.0
"""How long the provider is not asked what it is after a failure."""
MOST_ANSWER_BYTES = 512 << 10
MOST_ASKING = 3
LIMITS = TransportLimits(MOST_ANSWER_BYTES, 0, connect_s=5.0, silence_s=5.0, whole_s=10.0)
_OK = 200
_LONGEST_ADDRESS = 2000
_LONGEST_TOKEN = 64 << 10


class Provider:
    """The provider of a registration. Safe to share between threads."""

    def __init__(
        self,
        registration: Registration,
        transport: Transport | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registration = registration
        self._transport = transport or Transport(LIMITS)
        self._now = now
        self._asking = threading.BoundedSemaphore(MOST_ASKING)
        self._turn = threading.Lock()
        self._discovery: tuple[Discovery, float] | None = None
        self._keys: tuple[tuple[PublicKey, ...], float] | None = None
        self._failure: tuple[ProviderFailed, float] | None = None

    def discovery(self) -> Discovery:
        """Return what the provider says of itself.

        Raises:
            ProviderFailed: it can't be reached, or says something unusable.
            TooManyAttempts: others are asking it at this moment.
        """
        with self._turn:
            if self._discovery is not None and self._now() < self._discovery[1] + KEPT_S:
                return self._discovery[0]
            if self._failure is not None and self._now() < self._failure[1] + REST_S:
                raise ProviderFailed(self._failure[0].message)
        address = self._registration.issuer.rstrip("/") + DISCOVERY_PATH
        try:
            discovery = discovery_in(self._json(address), self._registration.issuer)
        except ProviderFailed as error:
            with self._turn:
                self._failure = (error, self._now())
            raise
        with self._turn:
            self._discovery, self._failure = (discovery, self._now()), None
        return discovery

    def keys(self, kid: str | None, algorithm: str) -> Sequence[PublicKey]:
        """Return the keys that may have signed a token with this `kid` and `alg`.

        Raises:
            ProviderFailed, TooManyAttempts: as for `discovery`.
        """
        kind, curve = ALGORITHMS[algorithm]
        with self._turn:
            kept, asked_at = self._keys or ((), float("-inf"))
        if self._now() < asked_at + KEPT_S:
            found = keys_for(kept, kid, algorithm, kind, curve)
            if found or self._now() < asked_at + KEYS_ASKED_EVERY_S:
                return found
        asked_at = self._now()
        fresh = usable_keys(self._json(self.discovery().jwks_uri))
        with self._turn:
            self._keys = (fresh, asked_at)
        return keys_for(fresh, kid, algorithm, kind, curve)

    def tokens(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """Return the tokens for the code of a sign-in.

        Raises:
            SignInRefused: the provider does not accept the code.
            ProviderFailed, TooManyAttempts: as for `discovery`.
        """
        discovery, own = self.discovery(), self._registration
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        if own.client_secret is None:
            form["client_id"] = own.client_id
        elif discovery.takes_basic:
            pair = f"{quote(own.client_id, safe='')}:{quote(own.client_secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": own.client_id, "client_secret": own.client_secret}
        reply = self._send(discovery.token_endpoint, headers=headers, form=form)
        answer = _object_in(reply)
        if reply.status != _OK:
            raise _token_refusal(reply, answer)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if not isinstance(id_token, str):
            raise SignInRefused(
                f"{PROVIDER} sent no ID token. Check that OIDC_SCOPES holds 'openid'."
            )
        is_usable = (
            isinstance(access_token, str)
            and access_token.isascii()
            and access_token.isprintable()
            and len(access_token) <= _LONGEST_TOKEN
        )
        return Tokens(id_token, access_token if is_usable else None)

    def userinfo(self, access_token: str) -> Mapping[str, Any]:
        """Return what the provider says about the owner of an access token; {} if it can't.

        Raises:
            ProviderFailed, TooManyAttempts: as for `discovery`.
        """
        endpoint = self.discovery().userinfo_endpoint
        if endpoint is None:
            return {}
        return self._json(endpoint, {"Authorization": f"Bearer {access_token}"})

    def _json(self, address: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        reply = self._send(address, headers={"Accept": "application/json", **(headers or {})})
        if reply.status != _OK:
            raise ProviderFailed(f"{PROVIDER} answered with an error (HTTP {reply.status}).")
        return _object_in(reply)

    def _send(
        self, address: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> Reply:
        call = Call(PROVIDER, address, MOST_ANSWER_BYTES, headers=headers, form=form)
        with self._place():
            try:
                return self._transport.send(call)
            except SourceError as error:
                raise ProviderFailed(error.message) from None

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._asking.acquire(blocking=False):
            raise TooManyAttempts("Too many people are signing in at this moment. Try again.")
        try:
            yield
        finally:
            self._asking.release()


def discovery_in(document: Mapping[str, Any], issuer: str) -> Discovery:
    """Return what a discovery document says, for the provider that should be `issuer`.

    Raises:
        ProviderFailed: it is another provider's, or names unusable addresses.
    """
    named = document.get("issuer")
    if not isinstance(named, str) or named.rstrip("/") != issuer.rstrip("/"):
        raise ProviderFailed(
            f"{PROVIDER} calls itself by another name than OIDC_ISSUER. Set OIDC_ISSUER to the "
            "'issuer' of its discovery document."
        )
    methods = document.get("token_endpoint_auth_methods_supported")
    return Discovery(
        named,
        _endpoint(document, "authorization_endpoint", issuer),
        _endpoint(document, "token_endpoint", issuer),
        _endpoint(document, "jwks_uri", issuer),
        _endpoint(document, "userinfo_endpoint", issuer)
        if "userinfo_endpoint" in document
        else None,
        takes_basic=not isinstance(methods, list)
        or "client_secret_basic" in methods
        or "client_secret_post" not in methods,
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """Return an address; a provider on https must not lead to plain http, here or elsewhere."""
    address = document.get(name)
    if (
        not isinstance(address, str)
        or len(address) > _LONGEST_ADDRESS
        or "#" in address
        or not may_be_asked(address)
        or (urlsplit(issuer).scheme == "https" and urlsplit(address).scheme != "https")
    ):
        raise ProviderFailed(f"{PROVIDER} names no usable address as {name!r}.")
    return address


def _object_in(reply: Reply) -> Mapping[str, Any]:
    try:
        value = json_input.parse_plain(reply.body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    status = "" if reply.status == _OK else f" (HTTP {reply.status})"
    raise ProviderFailed(f"{PROVIDER} sent something that is not a JSON object{status}.")


def _token_refusal(reply: Reply, answer: Mapping[str, Any]) -> SignInRefused | ProviderFailed:
    code = answer.get("error")
    if not isinstance(code, str) or not ERROR_CODE.fullmatch(code):
        return ProviderFailed(f"{PROVIDER} answered with an error (HTTP {reply.status}).")
    if code == "invalid_grant":
        return SignInRefused(f"{PROVIDER} says that this sign-in is no longer valid. Try again.")
    if code in ("invalid_client", "unauthorized_client"):
        return ProviderFailed(
            f"{PROVIDER} does not accept OIDC_CLIENT_ID and OIDC_CLIENT_SECRET ({code})."
        )
    return ProviderFailed(f"{PROVIDER} refuses to give tokens ({code}).")

"""A sign-in provider (OpenID Connect) over real HTTP, with real keys, that can misbehave.

It lets everybody in who comes to its authorization endpoint, as the person in `person`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

CLIENT_ID = "comics"
CLIENT_SECRET = "s3cret/of+the client"


@lru_cache
def rsa_key(name: str) -> RSAKey:
    """Return an RSA key, the same for the same name: making one takes long."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@lru_cache
def ec_key(name: str) -> ECKey:
    """Return a P-256 key."""
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig"})


def usual_token(claims: Mapping[str, Any], key: Key, algorithm: str) -> str:
    """Return a signed token."""
    header = {"alg": algorithm, "kid": key.kid or "", "typ": "JWT"}
    return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[algorithm])


@dataclass(slots=True)
class Behaviour:
    """What tests change while the provider runs.

    `claims` replace those of ID tokens (None removes one), `discovery` members of its document.
    `keys` are listed, `key` signs. `make_token` replaces the signing. `answers` replaces the bytes
    and the status of a path. `redirects` send from paths to
    addresses. `silent` is a path that never ends its answer.
    """

    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "1001", "preferred_username": "Ada"}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=lambda: [rsa_key("one"), ec_key("two")])
    key: Key = field(default_factory=lambda: rsa_key("one"))
    algorithm: str = "RS256"
    make_token: Callable[[Mapping[str, Any], Key, str], str] = usual_token
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    silent: str | None = None
    codes_last_for_ever: bool = False


class OpenIdProvider:
    """The provider; `issuer` is its address."""

    def __init__(self) -> None:
        self.behaviour = Behaviour()
        self.asked: Counter[str] = Counter()
        """How often each path was asked for."""
        self.codes: dict[str, dict[str, str]] = {}
        """The authorization requests of codes that were not used yet."""
        self.last_form: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})
        """Headers and fields of the newest request for tokens."""
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.provider = self
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[OpenIdProvider]:
        """Answer within the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self.stop()
            thread.join()

    def reset(self) -> None:
        """Behave as usual again."""
        self.behaviour = Behaviour()
        self.asked.clear()
        self.codes.clear()

    def stop(self) -> None:
        """Answer nothing any more."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def discovery(self) -> dict[str, Any]:
        """Return the discovery document."""
        names = {
            "authorization_endpoint": "/authorize?theme=dark",
            "token_endpoint": "/token",
            "jwks_uri": "/keys",
            "userinfo_endpoint": "/userinfo",
        }
        usual: dict[str, Any] = {
            "issuer": self.issuer,
            **{name: self.issuer + p for name, p in names.items()},
        }
        usual["authorization_response_iss_parameter_supported"] = True
        return usual | self.behaviour.discovery

    def authorize(self, query: Mapping[str, str]) -> str:
        """Return where the browser is sent after somebody signed in at the provider."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = dict(query)
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def tokens(self, form: Mapping[str, str], authorization: str) -> tuple[int, Any]:
        """Return status and body for a code, of which the client must prove that it is its own."""
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        if [unquote(each) for each in pair] != [CLIENT_ID, CLIENT_SECRET]:
            return 401, {"error": "invalid_client"}
        code = form.get("code", "")
        asked = self.codes.get(code)
        if asked is None:
            return 400, {"error": "invalid_grant", "error_description": f"unknown code {code}"}
        if not self.behaviour.codes_last_for_ever:
            del self.codes[code]
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        )
        if challenge.rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        id_token = self.id_token(asked["nonce"])
        return 200, {"access_token": "acc3ss", "token_type": "Bearer", "id_token": id_token}

    def id_token(self, nonce: str) -> str:
        """Return an ID token about the person, as the behaviour wants it."""
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.behaviour.person,
            **self.behaviour.claims,
        }
        claims = {name: value for name, value in usual.items() if value is not None}
        behaviour = self.behaviour
        return behaviour.make_token(claims, behaviour.key, behaviour.algorithm)


class _Server(ThreadingHTTPServer):
    provider: OpenIdProvider
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        provider = self.server.provider
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        if self._is_replaced(path):
            return
        if path == "/.well-known/openid-configuration":
            self._send(200, provider.discovery())
        elif path == "/keys":
            listed = [key.as_dict(private=False) for key in provider.behaviour.keys]
            self._send(200, {"keys": listed})
        elif path == "/authorize":
            self.send_response(302)
            asked = {name: values[-1] for name, values in parse_qs(query).items()}
            self.send_header("Location", provider.authorize(asked))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/userinfo" and self.headers["Authorization"] == "Bearer acc3ss":
            self._send(200, provider.behaviour.userinfo)
        else:
            self._send(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[-1] for name, values in parse_qs(body).items()}
        self.server.provider.last_form = (dict(self.headers), form)
        if self._is_replaced(self.path):
            return
        self._send(*self.server.provider.tokens(form, self.headers.get("Authorization", "Basic ")))

    def _is_replaced(self, path: str) -> bool:
        provider = self.server.provider
        provider.asked[path] += 1
        if path == provider.behaviour.silent:
            self.send_response(200)
            self.end_headers()
            provider.closing.wait(30)
            return True
        if path in provider.behaviour.redirects:
            self.send_response(302)
            self.send_header("Location", provider.behaviour.redirects[path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return True
        if path not in provider.behaviour.answers:
            return False
        self._send_bytes(*provider.behaviour.answers[path])
        return True

    def _send(self, status: int, value: Any) -> None:
        self._send_bytes(status, json.dumps(value).encode())

    def _send_bytes(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay silent."""

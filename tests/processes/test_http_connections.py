from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from asyncio import AbstractEventLoop
from dataclasses import dataclass, field
from typing import cast

import pytest

from comicmaintainer.processes import http_connections
from comicmaintainer.processes.http_connections import LOOK_EVERY_S, Connections, ListeningLoop
from tests.kit.event_loop import run_coroutine


@dataclass(eq=False)
class Client:
    """A connection as Connections sees it."""

    network: str = "192.0.2.1"
    heard_at: float = 0.0
    waiting: bool = True
    dropped: bool = False
    looks: list[float] = field(default_factory=list)

    def is_waiting(self) -> bool:
        return self.waiting

    def look(self, now: float, elapsed_s: float) -> None:
        self.looks.append(elapsed_s)

    def drop(self) -> None:
        self.dropped = True


class TimedLoop:
    """A loop of which only the time is used."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[tuple[float, tuple]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, call, *arguments) -> object:
        self.calls.append((delay, (call, *arguments)))
        return object()


def admit(connections: Connections, *clients: Client) -> list[bool]:
    return [connections.admit(client, cast("AbstractEventLoop", TimedLoop())) for client in clients]


def test_longest_silent_client_is_closed_to_make_room():
    connections = Connections(20, 0)
    clients = [Client(heard_at=float(number)) for number in (5, 3, 4, *range(10, 27))]
    assert all(admit(connections, *clients))
    assert admit(connections, Client(heard_at=30.0)) == [True]
    dropped = [client for client in clients if client.dropped]
    assert clients[1] in dropped
    assert max(client.heard_at for client in dropped) < min(
        client.heard_at for client in clients if not client.dropped
    )
    assert len(connections) <= 20


def test_client_being_served_is_not_closed_for_a_new_one():
    connections = Connections(2, 0)
    served = [Client(waiting=False), Client(waiting=False)]
    newcomer = Client()
    assert admit(connections, *served, newcomer) == [True, True, False]
    assert not any(client.dropped for client in served)
    connections.leave(newcomer)
    connections.leave(served[0])
    assert admit(connections, Client()) == [True]


def test_room_in_one_network_is_made_in_that_network():
    connections = Connections(100, 3)
    other = Client(network="192.0.2.2", heard_at=-100.0)
    crowd = [Client(heard_at=float(number)) for number in range(4)]
    assert all(admit(connections, other, *crowd))
    assert not other.dropped
    assert crowd[0].dropped
    assert not crowd[3].dropped


def test_connections_are_checked_while_any_are_open():
    connections, clock, client = Connections(10, 0), TimedLoop(), Client()
    connections.admit(client, cast("AbstractEventLoop", clock))
    for _ in range(2):
        ((delay, (call, *arguments)),) = clock.calls
        clock.calls.clear()
        clock.now += delay
        call(*arguments)
    assert client.looks == [LOOK_EVERY_S] * 2
    connections.leave(client)
    ((_, (call, *arguments)),) = clock.calls
    clock.calls.clear()
    call(*arguments)
    assert clock.calls == []
    assert len(connections) == 0


def test_missing_tls_handshake_times_out(tmp_path, monkeypatch):
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=nas"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setattr(http_connections, "HANDSHAKE_WITHIN_S", 0.5)

    async def scene() -> bytes:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0, ssl=context)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        got = await reader.read()
        writer.close()
        server.close()
        return got

    assert run_coroutine(asyncio.wait_for(scene(), 30), ListeningLoop) == b""

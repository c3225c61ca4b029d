"""A proxy in front of a PostgreSQL server that delays what both sides say, as a network does."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_CHUNK = 1 << 16


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float
) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(_CHUNK):
        # Later ones are written later, so their order stays.
        loop.call_later(delay_s, writer.write, data)
    loop.call_later(delay_s, writer.close)


async def _serve(server: dict[str, Any], delay_s: float, ports: Any) -> None:
    host, port = server.get("host", "localhost"), int(server.get("port", 5432))

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host.startswith("/"):
            own = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            own = await asyncio.open_connection(host, port)
        await asyncio.gather(
            _forward(reader, own[1], delay_s),
            _forward(own[0], writer, delay_s),
            return_exceptions=True,
        )

    proxy = await asyncio.start_server(meet, "127.0.0.1", 0)
    ports.put(proxy.sockets[0].getsockname()[1])
    async with proxy:
        await proxy.serve_forever()


def _run(server: dict[str, Any], delay_s: float, ports: Any) -> None:
    asyncio.run(_serve(server, delay_s, ports))


@contextmanager
def delayed(url: str, round_trip_s: float) -> Iterator[str]:
    """Yield an address of the same database over a network with this round trip."""
    if not round_trip_s:
        yield url
        return
    given = conninfo_to_dict(url)
    context = multiprocessing.get_context("spawn")
    ports = context.Queue()
    proxy = context.Process(target=_run, args=(given, round_trip_s / 2, ports), daemon=True)
    proxy.start()
    try:
        yield make_conninfo("", **{**given, "host": "127.0.0.1", "port": ports.get(timeout=30)})
    finally:
        proxy.kill()
        proxy.join()

"""One host of the rival in many_hosts.py: Procrastinate delivers, our token decides.

Procrastinate (MIT) hands out chunks of a job's items. A chunk's items are claimed by their token,
run, and handed in as our workers do, since it knows neither items nor results. It lies in the
folder PACKAGES, where many_hosts.py installs it.

    procrastinate_host.py PACKAGES schema URL
    procrastinate_host.py PACKAGES defer URL JOB ITEMS CHUNK
    procrastinate_host.py PACKAGES work URL FOLDER HOST THREADS ITEM_S
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from comicmaintainer.database import Turn
from comicmaintainer.database.opening import open_server
from comicmaintainer.jobs.engine.item_store import ItemStore
from comicmaintainer.jobs.engine.worker_store import WorkerStore
from comicmaintainer.jobs.model import ClaimedItem, HandIn, Outcome, Trigger

CLAIM = """
    UPDATE job_items
    SET state = 'processing', worker_id = ?, attempt = attempt + 1, claimed_at = ?
    WHERE job_id = ? AND seq BETWEEN ? AND ? AND state = 'queued'
    RETURNING seq, item, attempt
"""


def app_of(url: str, threads: int) -> Any:
    """Return Procrastinate's application."""
    from procrastinate import App, PsycopgConnector

    return App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=threads + 2))


async def schema(url: str) -> None:
    """Make Procrastinate's tables."""
    async with app_of(url, 1).open_async() as app:
        await app.schema_manager.apply_schema_async()


async def defer(url: str, job_id: str, items: int, chunk: int) -> None:
    """Hand all items of a job to Procrastinate, in chunks."""
    async with app_of(url, 1).open_async() as app:
        chunks = [
            {"job_id": job_id, "first": first, "last": min(first + chunk, items) - 1}
            for first in range(0, items, chunk)
        ]
        await app.configure_task("chunk").batch_defer_async(*chunks)


async def work(url: str, folder: Path, host: str, threads: int, item_s: float) -> None:
    """Run chunks until the process is ended."""
    database = open_server(url, folder, host)
    items, worker_id = ItemStore(database), f"rival-{host}"
    WorkerStore(database).register(worker_id, host, os.getpid(), threads, database.now())
    app = app_of(url, threads)
    logging.getLogger("procrastinate").setLevel(logging.ERROR)

    def run(job_id: str, first: int, last: int) -> None:
        with database.transaction(Turn.ROWS) as transaction:
            rows = transaction.rows(CLAIM, (worker_id, database.now(), job_id, first, last))
        done = []
        for row in rows:
            claim = ClaimedItem(
                job_id, row["seq"], row["item"], "work", {}, {}, False, Trigger.API, None,
                worker_id, row["attempt"],
            )  # fmt: skip
            started = time.monotonic()
            if item_s:
                time.sleep(item_s)
            done.append(
                HandIn(claim, Outcome(True, {"changed": False}), time.monotonic() - started)
            )
        items.exchange(worker_id, done, 0, (), database.now())

    @app.task(name="chunk")
    async def chunk(job_id: str, first: int, last: int) -> None:
        await asyncio.to_thread(run, job_id, first, last)

    async with app.open_async():
        print("ready", flush=True)
        await app.run_worker_async(concurrency=threads, delete_jobs="never")


def main(packages: str, command: str, url: str, *rest: str) -> None:
    """Do what the command line asks for."""
    # Behind our own, which it shares.
    sys.path.append(packages)
    if command == "schema":
        asyncio.run(schema(url))
    elif command == "defer":
        asyncio.run(defer(url, rest[0], int(rest[1]), int(rest[2])))
    else:
        Path(rest[0]).mkdir(parents=True, exist_ok=True)
        asyncio.run(work(url, Path(rest[0]), rest[1], int(rest[2]), float(rest[3])))


if __name__ == "__main__":
    main(*sys.argv[1:])

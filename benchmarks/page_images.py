"""Times page lists, thumbnails and whole pages, and how long other requests wait meanwhile.

    python benchmarks/page_images.py [--comics 4] [--pages 25]

Draws comics of about 20 MB as CBZ and CBT, starts Gunicorn as shipped with one web worker,
and sends requests over open connections. "Cold" images were never made, "warm"
ones are kept on disk. The page cache of the system is warm throughout.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import random
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from web_latency import ROOT, memory_mib, wait_for

PAGE_PX = (1400, 2100)
QUALITY = 60
WARM_ROUNDS = 10
LARGE_PAGES = 8


def drawn_page(seed: int) -> bytes:
    """Return a JPEG of about 800 KB, as large as a scanned page."""
    noise = random.Random(seed).randbytes(350 * 525 * 3)
    image = Image.frombytes("RGB", (350, 525), noise).resize(PAGE_PX, Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def as_cbz(path: Path, pages: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in pages.items():
            archive.writestr(name, content)


def as_cbt(path: Path, pages: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, content in pages.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def library(services: Services, folder: Path, arguments: argparse.Namespace) -> dict[str, list]:
    pages = {f"{number:03}.jpg": drawn_page(number) for number in range(arguments.pages)}
    services.catalogue.add_root(folder)
    found: dict[str, list] = {}
    for suffix, write in (("cbz", as_cbz), ("cbt", as_cbt)):
        for number in range(arguments.comics):
            path = folder / f"Comic {number}.{suffix}"
            write(path, pages)
            status = path.stat()
            facts = FileFacts(format=suffix, page_count=len(pages))
            services.catalogue.upsert(
                [SeenFile(str(path), status.st_size, status.st_mtime_ns, 0, status.st_ino, facts)]
            )
            row = services.catalogue.by_path(path)
            found.setdefault(suffix, []).append(row.file_id)
            print(f"{path.name}: {status.st_size / 1e6:.1f} MB", file=sys.stderr)
    return found


class Asker:
    """One open connection."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"X-Api-Key": key}

    def ms(self, path: str) -> float:
        """Send one request, read the whole answer, and return the time."""
        began = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)
        return (time.perf_counter() - began) * 1000


def summary(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    return {
        "p50_ms": round(times[len(times) // 2], 1),
        "p99_ms": round(times[len(times) * 99 // 100], 1),
        "count": len(times),
    }


def others_meanwhile(asker: Asker, busy: Callable[[], None]) -> dict[str, float]:
    """Measure another request to the same web worker while `busy` runs."""
    times: list[float] = []
    working = threading.Thread(target=busy)
    working.start()
    while working.is_alive():
        times.append(asker.ms("/api/files"))
    return summary(times)


def figures(port: int, key: str, ids: dict[str, list], count: int) -> Iterator[tuple[str, Any]]:
    asker = Asker(port, key)
    other = Asker(port, key)
    numbers = range(count)
    for kind, files in ids.items():
        pages = [f"/api/files/{file}/pages" for file in files]
        yield f"{kind}: list, cold", summary([asker.ms(path) for path in pages])
        warm = [asker.ms(path) for path in pages for _ in range(WARM_ROUNDS)]
        yield f"{kind}: list, warm", summary(warm)
        whole = [f"{path}/{number}" for path in pages[:-1] for number in numbers]
        yield f"{kind}: whole page, first time", summary([asker.ms(path) for path in whole])
        yield f"{kind}: whole page, again", summary([asker.ms(path) for path in whole])
        small = [f"{path}/{number}?width=160" for path in pages[:-1] for number in numbers]
        yield f"{kind}: thumbnail, cold", summary([asker.ms(path) for path in small])
        yield f"{kind}: thumbnail, warm", summary([asker.ms(path) for path in small])
        last = [f"{pages[-1]}/{number}?width=1280" for number in numbers[:LARGE_PAGES]]
        asked = others_meanwhile(other, lambda last=last: [asker.ms(path) for path in last])  # type: ignore[misc]
        yield f"{kind}: files page while large thumbnails are made", asked


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    comics = folder / "comics"
    comics.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    variables = {
        "CONFIG_DIR": str(folder / "config"),
        "WATCHED_DIR": str(comics),
        "WEB_HOST": "127.0.0.1",
        "WEB_PORT": str(port),
        "GUNICORN_WORKERS": "1",
    }
    services = Services.build(Settings.from_environment(variables))
    ids = library(services, comics, arguments)
    key = services.accounts.create_key("benchmark")
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")],
        cwd=ROOT,
        env=os.environ | variables,
        stderr=subprocess.DEVNULL,
    )
    found: dict[str, Any] = {}
    try:
        wait_for(port)
        for name, figure in figures(port, key, ids, arguments.pages):
            found[name] = figure
            print(f"{name:50} {figure}", file=sys.stderr, flush=True)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        for process_id in map(int, children.read_text().split()):
            found["web worker"] = memory_mib(process_id)
    finally:
        server.terminate()
        server.wait(20)
    services.database.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comics", type=int, default=4)
    parser.add_argument("--pages", type=int, default=25)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(json.dumps(measure(Path(temporary), arguments), indent=1))


if __name__ == "__main__":
    main()

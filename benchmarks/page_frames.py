"""Scrolls the library's page in a browser over a large catalogue, and counts slow frames.

    python benchmarks/page_frames.py --database FILE [--screens 60] [--size 1440x900]

`FILE` is a catalogue that `library_search.py --keep` has kept; it is copied. Starts Gunicorn as
shipped, and in Debian's Chromium scrolls each view of the library by `--screens` screens, one every
100 ms, then jumps to the end and to the middle. A slow frame is one that the browser reports as a
long animation frame: the page was busy for more than 50 ms. Target: none. The processor does the
drawing here, which a graphics card would take over.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import SqliteDatabase
from web_latency import ROOT, wait_for

NAME, PASSWORD = "reader", "lanterns at low tide"
VIEWS = ("table", "issues", "series", "folders")
LIMIT_MS = 50
STEP_MS = 100
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
WATCH = """
    window.busy = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.busy.push(Math.round(entry.duration));
    }).observe({ type: "long-animation-frame" });
"""


def scrolled(page: Any, screens: int) -> dict[str, Any]:
    """Scroll the page that is open; return its slow frames in ms and how many frames there were."""
    page.evaluate(WATCH)
    page.evaluate(
        "() => { window.frames_seen = 0; const next = () => {"
        " window.frames_seen += 1; requestAnimationFrame(next); }; requestAnimationFrame(next); }"
    )
    page.mouse.move(*(each / 2 for each in page.viewport_size.values()))
    for _ in range(screens):
        page.mouse.wheel(0, page.viewport_size["height"])
        page.wait_for_timeout(STEP_MS)
    for part in (1.0, 0.5):
        page.evaluate("(part) => scrollTo(0, document.body.scrollHeight * part)", part)
        page.wait_for_timeout(10 * STEP_MS)
    busy = sorted(page.evaluate("window.busy"), reverse=True)
    return {
        "frames": page.evaluate("window.frames_seen"),
        f"over_{LIMIT_MS}_ms": len(busy),
        "longest_ms": busy[:5],
        "elements": page.evaluate("document.querySelectorAll('*').length"),
    }


@contextmanager
def serving(catalogue: Path) -> Iterator[str]:
    """Serve a copy of a catalogue to a user inside the block; yield the address."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        shutil.copyfile(catalogue, Path(folder) / "jobs.db")
        database = SqliteDatabase(Path(folder) / "jobs.db")
        Accounts(database).create_user(NAME, PASSWORD)
        database.close()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py")],
            cwd=ROOT,
            env=os.environ | {"CONFIG_DIR": folder, "WEB_HOST": "127.0.0.1", "WEB_PORT": str(port)},
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def main() -> None:
    """Print the slow frames of each view."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--screens", type=int, default=60)
    parser.add_argument("--size", default="1440x900", help="of the window, in pixels")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with serving(asked.database) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(f"{address}/login")
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{address}/")
        for view in VIEWS:
            page.goto(f"{address}/?view={view}")
            page.wait_for_load_state("networkidle")
            print(json.dumps({"view": view, **scrolled(page, asked.screens)}), flush=True)
        browser.close()


if __name__ == "__main__":
    main()

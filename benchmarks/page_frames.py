"""Scrolls the library's page in a browser over a large catalogue, and counts slow frames.

    python benchmarks/page_frames.py --database FILE [--screens 30] [--size 1440x900]

`FILE` is a catalogue that `library_search.py --keep` has kept; it is copied. Starts Gunicorn as
shipped, and in Debian's Chromium scrolls each view of the library by `--screens` screens: as a
wheel does, 120 pixels every 30 ms; then a screen every 100 ms; then to the end, back and on. A slow
frame is one that the browser reports as a long animation frame: the page was busy for more than
50 ms. Target: none with the wheel. The processor does the drawing here, which a graphics card would
take over.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import SqliteDatabase
from web_latency import started_web, wait_for

NAME, PASSWORD = "reader", "lanterns at low tide"
VIEWS = ("table", "issues", "series", "folders")
LIMIT_MS = 50
WHEEL_PX, WHEEL_MS = 120, 30
SCREEN_MS, JUMP_MS = 100, 1000
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
WATCH = """() => {
    window.busy = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.busy.push(Math.round(entry.duration));
    }).observe({ type: "long-animation-frame" });
    const next = () => { window.counted += 1; requestAnimationFrame(next); };
    requestAnimationFrame(next);
}"""


def scrolled(page: Any, screens: int) -> Iterator[dict[str, Any]]:
    """Scroll the page that is open; yield the slow frames of each way, in ms."""
    height = page.viewport_size["height"]
    page.evaluate(WATCH)
    page.mouse.move(*(each / 2 for each in page.viewport_size.values()))
    ways = {
        "wheel": ([WHEEL_PX] * (screens * height // WHEEL_PX), WHEEL_MS),
        "screens": ([height] * screens, SCREEN_MS),
        "jumps": ([10**8, -(10**7), 10**6], JUMP_MS),
    }
    for way, (steps, pause_ms) in ways.items():
        page.evaluate("() => { window.busy = []; window.counted = 0; }")
        for step in steps:
            page.mouse.wheel(0, step)
            page.wait_for_timeout(pause_ms)
        page.wait_for_timeout(JUMP_MS)
        busy = sorted(page.evaluate("window.busy"), reverse=True)
        frames = page.evaluate("window.counted")
        yield {"by": way, "frames": frames, f"over_{LIMIT_MS}_ms": len(busy), "longest": busy[:3]}


@contextmanager
def serving(catalogue: Path) -> Iterator[str]:
    """Serve a copy of a catalogue to a user inside the block; yield the address."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        shutil.copyfile(catalogue, Path(folder) / "jobs.db")
        database = SqliteDatabase(Path(folder) / "jobs.db")
        Accounts(database).create_user(NAME, PASSWORD)
        database.close()
        server, port = started_web(Path(folder))
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
    parser.add_argument("--screens", type=int, default=30)
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
            for figures in scrolled(page, asked.screens):
                print(json.dumps({"view": view, **figures}), flush=True)
        browser.close()


if __name__ == "__main__":
    main()

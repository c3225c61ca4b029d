"""Scrolls the library's page in a browser over a large catalogue, and counts slow frames.

    python benchmarks/page_frames.py --database FILE [--screens 30] [--size 1440x900]
        [--covers 400] [--keep FOLDER] [--views table,issues,series,folders]

`FILE` is a catalogue that `library_search.py --keep` has kept; it is copied, and each of its files
gets one of `--covers` drawn covers, as if all had been looked at before (0: none has a cover).
`--keep` keeps both for the next run. Starts Gunicorn as shipped, and in Debian's Chromium scrolls
each view of the library by `--screens` screens: as a wheel does, 120 pixels every 30 ms; then a
screen every 100 ms; then to the end, back and on. A slow frame is one that the browser reports as a
long animation frame: the page was busy for more than 50 ms. `late` are frames that began more than
50 ms after the one before, whatever the reason. On a machine with other work, both count that work
as well; `cpu_ms` are the longest tasks of the page in processor time, drawing a frame is one task.
`shown_ms` is how long after scrolling the covers in view were all there. Target: no slow frame with
the wheel. The processor does the drawing here, which a graphics card would take over.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from comicmaintainer.accounts import Accounts
from comicmaintainer.database import SqliteDatabase
from drawn_covers import keep_covers
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
    const next = (now) => {
        if (now - window.last > LIMIT) window.late.push(Math.round(now - window.last));
        window.last = now;
        window.counted += 1;
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
}""".replace("LIMIT", str(LIMIT_MS))
ZERO = "() => Object.assign(window, { busy: [], late: [], counted: 0, last: Infinity })"
SHOWN = """() => [...document.querySelectorAll(".library-lists img")].every((image) => {
    const { top, bottom, width } = image.getBoundingClientRect();
    return !width || bottom < 0 || top > innerHeight || (image.complete && image.naturalWidth);
})"""


def scrolled(page: Any, screens: int, *, has_covers: bool) -> Iterator[dict[str, Any]]:
    """Scroll the page that is open; yield the slow frames of each way, in ms."""
    height = page.viewport_size["height"]
    page.evaluate(ZERO)
    page.evaluate(WATCH)
    page.mouse.move(*(each / 2 for each in page.viewport_size.values()))
    ways = {
        "wheel": ([WHEEL_PX] * (screens * height // WHEEL_PX), WHEEL_MS),
        "screens": ([height] * screens, SCREEN_MS),
        "jumps": ([10**8, -(10**7), 10**6], JUMP_MS),
    }
    for way, (steps, pause_ms) in ways.items():
        page.evaluate(ZERO)
        with tasks(page) as cpu_ms:
            for step in steps:
                page.mouse.wheel(0, step)
                page.wait_for_timeout(pause_ms)
            shown_ms = until_shown_ms(page) if has_covers else None
            page.wait_for_timeout(JUMP_MS)
        busy, late = (
            sorted(page.evaluate(f"window.{name}"), reverse=True) for name in ("busy", "late")
        )
        frames = page.evaluate("window.counted")
        yield {
            "by": way,
            "frames": frames,
            f"over_{LIMIT_MS}_ms": len(busy),
            "longest": busy[:3],
            "late": len(late),
            "latest": late[:3],
            "cpu_ms": cpu_ms[:3],
            "shown_ms": shown_ms,
        }


@contextmanager
def tasks(page: Any) -> Iterator[list[int]]:
    """Yield a list; after the block it has the processor times of the page's tasks, longest first.

    In ms.
    """
    found: list[int] = []
    browser = page.context.browser
    browser.start_tracing(page=page, categories=["toplevel"])
    yield found
    events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    found += sorted(
        (
            round(event["tdur"] / 1000)
            for event in events
            if (event["pid"], event["tid"]) in threads and "tdur" in event
        ),
        reverse=True,
    )


def until_shown_ms(page: Any) -> int:
    """Wait until all covers in view are there."""
    began = time.monotonic()
    page.wait_for_function(SHOWN)
    return round((time.monotonic() - began) * 1000)


def fill(folder: Path, catalogue: Path, covers: int) -> None:
    """Copy a catalogue, with a user and the covers of its files, unless they are there."""
    if (folder / "jobs.db").exists():
        return
    shutil.copyfile(catalogue, folder / "jobs.db")
    database = SqliteDatabase(folder / "jobs.db")
    Accounts(database).create_user(NAME, PASSWORD)
    if covers:
        mean_bytes = keep_covers(database, folder / "cache" / "covers", covers)
        print(json.dumps({"covers": covers, "mean_bytes": mean_bytes}), flush=True)
    database.close()


@contextmanager
def serving(catalogue: Path, covers: int, keep: Path | None) -> Iterator[str]:
    """Serve a copy of a catalogue to a user inside the block; yield the address."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        fill(folder, catalogue, covers)
        server, port = started_web(folder)
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
    parser.add_argument("--covers", type=int, default=400, help="how many pictures to draw")
    parser.add_argument("--keep", type=Path, help="use (and keep) the copy in this folder")
    parser.add_argument("--views", default=",".join(VIEWS))
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with (
        serving(asked.database, asked.covers, asked.keep) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(f"{address}/login")
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{address}/")
        for view in asked.views.split(","):
            page.goto(f"{address}/?view={view}")
            page.wait_for_load_state("networkidle")
            for figures in scrolled(page, asked.screens, has_covers=bool(asked.covers)):
                print(json.dumps({"view": view, **figures}), flush=True)
        browser.close()


if __name__ == "__main__":
    main()

"""A reader of the documentation's site, who searches it, stays on its host."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from website.__main__ import build

pytest.importorskip("zensical", reason="./test.sh installs it")
pytestmark = pytest.mark.browser

OPEN_SHADOWS = """
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  return attach.call(this, { ...options, mode: "open" });
};
"""
"""Lets a test look into the search, which is in a closed shadow tree."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    build(tmp_path / "site")
    handler = partial(Quiet, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_reader_and_a_search_ask_no_other_host(open_page: Any, address: str) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(OPEN_SHADOWS)
    for path in ("/docs/index.html", "/docs/webhooks.html", "/index.html"):
        page.goto(address + path)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("combobox").fill("glance")
    page.locator("a", has_text="Glance").first.click()
    page.wait_for_url(lambda url: url != f"{address}/index.html")
    assert len(asked) > 8
    assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []

"""The files of pages: kept by browsers for good, under an address that changes with them."""

from __future__ import annotations

import re
from pathlib import Path

from comicmaintainer.web.static_files import digest_of


def test_page_links_files_that_are_cached_for_good(stranger):
    page = stranger.get("/login", headers={"Accept": "text/html"}).text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) > 4
    for address in addresses:
        answer = stranger.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"].endswith("immutable")


def test_page_of_an_older_version_still_finds_its_files(stranger):
    assert stranger.get("/static/0123456789ab/js/base/dom.js").status_code == 200
    assert stranger.get("/static/0123456789ab/js/none.js").status_code == 404


def test_nothing_but_static_files_is_served(stranger):
    for path in ("/static/x/../../app.py", "/static/x/%2e%2e/%2e%2e/app.py", "/static/", "/static"):
        assert stranger.get(path).status_code in (303, 401, 404, 307)


def test_digest_changes_with_any_content_and_any_name(tmp_path: Path):
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text("1")
    first = digest_of(tmp_path)
    (tmp_path / "js" / "a.js").write_text("2")
    second = digest_of(tmp_path)
    (tmp_path / "js" / "a.js").rename(tmp_path / "js" / "b.js")
    assert len({first, second, digest_of(tmp_path)}) == 3

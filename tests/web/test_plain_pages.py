"""Pages to read without JavaScript."""

from __future__ import annotations

import re

import pytest

from tests.web.job_steps import submit, work
from tests.web.test_file_routes import catalogued, comic


@pytest.fixture
def page(client):
    """Return a function that opens a page as a browser without scripts does."""

    def opened(path, **query):
        answer = client.get(path, params=query or None, headers={"Accept": "text/html"})
        assert answer.status_code == 200
        return answer.text

    return opened


def test_pages_lead_there_where_scripts_do_not_run(page):
    for path in ("/", "/jobs", "/system"):
        shown = re.search(r"<noscript>(.*?)</noscript>", page(path), re.DOTALL)
        assert shown is not None
        assert 'href="/plain"' in shown[1]
        assert 'href="/plain/jobs"' in shown[1]


def test_library_is_searched_and_a_comic_shown_with_its_tags(page, parts, library):
    file_id = catalogued(parts, comic(library / "Saga" / "Saga <b> 7.cbz"))
    shown = page("/plain")
    assert f'href="/plain/files/{file_id}">Saga &lt;b&gt; 7.cbz' in shown
    assert "No comics match." in page("/plain", text="nothing")
    about = page(f"/plain/files/{file_id}")
    assert "<h1>Saga &lt;b&gt; 7.cbz</h1>" in about
    assert f'src="/api/files/{file_id}/cover"' in about


def test_a_long_library_has_pages(page, parts, library, monkeypatch):
    monkeypatch.setattr("comicmaintainer.web.plain_pages._LIMIT", 1)
    for number in (1, 2):
        catalogued(parts, comic(library / "Saga" / f"Saga {number}.cbz"))
    first = page("/plain", text="saga")
    following = re.search(r'href="(/plain\?[^"]+)">Next comics', first)
    assert following is not None
    second = page(following[1].replace("&amp;", "&"))
    assert ("Saga 1.cbz" in first, "Saga 2.cbz" in second) == (True, True)
    assert "Next comics" not in second


def test_jobs_are_listed_newest_first(page, parts):
    submit(parts)
    work(parts, fail={"/c/1.cbz"})
    shown = page("/plain/jobs")
    assert "completed" in shown
    assert "3 of 3" in shown


def test_an_unknown_comic_is_said(client):
    assert client.get("/plain/files/987654").status_code == 404


@pytest.mark.parametrize("path", ["/plain", "/plain/jobs", "/plain/files/1"])
def test_plain_pages_are_closed_to_strangers(stranger, path):
    assert stranger.get(path).status_code == 401

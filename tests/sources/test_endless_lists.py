"""Lists that a source makes far too long: little of them is made, and nothing else is held."""

from __future__ import annotations

import weakref
from typing import Any

import pytest

from comicmaintainer.matching.questions import IssueList, SeriesSearch
from comicmaintainer.sources import readings
from comicmaintainer.sources.client import Client
from comicmaintainer.sources.comicvine import ComicVine
from comicmaintainer.sources.metron import Metron


class Page(dict[str, Any]):
    """A page whose end of life can be seen."""


def issues(page: int, count: int) -> Page:
    rows = [
        {"id": page * count + number, "number": "1", "volume": {"id": 10}, "series": {"id": 10}}
        for number in range(count)
    ]
    return Page(results=rows, total=1 << 50, next="/more")


@pytest.mark.parametrize("client", [ComicVine(), Metron()])
def test_pages_without_end_are_given_up_and_not_held(client: Client) -> None:
    asking = client.answer(IssueList("10"))
    next(asking)
    earlier: list[weakref.ref[Page]] = []
    pages = 0
    while True:
        page = issues(pages, 10)
        earlier.append(weakref.ref(page))
        pages += 1
        try:
            asking.send(page)
        except StopIteration as end:
            found = end.value
            break
        del page
        assert all(each() is None for each in earlier[:-1])
    assert pages == 100
    assert len(found) == 1000


@pytest.mark.parametrize("client", [ComicVine(), Metron()])
def test_a_page_has_no_more_rows_than_any_source_sends(client: Client) -> None:
    asking = client.answer(IssueList("10"))
    next(asking)
    page = issues(0, 5 * readings.MOST) | {"total": 1, "next": None}
    with pytest.raises(StopIteration) as end:
        asking.send(page)
    assert len(end.value.value) == readings.MOST


def test_a_series_has_no_more_other_names_than_any_series_has() -> None:
    asking = ComicVine().answer(SeriesSearch("Owl"))
    next(asking)
    names = "\n".join(map(str, range(5 * readings.MOST)))
    with pytest.raises(StopIteration) as end:
        asking.send({"results": [{"id": 1, "name": "Owl", "aliases": names}], "total": 1})
    (series,) = end.value.value
    assert len(series.aliases) == readings.MOST

"""Kavita's reading lists of chapters, and collections of series, that the key's owner has.

Source: https://github.com/Kareadita/Kavita, its controllers ReadingList, Collection and Series. A
chapter is always added at the end of a list, and then moved to its place. Ids are text here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from comicmaintainer.errors import SourceFailed
from comicmaintainer.media_servers.book_model import Place
from comicmaintainer.media_servers.client import Exchange
from comicmaintainer.media_servers.succession import Successor, found_again, succeeded, vanished

PAGE = 200
_LISTS, _COLLECTIONS = "/api/ReadingList", "/api/Collection"
Places = dict[str, dict[str, Place]]
"""By the id of a member, the lists that it is in."""


class KavitaLists:
    """Reads and changes lists; `headers` signs a request."""

    def __init__(self, exchange: Exchange, headers: Callable[[], dict[str, str]]) -> None:
        self._exchange = exchange
        self._headers = headers

    def chapters(self) -> Places:
        """Return by chapter the reading lists that it is in."""
        places: Places = {}
        for list_id, title in self._lists().items():
            for index, (_, chapter_id) in enumerate(self._items(list_id)):
                places.setdefault(chapter_id, {})[list_id] = (index, title)
        return places

    def series(self) -> Places:
        """Return by series the collections that it is in; they have no order."""
        places: Places = {}
        for list_id, title in self._collections().items():
            for series_id in self._collected(list_id):
                places.setdefault(series_id, {})[list_id] = (0, title)
        return places

    def succeed(self, successors: Sequence[Successor], series_of: Mapping[str, int]) -> None:
        """Put chapters into the reading lists of those before them; `series_of` has their series.

        Raises:
            SourceError: a list is not as it was set, or Kavita did not answer.
        """
        if not successors:
            return
        names = self._lists()
        new = [found_again(each, names) for each in successors]
        gone = vanished(new, names)
        if gone:
            for title in gone:
                self._post(f"{_LISTS}/create", {"title": title})
            names = self._lists()
            new = [found_again(each, names) for each in successors]
        # Kavita drops a chapter that has no file left; one that is still there keeps its place.
        added = [replace(each, former_id="") for each in new]
        for list_id in names:
            items = self._items(list_id)
            members = [chapter_id for _, chapter_id in items]
            wanted = succeeded(list_id, members, added)
            if wanted != members:
                self._arrange(list_id, items, wanted, series_of)

    def collect(self, successors: Sequence[Successor]) -> None:
        """Put series into the collections of those before them."""
        if not successors:
            return
        names = self._collections()
        new = [found_again(each, names) for each in successors]
        for list_id, title in names.items():
            wanted = [each.new_id for each in new if list_id in each.places]
            there = self._collected(list_id) if wanted else ()
            self._add(int(list_id), title, [each for each in wanted if each not in there])
        for title, members in vanished(new, names).items():
            self._add(0, title, members)

    def _arrange(
        self,
        list_id: str,
        items: Sequence[tuple[int, str]],
        wanted: Sequence[str],
        series_of: Mapping[str, int],
    ) -> None:
        own = {"readingListId": int(list_id)}
        for item_id, chapter_id in items:
            if chapter_id not in wanted:
                body = {**own, "readingListItemId": item_id, "toPosition": 0}
                self._post(f"{_LISTS}/delete-item", body)
        there = {chapter_id for _, chapter_id in items}
        for chapter_id in wanted:
            if chapter_id not in there:
                chapters = {"seriesId": series_of[chapter_id], "chapterIds": [int(chapter_id)]}
                self._post(f"{_LISTS}/update-by-multiple", {**own, **chapters, "volumeIds": []})
        order = self._items(list_id)
        for index, chapter_id in enumerate(wanted):
            at = next((n for n, (_, each) in enumerate(order) if each == chapter_id), index)
            if at != index and at < len(order):
                body = {**own, "readingListItemId": order[at][0], "fromPosition": at}
                self._post(f"{_LISTS}/update-position", {**body, "toPosition": index})
                order.insert(index, order.pop(at))
        if [chapter_id for _, chapter_id in self._items(list_id)] != list(wanted):
            raise SourceFailed(f"{self._exchange.name} has not kept a list as it was set.")

    def _add(self, list_id: int, title: str, series_ids: Sequence[str]) -> None:
        if series_ids:
            body = {"collectionTagId": list_id, "collectionTagTitle": title}
            ids = [int(each) for each in series_ids]
            self._post(f"{_COLLECTIONS}/update-for-series", {**body, "seriesIds": ids})

    # --- requests --------------------------------------------------------------------------------

    def _lists(self) -> dict[str, str]:
        query = [("includePromoted", "false")]
        return dict(map(self._named, self._pages(f"{_LISTS}/lists", query, posts=True)))

    def _collections(self) -> dict[str, str]:
        query = (("ownedOnly", "true"),)
        value = self._exchange.json(_COLLECTIONS, headers=self._headers(), query=query)
        if not isinstance(value, list):
            raise self._exchange.unusable()
        return dict(map(self._named, value))

    def _collected(self, list_id: str) -> list[str]:
        found = self._pages("/api/Series/series-by-collection", [("collectionId", list_id)])
        return [self._id_of(each) for each in found]

    def _items(self, list_id: str) -> list[tuple[int, str]]:
        """Return the items of a list in their order, with their chapters."""
        query = (("readingListId", list_id),)
        value = self._exchange.json(f"{_LISTS}/items", headers=self._headers(), query=query)
        if not isinstance(value, list):
            raise self._exchange.unusable()
        items = []
        for each in value:
            match each:
                case {"id": int(item_id), "order": int(order), "chapterId": int(chapter_id)}:
                    items.append((order, item_id, str(chapter_id)))
                case _:
                    raise self._exchange.unusable()
        return [(item_id, chapter_id) for _, item_id, chapter_id in sorted(items)]

    def _pages(
        self, path: str, query: Sequence[tuple[str, str]], *, posts: bool = False
    ) -> Iterator[Any]:
        number = 1
        while True:
            paged = (*query, ("PageNumber", str(number)), ("PageSize", str(PAGE)))
            page = self._exchange.json(path, headers=self._headers(), query=paged, posts=posts)
            if not isinstance(page, list):
                raise self._exchange.unusable()
            yield from page
            if len(page) < PAGE:
                return
            number += 1

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        self._exchange.send(path, headers=self._headers(), body=dict(body))

    def _named(self, value: Any) -> tuple[str, str]:
        match value:
            case {"id": int(list_id), "title": str(title)}:
                return str(list_id), title
        raise self._exchange.unusable()

    def _id_of(self, value: Any) -> str:
        match value:
            case {"id": int(its_id)}:
                return str(its_id)
        raise self._exchange.unusable()

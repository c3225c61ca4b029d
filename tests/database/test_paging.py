"""Pages by key: nothing is shown twice or left out, and clients' keys stay valid."""

from __future__ import annotations

import pytest

from comicmaintainer.database import page_keys, paging
from comicmaintainer.errors import InvalidInput


def test_a_cut_page_has_a_key_only_if_more_follow() -> None:
    assert paging.cut([1, 2, 3], 2, str) == ([1, 2], "2")
    assert paging.cut([1, 2], 2, str) == ([1, 2], None)
    assert paging.cut([1], 0, str) == ([], None)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_all_pages_together_are_the_list(size: int) -> None:
    numbers = list(range(7))

    def page_after(key: int | None) -> list[int]:
        return [n for n in numbers if key is None or n > key][:size]

    def keyed_page(key: str | None, count: int = size) -> tuple[list[int], str | None]:
        rows = page_after(None if key is None else int(key))
        return rows[:count], str(rows[:count][-1]) if rows[:count][-1] < numbers[-1] else None

    assert list(paging.all_rows(page_after, int)) == numbers
    assert list(paging.all_entries(keyed_page)) == numbers
    assert paging.first_entries(keyed_page, 5) == (numbers[:5], True)
    assert paging.first_entries(keyed_page, 7) == (numbers, False)


def test_an_empty_page_ends_a_list() -> None:
    assert list(paging.all_rows(lambda _key: [], int)) == []
    assert paging.first_entries(lambda _key, _count: ([], None), 3) == ([], False)


def test_keys_that_clients_hold_stay_valid() -> None:
    assert page_keys.path_of("/comics/a.cbz") == "/comics/a.cbz"
    assert page_keys.bytes_of("00ff") == b"\x00\xff"
    assert page_keys.number_of("12") == 12
    assert page_keys.timed(1.5, "job~1") == "1.5~job~1"
    assert page_keys.time_and_name_of("1.5~job~1") == (1.5, "job~1")
    key = page_keys.sorted_by("series", "bätman", 7)
    assert key == "WyJzZXJpZXMiLCAiYsOkdG1hbiIsIDdd"
    assert page_keys.value_and_id_of(key, "series", str) == ["bätman", 7]


def test_no_key_is_the_first_page() -> None:
    assert page_keys.path_of(None) == ""
    assert page_keys.bytes_of(None) == b""
    assert page_keys.number_of(None) == 0
    assert page_keys.time_and_name_of(None) is None
    assert page_keys.value_and_id_of(None, "series", str) is None


@pytest.mark.parametrize("key", ["x", "-1", "~", "é", "WzFd", "1" * 30])
def test_foreign_keys_are_refused(key: str) -> None:
    for read in (page_keys.path_of, page_keys.number_of, page_keys.time_and_name_of):
        with pytest.raises(InvalidInput):
            read(key)
    with pytest.raises(InvalidInput):
        page_keys.value_and_id_of(key, "series", str)
    with pytest.raises(InvalidInput):
        page_keys.bytes_of("xyz")


def test_a_key_of_another_order_is_refused() -> None:
    key = page_keys.sorted_by("series", "a", 7)
    with pytest.raises(InvalidInput, match="another sort order"):
        page_keys.value_and_id_of(key, "path", str)
    with pytest.raises(InvalidInput, match="another sort order"):
        page_keys.value_and_id_of(key, "series", float)

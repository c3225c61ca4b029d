"""Where a folder is on either side."""

from __future__ import annotations

import pytest

from comicmaintainer.media_servers.model import PathMap, ServerLibrary


@pytest.mark.parametrize(
    ("pairs", "here", "there"),
    [
        ((), "/comics/a.cbz", "/comics/a.cbz"),
        ((("/comics", "/data"),), "/comics/A/a.cbz", "/data/A/a.cbz"),
        ((("/comics/", "/data/"),), "/comics/a.cbz", "/data/a.cbz"),
        ((("/comics", "/data"),), "/comics2/a.cbz", "/comics2/a.cbz"),
        ((("/comics", "/a"), ("/comics/Manga", "/b")), "/comics/Manga/1.cbz", "/b/1.cbz"),
        ((("/", "/mnt/all"),), "/comics/a.cbz", "/mnt/all/comics/a.cbz"),
    ],
)  # fmt: skip
def test_the_longest_folder_that_fits_counts(
    pairs: tuple[tuple[str, str], ...], here: str, there: str
) -> None:
    path_map = PathMap(pairs)
    assert path_map.there(here) == there
    assert path_map.here(there) == here


def test_a_server_on_windows_is_understood() -> None:
    path_map = PathMap((("/comics", "D:\\Comics"),))
    assert path_map.here("D:\\Comics\\Harbour Lights\\1.cbz") == "/comics/Harbour Lights/1.cbz"
    library = ServerLibrary("1", "Comics", ("D:\\Comics",))
    assert library.has(path_map.there("/comics/Harbour Lights/"))
    assert not library.has("D:\\Comics2\\1.cbz")


def test_a_backslash_in_a_name_on_unix_stays() -> None:
    assert PathMap().here("/comics/A\\B.cbz") == "/comics/A\\B.cbz"

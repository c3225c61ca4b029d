"""Where a name that was made for a comic leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.comics.rules.place import Place


@pytest.mark.parametrize(
    ("path", "root", "name", "target"),
    [
        ("/c/x/a.cbz", "/c", "b.cbz", "/c/x/b.cbz"),
        ("/c/x/a.cbz", "/c", "Rain/b.cbz", "/c/Rain/b.cbz"),
        ("/c/x/a.cbz", None, "b.cbz", "/c/x/b.cbz"),
        ("/c/x/a.cbz", None, "Rain/b.cbz", "/c/x/Rain/b.cbz"),
        ("/c/Rain/a.cbz", None, "Rain/b.cbz", "/c/Rain/b.cbz"),
        ("/c/Own/Rain/a.cbz", None, "Own/Rain/b.cbz", "/c/Own/Rain/b.cbz"),
        ("/c/Own/Rain/a.cbz", None, "Rain/b.cbz", "/c/Own/Rain/b.cbz"),
        ("/Rain/a.cbz", None, "Own/Rain/b.cbz", "/Rain/Own/Rain/b.cbz"),
    ],
)
def test_a_name_with_folders_counts_from_the_root_or_from_above_its_own_folders(
    path: str, root: str | None, name: str, target: str
) -> None:
    place = Place(Path(path), None if root is None else Path(root))
    assert str(place.target(name)) == target
    assert Place(Path(target), place.root).target(name) == Path(target)


def test_folders_are_those_below_the_root() -> None:
    assert Place(Path("/c/Own/Rain/a.cbz"), Path("/c")).folders == ("Own", "Rain")
    assert Place(Path("/c/a.cbz"), Path("/c")).folders == ()
    assert Place(Path("/c/Own/Rain/a.cbz")).folders == ("Rain",)

"""Behaviour that all errors share."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from comicmaintainer import errors
from comicmaintainer.errors import (
    MAX_MESSAGE_LENGTH,
    ComicMaintainerError,
    DamagedArchive,
    InvalidInput,
    StorageFailed,
    error_of,
)

PATH = "/comics/x.cbz"
CLASSES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ComicMaintainerError)
]


def test_an_error_keeps_its_sentence_separate_from_its_path_and_field() -> None:
    error = DamagedArchive("its checksum is wrong", path=Path(PATH), member="01.jpg")
    assert (error.message, error.path, error.member) == ("its checksum is wrong", PATH, "01.jpg")
    assert str(error) == "/comics/x.cbz: 01.jpg: its checksum is wrong"


def test_a_text_beside_a_path_leaves_out_that_path_only() -> None:
    error = DamagedArchive("its checksum is wrong", path=PATH, member="01.jpg")
    assert error.beside(PATH) == "01.jpg: its checksum is wrong"
    assert error.beside(Path(PATH), "01.jpg") == "its checksum is wrong"
    assert error.beside("/comics/y.cbz") == str(error)


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_comes_back_whole_from_its_parts(kind: type[ComicMaintainerError]) -> None:
    error = kind("it is so", path=PATH, member="01.jpg", field="params.to")
    for copy in (error_of(error.parts()), pickle.loads(pickle.dumps(error))):
        assert type(copy) is kind
        assert copy.parts() == error.parts()


def test_an_unknown_code_becomes_a_failure_of_the_storage() -> None:
    error = error_of({"code": "of_a_later_release", "message": "it is so", "path": PATH})
    assert type(error) is StorageFailed
    assert str(error) == "/comics/x.cbz: it is so"


def test_every_class_has_its_own_code() -> None:
    assert len({kind.code for kind in CLASSES}) == len(CLASSES)


def test_the_tree_in_the_docstring_names_every_class() -> None:
    drawn = set((errors.__doc__ or "").split())
    assert {kind.__name__ for kind in CLASSES} <= drawn


def test_a_message_with_a_long_name_loses_its_middle() -> None:
    error = DamagedArchive("its checksum is wrong", path=PATH, member=f"{'0' * 65_000}.jpg")
    assert str(error).startswith("/comics/x.cbz: 0")
    assert str(error).endswith("0.jpg: its checksum is wrong")
    assert len(str(error)) < MAX_MESSAGE_LENGTH + 10


def test_a_long_sentence_loses_its_middle() -> None:
    assert len(InvalidInput("x" * 65_000).message) < MAX_MESSAGE_LENGTH + 10

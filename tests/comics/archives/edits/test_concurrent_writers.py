"""Several processes at one archive: one wins, the others are told, nothing is lost."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.edits.editing import apply_edit
from comicmaintainer.comics.archives.edits.planning import plan_edit
from comicmaintainer.comics.archives.reader import read_metadata_members
from comicmaintainer.errors import Conflict
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.settings import TagWrite
from tests.comics.archives.drawn_comics import ComicMaker, no_guard, pages_of

WRITERS = 3
WRITES = 15


def write_again_and_again(path: Path, keep: tuple[Path, ...], writer: int, policy: TagWrite) -> int:
    """Write until `WRITES` of them have gone through; how often it was told to come again."""
    refused = done = 0
    while done < WRITES:
        try:
            content = b"<a>%d-%d</a>" % (writer, done)
            edit = plan_edit(path, {"ComicInfo.xml": content}, policy=policy)
            run_alone(apply_edit(edit, guard=no_guard, keep=keep))
        except Conflict:
            refused += 1
        else:
            done += 1
    return refused


@pytest.mark.parametrize("policy", [TagWrite.APPEND, TagWrite.REPLACE])
def test_writers_take_turns_and_every_page_stays(
    make_comic: ComicMaker, tmp_path: Path, policy: TagWrite
) -> None:
    path, keep = make_comic(), (tmp_path / "keep",)
    pages = pages_of(path)
    with multiprocessing.get_context("fork").Pool(WRITERS) as pool:
        arguments = [(path, keep, writer, policy) for writer in range(WRITERS)]
        pool.starmap(write_again_and_again, arguments)
    assert pages_of(path) == pages
    last = read_metadata_members(path, {"comicinfo.xml"}).members["ComicInfo.xml"]
    assert last in {b"<a>%d-%d</a>" % (writer, WRITES - 1) for writer in range(WRITERS)}
    assert not [one for one in tmp_path.iterdir() if ".cm-" in one.name]

"""Every state in which a power cut can leave an append opens as the old archive or the new one.

A disk writes whole sectors in any order until a sync; the end record, within one sector, is
written only after everything else was synced. The states are made here byte by byte and opened
with Python's zipfile and, where installed, with unzip, 7z and bsdtar.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from comicmaintainer.comics.archives.edits.edit import Edit
from comicmaintainer.comics.archives.edits.editing import apply_edit, finish_interrupted_edit
from comicmaintainer.comics.archives.edits.planning import plan_edit
from comicmaintainer.comics.archives.edits.strategy import Strategy
from comicmaintainer.comics.archives.reader import open_archive
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.settings import TagWrite
from tests.comics.archives.drawn_comics import (
    NEW_XML,
    OLD_XML,
    ComicMaker,
    member,
    no_guard,
    sha256,
)

SECTOR = 512
END_RECORD = 22
PAGES_FOR_WIDE_TAIL = 440

# Each lists or tests the whole archive and fails where it can't. 7z answers 1 for a warning about
# bytes after the end, with everything read.
READERS = {
    "unzip": (["unzip", "-tqq"], {0}),
    "7z": (["7z", "t", "-bso0", "-bsp0"], {0, 1}),
    "bsdtar": (["bsdtar", "-tf"], {0}),
}


class Append:
    """One append, with the bytes before and after it."""

    def __init__(self, path: Path, keep: tuple[Path, ...]) -> None:
        self.path = path
        self.keep = keep
        self.old = path.read_bytes()
        self.edit: Edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.APPEND)
        assert self.edit.strategy is Strategy.APPEND
        run_alone(apply_edit(self.edit, guard=no_guard, keep=keep))
        self.new = path.read_bytes()
        assert self.new.startswith(self.old)

    def body_states(self, *, seed: int, count: int) -> Iterator[bytes]:
        """Files as they may be before the first sync has ended."""
        body_end = len(self.new) - END_RECORD
        sectors = [
            slice(start, min(start + SECTOR, body_end))
            for start in range(len(self.old) // SECTOR * SECTOR, body_end, SECTOR)
        ]
        for sector in sectors:  # written up to here, in order
            yield self.new[: sector.stop]
            yield self.new[: max(sector.start, len(self.old))].ljust(body_end, b"\0")
        for sector in sectors:  # all but this one
            state = bytearray(self.new[:body_end])
            start = max(sector.start, len(self.old))
            state[start : sector.stop] = bytes(sector.stop - start)
            yield bytes(state)
        source = random.Random(seed)
        for _ in range(count):  # any of them
            state = bytearray(self.old.ljust(body_end, b"\0"))
            for sector in sectors:
                if source.random() < 0.5:
                    state[sector] = self.new[sector]
            yield bytes(state[: source.choice(sectors).stop])

    def end_states(self) -> Iterator[bytes]:
        """Files as they may be between the two syncs."""
        yield self.new[:-END_RECORD]
        yield self.new[:-END_RECORD] + bytes(END_RECORD)
        yield self.new


@pytest.fixture(params=[5, PAGES_FOR_WIDE_TAIL], ids=["small", "widest tail"])
def torn(request: pytest.FixtureRequest, make_comic: ComicMaker, tmp_path: Path) -> Append:
    return Append(make_comic(pages=request.param, page_bytes=700), (tmp_path / "keep",))


def tags_by_zipfile(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.read("ComicInfo.xml")


def test_end_record_lies_within_one_sector_and_old_blocks_are_not_touched(torn: Append) -> None:
    first_of_end = (len(torn.new) - END_RECORD) // SECTOR
    assert first_of_end == (len(torn.new) - 1) // SECTOR
    block_end = -(-len(torn.old) // 4096) * 4096
    assert not any(torn.new[len(torn.old) : block_end])


def test_every_torn_body_opens_as_the_old_archive(torn: Append) -> None:
    with zipfile.ZipFile(torn.path) as archive:
        count = len(archive.namelist())
    for state in torn.body_states(seed=1, count=60):
        torn.path.write_bytes(state)
        with zipfile.ZipFile(torn.path) as archive:
            assert archive.read("ComicInfo.xml") == OLD_XML
            assert len(archive.namelist()) == count
        with open_archive(torn.path) as ours:
            assert ours.read(member(ours, "ComicInfo.xml")) == OLD_XML


def test_states_around_the_end_record_open_as_old_or_new(torn: Append) -> None:
    seen = []
    for state in torn.end_states():
        torn.path.write_bytes(state)
        seen.append(tags_by_zipfile(torn.path))
    assert seen == [OLD_XML, OLD_XML, NEW_XML]


@pytest.mark.parametrize("reader", READERS)
def test_other_programs_read_every_torn_state(torn: Append, reader: str) -> None:
    command, good = READERS[reader]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    states = [*torn.body_states(seed=2, count=20)]
    chosen = random.Random(3).sample(states, 25)
    for state in [*chosen, *torn.end_states()]:
        torn.path.write_bytes(state)
        done = subprocess.run(
            [*command, str(torn.path)], check=False, capture_output=True, timeout=60
        )
        assert done.returncode in good, done.stderr.decode()


def test_an_interrupted_edit_restores_every_torn_state_to_the_old_bytes(torn: Append) -> None:
    for state in [*torn.body_states(seed=4, count=40), *list(torn.end_states())[:2]]:
        if len(state) == len(torn.old):
            continue
        torn.path.write_bytes(state)
        assert finish_interrupted_edit(torn.edit, keep=torn.keep) is None
        assert torn.path.read_bytes() == torn.old


def test_unfinished_tail_does_not_block_the_next_write(torn: Append) -> None:
    torn.path.write_bytes(torn.new[:-END_RECORD])
    edit = plan_edit(torn.path, {"ComicInfo.xml": b"<later/>"}, policy=TagWrite.APPEND)
    before = sha256(torn.path)
    run_alone(apply_edit(edit, guard=no_guard, keep=torn.keep))
    assert edit.strategy is Strategy.REPLACE
    assert tags_by_zipfile(torn.path) == b"<later/>"
    assert sha256(torn.path) != before

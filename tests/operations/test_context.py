"""Where tags are appended beyond the filesystems that are trusted by themselves."""

from __future__ import annotations

import dataclasses

from comicmaintainer.comics.archives.edits.strategy import Strategy
from comicmaintainer.filesystem.reliability import filesystem_of
from comicmaintainer.settings import TagWrite
from tests.operations.workbench import Workbench

TAGS = {"ComicInfo.xml": b"<ComicInfo/>"}


def test_tags_are_appended_where_a_setting_vouches_for_the_filesystem(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    vouched = dataclasses.replace(bench.context, vouched=frozenset({filesystem_of(path)[1]}))
    assert vouched.plan_edit(path, TAGS).strategy is Strategy.APPEND


def test_replace_stays_replace_whatever_is_vouched_for(bench: Workbench) -> None:
    path = bench.comic("a.cbz")
    replacing = dataclasses.replace(
        bench.context,
        vouched=frozenset({filesystem_of(path)[1]}),
        tag_write=TagWrite.REPLACE,
    )
    assert replacing.plan_edit(path, TAGS).strategy is Strategy.REPLACE

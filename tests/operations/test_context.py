"""Where tags are appended beyond the filesystems that are trusted by themselves."""

from __future__ import annotations

import dataclasses

from workbench import Workbench

from comicmaintainer.comics.archives.strategy import TagWrite
from comicmaintainer.filesystem.kinds import filesystem_of


def test_tags_are_appended_where_a_setting_vouches_for_the_filesystem(bench: Workbench) -> None:
    kind = filesystem_of(bench.library)[1]
    vouched = dataclasses.replace(bench.context, trusted=frozenset({kind}))
    assert vouched.tag_write_at(bench.library) is TagWrite.APPEND
    assert bench.context.tag_write_at(bench.library) is TagWrite.AUTO


def test_replace_stays_replace_whatever_is_trusted(bench: Workbench) -> None:
    kind = filesystem_of(bench.library)[1]
    replacing = dataclasses.replace(
        bench.context, trusted=frozenset({kind}), tag_write=TagWrite.REPLACE
    )
    assert replacing.tag_write_at(bench.library) is TagWrite.REPLACE

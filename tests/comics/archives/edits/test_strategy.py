"""On which filesystems a tag write may append."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.archives.edits.strategy import may_append
from comicmaintainer.filesystem.reliability import FilesystemKind
from comicmaintainer.settings import TagWrite


@pytest.mark.parametrize("kind", list(FilesystemKind))
def test_only_journaling_filesystems_are_trusted_by_default(kind: FilesystemKind) -> None:
    assert may_append(kind, TagWrite.AUTO) is (kind is FilesystemKind.JOURNALING)


@pytest.mark.parametrize("kind", [FilesystemKind.FUSE, FilesystemKind.NETWORK])
def test_a_setting_can_vouch_for_others(kind: FilesystemKind) -> None:
    assert may_append(kind, TagWrite.AUTO, {kind})
    assert not may_append(FilesystemKind.OTHER, TagWrite.AUTO, {kind})


def test_a_policy_overrides_what_is_trusted() -> None:
    assert may_append(FilesystemKind.NETWORK, TagWrite.APPEND)
    assert not may_append(FilesystemKind.JOURNALING, TagWrite.REPLACE, {FilesystemKind.JOURNALING})

"""How an archive is changed, and the choice between appending to it and replacing it.

The choice is a pure function from facts about the file. Appending costs the same for every size of
archive; replacing is safe everywhere. Reasons are sentences for the preview and the journal. The
other two strategies are no choice: `planning` takes NOTHING if the archive is as wanted already,
and REBUILD for a damaged one. Before, it refuses a file with other hard
links if HARDLINKS=skip.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from comicmaintainer.filesystem.reliability import FilesystemKind
from comicmaintainer.settings import TagWrite

# Readers look for an end record in the last 65,557 bytes. Until ours is complete they must still
# find the old one there.
MAX_TAIL_SPAN_BYTES = 65_000
MAX_APPEND_OFFSET = (1 << 32) - 1


class Strategy(StrEnum):
    """How an edit is carried out."""

    NOTHING = "nothing"
    APPEND = "append"
    REPLACE = "replace"
    REBUILD = "rebuild"  # replaces a damaged archive by its salvaged members

    @property
    def makes_new_file(self) -> bool:
        """Whether a new file replaces the archive."""
        return self in (Strategy.REPLACE, Strategy.REBUILD)


@dataclass(frozen=True, slots=True)
class WriteFacts:
    """Everything the choice depends on."""

    requested: TagWrite
    filesystem: str
    is_filesystem_trusted: bool  # see `may_append`
    links: int
    removes_pages: bool
    has_comment: bool
    has_trailing_bytes: bool
    has_leading_bytes: bool
    is_zip64: bool
    is_encrypted: bool
    is_signed: bool
    tail_span_bytes: int  # new length minus the position of the old end record
    new_size_bytes: int
    tail_has_end_signature: bool  # by chance, in compressed data


@dataclass(frozen=True, slots=True)
class Choice:
    """A strategy, and the reason for it."""

    strategy: Strategy
    reason: str


def may_append(
    kind: FilesystemKind, policy: TagWrite, vouched: Collection[FilesystemKind] = ()
) -> bool:
    """Whether appending is allowed as far as the `fsync` of this kind of filesystem is concerned.

    A completed `fsync` is trusted on local journaling filesystems, on the kinds that a setting
    vouches for, and everywhere if the policy asks for appending. Other facts, such as a hard link,
    may still prevent it: see `choose_strategy`.
    """
    if policy is not TagWrite.AUTO:
        return policy is TagWrite.APPEND
    return kind is FilesystemKind.JOURNALING or kind in vouched


def choose_strategy(facts: WriteFacts) -> Choice:
    """Choose to append if the policy and the file allow it; otherwise say why it is replaced."""
    if facts.requested is TagWrite.REPLACE:
        return Choice(Strategy.REPLACE, "the setting asks for it")
    obstacle = _obstacle(facts)
    if obstacle is not None:
        return Choice(Strategy.REPLACE, obstacle)
    return Choice(Strategy.APPEND, "the archive's structure and filesystem allow it")


def _obstacle(facts: WriteFacts) -> str | None:
    obstacles = (
        (facts.removes_pages, "pages are removed"),
        (facts.links > 1, "the file has other names (hard links), whose bytes must not change"),
        (not facts.is_filesystem_trusted, f"fsync on {facts.filesystem} can't be trusted"),
        (facts.is_zip64, "it is a Zip64 archive"),
        (facts.has_comment, "its end record has a comment"),
        (facts.has_trailing_bytes, "other bytes follow the archive"),
        (facts.has_leading_bytes, "other bytes precede the archive"),
        (facts.is_encrypted, "it has encrypted members"),
        (facts.is_signed, "its directory is signed or has unknown records"),
        (facts.new_size_bytes > MAX_APPEND_OFFSET, "it is larger than 4 GiB"),
        (facts.tail_span_bytes > MAX_TAIL_SPAN_BYTES, "it has too many members for one tail"),
        (facts.tail_has_end_signature, "the new bytes look like an end record"),
    )
    return next((reason for applies, reason in obstacles if applies), None)

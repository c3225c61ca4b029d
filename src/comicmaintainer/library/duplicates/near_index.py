"""Stores the page hashes of files, and groups near copies by them (SQL).

Used by near_copies.py. A file is looked up by each third of each of its hashes: pages of copies
that differ in a few bits agree in one third often enough to find a copy over nine pages
(multi-index hashing: Norouzi, Punjani and Fleet, 2012; here over many hashes of one comic). Only
the newest files with a third are compared, so that a page shared by thousands of comics, such as a
scanner's or a publisher's, costs no more than any other.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from comicmaintainer.comics.pages.likeness import HASH_BITS, Likeness, is_as_long, likeness
from comicmaintainer.database import Database, Transaction
from comicmaintainer.filesystem.stored_numbers import stored_number

MAX_GROUP_FILES = 50
LOOKED_UP_FILES = 32
COMPARED_FILES = 64

# The same expressions as in the indexes in 0007_near_copies.sql.
_THIRDS = (
    ("hash & 2097151", 0, (1 << 21) - 1),
    ("(hash >> 21) & 2097151", 21, (1 << 21) - 1),
    ("(hash >> 42) & 4194303", 42, (1 << 22) - 1),
)
_LOOKUPS = tuple(
    (
        f"SELECT DISTINCT file_id FROM page_hashes WHERE ({expression}) = ? "
        f"ORDER BY file_id DESC LIMIT {LOOKED_UP_FILES}",
        shift,
        mask,
    )
    for expression, shift, mask in _THIRDS
)


def hashes_of(
    database: Database | Transaction, file_ids: Collection[int]
) -> dict[int, dict[int, int]]:
    """Return for each file the hashes of its distinctive pages by page number."""
    hashes: dict[int, dict[int, int]] = defaultdict(dict)
    for row in database.rows(
        "SELECT file_id, page, hash FROM page_hashes "
        "WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
        (json.dumps(list(file_ids)),),
    ):
        hashes[row["file_id"]][row["page"]] = row["hash"] & _MASK
    return hashes


def put(
    transaction: Transaction, file_id: int, page_count: int | None, hashes: Mapping[int, int]
) -> None:
    """Store the hashes of a new file, and group it with the files that it looks like.

    A file that looks like members of several groups merges them, up to `MAX_GROUP_FILES`.
    """
    alike = _alike(transaction, page_count, hashes)
    transaction.execute_many(
        "INSERT INTO page_hashes (file_id, page, hash) VALUES (?, ?, ?)",
        [(file_id, page, stored_number(page_hash)) for page, page_hash in hashes.items()],
    )
    if alike:
        _join(transaction, file_id, alike)


def _alike(
    transaction: Transaction, page_count: int | None, hashes: Mapping[int, int]
) -> list[int]:
    """Return the files that count as copies, the most alike first."""
    votes: Counter[int] = Counter()
    for page_hash in hashes.values():
        for lookup, shift, mask in _LOOKUPS:
            rows = transaction.rows(lookup, (page_hash >> shift & mask,))
            votes.update(row["file_id"] for row in rows)
    likely = [file_id for file_id, _ in votes.most_common(COMPARED_FILES)]
    lengths = {
        row["file_id"]: row["page_count"]
        for row in transaction.rows(
            "SELECT file_id, page_count FROM files "
            "WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
            (json.dumps(likely),),
        )
    }
    of_length = [each for each, length in lengths.items() if is_as_long(page_count, length)]
    measured: list[tuple[int, Likeness]] = [
        (each, likeness(hashes, others))
        for each, others in hashes_of(transaction, of_length).items()
    ]
    near = [(each, measure) for each, measure in measured if measure.is_near]
    near.sort(key=lambda one: (-one[1].alike, one[0]))
    return [each for each, _ in near]


def _join(transaction: Transaction, file_id: int, alike: list[int]) -> None:
    group_of = {
        row["file_id"]: row["group_id"]
        for row in transaction.rows(
            "SELECT file_id, group_id FROM near_members "
            "WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
            (json.dumps(alike),),
        )
    }
    groups: list[int] = []
    single = [file_id]
    size = 1
    for other in alike:
        group_id = group_of.get(other)
        if group_id in groups:
            continue
        more = 1 if group_id is None else _size(transaction, group_id)
        if size + more > MAX_GROUP_FILES:
            continue
        size += more
        if group_id is None:
            single.append(other)
        else:
            groups.append(group_id)
    if not groups and not _differ(transaction, single):
        return
    target = min(groups) if groups else _next_group(transaction)
    transaction.execute(
        "UPDATE near_members SET group_id = ? "
        "WHERE group_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?)) AND group_id <> ?",
        (target, json.dumps(groups), target),
    )
    transaction.execute_many(
        "INSERT INTO near_members (file_id, group_id) VALUES (?, ?)",
        [(each, target) for each in single],
    )


def _differ(transaction: Transaction, file_ids: list[int]) -> bool:
    """Whether the files are not all exact copies of each other."""
    row = transaction.rows(
        "SELECT count(DISTINCT coalesce(hex(fingerprint), CAST(file_id AS TEXT))) AS kinds "
        "FROM files WHERE file_id IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
        (json.dumps(file_ids),),
    )[0]
    return int(row["kinds"]) > 1


def _size(transaction: Transaction, group_id: int) -> int:
    row = transaction.rows(
        "SELECT count(*) AS files FROM near_members WHERE group_id = ?", (group_id,)
    )[0]
    return int(row["files"])


def _next_group(transaction: Transaction) -> int:
    row = transaction.rows("SELECT coalesce(max(group_id), 0) + 1 AS next FROM near_members")[0]
    return int(row["next"])


_MASK = (1 << HASH_BITS) - 1

"""Stores which pages files have, and notes those that are known to be in many comics (SQL).

Used by writer.py in its transaction, so that a comic with a known page counts as soon as it is
read, and no longer once the page is gone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from comicmaintainer.comics.pages.fingerprint import keys_in
from comicmaintainer.database import Transaction

_STORE = """
    INSERT INTO file_pages (file_id, keys) VALUES (?, ?)
    ON CONFLICT (file_id) DO UPDATE SET keys = excluded.keys, looks = NULL, is_copy = 0
    WHERE file_pages.keys <> excluded.keys"""
_KNOWN = """
    SELECT page_key, repeat_id FROM repeated_page_keys
    WHERE page_key IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"""
ADD_OCCURRENCE = """
    INSERT INTO page_occurrences (repeat_id, file_id, page) VALUES (?, ?, ?)
    ON CONFLICT (repeat_id, file_id) DO UPDATE
    SET page = max(page_occurrences.page, excluded.page)"""


def repeats_of(transaction: Transaction, keys: Collection[int]) -> dict[int, int]:
    """Return the ids of the repeated pages by those of the keys that are known."""
    rows = transaction.rows(_KNOWN, (json.dumps(list(keys)),))
    return {row["page_key"]: row["repeat_id"] for row in rows}


def write(transaction: Transaction, files: Sequence[tuple[int, bytes]]) -> None:
    """Store the packed page keys of files, by id; no keys mean that they can't be known."""
    transaction.execute_many(_STORE, files)
    if transaction.row("SELECT 1 FROM repeated_page_keys LIMIT 1") is None:
        return
    keys_of = [(file_id, keys_in(packed)) for file_id, packed in files]
    repeats = repeats_of(transaction, {key for _, keys in keys_of for key in keys})
    if repeats:
        transaction.execute_many(
            ADD_OCCURRENCE,
            [
                (repeats[key], file_id, page)
                for file_id, keys in keys_of
                for page, key in enumerate(keys)
                if key in repeats
            ],
        )

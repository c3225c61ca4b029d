"""Checks by their pages the duplicates that an earlier release marked only by name.

Used by scans. The pages in the catalogue decide; if it lacks those of either file, the mark stays
until the file is processed. No file is read.
"""

from __future__ import annotations

from comicmaintainer.database import Database, Transaction
from comicmaintainer.library.catalogue.model import (
    DuplicateBy,
    FileMark,
    FileState,
    conflict_reason,
)

MAX_AT_ONCE = 500

_UNPROVEN = """
    SELECT f.path, f.duplicate_of, f.fingerprint = o.fingerprint AS is_same,
        EXISTS (SELECT 1 FROM near_members m JOIN near_members n USING (group_id)
                WHERE m.file_id = f.file_id AND n.file_id = o.file_id) AS is_near
    FROM files f INDEXED BY idx_files_unproven JOIN files o ON o.path = f.duplicate_of
    WHERE f.duplicate_of IS NOT NULL AND f.duplicate_by IS NULL AND f.state = 'duplicate'
        AND f.fingerprint IS NOT NULL AND o.fingerprint IS NOT NULL
    LIMIT ?"""


def proven_marks(source: Database | Transaction) -> list[tuple[str, FileMark]]:
    """Return the right marks of some unproven duplicates, by path; none when all are checked."""
    marks = []
    for row in source.rows(_UNPROVEN, (MAX_AT_ONCE,)):
        other = row["duplicate_of"]
        if row["is_same"] or row["is_near"]:
            by = DuplicateBy.PAGES if row["is_same"] else DuplicateBy.LOOK
            mark = FileMark(FileState.DUPLICATE, duplicate_of=other, duplicate_by=by)
        else:
            mark = FileMark(FileState.CONFLICT, conflict_reason(other), conflict_with=other)
        marks.append((row["path"], mark))
    return marks

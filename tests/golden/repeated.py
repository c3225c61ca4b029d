"""A page of one file that counts as repeated, as a search would have stored it."""

from __future__ import annotations

from comicmaintainer.services import Services


def add_repeated_page(services: Services, file_id: int) -> int:
    """Store that the second page of the file is in several comics; return its id."""
    with services.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO repeated_pages (repeat_id, comics, series, zone, usual, usual_files) "
            "VALUES (1, 1, 1, 'front', 1, 1)"
        )
        transaction.execute("INSERT INTO page_occurrences VALUES (1, ?, 1)", (file_id,))
    return 1

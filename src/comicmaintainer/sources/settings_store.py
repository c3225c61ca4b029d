"""What was set for sources on the web page: whether they are on, addresses and secrets (SQL only).

Used by source_settings. Secrets are stored as they are, because sources need them; only this module
and the desk's requests see them. Times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from comicmaintainer.database import Database, Row, Transaction
from comicmaintainer.database.stored_values import stored_object


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """What is stored for one source."""

    enabled: bool = False
    address: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def all_stored(database: Database) -> Mapping[str, StoredSettings]:
    """Return what is stored, by source; sources of which nothing is stored are not among them."""
    rows = database.rows("SELECT source, enabled, address, secrets FROM source_settings")
    return {row["source"]: _settings(row) for row in rows}


def stored(source: Database | Transaction, name: str) -> StoredSettings:
    """Return what is stored for a source."""
    row = source.row(
        "SELECT enabled, address, secrets FROM source_settings WHERE source = ?", (name,)
    )
    return StoredSettings() if row is None else _settings(row)


def _settings(row: Row) -> StoredSettings:
    secrets = {
        secret: value
        for secret, value in stored_object(row["secrets"]).items()
        if isinstance(value, str) and value
    }
    return StoredSettings(bool(row["enabled"]), row["address"], secrets)


def store(transaction: Transaction, name: str, settings: StoredSettings, *, now: float) -> None:
    """Store the settings of a source in place of those that were there."""
    transaction.execute(
        "INSERT INTO source_settings (source, enabled, address, secrets, changed_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET enabled = excluded.enabled,"
        " address = excluded.address, secrets = excluded.secrets, changed_at = excluded.changed_at",
        (
            name,
            int(settings.enabled),
            settings.address,
            json.dumps(dict(settings.secrets), ensure_ascii=False),
            now,
        ),
    )

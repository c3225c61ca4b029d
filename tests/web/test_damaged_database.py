"""What the health address says of a damaged database."""

from __future__ import annotations

from starlette.testclient import TestClient

from comicmaintainer.database import notices
from comicmaintainer.database.health import DAMAGED
from comicmaintainer.services import Services


def test_damage_that_needs_a_restart_is_reported_by_health(
    client: TestClient, parts: Services
) -> None:
    notices.post(parts.database, DAMAGED, "Restart the service.", 1.0)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "database_damaged")

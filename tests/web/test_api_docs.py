from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
WRITTEN = re.compile(r"^\| `([A-Z]+) (/[^`]*)` \| (.+) \|$", re.MULTILINE)


def test_api_page_lists_every_address_as_it_describes_itself(app):
    told = {
        (method, path): text
        for method, path, text in WRITTEN.findall((DOCS / "api.md").read_text("utf-8"))
    }
    made = {
        (method.upper(), path): operation["description"].split("\n\n")[0].replace("\n", " ")
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }
    assert told == made


def test_there_is_one_openapi_document(client):
    document = client.get("/api/openapi.json").json()
    assert document["info"]["title"] == "ComicMaintainer"
    assert {"/api/jobs", "/health/ready", "/metrics"} <= set(document["paths"])
    assert "/login" not in document["paths"]

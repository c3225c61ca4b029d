from __future__ import annotations

import re
from pathlib import Path

from comicmaintainer.web.gate import is_open

DOCS = Path(__file__).parents[2] / "docs"
WRITTEN = re.compile(r"^\| `([A-Z]+) (/[^`]*)` \| (.+) \|$", re.MULTILINE)


def test_api_page_lists_every_route_with_its_description(app):
    documented = {
        (method, path): text
        for method, path, text in WRITTEN.findall((DOCS / "api.md").read_text("utf-8"))
    }
    made = {
        (method.upper(), path): operation["description"].split("\n\n")[0].replace("\n", " ")
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }
    assert documented == made


def test_document_declares_what_middleware_may_answer(app):
    document = app.openapi()
    assert set(document["components"]["securitySchemes"]) == {"key", "bearer", "session"}
    assert "HTTPValidationError" not in str(document)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = set(operation["responses"])
            is_closed = not is_open(path)
            assert bool(operation["security"]) == is_closed
            assert not is_closed or "401" in answers
            assert "{" not in path or "404" in answers
            assert "requestBody" not in operation or {"400", "413"} <= answers
            assert method == "get" or "403" in answers
            for status, answer in operation["responses"].items():
                if status.startswith("4"):
                    shape = answer["content"]["application/json"]["schema"]
                    assert shape == {"$ref": "#/components/schemas/ErrorAnswer"}


def test_there_is_one_openapi_document(client):
    document = client.get("/api/openapi.json").json()
    assert document["info"]["title"] == "ComicMaintainer"
    assert {"/api/jobs", "/health/ready", "/metrics"} <= set(document["paths"])
    assert "/login" not in document["paths"]


def test_operations_are_named_after_their_functions_and_shapes_by_one_name_each(app):
    document = app.openapi()
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z_]+", name) for name in names)
    assert all(re.fullmatch("[A-Za-z]+", name) for name in document["components"]["schemas"])


def test_document_says_what_is_bytes(app):
    paths = app.openapi()["paths"]
    binary = {"schema": {"type": "string", "format": "binary"}}
    backup = paths["/api/backups/{name}"]["get"]["responses"]["200"]["content"]
    assert backup["application/vnd.sqlite3"] == binary
    cover = paths["/api/files/{file_id}/cover"]["get"]["responses"]["200"]["content"]
    assert set(map(str, cover.values())) == {str(binary)}
    lines = paths["/api/import"]["post"]["requestBody"]["content"]
    assert lines == {"application/x-ndjson": binary}
    export = paths["/api/jobs/{job_id}/export"]["get"]["responses"]["200"]["content"]
    assert export["text/csv"] == {"schema": {"type": "string"}}

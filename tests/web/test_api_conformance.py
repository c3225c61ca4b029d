"""What the OpenAPI document says, held to what comes: requests made up by schemathesis."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.golden.matches import add_match
from tests.web.job_steps import submit, work
from tests.web.test_file_routes import catalogued, comic

EXAMPLES = 6
TIDES = b"<ReadingList><Name>Tides</Name><Books><Book Series='Saga'/></Books></ReadingList>"
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LEFT_OUT = {
    "/api/events": "it has no end",
    "/api/jobs/{job_id}/events": "it has no end",
    "/api/import": "JSON Lines are not made up",
    "/api/sources/{name}": "it could switch a source on, which others would then ask",
}
NOT_READY = "/health/ready"
"""Without a worker, as here, it answers 503: that is what it is for."""
MODES = {
    "right, of what is there": (GenerationMode.POSITIVE, True),
    "right, of anything": (GenerationMode.POSITIVE, False),
    "wrong": (GenerationMode.NEGATIVE, False),
}


@pytest.fixture
def there(parts, library) -> dict[str, Any]:
    """Values for the parts of addresses that lead to something."""
    job_id = submit(parts)
    work(parts, fail={"/c/1.cbz"})
    parts.accounts.create_user("Ada", "correct horse battery")
    template = parts.templates.create("Nightly", kind="verify", selection={"all": True})
    template_id = template.template_id
    saga = comic(library / "Saga" / "Saga 1.cbz")
    file_id = catalogued(parts, saga)
    schedule = parts.schedules.create(template_id, cron="0 3 * * *")
    return {
        "job_id": job_id,
        "file_id": file_id,
        "number": 0,
        "template_id": template_id,
        "schedule_id": schedule.schedule_id,
        "name": "Ada",
        "list_id": parts.reading_lists.add_cbl(TIDES).list_id,
        "series": "Saga",
        "match_id": add_match(parts, str(saga)),
        "decision_id": 1,
    }


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_answers_match_the_document(app, parts, there, mode):
    generation, is_known = MODES[mode]
    headers = {"X-Api-Key": parts.accounts.create_key("test")}
    document = schemathesis.openapi.from_dict(app.openapi())
    document.app = app
    asked = 0
    with asgi.get_client(app) as client:
        results = list(document.get_all_operations())
        operations = [result.ok() for result in results if isinstance(result, Ok)]
        assert len(operations) == len(results)
        for operation in sorted(operations, key=lambda one: one.method == "delete"):
            if operation.path in LEFT_OUT:
                continue
            path = {name: there[name] for name in there if f"{{{name}}}" in operation.path}
            strategy = operation.as_strategy(
                generation_mode=generation, path_parameters=path if is_known else None
            )

            @settings(
                max_examples=EXAMPLES,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def ask(case: Any) -> None:
                nonlocal asked
                asked += 1
                response = case.call(session=client, headers=headers)
                is_plain = case.operation.path != NOT_READY
                checks = [not_a_server_error, *CHECKS] if is_plain else CHECKS
                case.validate_response(response, checks=checks)

            try:
                ask()
            except Unsatisfiable:
                assert generation is GenerationMode.NEGATIVE  # nothing to get wrong
    assert asked > 200


def test_document_names_the_omissions(app):
    assert set(LEFT_OUT) < set(app.openapi()["paths"])

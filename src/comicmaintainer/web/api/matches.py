"""The review queue: matches that a person has to look at, and the decisions about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.errors import InvalidInput, MatchNotFound
from comicmaintainer.jobs.model import JobRequest
from comicmaintainer.jobs.plain_values import status_of
from comicmaintainer.library.matches.model import MatchedFile, MatchState, series_ref
from comicmaintainer.library.matches.plain_values import decision_of, match_of, matched_file_of
from comicmaintainer.matching.model import SeriesFacts
from comicmaintainer.matching.plain_values import facts_to_json, said_to_json
from comicmaintainer.operations.identification.library_groups import LibraryGroups
from comicmaintainer.services import Services
from comicmaintainer.services.identification_progress import progress_of
from comicmaintainer.services.review import Answer
from comicmaintainer.sources.cover_images import SHOWN_FORMATS, CoverImage
from comicmaintainer.web.api.new_jobs import trigger_of
from comicmaintainer.web.api.shapes import Body, RowId
from comicmaintainer.web.dependencies import CurrentUser, ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["matches"])
COVER_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {each.media_type: {} for each in sorted(SHOWN_FORMATS)},
        "description": "The image",
    },
    **refusals(409, 502, 503),
}

PageSize = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str, Field(max_length=2000)]


class MatchAnswer(Body):
    """What the files of a match are.

    `choose` is a candidate ("comicvine:4711"), the id of another series in that form, or the
    address of its page at its source; `verdict` is for the other answers. With `wait`, one that was
    skipped waits again.
    """

    choose: Text | None = None
    verdict: Literal["never", "skip", "wait"] | None = None


class SeriesWords(Body):
    """Words to search a source's series by; or the address of a series' page at any source, or its
    id ("comicvine:4711").
    """

    source: Annotated[str, Field(max_length=50)]
    text: Text


@router.get("/matches", openapi_extra=needs(Role.LOOK))
def list_matches(
    services: ServicesOf,
    state: MatchState = MatchState.OPEN,
    limit: PageSize = 50,
    after: str | None = None,
    count: bool = False,
) -> dict[str, Any]:
    """List the matches in a state by the names of their series; `next` is the `after` of the next
    page. With `count`, `total` is the number of matches and of their files.
    """
    matches, next_key = services.matches.page(state, after_key=after, limit=limit)
    answer: dict[str, Any] = {"matches": [match_of(match) for match in matches], "next": next_key}
    if count:
        number, files = services.matches.count(state)
        answer["total"] = {"matches": number, "files": files}
    return answer


@router.get("/matches/{match_id}", openapi_extra=needs(Role.LOOK))
def get_match(services: ServicesOf, match_id: RowId) -> dict[str, Any]:
    """Return a match with its files, what these say of themselves, and the issues that they would
    be.
    """
    match = services.matches.get(match_id)
    return match_of(match) | {"matched_files": _files(services, services.matches.files(match_id))}


@router.get(
    "/matches/{match_id}/cover",
    response_class=Response,
    responses=COVER_ANSWERS,
    openapi_extra=needs(Role.LOOK),
)
def candidate_cover(services: ServicesOf, match_id: RowId, series: Text) -> Response:
    """Return the cover of a candidate, given as "source:id".

    It is downloaded from its source, which must be switched on, and kept like other answers.
    """
    candidates = services.matches.get(match_id).candidates
    found = next((each.series for each in candidates if series_ref(each.series) == series), None)
    if found is None or found.cover is None:
        raise MatchNotFound(f"The match {match_id} has no candidate {series!r} with a cover.")
    image = services.patient_sources.cover_image(found.source, found.cover)
    if image is None:
        raise MatchNotFound(f"{found.name} has no cover that can be shown.")
    return _shown(image)


@router.get("/files/{file_id}/match", openapi_extra=needs(Role.LOOK))
def match_of_file(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """Return what a file was matched with, as its match with this file only; null if nothing."""
    services.catalogue.get(file_id)
    found = services.matches.of_file(file_id)
    if found is None:
        return {"match": None}
    match, file = found
    return {"match": match_of(match) | {"matched_files": _files(services, [file])}}


@router.get("/jobs/{job_id}/identified", openapi_extra=needs(Role.LOOK))
def list_identified(services: ServicesOf, job_id: str) -> dict[str, Any]:
    """Return how many files a job has identified, by level, and what waits for review.

    `pace` is the limit of a source that holds the job up; null if none does for a minute or more.
    `done_at` in it is when the job is probably done. It is null while too little is known of what
    the job needs to name one time; the end then lies between `earliest_at` and `latest_at`, which
    is null while nothing is known.
    """
    progress = services.identification_progress.of(services.manager.get(job_id))
    return progress_of(progress)


@router.post(
    "/matches/{match_id}/answer",
    responses=refusals(404, 409, 502, 503),
    openapi_extra=needs(Role.WORK),
)
def answer_match(
    services: ServicesOf, user: CurrentUser, match_id: RowId, body: MatchAnswer
) -> dict[str, Any]:
    """Answer a match. Choosing a series stores a decision and a job that applies it."""
    if (body.choose is None) == (body.verdict is None):
        raise InvalidInput("Give either 'choose' or 'verdict'.", field="choose")
    by = None if user is None else user.name
    if body.verdict == "wait":
        services.review.reopen(match_id)
        return {"decision": None, "job": None}
    if body.verdict == "skip":
        services.review.skip(match_id)
        return {"decision": None, "job": None}
    if body.verdict == "never":
        never = services.review.never(match_id, decided_by=by, trigger=trigger_of(user))
        return _answered(services, never)
    series = _chosen(services, match_id, body.choose or "")
    answer = services.review.choose(match_id, series, decided_by=by, trigger=trigger_of(user))
    return _answered(services, answer)


@router.post("/series-search", responses=refusals(409, 502, 503), openapi_extra=needs(Role.WORK))
def search_series(services: ServicesOf, body: SeriesWords) -> dict[str, Any]:
    """Search the series of a source by other words; this costs a request."""
    found = services.review.search(body.source, body.text)
    return {"series": [facts_to_json(series) for series in found]}


@router.get(
    "/series-search/cover",
    response_class=Response,
    responses={**COVER_ANSWERS, **refusals(400, 404)},
    openapi_extra=needs(Role.WORK),
)
def found_cover(services: ServicesOf, source: Text, text: Text, series: Text) -> Response:
    """Return the cover of a series ("source:id") that a search for this text has found.

    It is downloaded from its source, which must be switched on, and kept like other answers.
    """
    image = services.review.found_cover(source, text, series)
    if image is None:
        raise MatchNotFound(f"The search found no series {series!r} with a cover.")
    return _shown(image)


@router.get("/decisions", openapi_extra=needs(Role.LOOK))
def list_decisions(
    services: ServicesOf, limit: PageSize = 50, after: str | None = None
) -> dict[str, Any]:
    """List the decisions by the names of their series."""
    decisions, next_key = services.decisions.page(after_key=after, limit=limit)
    return {"decisions": [decision_of(each) for each in decisions], "next": next_key}


@router.delete("/decisions/{decision_id}", responses=refusals(409), openapi_extra=needs(Role.WORK))
def take_back_decision(
    services: ServicesOf, user: CurrentUser, decision_id: RowId
) -> dict[str, Any]:
    """Forget a decision, and undo what followed from it; `job` undoes it, null if nothing did."""
    request = services.review.take_back(decision_id, trigger=trigger_of(user))
    return {"decision_id": decision_id, "job": _submitted(services, request)}


def _shown(image: CoverImage) -> Response:
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(image.content, media_type=image.format.media_type, headers=headers)


def _files(services: Services, files: Sequence[MatchedFile]) -> list[dict[str, Any]]:
    groups = LibraryGroups(services.catalogue, services.roots)
    return [
        matched_file_of(file)
        | {"says": said_to_json(groups.facts_of(services.catalogue.get(file.file_id)))}
        for file in files
    ]


def _chosen(services: Services, match_id: int, text: str) -> SeriesFacts:
    candidates = services.matches.get(match_id).candidates
    for candidate in candidates:
        if series_ref(candidate.series) == text:
            return candidate.series
    return services.review.series_at(text)


def _answered(services: Services, answer: Answer) -> dict[str, Any]:
    applied = _submitted(services, answer.request)
    _submitted(services, answer.filing)  # it waits for the other job
    return {"decision": decision_of(answer.decision), "job": applied}


def _submitted(services: Services, request: JobRequest | None) -> dict[str, Any] | None:
    return None if request is None else status_of(services.manager.submit(request))

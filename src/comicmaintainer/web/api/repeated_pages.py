"""Pages that are in many comics, such as adverts: their lists, their comics, and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from comicmaintainer.accounts.roles import Role
from comicmaintainer.library.plain_values import file_of
from comicmaintainer.library.repeated_pages.model import Answer, RepeatedPage, RepeatedTab
from comicmaintainer.library.repeated_pages.repeated_pages import Scope
from comicmaintainer.services import Services
from comicmaintainer.web.api.shapes import Body, RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/repeated-pages", tags=["repeated pages"])

PageSize = Annotated[int, Query(ge=1, le=200)]


class SaidOfPage(Body):
    """What a person says about a page: an advert, no advert (`keep`), or null for nothing."""

    answer: Answer | None


def _asked_scope(
    services: ServicesOf, series: str | None = None, folder: str | None = None
) -> Scope:
    return Scope(series, None if folder is None else str(services.all_roots.resolve_folder(folder)))


AskedScope = Annotated[Scope, Depends(_asked_scope)]


@router.get("", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def list_repeated(
    services: ServicesOf,
    scope: AskedScope,
    tab: RepeatedTab = RepeatedTab.SUGGESTED,
    limit: PageSize = 50,
    after: str | None = None,
    count: bool = False,
) -> dict[str, Any]:
    """List pages that are in several comics: of all, of a `series`, or below a `folder`.

    `file_id` and `page` name a comic that shows the page, `files` how many have it now, `in_scope`
    how many of those that were asked for. `comics` and `series` are those of the last search;
    `reasons` say why the page is suggested as an advert or is not. `next` is the `after` of the
    next part; with `count`, `total` has the length of each list, and `search` the last search.
    """
    pages, next_key = services.repeated_pages.page(tab, scope, after_key=after, limit=limit)
    answer: dict[str, Any] = {"pages": _shown(services, pages), "next": next_key}
    if count:
        answer["total"] = {str(tab): n for tab, n in services.repeated_pages.counts(scope).items()}
        state = services.repeated_pages.state()
        answer["search"] = {
            "searched_at": state.searched_at,
            "is_outdated": state.is_outdated,
            "files": state.files,
            "without_checksums": state.without_checksums,
        }
    return answer


@router.get("/{repeat_id}", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def get_repeated(services: ServicesOf, scope: AskedScope, repeat_id: RowId) -> dict[str, Any]:
    """Return one repeated page, as in the list."""
    (shown,) = _shown(services, [services.repeated_pages.get(repeat_id, scope)])
    return shown


@router.get("/{repeat_id}/files", responses=refusals(404), openapi_extra=needs(Role.LOOK))
def files_of_repeated(
    services: ServicesOf,
    scope: AskedScope,
    repeat_id: RowId,
    limit: PageSize = 50,
    after: str | None = None,
) -> dict[str, Any]:
    """List the comics that have a page, with its number in each, from 0.

    `stays` says why the page stays there unless a job has `anywhere`; null if it does not.
    """
    page = services.repeated_pages.get(repeat_id)
    found, next_key = services.repeated_pages.occurrences(page, scope, after_key=after, limit=limit)
    files = [file_of(one.file) | {"page": one.page, "stays": one.stays} for one in found]
    return {"files": files, "next": next_key}


@router.put("/{repeat_id}", responses=refusals(404), openapi_extra=needs(Role.WORK))
def answer_repeated(services: ServicesOf, repeat_id: RowId, body: SaidOfPage) -> dict[str, Any]:
    """Remember what a person says about a page, so that later searches do not ask again."""
    (shown,) = _shown(services, [services.repeated_pages.answer(repeat_id, body.answer)])
    return shown


def _shown(services: Services, pages: Sequence[RepeatedPage]) -> list[dict[str, Any]]:
    samples = services.repeated_pages.samples(pages)
    return [_plain(page, samples.get(page.repeat_id)) for page in pages]


def _plain(page: RepeatedPage, sample: tuple[int, int] | None) -> dict[str, Any]:
    file_id, number = (None, None) if sample is None else sample
    return {
        "repeat_id": page.repeat_id,
        "file_id": file_id,
        "page": number,
        "files": page.files,
        "in_scope": page.in_scope,
        "comics": page.comics,
        "series": page.series,
        "place": page.place,
        "is_suggested": page.is_suggested,
        "stays_somewhere": page.stays_somewhere,
        "reasons": list(page.reasons),
        "answer": None if page.answer is None else str(page.answer),
    }

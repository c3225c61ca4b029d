"""What helps to find a fault: the log, filtered, and the support bundle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from comicmaintainer.accounts.roles import Role
from comicmaintainer.errors import InvalidInput
from comicmaintainer.log_reader import Level, LogFilter, LogPage, LogReader
from comicmaintainer.support_bundle import bundle_name, support_bundle
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api/system", tags=["system"])
_BLOCK_BYTES = 64 << 10


class BundleResponse(StreamingResponse):
    """A ZIP file, streamed."""

    media_type = "application/zip"


@router.get("/log", openapi_extra=needs(Role.ADMINISTER))
def get_log(
    services: ServicesOf,
    level: Level = Level.DEBUG,
    process: Annotated[str, Query(max_length=80)] = "",
    words: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: str | None = None,
    after: str | None = None,
) -> LogPage:
    """Return the newest records of the log, or those before or after a place.

    Those are of at least this level, of the process named so, and have all the words. One answer
    covers 8 MiB of the log at most, so it may have fewer records than there are.

    `older` is the place for `before` to read on backwards, null at the beginning of the log; `end`
    is the place for `after` to read what is written from now on. A record's `more` is the traceback
    below its line, `place` is where it begins.
    """
    if before is not None and after is not None:
        raise InvalidInput("Give 'before' or 'after', not both.", field="after")
    wanted = LogFilter(level, process or None, tuple(words.split()))
    reader = LogReader(services.settings.log_path)
    if after is not None:
        return reader.since(wanted, limit, after)
    return reader.newest(wanted, limit, before=before)


@router.get("/support-bundle", response_class=BundleResponse, openapi_extra=needs(Role.ADMINISTER))
def get_support_bundle(services: ServicesOf, names: bool = False) -> StreamingResponse:
    """Return a ZIP file that helps others to find a fault: settings, checks, counts, the log.

    It has no passwords, keys or tokens. Names of users, hosts and comics are replaced, those of
    comics only unless `names` is set. Takes a while, as the database is examined.
    """
    content = support_bundle(services, with_names=names)
    disposition = f'attachment; filename="{bundle_name(services.now())}"'

    def blocks() -> Iterator[bytes]:
        for start in range(0, len(content), _BLOCK_BYTES):
            yield content[start : start + _BLOCK_BYTES]

    return BundleResponse(blocks(), headers={"Content-Disposition": disposition})

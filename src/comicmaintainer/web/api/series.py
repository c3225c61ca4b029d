"""One series on its shelf, and the neighbours of a comic in it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from comicmaintainer.accounts.roles import Role
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.library.plain_values import file_of
from comicmaintainer.library.series_shelf import (
    Place,
    SeriesShelf,
    ShelfFile,
    VolumeOnShelf,
    neighbours,
)
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["files"])


@router.get("/series/{series:path}/shelf", openapi_extra=needs(Role.LOOK))
def series_shelf(services: ServicesOf, series: str) -> dict[str, Any]:
    """Return one series in order of number: its volumes, their comics, and the missing numbers.

    Any spelling of its name will do. A place without `files` stands for the missing numbers from
    `number` to `last`. Of a series with more than 5,000 files (`is_capped`), the first are
    returned, and the figures are of these.
    """
    return _shelf_of(services.shelves.of_series(series))


@router.get("/files/{file_id}/neighbours", openapi_extra=needs(Role.LOOK))
def file_neighbours(services: ServicesOf, file_id: RowId) -> dict[str, Any]:
    """Return the comics before and after a file in its series, and its place among them from 1.

    All are null for a file without a series.
    """
    file = services.catalogue.get(file_id)
    found = None
    if file.series is not None:
        found = neighbours(services.shelves.of_series(file.series), file_id)
    if found is None:
        return {"before": None, "after": None, "position": None, "of": None}
    return {
        "before": found.before and _neighbour_of(found.before),
        "after": found.after and _neighbour_of(found.after),
        "position": found.position,
        "of": found.of,
    }


def _neighbour_of(file: CatalogueFile) -> dict[str, Any]:
    return {"file_id": file.file_id, "name": file.name, "issue": file.issue, "title": file.title}


def _shelf_of(shelf: SeriesShelf) -> dict[str, Any]:
    files = shelf.files
    years = shelf.years()
    return {
        "name": shelf.name,
        "files": len(files),
        "is_capped": shelf.is_capped,
        "size_bytes": sum(each.file.size_bytes for each in files),
        "first_year": years and years[0],
        "last_year": years and years[1],
        "publishers": dict(shelf.publishers()),
        "spellings": dict(shelf.spellings()),
        "lacking": dict(shelf.lacking()),
        "volumes": [_volume_of(volume) for volume in shelf.volumes],
    }


def _volume_of(volume: VolumeOnShelf) -> dict[str, Any]:
    return {
        "volume": volume.volume,
        "is_of_volumes": volume.is_of_volumes,
        "missing": volume.missing,
        "places": [_place_of(place) for place in volume.places],
    }


def _place_of(place: Place) -> dict[str, Any]:
    values: dict[str, Any] = {
        "number": place.number,
        "files": [_shelf_file_of(each) for each in place.files],
    }
    return values | ({"last": place.last, "missing": place.missing} if place.missing else {})


def _shelf_file_of(each: ShelfFile) -> dict[str, Any]:
    return file_of(each.file) | {"lacks": list(each.lacks), "copy_of": each.copy_of}

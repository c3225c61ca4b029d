"""The filter of a list of files or series, as it stands in an address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query

from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf


def _asked_filter(
    services: ServicesOf,
    text: str = "",
    state: Annotated[list[FileState] | None, Query()] = None,
    format: Annotated[list[str] | None, Query()] = None,  # noqa: A002 - the parameter's name in the address
    series: str | None = None,
    folder: str | None = None,
    root: str | None = None,
    year_from: int | None = None,
    year_to: int | None = None,
    missing: Annotated[list[str] | None, Query()] = None,
    publisher: str | None = None,
    size_from: int | None = None,
    size_to: int | None = None,
    added_from: float | None = None,
    added_to: float | None = None,
    gaps: bool = False,
    repeated_page: RowId | None = None,
    any_of_series: Annotated[list[str] | None, Query()] = None,
    none_of_series: Annotated[list[str] | None, Query()] = None,
    has_series: bool = False,
    series_text: str = "",
) -> FileFilter:
    parts: dict[str, Any] = {
        "text": text,
        "states": state or [],
        "formats": format or [],
        "series": series,
        "folder": folder,
        "root": root,
        "year_from": year_from,
        "year_to": year_to,
        "missing": missing or [],
        "publisher": publisher,
        "size_from": size_from,
        "size_to": size_to,
        "added_from": added_from,
        "added_to": added_to,
        "gaps": gaps,
        "repeated_page": repeated_page,
        "any_of_series": any_of_series or [],
        "none_of_series": none_of_series or [],
        "has_series": has_series,
        "series_text": series_text,
    }
    return services.selections.shown_filter(parts)


AskedFilter = Annotated[FileFilter, Depends(_asked_filter)]

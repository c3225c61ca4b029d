"""The filter of a list of files or series, as it stands in an address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from comicmaintainer.library.catalogue.file_filter import FileFilter
from comicmaintainer.library.catalogue.model import FileState
from comicmaintainer.web.api.shapes import RowId
from comicmaintainer.web.dependencies import ServicesOf


class _AskedParts(BaseModel):
    text: str = ""
    state: list[FileState] = []
    format: list[str] = []
    series: str | None = None
    folder: str | None = None
    root: str | None = None
    year_from: int | None = None
    year_to: int | None = None
    missing: list[str] = []
    publisher: str | None = None
    size_from: int | None = None
    size_to: int | None = None
    added_from: float | None = None
    added_to: float | None = None
    gaps: bool = False
    repeated_page: RowId | None = None
    not_read: bool = False
    any_of_series: list[str] = []
    none_of_series: list[str] = []
    has_series: bool = False
    series_text: str = ""


async def _asked_filter(services: ServicesOf, asked: Annotated[_AskedParts, Query()]) -> FileFilter:
    parts = dict(asked)
    parts["states"], parts["formats"] = parts.pop("state"), parts.pop("format")
    shown_filter = services.selections.shown_filter
    if asked.folder is None or Path(asked.folder).is_absolute():
        return shown_filter(parts)
    return await run_in_threadpool(shown_filter, parts)  # it looks for the folder on disk


AskedFilter = Annotated[FileFilter, Depends(_asked_filter)]

"""The tags of many files as texts, for forms and sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from comicmaintainer.accounts.roles import Role
from comicmaintainer.comics.metadata.field_texts import texts_of
from comicmaintainer.comics.rules.name_texts import name_texts
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.web.api.shapes import Body, RowId
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["files"])


class WantedTexts(Body):
    """The ids of files; `fields` limits the answer to these. With `named`, also what names say."""

    ids: Annotated[list[RowId], Field(min_length=1, max_length=1000)]
    fields: list[str] | None = None
    named: bool = False


@router.post("/tag-texts", openapi_extra=needs(Role.LOOK))
def tag_texts(services: ServicesOf, body: WantedTexts) -> dict[str, Any]:
    """Return the tags of files as people type them, in the order of their ids. Nothing is changed.

    Files that have left the library are left out. `protected_by` is the folder because of which a
    file is never written, or null.
    """
    found = {file.file_id: file for file in services.catalogue.with_tags(body.ids)}
    fields = None if body.fields is None else frozenset(body.fields)
    files = [found[file_id] for file_id in dict.fromkeys(body.ids) if file_id in found]
    protecting = services.protected.now().protecting
    return {
        "files": [
            _texts_of(file, fields, named=body.named)
            | {"protected_by": protecting(Path(file.path))}
            for file in files
        ]
    }


def _texts_of(file: CatalogueFile, fields: frozenset[str] | None, *, named: bool) -> dict[str, Any]:
    def chosen(texts: dict[str, str]) -> dict[str, str]:
        return {name: text for name, text in texts.items() if fields is None or name in fields}

    values = {
        "file_id": file.file_id,
        "path": file.path,
        "name": file.name,
        "format": file.format,
        "texts": chosen(texts_of(file.tags)),
    }
    return values | ({"named": chosen(name_texts(file.name))} if named else {})

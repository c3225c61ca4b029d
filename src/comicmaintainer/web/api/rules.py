"""The parts of rules, and an example of a name by rules, for forms in which rules are chosen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.metadata import FIELDS, ComicMetadata, from_dict
from comicmaintainer.comics.metadata.members import WRITABLE_FORMATS
from comicmaintainer.comics.rules.rules import PRESETS, sources_of
from comicmaintainer.comics.rules.wanted_path import ComicAtPlace
from comicmaintainer.library.catalogue.model import CatalogueFile
from comicmaintainer.library.roots import place_of
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.operations.declared.rules_parameters import rules_of
from comicmaintainer.web.api.shapes import Body
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.openapi import refusals

router = APIRouter(prefix="/api/rules", tags=["rules"])


class Example(Body):
    """A file inside the watched folders, and parameters of the kind `rename`."""

    file: str
    params: dict[str, Any] = Field(default_factory=dict)


@router.get("")
def rules() -> dict[str, Any]:
    """Return what rules are made of: the presets, the fields and their possible sources.

    Every field may also be set to a text; `formats` are those that tags can be written in.
    """
    sources = {name: [str(source) for source in sources_of(name)] for name in _FIELDS}
    return {
        "presets": {name: preset.to_dict() for name, preset in PRESETS.items()},
        "fields": [{"name": name, "sources": names} for name, names in sources.items()],
        "formats": list(WRITABLE_FORMATS),
    }


@router.post("/example", responses=refusals(404))
def example(services: ServicesOf, body: Example) -> dict[str, Any]:
    """Return the file's current path and the path by the rules. The file is not opened.

    Tags and format are those of the catalogue. `missing` lists fields that the name needs.
    """
    path = services.roots.resolve(body.file)
    chosen = {name: value for name, value in body.params.items() if name in _RULE_PARAMS}
    rules = rules_of(validated_params("rename", chosen))
    known = services.catalogue.by_path(path)
    tags = ComicMetadata() if known is None else from_dict(known.tags)
    kind = _kind_of(path, known)
    comic = ComicAtPlace(
        place_of(services.roots, path),
        rules,
        kind,
        is_kept=kind is None or kind.is_taggable,
        spellings=partial(services.catalogue.spellings_beside, path),
    )
    wanted = comic.path_by_tags(tags)
    return {"from": str(path), "to": str(wanted.path or path), "missing": list(wanted.missing)}


def _kind_of(path: Path, known: CatalogueFile | None) -> ArchiveFormat | None:
    """Return a comic's format from the catalogue, otherwise from its suffix."""
    name = path.suffix.lower().removeprefix(".") if known is None else known.format
    return ArchiveFormat(name) if name in set(ArchiveFormat) else None


_NOT_BY_RULES = frozenset(
    [
        "pages",
        "page_count",
        "credits",
        "identifiers",
        "prices",
        "universes",
        "last_modified",
        "reprints",
        "alternative_names",
        "manga_volume",
    ]
)
_FIELDS = tuple(field.name for field in FIELDS if field.name not in _NOT_BY_RULES)
_RULE_PARAMS = frozenset({"preset", "rules", "template", "padding", "overwrite"})

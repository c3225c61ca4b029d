"""What the rules make of one comic: its metadata, and the path that its name gives it.

Used where a comic is processed, and to find out what its rivals want. Touches no comic.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from comicmaintainer.comics.archives.model import ArchiveFormat
from comicmaintainer.comics.filename import parse_filename
from comicmaintainer.comics.metadata import ComicMetadata
from comicmaintainer.comics.naming import Template
from comicmaintainer.comics.rules import Rules, derive
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.facts import folder_names


def derived(
    context: OperationContext, path: Path, metadata: ComicMetadata, rules: Rules
) -> tuple[ComicMetadata, Mapping[str, str]]:
    """Apply the rules to the comic at `path`, whose tags are `metadata`; see `rules.derive`."""
    folders = folder_names(context.roots, path)
    parsed = parse_filename(path.name, "/".join(folders))
    return derive(
        metadata,
        parsed,
        folders,
        rules,
        beside=context.catalogue.spellings_beside(path, parsed.series) if parsed.series else None,
    )


def target_of(
    context: OperationContext,
    path: Path,
    kind: ArchiveFormat,
    metadata: ComicMetadata,
    rules: Rules,
) -> Path:
    """The path that the rules give a comic; a template with folders counts from the root."""
    name = template_of(rules).render(metadata, rules.padding, proper_suffix(path, kind))
    base = (context.roots.root_of(path) or path.parent) if "/" in name else path.parent
    return base / name


def template_of(rules: Rules) -> Template:
    """The naming template, parsed once for all items of a job."""
    return _template(rules.template)


@lru_cache(maxsize=64)
def _template(text: str) -> Template:
    return Template.parse(text)


def proper_suffix(path: Path, kind: ArchiveFormat) -> str:
    """The suffix of what the file is, kept as it is written where it is not wrong."""
    return path.suffix if path.suffix.lower() == f".{kind}" else f".{kind}"

"""The static files of the web pages, under an address that changes with any of them.

`/static/{digest}/js/pages/library.js`: browsers cache it for good, and modules that import each
other by relative paths stay in one version. `/static/{digest}/texts/de.js` is made of the
catalogue of that language.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from comicmaintainer.texts.catalogue import languages, page_script
from comicmaintainer.texts.current import ENGLISH

FOLDER = Path(__file__).parent / "static"
_DIGITS = 12
_LAYERS = ("base", "components", "pages")
_KEPT = "public, max-age=31536000, immutable"


def digest_of(*folders: Path) -> str:
    """Return a short digest of the names and contents of all files below the folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:_DIGITS]


def stylesheets(folder: Path) -> tuple[str, ...]:
    """Return the stylesheets below `folder` in the order of the cascade, relative to it.

    The tokens come first, then plain elements, components, and the styles of single pages.
    """
    css = folder / "css"
    paths = [css / "tokens.css"]
    for layer in _LAYERS:
        paths += sorted((css / layer).glob("*.css"))
    return tuple(path.relative_to(folder).as_posix() for path in paths)


class PageFiles(StaticFiles):
    """Serves `folder` below any digest, so that a page opened before an upgrade keeps working."""

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(directory=folder)

    def get_path(self, scope: Scope) -> str:
        """Return the path of the file, without the digest."""
        _, _, path = super().get_path(scope).partition(os.sep)
        return path

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, with headers to cache it for good."""
        response = self._texts(path) or await super().get_response(path, scope)
        response.headers["Cache-Control"] = _KEPT
        return response

    @staticmethod
    def _texts(path: str) -> Response | None:
        """Return the script with the texts of a language, None if `path` is not the path of one."""
        folder, _, name = path.partition(os.sep)
        code = name.removesuffix(".js")
        is_known = folder == "texts" and code != ENGLISH and code in languages()
        if not is_known:
            return None
        return Response(page_script(code), media_type="text/javascript")

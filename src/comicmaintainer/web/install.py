"""What makes the web pages an application that can be installed: manifest, worker, offline page.

All of it is open to anybody, since browsers ask for it without a session; it shows nothing of the
library. The service worker keeps one page, for when the service can't be reached.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response

from comicmaintainer.web import page_list
from comicmaintainer.web.language import OFFLINE
from comicmaintainer.web.pages import page_response
from comicmaintainer.web.static_files import FOLDER

router = APIRouter()
_ICONS = FOLDER / "icons"
_A_DAY = {"Cache-Control": "public, max-age=86400"}
_COLOUR = "#1f5fbf"


@router.get("/manifest.webmanifest")
def manifest(request: Request) -> Response:
    """Return the name and icons of the installed application, and where it starts."""
    base = request.scope.get("root_path", "")
    static = request.app.state.pages.static_address(request)
    icons = [
        {"src": f"{static}/icons/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": f"{static}/icons/icon-512.png", "sizes": "512x512", "type": "image/png"},
        {
            "src": f"{static}/icons/maskable-512.png",
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
    body = {
        "id": f"{base}/",
        "name": "ComicMaintainer",
        "short_name": "Comics",
        "description": "Keeps a library of comics in order.",
        "start_url": f"{base}/",
        "scope": f"{base}/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": _COLOUR,
        "icons": icons,
    }
    return JSONResponse(body, media_type="application/manifest+json")


@router.get("/service-worker.js")
def service_worker() -> Response:
    """Return the service worker; its address decides which pages it serves."""
    headers = {"Cache-Control": "no-cache"}
    return FileResponse(FOLDER / "service-worker.js", 200, headers, "text/javascript")


@router.get(OFFLINE)
def offline(request: Request) -> Response:
    """The page that is shown while the service can't be reached."""
    return page_response(request, page_list.OFFLINE)


@router.get("/favicon.ico")
def favicon() -> Response:
    """Return the icon for browsers that look for it here."""
    return FileResponse(_ICONS / "favicon-48.png", 200, _A_DAY, "image/png")

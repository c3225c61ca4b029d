"""Links of a built site: which lead nowhere, and which make a browser ask another host.

Used by the build and its tests. Links to other hosts that a reader may click are not followed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADING = {"img", "script", "source", "iframe", "video", "audio", "embed"}
_NOT_LOADED = {"canonical", "alternate", "next", "prev", "edit"}
"""Relations of `<link>` that a browser does not fetch."""


@dataclass(slots=True)
class Page:
    """The anchors of one page, what it links to, and what it loads."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self._page.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag in _LOADING and "src" in values:
            self._page.loaded.append(values["src"])
        elif tag == "link" and values.get("rel") not in _NOT_LOADED:
            self._page.loaded.append(values.get("href", ""))
        elif "href" in values:
            self._page.links.append(values["href"])


def pages_of(site: Path) -> dict[Path, Page]:
    """Read every page of the site in the folder `site`, by absolute path."""
    pages: dict[Path, Page] = {}
    for path in sorted(site.resolve().rglob("*.html")):
        page = pages[path] = Page()
        _Reader(page).feed(path.read_text("utf-8"))
    return pages


def dead_links(site: Path) -> list[str]:
    """Return `page: link` for each link or picture whose file or anchor is not in the site."""
    pages = pages_of(site)
    # The server may show it for any address, so its links begin at the root.
    checked = {path: page for path, page in pages.items() if path.name != "404.html"}
    return [
        f"{path.relative_to(site.resolve())}: {link}"
        for path, page in checked.items()
        for link in (*page.links, *page.loaded)
        if not _leads_somewhere(path, link, pages)
    ]


def loaded_from_elsewhere(site: Path) -> list[str]:
    """Return the addresses on other hosts that a browser would fetch to show the pages."""
    return [
        address
        for page in pages_of(site).values()
        for address in page.loaded
        if urlsplit(address).netloc
    ]


def _leads_somewhere(page: Path, link: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target not in pages or anchor in pages[target].anchors

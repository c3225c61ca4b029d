"""The values of this room: servers, their libraries, and where folders are on either side.

Times are UTC epoch seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ServerKind(StrEnum):
    """Which program a server is. The names are stored."""

    KOMGA = "komga"
    KAVITA = "kavita"


class ProgressMode(StrEnum):
    """How a server's progress is kept when files change. The names are stored."""

    OFF = "off"
    CARRIED = "carried"
    """What the server knows is read before, and set after it has found the new files."""
    ORDERED = "ordered"
    """Name and contents of a file don't change at once: the server sees the one change before the
    other is made, and so recognises the book by itself. What it does not is carried over."""


TITLES: Mapping[ServerKind, str] = {ServerKind.KOMGA: "Komga", ServerKind.KAVITA: "Kavita"}
"""What the programs are called."""


@dataclass(frozen=True, slots=True)
class PathMap:
    """Which folder here is which folder there; the longest one that fits counts.

    A path of which no folder is listed is the same on both sides. Paths of servers on Windows are
    compared with slashes.
    """

    pairs: tuple[tuple[str, str], ...] = ()

    def there(self, path: str) -> str:
        """Return how the server names a path of ours."""
        return _moved(path, self.pairs)

    def here(self, path: str) -> str:
        """Return our path of what the server names so."""
        turned = tuple((plain(there), here) for here, there in self.pairs)
        return _moved(plain(path), turned)


@dataclass(frozen=True, slots=True)
class MediaServer:
    """A server that a person has added.

    After `failures` attempts in a row that it did not answer, of which `problem` is the last, the
    next one is not before `next_try_at`. `answered_at` is when it answered last.

    Items that change files wait up to `patience_s` for it to be read, since `wanted_at`; `known_at`
    is when that was done last. It is read again at `next_round_at`, after `rounds` in vain.
    """

    server_id: int
    kind: ServerKind
    name: str
    url: str
    api_key: str = field(repr=False)
    path_map: PathMap
    enabled: bool
    created_at: float
    failures: int = 0
    next_try_at: float = 0.0
    problem: str | None = None
    answered_at: float | None = None
    progress: ProgressMode = ProgressMode.CARRIED
    patience_s: float = 600.0
    wanted_at: float | None = None
    known_at: float | None = None
    rounds: int = 0
    next_round_at: float | None = None


@dataclass(frozen=True, slots=True)
class ServerLibrary:
    """A library as its server knows it, with the folders in the server's own names.

    The server recognises a renamed file only if it `computes_hashes`.
    """

    library_id: str
    name: str
    folders: tuple[str, ...]
    computes_hashes: bool = True

    def has(self, path: str) -> bool:
        """Return whether a path, in the server's own names, is in the library."""
        return any(is_below(plain(path), plain(folder)) for folder in self.folders)


def is_below(path: str, folder: str) -> bool:
    """Return whether a path is a folder, or in it; both with slashes."""
    folder = folder.rstrip("/")
    return path == folder or path.startswith(f"{folder}/")


def plain(path: str) -> str:
    """Return a path of a server with slashes, as it is compared."""
    is_of_windows = "\\" in path and (path[1:2] == ":" or path.startswith("\\\\"))
    return path.replace("\\", "/") if is_of_windows else path


def _moved(path: str, pairs: tuple[tuple[str, str], ...]) -> str:
    fitting = [pair for pair in pairs if is_below(path, pair[0])]
    if not fitting:
        return path
    source, target = max(fitting, key=lambda pair: len(pair[0].rstrip("/")))
    return target.rstrip("/") + path[len(source.rstrip("/")) :]

"""Recognises comic files by suffix, and the names that scan, watcher and walk ignore.

The content of a file decides its format later; the suffix only selects files to read.
"""

from __future__ import annotations

import re
from itertools import product

# .zip, .rar, .7z and .tar may contain anything; only the suffixes of comics are accepted.
COMIC_SUFFIXES = frozenset({".cbz", ".cbr", ".cb7", ".cbt", ".pdf"})

_SUFFIX_SPELLINGS = frozenset(
    "".join(letters)
    for suffix in COMIC_SUFFIXES
    for letters in product(*({letter, letter.upper()} for letter in suffix))
)

OUR_FOLDER = ".comicmaintainer"

# The folder of a rehearsal's copies: visible to comic readers, but not part of our library.
COPIES_PREFIX = "ComicMaintainer rehearsal "

# Folders and files that NAS systems, operating systems and desktop programs leave everywhere.
# Hidden names (.stfolder, .Trash-1000, .fuse_hidden..., ._name) need no list.
JUNK_NAMES = frozenset(
    {
        "@eadir", "@tmp", "@recycle", "@recently-snapshot", "@sharebin", "@syno", "@snapshot",
        "#recycle", "#snapshot", "~snapshot", "$recycle.bin", "system volume information",
        "recycler", "found.000", "lost+found", "thumbs.db", "desktop.ini", "__macosx",
        "network trash folder", "temporary items",
    }
)  # fmt: skip

# Folders in which downloaders unpack, or keep what they could not unpack: SABnzbd and NZBGet.
# Syncthing's files on Windows.
UNFINISHED_NAMES = frozenset({"_unpack", "__admin__"})
UNFINISHED_PREFIXES = ("_unpack_", "_failed_", "_admin_", "~syncthing~")

# Unfinished downloads, copies and synchronised files: browsers, torrent clients, download managers,
# Resilio, Nextcloud, rclone, WinSCP, Mihon.
PARTIAL_SUFFIXES = (
    ".part", ".partial", ".crdownload", ".download", ".downloading", ".opdownload", ".unconfirmed",
    ".!qb", ".!ut", ".!bt", ".!sync", ".bc!", ".az!", ".jc!", ".dctmp", ".xltd", ".aria2",
    ".fdmdownload", ".filepart", ".syncthing", ".incomplete", ".tmp", ".temp",
    "_tmp",
)  # fmt: skip

# NZBGet's folder of a download (Name.#12) and macOS's folder of a file being written (Name.sb-...).
_UNFINISHED = re.compile(r"\.(?:#\d+|sb-[0-9a-f]{8}-\w{6})\Z")

# The intermediate name of our case-only renames (filesystem/renames.py).
_MOVING = re.compile(r"\.cm-[0-9a-f]{16}\.moving(?:\.[^.]*)?\Z")

# The first characters of names that are ignored for their beginning.
_BEGINNINGS = "._~"


def is_ignored(name: str) -> bool:
    """Whether a file or folder with this name is hidden, junk, unfinished or our own."""
    if name.startswith((".", "~$", COPIES_PREFIX)):
        return True
    lowered = name.lower()
    return (
        lowered in JUNK_NAMES
        or lowered in UNFINISHED_NAMES
        or lowered.startswith(UNFINISHED_PREFIXES)
        or lowered.endswith(PARTIAL_SUFFIXES)
        or _UNFINISHED.search(lowered) is not None
        or (".cm-" in lowered and _MOVING.search(lowered) is not None)
    )


def is_comic_name(name: str) -> bool:
    """Whether a file with this name may be a comic: it has a known suffix and is not ignored."""
    # Runs for every file of a scan, so it avoids calls.
    if name[-4:] not in _SUFFIX_SPELLINGS:
        return False
    if name[0] in _BEGINNINGS and is_ignored(name):
        return False
    return ".cm-" not in name or _MOVING.search(name.lower()) is None


def is_storable(name: str) -> bool:
    """Whether the name is valid UTF-8; no database or answer can contain other names."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

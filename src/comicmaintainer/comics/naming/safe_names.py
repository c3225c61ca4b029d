"""Makes file names that every common filesystem accepts: ext4, NTFS, exFAT, SMB, APFS.

Used by the naming templates. A safe name is NFC, at most 255 bytes of UTF-8 (so at most 255
UTF-16 units as well), not empty, not hidden, not a Windows device name, and contains no separator,
control, format or private character. A safe name is not changed by `safe_name`.
Sources: learn.microsoft.com/windows/win32/fileio/naming-a-file and the APFS reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MAX_NAME_BYTES = 255
PLACEHOLDER = "_"
ELLIPSIS = "…"

_COLON = re.compile(r"\s*:(?:\s+|$)")
_REPLACED = str.maketrans(
    {"/": "-", "\\": "-", "|": "-", ":": "-", '"': "'", "*": None, "?": None, "<": "(", ">": ")"}
)
_SPACES = re.compile(r"\s+")
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"}
    | {f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"}
)
# Joiners belong to the spelling of Persian, Indic scripts and emoji. Other format characters
# (direction overrides, marks) only make names look like other names.
_JOINERS = "\u200c\u200d"
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def safe_name(text: str, suffix: str = "", max_bytes: int = MAX_NAME_BYTES) -> str:
    """Make `text` a path component that ends in `suffix` (".cbz"), within `max_bytes`.

    A text that is too long is cut at the border of a visible character.
    """
    budget = max_bytes - len(suffix.encode())
    stem = _trimmed(_readable(text))
    for _ in range(3):  # shortening can expose a trailing dot or a device name
        stem = _no_device(_trimmed(shorten(stem, budget)), suffix)
        if len(stem.encode()) <= budget:
            break
    return stem + suffix


def shorten(text: str, max_bytes: int) -> str:
    """The longest beginning of `text` that fits, without splitting a visible character."""
    if len(text.encode()) <= max_bytes:
        return text
    kept: list[str] = []
    left = max_bytes
    for cluster in _clusters(text):
        left -= len(cluster.encode())
        if left < 0:
            break
        kept.append(cluster)
    if not kept:  # one letter under hundreds of marks
        return text.encode()[:max_bytes].decode(errors="ignore")
    return "".join(kept)


def _readable(text: str) -> str:
    if not (text.isascii() and text.isprintable()):  # nearly all are
        text = unicodedata.normalize("NFC", text.encode(errors="replace").decode())
        text = _SPACES.sub(" ", text)
        text = "".join(
            letter
            for letter in text
            if letter in _JOINERS or unicodedata.category(letter) not in _DROPPED
        )
    text = _COLON.sub(" - ", text).translate(_REPLACED)
    text = _SPACES.sub(" ", text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _trimmed(text: str) -> str:
    # A colon at the end has become " - ".
    text = text.lstrip(" .").rstrip(" .")
    return text.removesuffix(" -").rstrip(" .") or PLACEHOLDER


def _no_device(stem: str, suffix: str) -> str:
    """The name changed if Windows would open a device: for NUL, NUL.cbz and "NUL .cbz"."""
    first, dot, rest = (stem + suffix).partition(".")
    if first.rstrip(" ").upper() not in _DEVICES:
        return stem
    fixed = f"{first.rstrip(' ')}{PLACEHOLDER}{dot}{rest}"
    return fixed[: len(fixed) - len(suffix)] if suffix else fixed


def _clusters(text: str) -> Iterator[str]:
    """The visible characters; a close approximation of Unicode's UAX #29."""
    cluster = ""
    for letter in text:
        if cluster and _belongs(letter, cluster):
            cluster += letter
            continue
        if cluster:
            yield cluster
        cluster = letter
    if cluster:
        yield cluster


def _belongs(letter: str, cluster: str) -> bool:
    if unicodedata.category(letter).startswith("M") or letter in _JOINERS:
        return True
    if cluster[-1] == "\u200d" or "\U0001f3fb" <= letter <= "\U0001f3ff":
        return True
    flags = "\U0001f1e6", "\U0001f1ff"
    is_pair = flags[0] <= letter <= flags[1] and flags[0] <= cluster[-1] <= flags[1]
    return is_pair and len(cluster) % 2 == 1

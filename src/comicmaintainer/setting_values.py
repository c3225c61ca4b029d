"""The forms that the value of a setting can take, and how its text becomes a value.

Each function returns an `Allowed`: a description of what is allowed, and a reader that raises
ValueError for any other text.
"""

from __future__ import annotations

import ipaddress
import os
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from comicmaintainer import json_input
from comicmaintainer.networks import may_be_asked

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

LONGEST_SECRET = 1000
LONGEST_LINE = 200
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})
_BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_SCOPE = re.compile(r"[!#-\[\]-~]{1,100}")  # RFC 6749, 3.3
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Allowed(Generic[T]):
    """`text` describes what is allowed; `read` turns the text of a variable into its value."""

    text: str
    read: Callable[[str], T]


def text_of(value: object, *, is_secret: bool = False) -> str:
    """Return a value as the text of its variable; for a secret only that it is set."""
    if value is None or value == ():
        return ""
    if is_secret:
        return "(set)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        separator = os.pathsep if isinstance(value[0], Path) else ","
        return separator.join(map(str, value))
    return str(value)


def whole_number(lowest: int, highest: int) -> Allowed[int]:
    """A whole number, both bounds included."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or not lowest <= int(text) <= highest:
            raise ValueError
        return int(text)

    return Allowed(f"a whole number from {lowest} to {highest}", read)


def yes_or_no() -> Allowed[bool]:
    """A switch."""

    def read(text: str) -> bool:
        word = text.lower()
        if word not in _YES | _NO:
            raise ValueError
        return word in _YES

    return Allowed("true or false", read)


def choice(of: type[E]) -> Allowed[E]:
    """One of an enumeration's values, in any case."""

    return Allowed(", ".join(member.value for member in of), lambda text: of(text.lower()))


def folder() -> Allowed[Path]:
    """One folder, which need not exist yet."""
    return Allowed("the path of a folder", _folder)


def optional_folder() -> Allowed[Path | None]:
    """One folder, without the symbolic links in its path, or nothing."""

    def read(text: str) -> Path | None:
        return Path(os.path.realpath(_folder(text))) if text else None

    return Allowed("the path of a folder, or nothing", read)


def folders() -> Allowed[tuple[Path, ...]]:
    """Folders separated as in PATH, in order, without duplicates."""

    def read(text: str) -> tuple[Path, ...]:
        parts = [part for part in text.split(os.pathsep) if part]
        return tuple(dict.fromkeys(_folder(part) for part in parts))

    return Allowed(f"folders, separated by '{os.pathsep}'", read)


def optional_file() -> Allowed[Path | None]:
    """A file that can be read, or nothing."""

    def read(text: str) -> Path | None:
        if not text:
            return None
        path = _absolute(text)
        if not path.is_file() or not os.access(path, os.R_OK):
            raise ValueError
        return path

    return Allowed("the path of a file that can be read, or nothing", read)


def address() -> Allowed[str]:
    """An address to listen on: IPv4, IPv6 (with or without brackets) or a host name."""

    def read(text: str) -> str:
        bare = text.removeprefix("[").removesuffix("]")
        try:
            return str(ipaddress.ip_address(bare))
        except ValueError:
            if not _HOST.fullmatch(text):
                raise
            return text

    return Allowed("an IP address or a host name", read)


def url_prefix() -> Allowed[str]:
    """A path prefix without a trailing slash; empty for the root."""

    def read(text: str) -> str:
        bare = text.rstrip("/")
        if not _BASE_PATH.fullmatch(bare) or any(part in (".", "..") for part in bare.split("/")):
            raise ValueError
        return bare

    return Allowed("a path like /comics, of letters, digits and ._~-", read)


def networks_only() -> Allowed[tuple[str, ...]]:
    """Addresses and networks (CIDR), separated by commas, or nothing."""

    def read(text: str) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in text.split(",") if part.strip())
        return tuple(str(ipaddress.ip_network(part, strict=False)) for part in parts)

    return Allowed("IP addresses or networks separated by commas, or nothing", read)


def header_name() -> Allowed[str]:
    """The name of an HTTP header."""

    def read(text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", text):
            raise ValueError
        return text

    return Allowed("the name of a header, of letters, digits and -", read)


def network_list() -> Allowed[tuple[str, ...]]:
    """Addresses and networks (CIDR), separated by commas, or `*`."""

    def read(text: str) -> tuple[str, ...]:
        parts = tuple(part.strip() for part in text.split(",") if part.strip())
        for part in parts:
            if part != "*":
                ipaddress.ip_network(part, strict=False)
        return parts

    return Allowed("IP addresses or networks separated by commas, or *", read)


def url_list() -> Allowed[tuple[str, ...]]:
    """Addresses separated by spaces or commas; never shown, because they may contain passwords."""

    def read(text: str) -> tuple[str, ...]:
        parts = tuple(part for part in re.split(r"[\s,]+", text) if part)
        if not all(re.match(r"[a-z][a-z0-9+.-]*://.", part, re.IGNORECASE) for part in parts):
            raise ValueError
        return parts

    return Allowed("addresses like service://..., separated by spaces", read)


def choices(of: type[E]) -> Allowed[tuple[E, ...]]:
    """Several of an enumeration's values, separated by commas, or nothing."""

    def read(text: str) -> tuple[E, ...]:
        parts = [part.strip().lower() for part in text.split(",") if part.strip()]
        return tuple(dict.fromkeys(of(part) for part in parts))

    names = ", ".join(member.value for member in of)
    return Allowed(f"some of {names}, separated by commas", read)


def command_line() -> Allowed[tuple[str, ...]]:
    """A program with its arguments as a JSON list, or nothing; never shown, as the others are."""

    def read(text: str) -> tuple[str, ...]:
        if not text:
            return ()
        argv = json_input.parse_plain(text)
        if not isinstance(argv, list) or not argv or not all(isinstance(a, str) for a in argv):
            raise ValueError
        if not argv[0].startswith("/"):
            raise ValueError
        return tuple(argv)

    return Allowed('a JSON list like ["/path/to/program", "argument"], or nothing', read)


def askable_address() -> Allowed[str | None]:
    """The address of a service that is asked, without a slash at its end, or nothing."""

    def read(text: str) -> str | None:
        bare = text.rstrip("/")
        if bare and (not may_be_asked(bare) or "?" in bare or "#" in bare):
            raise ValueError
        return bare or None

    return Allowed("https://..., or http:// and localhost or a private IP address", read)


def issuer_address() -> Allowed[str | None]:
    """The issuer of a sign-in provider exactly as it names itself, or nothing."""

    def read(text: str) -> str | None:
        if text and (not may_be_asked(text) or "?" in text or "#" in text):
            raise ValueError
        return text or None

    return Allowed("https://..., or http:// and localhost or a private IP address", read)


def database_address() -> Allowed[str | None]:
    """The address of a database on a PostgreSQL server, or none."""

    def read(text: str) -> str | None:
        if text and not text.startswith(("postgresql://", "postgres://")):
            raise ValueError
        return text or None

    return Allowed("an address like postgresql://user:password@host/database", read)


def optional_text() -> Allowed[str | None]:
    """Some text on one line, or nothing."""

    def read(text: str) -> str | None:
        return line_of_text().read(text) if text else None

    return Allowed(f"at most {LONGEST_LINE} characters on one line", read)


def line_of_text() -> Allowed[str]:
    """Some text on one line."""

    def read(text: str) -> str:
        if not text or not text.isprintable() or len(text) > LONGEST_LINE:
            raise ValueError
        return text

    return Allowed(f"at most {LONGEST_LINE} characters on one line", read)


def openid_scopes() -> Allowed[str]:
    """Scopes of OpenID Connect, which hold `openid`."""

    def read(text: str) -> str:
        scopes = text.replace(",", " ").split()
        if "openid" not in scopes or not all(re.fullmatch(_SCOPE, scope) for scope in scopes):
            raise ValueError
        return " ".join(dict.fromkeys(scopes))

    return Allowed("words separated by spaces, openid among them", read)


def roles_of_values(roles: type[StrEnum]) -> Allowed[tuple[str, ...]]:
    """Pairs of a value of a claim and a role, such as `family=look`, or nothing."""

    def read(text: str) -> tuple[str, ...]:
        pairs = []
        for part in (part.strip() for part in text.split(",") if part.strip()):
            value, _, role = part.rpartition("=")
            if not value.strip() or not value.isprintable():
                raise ValueError
            pairs.append(f"{value.strip()}={roles(role.strip().lower())}")
        return tuple(dict.fromkeys(pairs))

    names = ", ".join(member.value for member in roles)
    return Allowed(f"value=role, separated by commas, where role is one of {names}", read)


def secret_text() -> Allowed[str | None]:
    """A key or a password, or nothing; never shown."""

    def read(text: str) -> str | None:
        if not text.isprintable() or len(text) > LONGEST_SECRET:
            raise ValueError
        return text or None

    return Allowed(f"at most {LONGEST_SECRET} characters on one line", read)


def zone_name() -> Allowed[str]:
    """A time zone by its IANA name."""

    def read(text: str) -> str:
        try:
            zoneinfo.ZoneInfo(text)
        except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:
            raise ValueError from error
        return text

    return Allowed("a time zone like Europe/Berlin", read)


def _folder(text: str) -> Path:
    path = _absolute(text)
    if path.exists() and not path.is_dir():
        raise ValueError
    return path


def _absolute(text: str) -> Path:
    if "\0" in text:
        raise ValueError
    # Not resolved: a symlink may be repointed while the service runs.
    return Path(os.path.abspath(text))  # noqa: PTH100 - Path.resolve would follow symlinks

"""Parses comic file names: series, issue, volume, year and more."""

from __future__ import annotations

from comicmaintainer.comics.filename.model import ParsedFilename, Role, TokenRole
from comicmaintainer.comics.filename.parser import parse_filename

__all__ = ["ParsedFilename", "Role", "TokenRole", "parse_filename"]

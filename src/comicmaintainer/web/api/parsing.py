"""Parsing a file name without a file, like the command `parse`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from comicmaintainer.accounts.roles import Role
from comicmaintainer.comics.filename.model import PieceRole
from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["rules"])

_LONGEST_NAME = 1000


class Piece(BaseModel):
    """A piece of the name, from `start` to before `end`, counted in characters from 0."""

    text: str
    start: int
    end: int
    role: PieceRole


class Parsed(BaseModel):
    """A parsed name: its fields, and all its pieces in order."""

    fields: dict[str, Any]
    explanation: list[Piece]


@router.get("/parse", response_model=Parsed, openapi_extra=needs(Role.LOOK))
def parse_name(
    name: Annotated[str, Query(min_length=1, max_length=_LONGEST_NAME)],
    folder: Annotated[str | None, Query(max_length=_LONGEST_NAME)] = None,
) -> dict[str, Any]:
    """Parse a file name: return its fields, and the field of each piece. No file is read.

    `folder` is the name of the file's folder, which supplies what the name lacks.
    """
    parsed = parse_filename(name, folder)
    pieces = [
        {"text": piece.text, "start": piece.span[0], "end": piece.span[1], "role": piece.role}
        for piece in parsed.explanation
    ]
    return {"fields": parsed.found(), "explanation": pieces}

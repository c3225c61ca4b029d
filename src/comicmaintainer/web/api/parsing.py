"""How a file name is read, without a file: as the command `parse` tells it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from comicmaintainer.comics.filename import parse_filename
from comicmaintainer.comics.filename.model import Role

router = APIRouter(prefix="/api", tags=["rules"])

_LONGEST_NAME = 1000


class Piece(BaseModel):
    """A piece of the name, from `start` to before `end`, counted in characters from 0."""

    text: str
    start: int
    end: int
    role: Role


class Parsed(BaseModel):
    """What a name says: the fields that it has, and every piece of it in order."""

    fields: dict[str, Any]
    explanation: list[Piece]


@router.get("/parse", response_model=Parsed)
def parse(
    name: Annotated[str, Query(min_length=1, max_length=_LONGEST_NAME)],
    folder: Annotated[str | None, Query(max_length=_LONGEST_NAME)] = None,
) -> dict[str, Any]:
    """Return how a file name is read, and which piece of it became what; no file is looked at.

    `folder` is the name of the folder that the file lies in: it supplies what the name lacks.
    """
    parsed = parse_filename(name, folder)
    pieces = [
        {"text": piece.text, "start": piece.span[0], "end": piece.span[1], "role": piece.role}
        for piece in parsed.explanation
    ]
    return {"fields": parsed.found(), "explanation": pieces}

"""The fields of tags, as a form needs them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from comicmaintainer.accounts.roles import Role
from comicmaintainer.comics.metadata.field_forms import FieldForm, field_forms
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["rules"])


class FieldList(BaseModel):
    """All fields, in the order of the form."""

    fields: list[FieldForm]


@router.get("/fields", response_model=FieldList, openapi_extra=needs(Role.LOOK))
async def list_fields() -> dict[str, Any]:
    """List the fields of tags with their sections, limits and lists of values."""
    return {"fields": field_forms()}

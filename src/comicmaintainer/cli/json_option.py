"""Options whose value is a JSON object."""

from __future__ import annotations

from typing import Any

import click

from comicmaintainer import json_input


class JsonObject(click.ParamType[dict[str, Any]]):
    """An option whose value is a JSON object."""

    name = "JSON"

    def convert(self, value: Any, param: Any, ctx: Any) -> dict[str, Any]:
        """Return the object that the text holds."""
        if isinstance(value, dict):
            return value
        try:
            parsed = json_input.parse_plain(value)
        except ValueError as error:
            self.fail(f"{_shown(value)} is not a JSON object: {error}", param, ctx)
        if not isinstance(parsed, dict):
            self.fail(f"{_shown(value)} is not a JSON object", param, ctx)
        return parsed


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"

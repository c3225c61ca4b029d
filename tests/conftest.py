"""Fixtures of all tests; a `database` of a room's own takes the place of that of the kit."""

from __future__ import annotations

pytest_plugins = ["tests.kit.databases"]

"""The web application as a server loads it: `comicmaintainer.web.asgi:application()`."""

from __future__ import annotations

import os

from fastapi import FastAPI

from comicmaintainer.services import Services
from comicmaintainer.settings import Settings
from comicmaintainer.web.app import create_app


def application() -> FastAPI:
    """Return the application for the settings in the environment; opens nothing yet.

    Raises:
        InvalidSetting: a variable has a value that is not allowed.
    """
    settings = Settings.from_environment(os.environ)

    return create_app(settings, lambda: Services.build(settings))

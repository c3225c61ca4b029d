"""For those who start Gunicorn themselves: `gunicorn` in this folder. `serve` does not need it."""

from __future__ import annotations

import os

from comicmaintainer import logs
from comicmaintainer.settings import Settings
from comicmaintainer.web_server import APPLICATION, gunicorn_settings

_settings = Settings.from_environment(os.environ)
logs.configure(_settings, process="web")

wsgi_app = APPLICATION
globals().update(gunicorn_settings(_settings))

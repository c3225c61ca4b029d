"""For those who start Gunicorn themselves: `gunicorn` in this folder. `serve` does not need it."""

from __future__ import annotations

import os

from comicmaintainer import logs
from comicmaintainer.processes.web_server import APPLICATION, gunicorn_settings
from comicmaintainer.settings import Settings

_settings = Settings.from_environment(os.environ)
logs.configure(_settings, process="web")

wsgi_app = APPLICATION
globals().update(gunicorn_settings(_settings))

"""The web server process: Gunicorn with ASGI workers, configured from Settings.

Used by `comicmaintainer web` and, for people who start Gunicorn themselves, by gunicorn.conf.py.
Its workers die with it, even when it is killed, so that a restart can bind at once.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from uvicorn_worker import UvicornWorker

from comicmaintainer import logs
from comicmaintainer.errors import InvalidSetting
from comicmaintainer.processes.http_connections import Connections
from comicmaintainer.processes.http_protocol import BoundedProtocol
from comicmaintainer.processes.parent_ties import tie_to
from comicmaintainer.settings import Settings

APPLICATION = "comicmaintainer.web.asgi:application()"
HUNG_AFTER_S = 60
STOP_WITHIN_S = 5
STREAMS_END_WITHIN_S = 3
PORT_FREE_WITHIN_S = 5.0
MOST_DESCRIPTORS = 1 << 16
OTHER_DESCRIPTORS = 200
"""Files that a web worker opens besides connections: comics it sends, the database per thread."""


def run(settings: Settings) -> None:
    """Serve until told to stop (SIGTERM, SIGINT); SIGHUP restarts the workers."""
    logs.configure(settings, process="web")
    _Server(settings).run()


def replace_process() -> NoReturn:
    """Replace this process with the web server.

    A web worker never loads the image and XML libraries, but the command line has loaded them.
    """
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", __name__])  # noqa: S606 - no shell needed


def gunicorn_settings(settings: Settings) -> dict[str, Any]:
    """Return Gunicorn's settings. https://docs.gunicorn.org/en/stable/settings.html."""
    host = f"[{settings.web_host}]" if ":" in settings.web_host else settings.web_host
    memory = Path("/dev/shm")  # noqa: S108 - Gunicorn's unnamed files
    master_pid = os.getpid()

    def tie_worker(_server: Any, _worker: Any) -> None:
        tie_to(master_pid)()

    return {
        "bind": [f"{host}:{settings.web_port}"],
        "workers": settings.gunicorn_workers,
        "worker_class": WebWorker,
        "logger_class": _PassingLogger,
        "timeout": HUNG_AFTER_S,
        "graceful_timeout": STOP_WITHIN_S,
        "keepalive": 30,
        "certfile": str(settings.ssl_certfile) if settings.ssl_certfile else None,
        "keyfile": str(settings.ssl_keyfile) if settings.ssl_keyfile else None,
        "worker_tmp_dir": str(memory) if memory.is_dir() else None,
        "preload_app": True,
        "control_socket_disable": True,
        "proc_name": "comicmaintainer-web",
        "post_fork": tie_worker,
    }


def require_free_address(settings: Settings) -> None:
    """Check that the address can be bound; wait a moment, as a previous server may be ending.

    Raises:
        InvalidSetting: another program uses it, or this computer has no such address.
    """
    deadline = time.monotonic() + PORT_FREE_WITHIN_S
    while True:
        try:
            addresses = socket.getaddrinfo(
                settings.web_host, settings.web_port, type=socket.SOCK_STREAM
            )
            family, kind, protocol, _, address = addresses[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            if time.monotonic() > deadline or isinstance(error, socket.gaierror):
                raise InvalidSetting(
                    f"Can't listen at WEB_HOST {settings.web_host}, WEB_PORT {settings.web_port}: "
                    f"{error.strerror}; allowed: an address of this computer and a port that no "
                    "other program uses"
                ) from error
            time.sleep(0.1)
        else:
            return


class WebWorker(UvicornWorker):  # type: ignore[misc]
    """One ASGI worker that uses the root logger and ends its streams in time."""

    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 - declared this way by the base class
        "loop": "comicmaintainer.processes.http_connections:ListeningLoop",
        "ws": "none",
        "proxy_headers": False,  # the application does that itself
        "server_header": False,
        "timeout_graceful_shutdown": STREAMS_END_WITHIN_S,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("uvicorn.error", "uvicorn.access"):
            logger = logging.getLogger(name)
            logger.handlers = []
            logger.propagate = True
        level = _server_log_level()
        logging.getLogger("uvicorn.access").setLevel(level)
        logging.getLogger("uvicorn.error").setLevel(level)

    def run(self) -> None:
        """Serve in this process, with as many connections as its limits allow."""
        settings = Settings.from_environment(os.environ)
        most = min(settings.max_connections, _raised_descriptor_limit() - OTHER_DESCRIPTORS)
        connections = Connections(max(1, most), settings.max_connections_per_address)
        self.config.http = partial(BoundedProtocol, connections=connections)
        super().run()


def _raised_descriptor_limit() -> int:
    """Raise the limit of open files of this process, within reason, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit


class _PassingLogger(Logger):  # type: ignore[misc]
    """Gunicorn's logger without handlers."""

    def setup(self, _cfg: Any) -> None:
        """Propagate records to the root logger, which logs.configure has set up."""
        self.error_log.handlers = []
        self.error_log.propagate = True
        self.error_log.setLevel(_server_log_level())
        self.access_log.handlers = []
        self.access_log.disabled = True


def _server_log_level() -> int:
    """Return the level from which the servers' own messages are logged: lower in debug mode."""
    is_debugging = logging.getLogger("comicmaintainer").isEnabledFor(logging.DEBUG)
    return logging.INFO if is_debugging else logging.WARNING


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn's application object, which provides its settings and the ASGI application."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Apply our settings over Gunicorn's defaults."""
        for name, value in gunicorn_settings(self._settings).items():
            if value is not None:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Import the application; called in each worker."""
        return util.import_app(APPLICATION)


if __name__ == "__main__":
    run(Settings.from_environment(os.environ))

"""Asks the service on this computer whether it is ready; exit status 0 means yes.

Run by the image's health check: `python -m comicmaintainer.processes.healthcheck`.
"""

from __future__ import annotations

import os
import ssl
import sys
import urllib.request
from urllib.error import URLError

from comicmaintainer.settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not listened at
TIMEOUT_S = 5.0


def why_not_ready(settings: Settings) -> str | None:
    """Return None if the service is ready, else the reason why not."""
    host = _EVERYWHERE.get(settings.web_host, settings.web_host)
    host = f"[{host}]" if ":" in host else host
    scheme = "https" if settings.ssl_certfile else "http"
    address = f"{scheme}://{host}:{settings.web_port}{settings.base_path}/health/ready"
    context = None
    if settings.ssl_certfile:
        # The certificate is for the address that people use, not for this one.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_S, context=context):  # noqa: S310 - http or https by construction
            return None
    except (URLError, OSError) as error:
        return f"Not ready: {error}"


if __name__ == "__main__":
    sys.exit(why_not_ready(Settings.from_environment(os.environ)))

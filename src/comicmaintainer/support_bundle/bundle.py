"""Gathers versions, settings, checks, counts and the end of the log into one ZIP file.

Everything passes through a `Redaction`. The bundle is made in memory: its log is cut at
`MOST_RECORDS`, and nothing else in it grows with the library.
"""

from __future__ import annotations

import dataclasses
import io
import json
import platform
import socket
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from comicmaintainer import __version__, doctor
from comicmaintainer.computer import Computer
from comicmaintainer.database import notices, sizes, sqlite_version
from comicmaintainer.database.row_counts import row_counts
from comicmaintainer.errors import DatabaseError
from comicmaintainer.log_reader import LogFilter, LogReader, LogRecord
from comicmaintainer.services import Services
from comicmaintainer.services.chosen_settings import described
from comicmaintainer.support_bundle.redaction import Redaction

MOST_RECORDS = 5000
DAY_S = 86400
ABOUT = """ComicMaintainer: a support bundle of {day}

versions.json   the product, Python, SQLite, packages, the computer
settings.json   all settings; of a secret only whether it is set
checks.json     what `comicmaintainer doctor` finds
database.json   size, step of the schema, rows by table
library.json    comics by state and format
jobs.json       jobs by state; work of the last day by kind; workers
notices.json    notices that were not dismissed
log.txt         the last {records} records of the log

Passwords, keys and tokens are not in it. Folders, users, keys, hosts and addresses are replaced by
stand-ins such as <library 1>; {names}.
The same stand-in means the same thing throughout. A message may still name something that could not
be recognised: look through the files before you pass them on.
"""
WITH_NAMES = "names of comics are in it, as was asked for"
WITHOUT_NAMES = "names of comics too, such as <name 1f3c9a>"


def bundle_name(now: float) -> str:
    """Return the name of the file of a bundle that is made now."""
    return f"comicmaintainer-support-{_day(now)}.zip"


def support_bundle(services: Services, *, with_names: bool = False) -> bytes:
    """Return the ZIP file. What can't be gathered is in it as an error.

    Names of comics are left out unless `with_names`.
    """
    redaction = _redaction(services, with_names=with_names)
    records = _log_records(services.settings.log_path)
    parts: Mapping[str, Callable[[], Any]] = {
        "versions.json": _versions,
        "settings.json": lambda: described(services.settings, services.chosen_settings.all()),
        "checks.json": lambda: doctor.examine(services.settings, services.database, services.now),
        "database.json": lambda: _database(services),
        "library.json": lambda: _library(services),
        "jobs.json": lambda: _jobs(services),
        "notices.json": lambda: notices.all_notices(services.database),
    }
    names = WITH_NAMES if with_names else WITHOUT_NAMES
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        about = ABOUT.format(day=_day(services.now()), records=f"{len(records):,}", names=names)
        archive.writestr("about.txt", about)
        for name, gather in parts.items():
            try:
                found = gather()
            except (DatabaseError, OSError) as error:
                found = {"error": str(error)}
            plain = json.loads(json.dumps(found, default=_plain))
            text = json.dumps(redaction.value(plain), indent=1, ensure_ascii=False)
            archive.writestr(name, text.encode("utf-8", "backslashreplace"))
        log = "".join(_line_of(record, redaction) for record in records)
        archive.writestr("log.txt", log.encode("utf-8", "backslashreplace"))
    return content.getvalue()


def _day(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")


def _redaction(services: Services, *, with_names: bool) -> Redaction:
    settings = services.settings
    names: dict[str, list[str]] = {"host": [socket.gethostname()]}
    if settings.oidc_issuer is not None:
        names["host"].append(urlsplit(settings.oidc_issuer).hostname or "")
    if settings.database_url is not None:
        names["host"].append(urlsplit(settings.database_url).hostname or "")
    try:
        names["user"] = [user.name for user in services.accounts.users()]
        names["key"] = [key.name for key in services.accounts.keys()]  # noqa: SIM118 - not a mapping
        names["host"] += [worker.host for worker in services.manager.workforce.present()]
    except DatabaseError:
        pass  # a damaged database has no names to replace, and the checks report it
    folders = {
        "<config>": settings.config_dir,
        "<home>": Path.home(),
        "<cache>": settings.cache_dir,
    }
    return Redaction(settings.watched_dirs, folders, names, with_names=with_names)


def _versions() -> dict[str, Any]:
    packages = {each.metadata["Name"]: each.version for each in metadata.distributions()}
    return {
        "comicmaintainer": __version__,
        "python": platform.python_version(),
        "sqlite": ".".join(map(str, sqlite_version.loaded())),
        "system": platform.platform(),
        "machine": platform.machine(),
        "computer": Computer.here(),
        "packages": dict(sorted(packages.items(), key=lambda each: each[0].lower())),
    }


def _database(services: Services) -> dict[str, Any]:
    return {
        "schema": services.database.schema_version(),
        "size": sizes.size(services.database),
        "rows": row_counts(services.database),
    }


def _library(services: Services) -> list[dict[str, Any]]:
    totals = services.listing.totals()
    return [
        {"state": state, "format": kind, "files": files}
        for (state, kind), files in sorted(totals.items())
    ]


def _jobs(services: Services) -> dict[str, Any]:
    manager, now = services.manager, services.now()
    return {
        "counts": {str(name): count for name, count in manager.jobs.count_by_status().items()},
        "last_day": manager.statistics.periods(now - DAY_S, now, span_s=DAY_S),
        "workers": [
            {**dataclasses.asdict(worker), "current": len(worker.current)}
            for worker in manager.workforce.present()
        ],
    }


def _log_records(path: Path) -> list[LogRecord]:
    try:
        return LogReader(path).newest(LogFilter(), MOST_RECORDS).records
    except OSError:
        return []  # the check of the log says why


def _line_of(record: LogRecord, redaction: Redaction) -> str:
    at = datetime.fromtimestamp(record.at, UTC).isoformat(timespec="milliseconds")
    more = f"\n{redaction.text(record.more)}" if record.more else ""
    return (
        f"{at} {record.level.upper()} {record.process}[{record.process_id}] {record.logger}: "
        f"{redaction.text(record.message)}{more}\n"
    )


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)

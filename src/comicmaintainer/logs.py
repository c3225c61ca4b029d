"""The log: one rotating file that all processes write to, and the console.

Each record is one `write` to a file opened for appending, so lines of several processes never mix.
A process that finds the file too large rotates it under a lock; the others notice by its inode.
No secret reaches the log: anything that looks like one is masked in the finished line, tracebacks
included. Control characters are escaped, so that a file name can't forge a line.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from comicmaintainer.settings import Settings

OLD_LOGS = 3
_MASK = "***"
_SECRETS = (
    # Values of parameters, headers and JSON members that carry secrets.
    re.compile(
        r"""(?ix) ((?: token | api[_-]?key | x-api-key | password | passwd | secret | cookie
        | session ) ["']? \s* [=:] \s* ["']?) [^\s"'&;,]+"""
    ),
    re.compile(r"(?i)(authorization[\"']?\s*[=:]\s*[\"']?(?:bearer|basic)?\s*)[^\s\"',]+"),
    re.compile(r"(?i)(\bbearer\s+)[^\s\"',]+"),
    # The setup link, and user:password in addresses.
    re.compile(r"(?i)(/setup/)[A-Za-z0-9_-]{8,}"),
    re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,30}://)[^\s/@]+(?=@)"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def configure(settings: Settings, *, process: str) -> None:
    """Send this process's log to the file and the console; `process` names it in each line.

    Replaces an earlier configuration. If the file can't be written, only the console is used, and
    it says so.
    """
    formatter = LineFormatter(process, ZoneInfo(settings.time_zone))
    console = logging.StreamHandler(sys.stderr)
    handlers: list[logging.Handler] = [console]
    unwritable: OSError | None = None
    try:
        settings.log_path.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(SharedFileHandler(settings.log_path, settings.log_max_bytes))
    except OSError as error:
        unwritable = error
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("comicmaintainer").setLevel(logging.DEBUG if settings.debug else logging.INFO)
    logging.getLogger("libarchive").setLevel(logging.WARNING)  # it names unused functions
    logging.captureWarnings(capture=True)
    if unwritable is not None:
        logging.getLogger(__name__).warning(
            "The log %s can't be written (%s); logging to the console only.",
            settings.log_path,
            unwritable.strerror,
        )


def without_secrets(text: str) -> str:
    """Return `text` with everything masked that looks like a secret."""
    for pattern in _SECRETS:
        text = pattern.sub(lambda found: (found[1] or "") + _MASK, text)
    return text


class LineFormatter(logging.Formatter):
    """Time with offset, level, process, logger and message in one line; a traceback below it."""

    def __init__(self, process: str, zone: ZoneInfo) -> None:
        super().__init__(f"%(asctime)s %(levelname)s {process}[%(process)d] %(name)s: %(message)s")
        self._zone = zone

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802, ARG002 - the name and shape that logging calls
        """Return the record's time in the configured zone."""
        return datetime.fromtimestamp(record.created, self._zone).isoformat(timespec="milliseconds")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        """Return the record's line with control characters escaped."""
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """Return the complete text of the record, without secrets."""
        return without_secrets(super().format(record))


class SharedFileHandler(logging.Handler):
    """Appends to `path` and keeps it under `max_bytes`, together with other processes."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        super().__init__()
        self._path = path
        self._max_bytes = max_bytes
        self._file = self._opened()
        self._has_complained = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            if not self._is_current():
                self._reopen()
            if os.fstat(self._file.fileno()).st_size + len(line) > self._max_bytes:
                self._rotate()
            self._file.write(line)
        except OSError as error:
            self._complain(error)
        else:
            self._has_complained = False

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _opened(self) -> IO[bytes]:
        return self._path.open("ab", buffering=0)

    def _is_current(self) -> bool:
        try:
            current = self._path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(self._file.fileno())
        return (current.st_dev, current.st_ino) == (mine.st_dev, mine.st_ino)

    def _reopen(self) -> None:
        # Without parents: if the disk is gone, nothing must be created in its place.
        self._path.parent.mkdir(exist_ok=True)
        fresh = self._opened()
        self._file.close()
        self._file = fresh

    def _rotate(self) -> None:
        """Shift `log` to `log.1` and so on, unless another process has just done so."""
        with self._path.with_name(self._path.name + ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._is_current():
                for number in range(OLD_LOGS, 1, -1):
                    newer = self._old(number - 1)
                    if newer.exists():
                        newer.replace(self._old(number))
                self._path.replace(self._old(1))
            self._reopen()

    def _old(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _complain(self, error: OSError) -> None:
        # The console handler shows the record itself; a full disk must not stop any work.
        if self._has_complained:
            return
        self._has_complained = True
        sys.stderr.write(f"The log {self._path} can't be written: {error.strerror}\n")

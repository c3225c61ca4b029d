"""Walks over all folders of a root, divided between this process and a helper.

Known folders are listed without waiting for their parents, new ones right after the folder that
holds them. The helper is started only for many known folders, and is optional: this process lists
the folders that it does not answer. Decision 0106 says why it is a process.
"""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

import comicmaintainer
from comicmaintainer.filesystem.readiness import is_ready
from comicmaintainer.library.scan.folder_listing import FolderListing, list_folder

LOGGER = logging.getLogger(__name__)

# With fewer folders, a helper costs more than it saves.
MIN_FOLDERS_FOR_HELPER = 100
# Two requests must fit into a pipe's 64 KiB, so that neither side waits for the other to read.
MAX_REQUEST_BYTES = 12_000
REQUESTS_AHEAD = 2
MAX_FOLDERS_PER_REQUEST = 32
FOLDERS_BETWEEN_LOOKS = 8
READ_BYTES = 1 << 16


def list_folders(
    root: str, known: Mapping[str, str], *, with_helper: bool = True
) -> Iterator[FolderListing]:
    """Yield the present listing of each folder under `root`.

    `known` has the digest of each folder of an earlier walk; missing ones are reported as well.
    Without known folders they come in order, each before those in it, so that a first scan reads
    and records them in order.
    """
    queue = deque(sorted(known))
    if root not in known:
        queue.appendleft(root)
    met = set(queue)
    with_helper = with_helper and len(known) >= MIN_FOLDERS_FOR_HELPER
    helper: _Helper | None = None
    try:
        while queue or (helper is not None and helper.is_busy):
            if with_helper and helper is None and len(queue) >= MIN_FOLDERS_FOR_HELPER:
                helper = _Helper()
            listings: list[FolderListing] = []
            if helper is not None:
                helper.feed(queue, known)
                listings = helper.answers(wait=not queue)
                if helper.has_failed:
                    LOGGER.warning("the helper of the scan ended; going on without it")
                    queue.extendleft(helper.unanswered())
                    helper.close()
                    helper, with_helper = None, False
            yield from _with_new_folders(listings, queue, met)
            for _ in range(min(len(queue), FOLDERS_BETWEEN_LOOKS)):
                path = queue.popleft()
                listing = list_folder(path, known.get(path))
                yield from _with_new_folders([listing], queue, met)
    finally:
        if helper is not None:
            helper.close()


def _with_new_folders(
    listings: Iterable[FolderListing], queue: deque[str], met: set[str]
) -> Iterator[FolderListing]:
    """Yield the listings, and put the folders in them that were not met before first."""
    for listing in listings:
        fresh = [path for path in listing.folders if path not in met]
        met.update(fresh)
        queue.extendleft(reversed(fresh))
        yield listing


class _Helper:
    """The helper process and its pending requests."""

    def __init__(self) -> None:
        source = Path(comicmaintainer.__file__).parents[1]
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-m", "comicmaintainer.library.scan.folder_listing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.fspath(source)},
        )
        self._output = self._pipe(self._process.stdout).fileno()
        self._rest = b""
        self._asked: deque[list[str]] = deque()
        self.has_failed = False

    @property
    def is_busy(self) -> bool:
        return bool(self._asked)

    def feed(self, queue: deque[str], known: Mapping[str, str]) -> None:
        """Send folders from the queue's far end, enough to keep the helper busy."""
        while queue and len(self._asked) < REQUESTS_AHEAD and not self.has_failed:
            paths: list[str] = []
            size_bytes = 0
            while queue and len(paths) < MAX_FOLDERS_PER_REQUEST:
                size_bytes += 6 * len(queue[-1]) + 64
                if paths and size_bytes > MAX_REQUEST_BYTES:
                    break
                paths.append(queue.pop())
            self._asked.append(paths)
            request = json.dumps([(path, known.get(path)) for path in paths])
            try:
                self._pipe(self._process.stdin).write(request.encode() + b"\n")
                self._pipe(self._process.stdin).flush()
            except BrokenPipeError:
                self.has_failed = True

    def answers(self, *, wait: bool) -> list[FolderListing]:
        """Return the answers so far; with `wait`, at least one answer (or a failure)."""
        listings: list[FolderListing] = []
        while self._asked and not self.has_failed:
            timeout_s = None if wait and not listings else 0
            if not is_ready(self._output, select.POLLIN, timeout_s):
                break
            data = os.read(self._output, READ_BYTES)
            self.has_failed = not data
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                self._asked.popleft()
                listings += map(FolderListing.from_json, json.loads(line))
        return listings

    def unanswered(self) -> list[str]:
        """Return the folders without an answer."""
        return [path for paths in self._asked for path in paths]

    def close(self) -> None:
        """End the helper and drop its remaining work."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            self._pipe(pipe).close()
        self._process.wait()

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise AssertionError("the helper is started with pipes")
        return pipe

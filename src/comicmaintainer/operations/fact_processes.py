"""Reads the facts of many comics for a scan, in helper processes.

A file that ends its process costs only its own facts: the files that the process had are read one
at a time until that file is found.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from contextlib import closing

from comicmaintainer.comics.rules.folder_rules import FolderRules, RulesNow
from comicmaintainer.errors import StorageFailed, TooCostly, error_of
from comicmaintainer.isolation.capacity import room_for_helpers
from comicmaintainer.isolation.helper_process import HelperLimits
from comicmaintainer.isolation.pool import HelperPool
from comicmaintainer.isolation.wire import Misfit, unpacked
from comicmaintainer.library.catalogue.model import SeenFile
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.library.scan.reading_pool import Answer
from comicmaintainer.operations.fact_tasks import FactAnswer
from comicmaintainer.reading.allowances import TAGS, ReadingLimits

LOGGER = logging.getLogger(__name__)

TASK_MODULE = "comicmaintainer.operations.fact_tasks"
MOST_PROCESSES = 2
"""More read faster than the scan can record."""
ROOM_FOR_EACH_BYTES = 128 << 20
"""A process uses 40 MiB; the rest is for the one file that needs more, and for others."""
INVALID_ANSWER = "the process that reads it sent an invalid answer"
WAITING_S = 600.0
"""Long, because a disk that wakes up or a server that hangs is not the fault of a file."""


def open_fact_processes(
    limits: ReadingLimits,
    roots: LibraryRoots,
    is_left: Callable[[str], bool],
    rules: RulesNow = FolderRules,
) -> FactProcesses | None:
    """Open as many processes as the machine has room for; None if it has none."""
    count = room_for_helpers(MOST_PROCESSES, ROOM_FOR_EACH_BYTES)
    if not count:
        return None
    return FactProcesses(limits, roots, count=count, is_left=is_left, rules=rules)


class FactProcesses:
    """Processes that read comics within `limits`. Implements `ReadingProcesses`."""

    def __init__(
        self,
        limits: ReadingLimits,
        roots: LibraryRoots,
        *,
        count: int,
        is_left: Callable[[str], bool],
        rules: RulesNow = FolderRules,
        tasks: str = TASK_MODULE,
    ) -> None:
        """Files whose path `is_left` is true of are left to the scan.

        `tasks` is the name of the module whose task "facts" reads the others.
        """
        self.count = count
        self._limits = limits
        self._roots = [str(root) for root in roots.paths]
        self._is_left = is_left
        self._rules = rules
        self._is_closed = False
        self._pool = HelperPool(tasks, HelperLimits(limits.memory_bytes))

    def read(self, files: Sequence[SeenFile]) -> Sequence[Answer]:
        """See ReadingProcesses."""
        asked = [file for file in files if not self._is_left(file.path)]
        answers = dict(zip((file.path for file in asked), self._answers(asked), strict=True))
        return [answers.get(file.path) for file in files]

    def close(self) -> None:
        """See ReadingProcesses."""
        self._is_closed = True
        self._pool.close()

    def _answers(self, files: Sequence[SeenFile]) -> list[Answer]:
        answers: list[Answer] = []
        is_searching = False
        while len(answers) < len(files):
            rest = files[len(answers) :]
            try:
                self._ask(rest[:1] if is_searching else rest, answers)
            except TooCostly as error:
                if is_searching:
                    answers.append(error)
                is_searching = not is_searching
            except StorageFailed as error:
                if not self._is_closed:
                    LOGGER.warning("%s. The scan reads without processes.", error)
                answers += [None] * (len(files) - len(answers))
        return answers

    def _ask(self, files: Sequence[SeenFile], answers: list[Answer]) -> None:
        """Append the answers for the files, in order, as they come.

        Raises:
            TooCostly: a file without an answer exceeded the limits or ended the process.
            StorageFailed: there is no process.
        """
        largest_bytes = max(file.size_bytes for file in files)
        allowance = self._limits.allowance(TAGS, largest_bytes)
        parts = self._pool.stream(
            "facts",
            dataclasses.replace(allowance, waiting_s=WAITING_S),
            files[0].path,
            paths=[file.path for file in files],
            roots=self._roots,
            rules=self._rules().to_dict(),
        )
        with closing(parts):
            read = (each for part in parts for each in unpacked(tuple[FactAnswer, ...], part))
            try:
                for _, answer in zip(files, read, strict=True):
                    answers.append(_answer(answer))
            except (Misfit, ValueError) as error:
                raise TooCostly(INVALID_ANSWER, path=files[0].path) from error


def _answer(found: FactAnswer) -> Answer:
    return found.facts if found.error is None else error_of(found.error)

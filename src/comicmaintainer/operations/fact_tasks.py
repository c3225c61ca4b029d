"""The task of the processes that read many comics for a scan; runs in them, for fact_processes.

Files that the process should not read, or can't because of a bug of ours, are left to the scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from comicmaintainer.comics.rules.folder_rules import FolderRules
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.read_ahead import FILES_AHEAD, announce
from comicmaintainer.isolation.helper import Task
from comicmaintainer.isolation.wire import packed
from comicmaintainer.library.catalogue.model import FileFacts
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.facts import quick_facts_reader

ANSWERS_TOGETHER = 50
"""Several answers are one message: a message costs as much as reading a file, a batch may not."""


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """The facts of a comic or the parts of an error; neither if the file is left to the scan."""

    facts: FileFacts | None = None
    error: Mapping[str, str] | None = None


def read_facts(request: Mapping[str, Any], _: bytes) -> Iterator[Any]:
    """Lists of answers for the files at `paths`, in their order, by the `rules` of folders."""
    rules = FolderRules.from_dict(request["rules"])
    read = quick_facts_reader(LibraryRoots(map(Path, request["roots"])), lambda: rules)
    paths = [Path(path) for path in request["paths"]]
    for path in paths[:FILES_AHEAD]:
        announce(path)
    answers: list[Any] = []
    for path, ahead in zip_longest(paths, paths[FILES_AHEAD:]):
        if ahead is not None:
            announce(ahead)
        answers.append(packed(_answer(read, path)))
        if len(answers) == ANSWERS_TOGETHER:
            yield answers
            answers = []
    yield answers


def _answer(read: Callable[[Path], FileFacts | None], path: Path) -> FactAnswer:
    try:
        return FactAnswer(facts=read(path))
    except ComicMaintainerError as error:
        return FactAnswer(error=error.parts())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the scan meets it too, and logs it
        return FactAnswer()


TASKS: Mapping[str, Task] = {"facts": read_facts}

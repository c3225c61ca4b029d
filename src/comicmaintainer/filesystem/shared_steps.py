"""Steps that several changes can take together, as the group commit of a database does.

A change is a coroutine. Where it has to wait for a disk, it awaits a step:

    write(descriptor, body)
    await FileSync(descriptor, path)
    write(descriptor, end_record)
    await FileSync(descriptor, path)

`run_alone` takes each step as it comes. `run_together` runs many changes side by side and takes
their steps in groups, so that what waits is shared: the disk gets all bodies before the first is
synced, and a folder is synced once for all files in it. The order within a change stays the same.
No event loop is involved, and nothing runs at the same time.
"""

from __future__ import annotations

import ctypes
import os
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from comicmaintainer.filesystem.c_library import c_library
from comicmaintainer.filesystem.folders import sync_folder, sync_left_folder
from comicmaintainer.filesystem.os_errors import storage_errors

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

SYNC_FILE_RANGE_WRITE = 2


class Step(Generic[T_co]):
    """A step that a change awaits; the answer is a `T`, or an error that is raised in the change.

    Steps of the lowest `stage` are taken first, so that all changes get that far before any of them
    goes on.
    """

    __slots__ = ()
    stage: ClassVar[int]

    def __await__(self) -> Generator[Step[Any], Any, T_co]:
        answer: T_co = yield self
        return answer

    @abstractmethod
    def take(self) -> T_co:
        """Take this step for one change."""

    def answer(self) -> T_co | Exception:
        """Take this step for one change; return the answer, or the error."""
        try:
            return self.take()
        except Exception as error:  # noqa: BLE001 - raised again in the change
            return error

    @classmethod
    def take_all(cls, steps: Sequence[Self]) -> Sequence[T_co | Exception]:
        """Take the steps of several changes; return an answer or an error for each."""
        return [step.answer() for step in steps]


class JointStep(Step[T_co]):
    """A step that is always taken for several changes at once, such as one query for all."""

    __slots__ = ()

    def take(self) -> T_co:
        [answer] = self.take_all([self])
        if isinstance(answer, Exception):
            raise answer
        return answer

    @classmethod
    @abstractmethod
    def take_all(cls, steps: Sequence[Self]) -> Sequence[T_co | Exception]:
        """Take the steps of several changes; return an answer or an error for each."""


Steps = Coroutine[Step[Any], Any, T]
"""A change: a coroutine that awaits only steps, and none while it cleans up."""

Taker = Callable[[Sequence[tuple[int, Any]]], Sequence[Any]]
"""Takes steps of one class: pairs of the change's number and its step; returns their answers, an
exception being an error."""


@dataclass(frozen=True, slots=True)
class FileSync(Step[None]):
    """Make what was written to an open file durable.

    Raises:
        DiskFull, StorageFailed.
    """

    stage: ClassVar[int] = 2
    descriptor: int
    path: Path

    def take(self) -> None:
        with storage_errors(self.path):
            os.fsync(self.descriptor)

    def start_writing(self) -> None:
        """Start writing the file's dirty pages; a hint, so that a failure does not matter."""
        sync_file_range = _sync_file_range()
        if sync_file_range is not None:
            sync_file_range(self.descriptor, 0, 0, SYNC_FILE_RANGE_WRITE)


@dataclass(frozen=True, slots=True)
class GuardCheck(Step[None]):
    """Check, right before something becomes final, that the change may still be made.

    Raises:
        Whatever `guard` raises.
    """

    stage: ClassVar[int] = 3
    guard: Callable[[], None]

    def take(self) -> None:
        self.guard()


@dataclass(frozen=True, slots=True)
class FolderSync(Step[None]):
    """Make the entries of a folder durable; with `may_be_gone`, or its removal.

    Raises:
        FileMissing, ReadOnlyStorage, StorageFailed.
    """

    stage: ClassVar[int] = 4
    folder: Path
    may_be_gone: bool = False

    def take(self) -> None:
        if self.may_be_gone:
            sync_left_folder(self.folder)
        else:
            sync_folder(self.folder)

    @classmethod
    def take_all(cls, steps: Sequence[Self]) -> Sequence[Exception | None]:
        answers = {step: step.answer() for step in dict.fromkeys(steps)}
        return [answers[step] for step in steps]


@dataclass(frozen=True, slots=True)
class Alone(Step[None]):
    """Leave the group, because the change does not fit in. It is closed, to be run alone later.

    A change may await this only while it has done nothing yet.
    """

    stage: ClassVar[int] = 0

    def take(self) -> None:
        return


def run_alone(change: Steps[T]) -> T:
    """Run one change to its end, each step at once.

    Raises:
        Whatever the change raises.
    """
    answer: Any = None
    try:
        while True:
            step = _advance(change, answer)
            if isinstance(step, _Ended):
                value: T = step.value
                return value
            answer = step.answer()
    finally:
        change.close()


def run_together(
    changes: Sequence[Steps[T]], takers: Mapping[type[Step[Any]], Taker] | None = None
) -> list[T | Exception | None]:
    """Run changes side by side; return the value of each, or the exception that it raised.

    None stands for those that awaited `Alone`: they must run alone. `takers` take steps in another
    way than their class does.

    Raises:
        BaseException: a change, or a step, raised one that is no Exception; all changes are closed.
    """
    results: list[Any] = [None] * len(changes)
    waiting: dict[int, Step[Any]] = {}

    def go_on(number: int, answer: Any) -> None:
        try:
            step = _advance(changes[number], answer)
        except Exception as error:  # noqa: BLE001 - returned to the caller
            results[number] = error
            return
        if isinstance(step, _Ended):
            results[number] = step.value
        elif isinstance(step, Alone):
            results[number] = None
        else:
            waiting[number] = step

    try:
        for number in range(len(changes)):
            go_on(number, None)
        while waiting:
            for number, answer in _taken(waiting, takers or {}):
                del waiting[number]
                go_on(number, answer)
    finally:
        for change in changes:
            change.close()
    return results


@dataclass(frozen=True, slots=True)
class WithinContext(Generic[T]):
    """A change of which every stretch between two steps runs within `context`, entered anew."""

    change: Steps[T]
    context: AbstractContextManager[None]

    def __await__(self) -> Generator[Step[Any], Any, T]:
        answer: Any = None
        while True:
            with self.context:
                step = _advance(self.change, answer)
            if isinstance(step, _Ended):
                value: T = step.value
                return value
            try:
                answer = yield step
            except Exception as error:  # noqa: BLE001 - raised again in the change
                answer = error
            except BaseException:
                with self.context:  # closing runs what cleans up
                    self.change.close()
                raise


@dataclass(frozen=True, slots=True)
class _Ended:
    """The end of a change, with the value that it returned."""

    value: Any


def _advance(change: Steps[Any], answer: Any) -> Step[Any] | _Ended:
    """Let a change go on with the answer to its last step; return its next step, or its end."""
    try:
        return change.throw(answer) if isinstance(answer, Exception) else change.send(answer)
    except StopIteration as end:
        return _Ended(end.value)


def _taken(
    waiting: Mapping[int, Step[Any]], takers: Mapping[type[Step[Any]], Taker]
) -> list[tuple[int, Any]]:
    """Take the steps of the lowest stage; return their changes' numbers and answers."""
    stage = min(step.stage for step in waiting.values())
    due = [(number, step) for number, step in waiting.items() if step.stage == stage]
    kind = type(due[0][1])
    due = [(number, step) for number, step in due if type(step) is kind]
    answers: Sequence[Any]
    try:
        if kind in takers:
            answers = takers[kind](due)
        else:
            answers = kind.take_all([step for _, step in due])
    except Exception as error:  # noqa: BLE001 - raised again in each change
        answers = [error] * len(due)
    return [(number, answer) for (number, _), answer in zip(due, answers, strict=True)]


@cache
def _sync_file_range() -> Any:
    function = getattr(c_library(), "sync_file_range", None)
    if function is not None:
        function.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return function

"""Keeps programs running: starts them, restarts those that die or hang, and stops them together.

Used by serve, for the web server and the workers. The programs stay in this process's group and are
killed by the kernel if it dies. Knows nothing of comics and stores nothing: `heartbeats` returns a
value for a process id that changes while the process is alive.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from comicmaintainer.errors import DatabaseError
from comicmaintainer.processes.parent_ties import tie_to

logger = logging.getLogger(__name__)

STOP_WITHIN_S = 7.0
HUNG_AFTER_S = 60.0
LOOK_EVERY_S = 5.0
TICK_S = 1.0
SPARED_SHARE = 0.5
"""Of the time until a program counts as hung: how long others get after one has been killed."""
BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Waits before the first restart, the second, ...; reset once a program ran for `STEADY_S`."""
STEADY_S = 60.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

Heartbeats = Callable[[int], object]
"""Returns a value that changes while the process is alive; raises DatabaseError if it can't be
read now."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running.

    `reload_signal` makes it reload its environment. With `has_heartbeat` it is killed when its
    heartbeat stops.
    """

    name: str
    argv: Sequence[str]
    reload_signal: signal.Signals = signal.SIGTERM
    has_heartbeat: bool = False


@dataclass(slots=True)
class _Running:
    """A program and its current process, or when to start it again (monotonic seconds)."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    failures: int = 0
    is_reloading: bool = False
    is_killed: bool = False
    heartbeat: object = None
    heartbeat_at: float = 0.0


@dataclass(slots=True)
class _Watch:
    """The latest heartbeats by process id; `is_blind` while they can't be read."""

    seen: dict[int, object] = field(default_factory=dict)
    is_blind: bool = False


class Supervisor:
    """Runs `programs` until told to stop by SIGTERM or SIGINT; SIGHUP reloads them."""

    def __init__(
        self,
        programs: Sequence[Program],
        heartbeats: Heartbeats | None = None,
        *,
        hung_after_s: float = HUNG_AFTER_S,
        look_every_s: float = LOOK_EVERY_S,
        stop_within_s: float = STOP_WITHIN_S,
    ) -> None:
        self._running = [_Running(program) for program in programs]
        self._heartbeats = heartbeats
        self._hung_after_s = hung_after_s
        self._look_every_s = look_every_s
        self._stop_within_s = stop_within_s
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._watch = _Watch()
        self._ended = threading.Event()

    def run(self) -> None:
        """Run until told to stop, then end all programs. Must be called in the main thread."""
        before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        try:
            if self._heartbeats is not None:
                threading.Thread(
                    target=self._look, args=(self._heartbeats,), name="heartbeats", daemon=True
                ).start()
            self._keep_running()
            self._stop()
        finally:
            self._ended.set()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._signals.put(number)

    # --- while running ---------------------------------------------------------------------------

    def _keep_running(self) -> None:
        while True:
            for running in self._running:
                self._reap(running)
            self._kill_one_hung()
            for running in self._running:
                if running.process is None and time.monotonic() >= running.start_at:
                    self._start(running)
            try:
                number = self._signals.get(timeout=self._until_next_start())
            except queue.Empty:
                continue
            if number in (signal.SIGTERM, signal.SIGINT):
                return
            if number == signal.SIGHUP:
                self._reload()

    def _until_next_start(self) -> float:
        waiting = [running.start_at for running in self._running if running.process is None]
        return max(0.0, min([TICK_S, *(at - time.monotonic() for at in waiting)]))

    def _start(self, running: _Running) -> None:
        running.started_at = running.heartbeat_at = time.monotonic()
        running.heartbeat = None
        running.is_killed = False
        running.process = subprocess.Popen(  # noqa: S603 - the programs are our own
            running.program.argv,
            stdin=subprocess.DEVNULL,
            preexec_fn=tie_to(os.getpid()),
        )
        logger.info("Started %s as process %d", running.program.name, running.process.pid)

    def _reap(self, running: _Running) -> None:
        process = running.process
        if process is None or process.poll() is None:
            return
        running.process = None
        self._watch.seen.pop(process.pid, None)
        now = time.monotonic()
        if running.is_reloading:
            running.is_reloading = False
            running.start_at = now
            return
        running.failures = 0 if now - running.started_at > STEADY_S else running.failures
        wait_s = BACKOFF_S[min(running.failures, len(BACKOFF_S) - 1)]
        running.failures += 1
        running.start_at = now + wait_s
        logger.error(
            "%s ended (%s); restarting it in %.1f s",
            running.program.name,
            _manner(process.returncode),
            wait_s,
        )

    def _reload(self) -> None:
        for running in self._running:
            if running.process is not None:
                running.is_reloading = running.program.reload_signal is signal.SIGTERM
                running.process.send_signal(running.program.reload_signal)
        logger.info("Reloading")

    # --- heartbeats ------------------------------------------------------------------------------

    def _look(self, heartbeats: Heartbeats) -> None:
        """Read heartbeats. Runs in a separate thread, because reading itself may hang."""
        while not self._ended.wait(self._look_every_s):
            for running in self._running:
                process = running.process
                if process is None or not running.program.has_heartbeat:
                    continue
                try:
                    self._watch.seen[process.pid] = heartbeats(process.pid)
                    self._watch.is_blind = False
                except DatabaseError as error:
                    self._watch.is_blind = True
                    logger.warning("Can't read heartbeats: %s", error)

    def _kill_one_hung(self) -> None:
        """Kill a program if the heartbeat of one has not changed for too long.

        A hung process may hold a lock that all others wait for, so that their heartbeats stop as
        well, perhaps before its own. So one that is stopped is killed rather than one that runs,
        and the others get time to go on.
        """
        now = time.monotonic()
        silent = [
            (running, running.process)
            for running in self._running
            if running.process is not None
            and self._silence_s(running, running.process, now) > self._hung_after_s * SPARED_SHARE
        ]
        if not any(now - running.heartbeat_at > self._hung_after_s for running, _ in silent):
            return
        victim, process = min(silent, key=lambda each: not _is_stopped(each[1].pid))
        logger.error("%s (process %d) is hung; killing it", victim.program.name, process.pid)
        process.kill()
        victim.is_killed = True
        for spared, _ in silent:
            spared.heartbeat_at = now - self._hung_after_s * SPARED_SHARE

    def _silence_s(self, running: _Running, process: subprocess.Popen[bytes], now: float) -> float:
        """Return for how long the heartbeat of a program has not changed; 0 if it needs none.

        The wall-clock times in heartbeats are not compared with ours, because clocks jump and
        computers sleep.
        """
        if not running.program.has_heartbeat or self._heartbeats is None or running.is_killed:
            return 0.0
        seen = self._watch.seen.get(process.pid)
        if seen != running.heartbeat or self._watch.is_blind:
            running.heartbeat = seen
            running.heartbeat_at = now
        return now - running.heartbeat_at

    # --- the end ---------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Ask all programs to end, wait, and kill those left over or on a second stop signal."""
        deadline = time.monotonic() + self._stop_within_s
        for running in self._running:
            if running.process is not None:
                running.process.terminate()
                # A suspended process gets the signal only once it continues.
                running.process.send_signal(signal.SIGCONT)
        while any(self._is_alive(running) for running in self._running):
            left = deadline - time.monotonic()
            try:
                again = self._signals.get(timeout=max(0.0, min(left, TICK_S)))
            except queue.Empty:
                again = None
            if left <= 0 or again in (signal.SIGTERM, signal.SIGINT):
                break
        for running in self._running:
            if self._is_alive(running) and running.process is not None:
                logger.warning("%s did not end in time; killing it", running.program.name)
                running.process.kill()
                running.process.wait()

    @staticmethod
    def _is_alive(running: _Running) -> bool:
        return running.process is not None and running.process.poll() is None


def _is_stopped(pid: int) -> bool:
    """Tell whether a process was stopped, by a signal or a debugger."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[:1] in (["T"], ["t"])


def _manner(status: int) -> str:
    return f"by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"

"""The product with a clock that runs faster: its worker processes, and what starts and kills them.

Sources allow some requests an hour, so a job that needs days is measured in minutes. All processes
share the clock. What only real time can shorten (leases, and claims of requests) lasts as long as
it does otherwise, so it is stretched with the clock. Used by identify.py and identify_storm.py.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from comicmaintainer.jobs.engine import worker_store, workforce
from comicmaintainer.jobs.model import ENDED, Job, JobRequest
from comicmaintainer.operations.declared.kinds import validated_params
from comicmaintainer.services import Services
from comicmaintainer.services.worker_tools import WorkerTools
from comicmaintainer.settings import Settings
from comicmaintainer.sources import company, desk, turns

CLAIM_S = 6.0
"""How long others wait for the answer to a killed process's request, in real time."""
UNDER_WAY_S = 1.0
GATHER_S = 3.0
"""How long a list waits for others: about as long as fifteen searches take."""
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class FastClock:
    """Callable like `time.time`; `speed` times faster than time since `began`."""

    began: float
    speed: float

    def __call__(self) -> float:
        """Return the time, in epoch seconds."""
        return self.began + (time.time() - self.began) * self.speed

    def services(self, environment: Mapping[str, str]) -> Services:
        """Return the services of this process; leases and claims of requests are stretched."""
        lease_s = 15.0 * self.speed
        worker_store.LEASE_S = workforce.LEASE_S = lease_s
        turns.CLAIM_S, turns.UNDER_WAY_S = CLAIM_S * self.speed, UNDER_WAY_S * self.speed
        turns.GRACE_S = max(turns.GRACE_S, 20.0 * self.speed)
        turns.SHARED_GRACE_S = max(turns.SHARED_GRACE_S, 60.0 * self.speed)
        desk.PEER_S = max(desk.PEER_S, 0.02 * self.speed)
        company.GATHER_S = max(company.GATHER_S, GATHER_S * self.speed)
        return Services.build(Settings.from_environment(environment), now=self)


class FastWorkers:
    """Worker processes with a fast clock; `used_s` is the processor time of those that ended."""

    def __init__(self, count: int, clock: FastClock, environment: Mapping[str, str]) -> None:
        self._clock = clock
        self._environment = dict(environment)
        self.used_s = 0.0
        self._processes = [self._start() for _ in range(count)]

    def kill_one(self, chance: random.Random) -> None:
        """Kill a random worker and start another in its place."""
        place = chance.randrange(len(self._processes))
        self._processes[place].send_signal(signal.SIGKILL)
        self._reap(self._processes[place])
        self._processes[place] = self._start()

    def stop(self) -> None:
        """Stop all workers cleanly."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.close()
        for process in self._processes:
            self._reap(process)
        self._processes = []

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.used_s += used.ru_utime + used.ru_stime

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, __file__, str(self._clock.began), str(self._clock.speed)],
            env=self._environment,
            stdin=subprocess.PIPE,
        )


def run_job(services: Services, kind: str, items: list[str], **params: object) -> Job:
    """Submit a job and wait until the workers have ended it."""
    job = services.manager.submit(JobRequest(kind, items, validated_params(kind, params)))
    while job.status not in ENDED:
        time.sleep(LOOK_EVERY_S)
        job = services.manager.get(job.job_id)
    return job


def main() -> None:
    """Be a worker process until the standard input ends."""
    clock = FastClock(float(sys.argv[1]), float(sys.argv[2]))
    tools = WorkerTools.build(clock.services(os.environ))
    tools.recover()
    worker = tools.worker(items_only=True)
    worker.start()
    sys.stdin.readline()
    worker.stop()
    tools.close()


if __name__ == "__main__":
    main()

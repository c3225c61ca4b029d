"""Faults at every write-path system call of every action, and power cuts at every one of them.

    python -m tests.faults.sweep --full                      kill, ENOSPC and EIO on this disk
    python -m tests.faults.sweep --full --power-cut          power cuts on loop ext4 and XFS

Needs strace, and root for the power cuts (loop devices, the shutdown ioctl). An action is traced
once; then it is run again for each of its calls, with that call failing or being the last. After
each run the comic must open in Python's zipfile, unzip, 7z and bsdtar with every page unchanged,
and a file beside it must be the old or the new one; after recovery all bytes must be the old ones,
and no temporary may be left. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults import actions
from tests.faults.actions import ACTIONS, BESIDE, END, FILING, NEW_JSON, OLD_JSON, REFUSED, Scene

ACTIONS_FILE = Path(__file__).with_name("actions.py")
CALLS = (
    "openat", "write", "pwrite64", "copy_file_range", "fsync", "fdatasync", "ftruncate", "rename",
    "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "fchmod",
    "fchown", "fsetxattr", "utimensat", "flock",
)  # fmt: skip
KILL = "signal=SIGKILL"
FAULTS = (KILL, "error=ENOSPC", "error=EIO")
LINE = re.compile(r"^\d+ +(\w+)\((.*)$")
READERS = (
    (["unzip", "-tqq"], {0}),
    (["7z", "t", "-bso0", "-bsp0"], {0, 1}),
    (["bsdtar", "-tf"], {0}),
)
SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32): EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN
WITHOUT_FLUSH = 2
DISK_BYTES = 320 << 20
UNMOUNT_TRIES = 50


@dataclass(frozen=True)
class Case:
    """One fault: the call, its number in the process, and what happens there."""

    action: str
    call: str
    number: int
    fault: str


class Broken(AssertionError):
    """A promise that a case showed not to hold."""


def cases_of(action: str, scene: Scene) -> list[Case]:
    """Trace the action once and list its calls as cases, every fault for each."""
    actions.prepare(action, scene)
    code, log, errors = traced(action, scene, "-e", f"trace={','.join(CALLS)}")
    if code != 0:
        raise Broken(f"{action}: the trace run failed: {errors}")
    counts: collections.Counter[str] = collections.Counter()
    found = []
    for line in log.splitlines():
        matched = LINE.match(line)
        if not matched:
            continue
        call, arguments = matched.groups()
        if END in arguments:
            break
        counts[call] += 1
        found.append((call, counts[call]))
    return [Case(action, call, number, fault) for call, number in found for fault in FAULTS]


def traced(action: str, scene: Scene, *options: str) -> tuple[int, str, str]:
    """Run `perform` with strace attached right before the action: exit code, trace, messages."""
    log = scene.intent.with_name("trace")
    with subprocess.Popen(
        perform(action, scene), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment(),
    ) as performer:  # fmt: skip
        assert performer.stdin is not None
        assert performer.stdout is not None
        assert performer.stderr is not None
        if performer.stdout.readline() != "ready\n":
            raise Broken(f"{action}: it did not start: {performer.stderr.read()}")
        # Not with --seccomp-bpf, which is faster but lets no signal be injected.
        command = ["strace", "-f", "-o", str(log), "-p", str(performer.pid), *options]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            attached = tracer.stderr.readline()
            _, errors = performer.communicate("go\n")
            tracer.communicate()
    if "attached" not in attached:
        raise Broken(f"{action}: strace could not attach: {attached}")
    return performer.returncode, log.read_text(errors="replace"), errors


def run_case(case: Case, scene: Scene) -> str:
    """Carry the action out with the fault, check the comic, recover, check again; the outcome."""
    actions.prepare(case.action, scene)
    interrupted = interrupt(case, scene)
    check_readable(case.action, scene)
    outcome = recover_and_check(case.action, scene)
    if not interrupted and outcome == "old" and not case.action.startswith("undo-"):
        raise Broken(f"{case}: it was acknowledged, but is not there")
    return outcome


def interrupt(case: Case, scene: Scene) -> bool:
    """Run `perform` with the fault; False where it was acknowledged all the same."""
    inject = f"inject={case.call}:{case.fault}:when={case.number}"
    code, log, errors = traced(case.action, scene, "-e", f"trace={case.call}", "-e", inject)
    was_killed = code == -signal.SIGKILL
    if was_killed != (case.fault == KILL):
        raise Broken(f"{case}: the process did not end as planned: {code} {errors}")
    if not was_killed and "(INJECTED)" not in log:
        raise Broken(f"{case}: the fault did not happen")
    if not was_killed and code not in (0, REFUSED):
        raise Broken(f"{case}: {code}: {errors}")
    return code != 0


def recover_and_check(action: str, scene: Scene) -> str:
    """What a restarted worker does, and the proof that every byte is what it was."""
    outcome = actions.recover(action, scene)
    facts = json.loads(scene.facts.read_text())
    for subject in scene.subjects(action):
        if actions.sha256(subject) != facts["old"].get(str(subject)):
            raise Broken(f"{action}: after recovery and undo the bytes are not the old ones")
    strays = [p for p in scene.library.parent.rglob("*") if ".cm-" in p.name]
    if strays:
        raise Broken(f"{action}: left behind: {strays}")
    return outcome


def check_readable(action: str, scene: Scene) -> None:
    """The comic is there, under a name it may have, and everybody can read every page of it."""
    pages = json.loads(scene.facts.read_text())["pages"]
    places = [[path for path in each if path.exists()] for each in scene.places(action)]
    found = [path for each in places for path in each]
    hashes = (None, _digest(OLD_JSON), _digest(NEW_JSON))
    if action in BESIDE and actions.sha256(scene.beside) not in hashes:
        raise Broken(f"{action}: the file beside the comic is torn")
    if action == "convert":
        with tarfile.open(scene.tar) as archive:
            for name in pages:
                member = archive.extractfile(name)
                if member is None or _digest(member.read()) != pages[name]:
                    raise Broken(f"{action}: the source's pages changed")
    elif not all(places):
        raise Broken(f"{action}: the comic is gone")
    for path in found:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                raise Broken(f"{action}: {path} is damaged")
            read = {n: _digest(archive.read(n)) for n in archive.namelist() if n.endswith(".jpg")}
        if read != pages:
            raise Broken(f"{action}: pages of {path} changed")
        for reader, good in READERS:
            if shutil.which(reader[0]):
                done = subprocess.run([*reader, str(path)], check=False, capture_output=True)
                if done.returncode not in good:
                    raise Broken(f"{action}: {reader[0]}: {done.stderr.decode()}")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def perform(action: str, scene: Scene) -> list[str]:
    """The command that is interrupted; everything else happens in this process."""
    return [sys.executable, str(ACTIONS_FILE), action, str(scene.library.parent)]


def environment() -> dict[str, str]:
    paths = [str(Path(one).resolve()) for one in sys.path if one]
    return {**os.environ, "PYTHONPATH": ":".join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A filesystem mounted at `folder` for the block."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *options, str(folder)], check=True, capture_output=True)
    try:
        yield folder
    finally:
        for _ in range(UNMOUNT_TRIES):  # busy for a moment while the last process is taken down
            done = subprocess.run(["umount", str(folder)], check=False, capture_output=True)
            if done.returncode == 0:
                break
            time.sleep(0.1)
        else:
            raise Broken(f"{folder} can't be unmounted: {done.stderr.decode()}")
        wait_until_left(Path(options[-1]))


def wait_until_left(image: Path) -> None:
    """Wait until no other mount namespace has the disk, which would come back as it was left."""
    for _ in range(UNMOUNT_TRIES):
        found = subprocess.run(["losetup", "-j", str(image)], check=True, capture_output=True)
        if not found.stdout:
            return
        time.sleep(0.1)
    raise Broken(f"{image} is still mounted elsewhere: {found.stdout.decode()}")


def power_cut(disk: Path, *, other_fsync: bool) -> None:
    """Take the disk away as a power cut does: what is not on it by now never gets there.

    With `other_fsync` another file is synced just before, which commits the journal with
    whatever metadata it holds at that moment.
    """
    if other_fsync:
        with (disk / "other").open("wb") as stream:
            stream.write(b"other")
            stream.flush()
            os.fsync(stream.fileno())
    descriptor = os.open(disk, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
    finally:
        os.close(descriptor)


def power_cut_case(case: Case | None, action: str, image: Path, disk: Path, *, sync: bool) -> str:
    """The action cut off at a call (at its acknowledged end for None), the power, and recovery."""
    with mounted(disk, "-o", "loop", str(image)):
        scene = Scene(disk / "scene")
        actions.prepare(action, scene)
        if case is None:
            subprocess.run(
                perform(action, scene),
                check=True,
                input=b"go\n",
                stdout=subprocess.DEVNULL,
                env=environment(),
            )
        else:
            interrupt(case, scene)
        power_cut(disk, other_fsync=sync)
    with mounted(disk, "-o", "loop", str(image)):
        check_readable(action, scene)
        outcome = recover_and_check(action, scene)
    if case is None and outcome == "old" and not action.startswith("undo-"):
        raise Broken(f"{action}: it was acknowledged before the power cut, but is not there")
    return outcome


def sweep(names: tuple[str, ...], *, every: int = 1) -> dict[str, Any]:
    """Every `every`-th fault of the actions on the disk of the temporary folder."""
    outcomes: collections.Counter[str] = collections.Counter()
    broken = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        scene = Scene(Path(folder))
        scene.elsewhere.parent.mkdir()
        if {"move", *FILING}.intersection(names):
            stack.enter_context(mounted(scene.elsewhere.parent, "-t", "tmpfs", "tmpfs"))
        for action in names:
            for case in cases_of(action, scene)[::every]:
                try:
                    outcomes[f"{action} {run_case(case, scene)}"] += 1
                except Broken as error:
                    broken.append(f"{case}: {error}")
    return {"cases": sum(outcomes.values()) + len(broken), "broken": broken, "outcomes": outcomes}


def power_cut_sweep(
    names: tuple[str, ...], *, every: int = 1, kinds: tuple[str, ...] = ("ext4", "xfs")
) -> dict[str, Any]:
    """Power cuts at every `every`-th call of the actions, with and without another file's fsync."""
    outcomes: collections.Counter[str] = collections.Counter()
    broken = []
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            image, disk = Path(folder, "image"), Path(folder, "disk")
            image.touch()
            os.truncate(image, DISK_BYTES)
            subprocess.run([f"mkfs.{kind}", "-q", str(image)], check=True, capture_output=True)
            for action in names:
                with mounted(disk, "-o", "loop", str(image)):
                    kills = [
                        c for c in cases_of(action, Scene(disk / "scene")) if "KILL" in c.fault
                    ]
                for case in (*kills[::every], None):
                    for sync in (False, True):
                        try:
                            end = power_cut_case(case, action, image, disk, sync=sync)
                            outcomes[f"{kind} {action} {end}"] += 1
                        except Broken as error:
                            broken.append(f"{kind}, other fsync {sync}: {case}: {error}")
    return {"cases": sum(outcomes.values()) + len(broken), "broken": broken, "outcomes": outcomes}


def main() -> None:
    parser = argparse.ArgumentParser(description="Sweep faults over every action.")
    parser.add_argument("--full", action="store_true", help="every call, not every seventh")
    parser.add_argument("--power-cut", action="store_true")
    parser.add_argument("--action", choices=ACTIONS, action="append")
    arguments = parser.parse_args()
    names = tuple(arguments.action or ACTIONS)
    every = 1 if arguments.full else 7
    if arguments.power_cut:
        report = power_cut_sweep(tuple(n for n in names if n != "move"), every=every)
    else:
        report = sweep(names, every=every)
    print(json.dumps(report, indent=1))
    sys.exit(1 if report["broken"] else 0)


if __name__ == "__main__":
    main()

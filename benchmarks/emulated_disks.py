"""Slow disks that a benchmark can run on: one with slow syncs, and one that spins.

Used by slow_disk.py. Both count syncs by a library that is preloaded into the processes measured
(sync_delay.c, compiled when needed); the first also delays them. The spinning disk is a file served
over FUSE (spinning_disk.c) under a loop device with ext4. It exists only in the mounts of this
process (`use_own_mounts`), so that nothing stays mounted, however the process ends.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import select
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

SOURCES = Path(__file__).parent
SHIM = (SOURCES / "sync_delay.c",)
MODEL = (SOURCES / "spinning_model.c",)
SERVER = (SOURCES / "spinning_disk.c", *MODEL)
WORD_BYTES = 8
COMMAND_WITHIN_S = 60.0
CLONE_NEWNS = 0x00020000  # <linux/sched.h>
NEEDED_PROGRAMS = ("losetup", "mkfs.ext4", "mount", "umount")
NEEDED_DEVICES = ("/dev/fuse", "/dev/loop-control")


class DiskUnavailable(Exception):
    """This machine can't emulate the disk; says what is missing."""


@dataclass(frozen=True, slots=True)
class DiskWork:
    """What a disk was asked between `begin` and `end`.

    What the head did is only known of a spinning disk.
    """

    syncs: int
    syncs_elsewhere: int
    head: HeadWork | None = None


@dataclass(frozen=True, slots=True)
class HeadWork:
    """Requests to a spinning disk; `accesses` waited for a seek or for the platter."""

    reads: int
    read_bytes: int
    writes: int
    written_bytes: int
    flushes: int
    accesses: int
    busy_us: int


class Disk(Protocol):
    """A folder whose syncs are counted, and which is as slow as its disk while it is measured."""

    name: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the processes to measure."""

    def begin(self) -> None:
        """Count from zero, and take the time of the disk."""

    def end(self) -> DiskWork:
        """Take no more time, and return what happened since `begin`."""


class PlainDisk:
    """The disk under `folder`; each sync takes `sync_ms` more.

    Syncs queue for the disk, or with `overlap` wait side by side.
    """

    def __init__(
        self, name: str, folder: Path, build: Path, *, sync_ms: float = 0, overlap: bool = False
    ) -> None:
        folder.mkdir(parents=True)
        self.name, self.folder = name, folder.resolve()
        self._shim = _SyncShim(build, self.folder)
        self._sync_ms, self._overlap = sync_ms, overlap

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._shim.close()
        shutil.rmtree(self.folder)

    @property
    def environment(self) -> dict[str, str]:
        """See Disk."""
        return self._shim.environment

    def begin(self) -> None:
        """See Disk."""
        self._shim.begin(self._sync_ms, self._overlap)

    def end(self) -> DiskWork:
        """See Disk."""
        return DiskWork(*self._shim.end())


class SpinningDisk:
    """An ext4 filesystem on an emulated spinning disk of `size_bytes`, mounted on `folder`.

    Its data is a sparse file beside `folder`.
    """

    def __init__(self, name: str, folder: Path, build: Path, *, size_bytes: int) -> None:
        folder.mkdir(parents=True)
        self.name, self.folder = name, folder.resolve()
        self._backing, self._file = (self.folder.with_suffix(end) for end in (".data", ".disk"))
        self._shim = _SyncShim(build, self.folder)
        self._words = SharedWords(build, 8)
        self._server: subprocess.Popen[str] | None = None
        try:
            self._serve(compiled(SERVER, build / "spinning_disk", "-lm"), size_bytes)
            self._mount()
        except BaseException:
            self._take_down()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._take_down()

    @property
    def environment(self) -> dict[str, str]:
        """See Disk."""
        return self._shim.environment

    def begin(self) -> None:
        """See Disk."""
        for index in range(1, 8):
            self._words[index] = 0
        self._shim.begin(sync_ms=0)
        self._words[0] = 1

    def end(self) -> DiskWork:
        """See Disk."""
        self._words[0] = 0
        head = HeadWork(*(self._words[index] for index in range(1, 8)))
        return DiskWork(*self._shim.end(), head)

    def _serve(self, program: Path, size_bytes: int) -> None:
        for path in (self._backing, self._file):
            path.touch()
        os.truncate(self._backing, size_bytes)
        self._server = subprocess.Popen(
            [str(program), str(self._backing), str(self._file), str(self._words.path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._server.stdout is not None
        assert self._server.stderr is not None
        ready, _, _ = select.select([self._server.stdout], [], [], COMMAND_WITHIN_S)
        if not ready:
            raise DiskUnavailable("spinning_disk does not start")
        if self._server.stdout.readline() != "ready\n":
            raise DiskUnavailable(self._server.stderr.read().strip())

    def _mount(self) -> None:
        device = _run("losetup", "--find", "--show", "--direct-io=on", self._file).strip()
        try:
            Path("/sys/block", Path(device).name, "queue/rotational").write_text("1")
            _run("mkfs.ext4", "-q", "-E", "nodiscard,lazy_itable_init=0", device)
            _run("mount", device, self.folder)
        except OSError as error:
            raise DiskUnavailable(f"{device} can't be set up: {error}") from error
        finally:
            _run("losetup", "--detach", device)  # while it is mounted: at the unmount

    def _take_down(self) -> None:
        """Undo as much of the start as was done."""
        self._words[0] = 0
        for path in (self.folder, self._file):
            self._unmount(path)
        if self._server is not None:
            _end(self._server)
        for path in (self._backing, self._file):
            path.unlink(missing_ok=True)
        self._words.close()
        self._shim.close()
        self.folder.rmdir()

    def _unmount(self, path: Path) -> None:
        """Unmount; if something hangs or is still open, end the disk, which ends every wait."""
        unmounting = subprocess.Popen(["umount", str(path)], stderr=subprocess.DEVNULL)
        try:
            failed = unmounting.wait(COMMAND_WITHIN_S) != 0
        except subprocess.TimeoutExpired:
            failed = True
        if failed and self._server is not None:
            self._server.kill()
            unmounting.wait(COMMAND_WITHIN_S)
            subprocess.run(["umount", "--lazy", str(path)], check=False, stderr=subprocess.DEVNULL)


class SharedWords:
    """A file of 64-bit words that other processes map too."""

    def __init__(self, folder: Path, count: int) -> None:
        with tempfile.NamedTemporaryFile(dir=folder, prefix="words-", delete=False) as file:
            file.write(bytes(count * WORD_BYTES))
            file.flush()
            self._mapped = mmap.mmap(file.fileno(), count * WORD_BYTES)
        self.path = Path(file.name)
        self._words = memoryview(self._mapped).cast("Q")

    def __getitem__(self, index: int) -> int:
        return self._words[index]

    def __setitem__(self, index: int, value: int) -> None:
        self._words[index] = value

    def close(self) -> None:
        """Unmap and delete the file."""
        self._words.release()
        self._mapped.close()
        self.path.unlink()


class _SyncShim:
    """The library that counts and delays the syncs of a folder."""

    def __init__(self, build: Path, folder: Path) -> None:
        self._library = compiled(SHIM, build / "sync_delay.so", "-shared", "-fPIC", "-ldl")
        self._words = SharedWords(build, 4)
        self._folder = folder
        self.close = self._words.close

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self._library),
            "SYNC_DELAY_STATE": str(self._words.path),
            "SYNC_DELAY_FOLDER": str(self._folder),
        }

    def begin(self, sync_ms: float, overlap: bool = False) -> None:
        for index, value in enumerate((round(sync_ms * 1000), int(overlap), 0, 0)):
            self._words[index] = value

    def end(self) -> tuple[int, int]:
        self._words[0] = 0
        return self._words[2], self._words[3]


def compiled(sources: tuple[Path, ...], target: Path, *options: str) -> Path:
    """Compile C sources to `target`, unless it exists.

    Raises:
        DiskUnavailable: there is no compiler, or it fails.
    """
    if target.exists():
        return target
    compiler = os.environ.get("CC", "cc")
    if shutil.which(compiler) is None:
        raise DiskUnavailable(
            f"There is no C compiler ({compiler}), which builds {sources[0].name}. "
            "Install gcc or clang, or name one in CC."
        )
    _run(compiler, "-O2", "-o", target, *sources, *options)
    return target


def missing_for_spinning() -> list[str]:
    """Return what this machine lacks for a spinning disk, as far as it shows before trying."""
    missing = [] if os.geteuid() == 0 else ["root"]
    missing += [path for path in NEEDED_DEVICES if not Path(path).exists()]
    return missing + [name for name in NEEDED_PROGRAMS if shutil.which(name) is None]


def use_own_mounts() -> None:
    """Give this process and its children mounts of their own, which end with them.

    Raises:
        DiskUnavailable: this process may not.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise DiskUnavailable(f"This process can't have mounts of its own: {reason}")
    _run("mount", "--make-rprivate", "/")


def _run(*command: object) -> str:
    """Run a command and return its output; what it says is the message if it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, check=False, capture_output=True, text=True, timeout=COMMAND_WITHIN_S
        )
    except subprocess.TimeoutExpired as error:
        raise DiskUnavailable(f"`{' '.join(words)}` did not end") from error
    if done.returncode != 0:
        raise DiskUnavailable(f"`{' '.join(words)}` failed: {done.stderr.strip()}")
    return done.stdout


def _end(process: subprocess.Popen[str]) -> None:
    """Wait for a process that should end by itself, and kill it if it does not."""
    try:
        process.wait(COMMAND_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(COMMAND_WITHIN_S)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()

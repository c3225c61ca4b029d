"""Checks of the installation, each with a finding and advice.

Used by `comicmaintainer doctor` and the System page. A check reads and measures, and leaves no
changes behind. It reports a failure as its finding instead of raising an error.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from comicmaintainer.comics.archives.edits.strategy import may_append
from comicmaintainer.comics.archives.rar import unar_pass
from comicmaintainer.computer import Computer
from comicmaintainer.database import (
    Database,
    health,
    notices,
    schema_check,
    sizes,
    soundness,
    sqlite_version,
)
from comicmaintainer.database.soundness import Soundness
from comicmaintainer.errors import ComicMaintainerError
from comicmaintainer.filesystem.disks import DiskProblem
from comicmaintainer.filesystem.reliability import FilesystemKind, filesystem_of, vouched_kinds
from comicmaintainer.jobs.engine.workforce import Workforce
from comicmaintainer.jobs.model import WorkerRecord
from comicmaintainer.library import invalid_names
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.root_states import RootStates
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.openid.provider import Provider
from comicmaintainer.services import disks
from comicmaintainer.services.given_provider import registration_of
from comicmaintainer.services.watching import Watching
from comicmaintainer.settings import Settings, WatchMode

MIB = 1 << 20
LITTLE_SPACE_BYTES = 500 * MIB
EXAMINED_S = 20.0
SLOW_SYNC_S = 0.1
SLOW_WRITE_S = 1.0
SLOW_ROUND_TRIP_S = 0.02
PROBES = 5
_SAFE_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")
FEW_FILES = 1024
LOG_TAIL_BYTES = 256 << 10
_LIBARCHIVE = ("libarchive.so.13", "libarchive.so", "libarchive.dylib")


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Topic(StrEnum):
    """Which question of the troubleshooting list a check answers."""

    INSTALLATION = "installation"
    LOCKED = "database is locked"
    JOBS = "jobs not appearing"
    PERFORMANCE = "performance"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `advice` is empty if nothing is wrong."""

    topic: Topic
    name: str
    verdict: Verdict
    finding: str
    advice: str = ""


def examine(
    settings: Settings,
    database: Database,
    now: Callable[[], float] = time.time,
    *,
    is_thorough: bool = True,
) -> list[Check]:
    """Run all checks, in the order in which they should be read.

    Only a thorough examination reads the whole database, which can take seconds.
    """
    is_file = settings.database_url is None
    found = [check_sqlite(), check_libarchive(), check_unar(), check_config_dir(settings)]
    found += check_watched_dirs(settings)
    found.append(check_space(settings))
    if not is_file:
        found.append(check_server(database))
    elif is_thorough:
        found.append(check_database(settings))
    if found[-1].verdict is not Verdict.PROBLEM or (is_file and not is_thorough):
        found += _check_inside(settings, database, now)
    found += check_provider(settings)
    found += [check_processors(settings), check_open_files(), check_log(settings)]
    return found


def check_mounts(settings: Settings, database: Database) -> list[Check]:
    """Check for watched folders that are bare mount points of missing disks."""
    library = disks.Disks(settings, database, LibraryRoots(settings.watched_dirs)).library()
    return [
        Check(Topic.JOBS, "Watched folder", Verdict.PROBLEM, disk.finding, disk.advice)
        for disk in library
        if disk.problem is DiskProblem.MISSING and Path(disk.folder).is_dir()
    ]


def _check_inside(settings: Settings, database: Database, now: Callable[[], float]) -> list[Check]:
    """Run the checks that need to open the database."""
    found: list[Check] = []
    checks: tuple[Callable[[], list[Check]], ...] = (
        lambda: [check_schema(database)],
        lambda: check_mounts(settings, database),
        lambda: [check_size(database)],
        lambda: [check_writing(database)],
        lambda: [check_workers(database, now)],
        lambda: check_watching(settings, database, now),
        lambda: check_library(settings, database, now),
        lambda: check_notices(database),
    )
    for check in checks:
        try:
            found += check()
        except ComicMaintainerError as error:
            found.append(Check(Topic.JOBS, "Database", Verdict.PROBLEM, str(error)))
            break
    return found


def check_sqlite() -> Check:
    """Check that the loaded SQLite is safe with several writing processes."""
    version = sqlite_version.loaded()
    text = f"SQLite {'.'.join(map(str, version))}"
    if sqlite_version.is_sound(version):
        return Check(Topic.INSTALLATION, "SQLite", Verdict.OK, text)
    return Check(
        Topic.INSTALLATION,
        "SQLite",
        Verdict.PROBLEM,
        f"{text} can corrupt a database that several processes write",
        "Install the locked dependencies (start.sh does): 3.51.3 or later is needed.",
    )


def check_libarchive() -> Check:
    """Check that CBR, CB7 and CBT can be read."""
    for name in _LIBARCHIVE:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.archive_version_string.restype = ctypes.c_char_p
        version = library.archive_version_string().decode("ascii", "replace")
        return Check(Topic.INSTALLATION, "libarchive", Verdict.OK, version)
    return Check(
        Topic.INSTALLATION,
        "libarchive",
        Verdict.WARNING,
        "libarchive is not installed: CBR, CB7 and CBT can't be read",
        "Install it (Debian and Ubuntu: apt-get install libarchive13).",
    )


def check_unar() -> Check:
    """Check that CBRs which libarchive can't read can be read by unar."""
    version = unar_pass.version()
    if version is not None:
        return Check(Topic.INSTALLATION, "unar", Verdict.OK, f"unar {version}")
    return Check(
        Topic.INSTALLATION,
        "unar",
        Verdict.WARNING,
        "unar is not installed: solid CBRs of RAR 4 and those of RAR 2 can't be read",
        f"If you have such files, {unar_pass.ADVICE}.",
    )


def check_config_dir(settings: Settings) -> Check:
    """Check that the configuration folder suits a database, and how fast the disk is."""
    folder = settings.config_dir
    name = "Config directory"
    if not folder.is_dir():
        finding = f"{folder} does not exist"
        return Check(Topic.JOBS, name, Verdict.PROBLEM, finding, "Create it, or start serve.")
    disk = disks.finding_of("CONFIG_DIR", folder)
    if disk is not None:
        return Check(Topic.JOBS, name, Verdict.PROBLEM, disk.finding, disk.advice)
    for file in sorted(folder.glob("jobs.db*")):
        if file.is_file() and not os.access(file, os.R_OK | os.W_OK):
            return Check(Topic.JOBS, name, Verdict.PROBLEM, *disks.not_permitted(file))
    kind_name, kind = filesystem_of(folder)
    if kind in (FilesystemKind.NETWORK, FilesystemKind.FUSE):
        return Check(
            Topic.LOCKED,
            name,
            Verdict.WARNING if settings.config_on_network else Verdict.PROBLEM,
            f"{folder} is on {kind_name}, where locks may fail and every write is slow",
            "Put CONFIG_DIR on a local disk.",
        )
    try:
        sync_s = _sync_time_s(folder)
    except OSError as error:
        finding = f"{folder} can't be written ({error.strerror})"
        return Check(Topic.JOBS, name, Verdict.PROBLEM, finding, "Read dmesg and check the disk.")
    finding = f"{folder} on {kind_name}; a write to disk takes {1000 * sync_s:.1f} ms"
    if sync_s > SLOW_SYNC_S:
        advice = "The disk is slow or busy. Put CONFIG_DIR on a faster one (an SSD)."
        return Check(Topic.LOCKED, name, Verdict.WARNING, finding, advice)
    return Check(Topic.LOCKED, name, Verdict.OK, finding)


def check_watched_dirs(settings: Settings) -> Iterator[Check]:
    """Check that comics can be read and changed, and how tags are written there."""
    name = "Watched folder"
    if not settings.watched_dirs:
        advice = "Set WATCHED_DIR. If the service has it, run this command with the same settings."
        yield Check(Topic.JOBS, name, Verdict.WARNING, "No folder is watched", advice)
    for folder in settings.watched_dirs:
        disk = disks.finding_of("WATCHED_DIR", folder)
        if disk is not None:
            yield Check(Topic.JOBS, name, Verdict.PROBLEM, disk.finding, disk.advice)
        else:
            kind_name, kind = filesystem_of(folder)
            appends = may_append(kind, settings.tag_write, vouched_kinds(settings))
            how = "appended" if appends else "written by replacing the file"
            yield Check(
                Topic.PERFORMANCE,
                name,
                Verdict.OK,
                f"{folder} on {kind_name}: tags are {how}",
            )


def check_space(settings: Settings) -> Check:
    """Check the free space of all folders that are written to."""
    name = "Free space"
    folders = [settings.config_dir, *settings.watched_dirs]
    free = {folder: shutil.disk_usage(folder).free for folder in folders if folder.is_dir()}
    for folder, free_bytes in free.items():
        if free_bytes < LITTLE_SPACE_BYTES:
            return Check(
                Topic.INSTALLATION,
                name,
                Verdict.PROBLEM,
                f"{_size(free_bytes)} are free in {folder}",
                "Free some space: changes to comics and jobs need it.",
            )
    if not free:
        return Check(Topic.INSTALLATION, name, Verdict.WARNING, "No folder to measure exists yet")
    return Check(Topic.INSTALLATION, name, Verdict.OK, f"At least {_size(min(free.values()))}")


def check_database(settings: Settings) -> Check:
    """Check that the database file is sound."""
    damage = health.find_damage(settings.database_path)
    found = Soundness() if damage else soundness.examine_file(settings.database_path, EXAMINED_S)
    damage = damage or found.damage
    if damage is None and found.indexes:
        return Check(
            Topic.JOBS,
            "Database",
            Verdict.PROBLEM,
            f"Indexes of {settings.database_path} are damaged ({', '.join(found.indexes)})",
            "Restart the service: it rebuilds them from the rows, and nothing is lost.",
        )
    if damage is None:
        return Check(Topic.JOBS, "Database", Verdict.OK, f"{settings.database_path} is sound")
    return Check(
        Topic.JOBS,
        "Database",
        Verdict.PROBLEM,
        f"{settings.database_path} is damaged: {damage}",
        "Restart the service: it sets the file aside and recovers what it can.",
    )


def check_server(database: Database) -> Check:
    """Check that the server of the database answers, soon and safely."""
    try:
        server = database.server()
    except ComicMaintainerError as error:
        return Check(Topic.JOBS, "Database", Verdict.PROBLEM, str(error))
    if server is None:
        raise AssertionError(database.name)
    shown = ", ".join(f"{name}={value}" for name, value in server.settings.items())
    finding = (
        f"{database.name}, PostgreSQL {server.version}, "
        f"round trip {1000 * server.round_trip_s:.1f} ms, {shown}"
    )
    if any(server.settings.get(name) == "off" for name in _SAFE_SETTINGS):
        return Check(
            Topic.JOBS,
            "Database",
            Verdict.WARNING,
            finding,
            "Set fsync, full_page_writes and synchronous_commit to on: otherwise a power cut on "
            "the server loses what was committed, or all.",
        )
    if server.round_trip_s > SLOW_ROUND_TRIP_S:
        return Check(
            Topic.JOBS,
            "Database",
            Verdict.WARNING,
            finding,
            "Every change waits for several answers: put the server nearer.",
        )
    return Check(Topic.JOBS, "Database", Verdict.OK, finding)


def check_schema(database: Database) -> Check:
    """Check that the database has the tables, columns and indexes of its version."""
    schema_check.require_whole(database)
    return Check(Topic.JOBS, "Database schema", Verdict.OK, "All that this version needs is there")


def check_size(database: Database) -> Check:
    """Check the size and growth of the database."""
    size = sizes.size(database)
    growth = size.week_growth_bytes
    finding = f"{_size(size.database_bytes)}, log {_size(size.wal_bytes)}"
    if growth is not None:
        finding += f", {'+' if growth >= 0 else '−'}{_size(abs(growth))} within a week"
    warnings = size.warnings()
    verdict = Verdict.WARNING if warnings else Verdict.OK
    return Check(Topic.PERFORMANCE, "Database size", verdict, finding, " ".join(warnings))


def check_writing(database: Database) -> Check:
    """Measure how long a writer waits for its turn and for the disk."""
    longest_s = 0.0
    for _ in range(PROBES):
        began = time.monotonic()
        with database.transaction() as transaction:
            transaction.execute("UPDATE counters SET value = value WHERE name = ''")
        longest_s = max(longest_s, time.monotonic() - began)
    finding = f"The longest of {PROBES} waits to write was {1000 * longest_s:.1f} ms"
    if longest_s <= SLOW_WRITE_S:
        return Check(Topic.LOCKED, "Writing", Verdict.OK, finding)
    return Check(
        Topic.LOCKED,
        "Writing",
        Verdict.WARNING,
        finding,
        "Check the disk's load, put CONFIG_DIR on a faster disk, or lower MAX_WORKERS.",
    )


def check_workers(database: Database, now: Callable[[], float]) -> Check:
    """Check that a worker is alive."""
    workforce = Workforce(database, now=now)
    alive = workforce.services()
    if not alive:
        hung = [str(worker.pid) for worker in workforce.present() if worker.only_job is None]
        if hung:
            return Check(
                Topic.JOBS,
                "Workers",
                Verdict.PROBLEM,
                f"The worker (process {', '.join(hung)}) does not respond: jobs are kept",
                "Restart the service. If its process is paused (Ctrl-Z, a container), continue it.",
            )
        return Check(
            Topic.JOBS,
            "Workers",
            Verdict.WARNING,
            "No worker is running: jobs are kept until one is",
            "Start the service (comicmaintainer serve), and read the log.",
        )
    threads = _threads_by_host(alive)
    if not workforce.has_main():
        return Check(
            Topic.JOBS,
            "Workers",
            Verdict.WARNING,
            f"{threads}, all for items only: no folder is watched and no schedule fires",
            "Start the service (comicmaintainer serve), or a worker without --items-only, and read "
            "the log.",
        )
    return Check(Topic.JOBS, "Workers", Verdict.OK, threads)


def _threads_by_host(workers: Sequence[WorkerRecord]) -> str:
    of_host: dict[str, list[int]] = {}
    for worker in workers:
        of_host.setdefault(worker.host, []).append(worker.threads)
    found = []
    for host, threads in of_host.items():
        processes = f" in {len(threads)} processes" if len(threads) > 1 else ""
        found.append(f"{sum(threads)} threads{processes} on {host}")
    return ", ".join(found)


def check_watching(settings: Settings, database: Database, now: Callable[[], float]) -> list[Check]:
    """Check that the system reports events of all folders."""
    name = "Watching"
    if not settings.is_watching:
        return []
    shortfall = Watching(settings, database, Workforce(database, now=now)).shortfall()
    if shortfall is not None:
        return [Check(Topic.JOBS, name, Verdict.WARNING, shortfall.finding, shortfall.advice)]
    if settings.watch_mode is WatchMode.POLLING:
        how = f"Folders are scanned every {settings.poll_interval_s} s (WATCH_MODE=polling)"
    else:
        how = "Folders are watched by the system's events, if their filesystem has any"
    return [Check(Topic.JOBS, name, Verdict.OK, how)]


def check_provider(settings: Settings) -> list[Check]:
    """Check that the sign-in provider answers, if one is set."""
    name = "Sign-in provider"
    registration = registration_of(settings)
    if registration is None:
        return []
    try:
        issuer = Provider(registration).discovery().issuer
    except ComicMaintainerError as error:
        advice = "Check OIDC_ISSUER, and whether this computer can reach it. Passwords still work."
        return [Check(Topic.INSTALLATION, name, Verdict.WARNING, str(error), advice)]
    return [Check(Topic.INSTALLATION, name, Verdict.OK, f"{issuer} answers")]


def check_open_files() -> Check:
    """Check that the processes may open enough files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    name = "Open files"
    if soft == resource.RLIM_INFINITY:
        return Check(Topic.INSTALLATION, name, Verdict.OK, "No limit")
    finding = f"A process started here may open {soft:,} files"
    if soft >= FEW_FILES:
        return Check(Topic.INSTALLATION, name, Verdict.OK, finding)
    return Check(
        Topic.INSTALLATION,
        name,
        Verdict.WARNING,
        f"{finding}: too few for many visitors and threads at once",
        f"Raise it before the service starts: ulimit -n {FEW_FILES} (Compose: ulimits: nofile: "
        f"{FEW_FILES}; systemd: LimitNOFILE={FEW_FILES}).",
    )


def check_notices(database: Database) -> list[Check]:
    """Return the notices that nobody has dismissed."""
    return [
        Check(Topic.JOBS, "Notice", Verdict.WARNING, notice.message)
        for notice in notices.all_notices(database)
    ]


def check_library(settings: Settings, database: Database, now: Callable[[], float]) -> list[Check]:
    """Report what the last scans could not read, and folders that are no longer watched."""
    catalogue = Catalogue(database, now=now)
    roots = LibraryRoots(settings.watched_dirs)
    found = []
    for root in RootStates(database, catalogue, roots, now=now).all():
        if not root.is_watched:
            finding = f"{root.path} is no longer watched; comics known there: {root.files:,}"
            advice = (
                "If the service watches it, run this command with the same WATCHED_DIR. Otherwise "
                "watch it again, or forget it: comicmaintainer roots forget PATH. The service "
                "forgets it after 30 days; its files stay."
            )
            found.append(Check(Topic.JOBS, "Library", Verdict.WARNING, finding, advice))
            continue
        if root.warning is not None:
            found.append(Check(Topic.JOBS, "Library", Verdict.WARNING, root.warning))
        remark = root.unstorable_remark()
        if remark is not None:
            found.append(Check(Topic.JOBS, "Names", Verdict.WARNING, remark, invalid_names.ADVICE))
    return found


def check_processors(settings: Settings) -> Check:
    """Check that the number of processes and threads fits this computer."""
    processors = Computer.here().cores
    threads = settings.item_threads
    finding = (
        f"{processors} processors for {settings.gunicorn_workers} web processes, and for "
        f"{settings.worker_processes} worker processes with {threads} threads that work on comics"
    )
    if settings.gunicorn_workers > 2 * processors + 1 or threads > 4 * processors:
        return Check(
            Topic.PERFORMANCE,
            "Processors",
            Verdict.WARNING,
            finding,
            "Lower GUNICORN_WORKERS, WORKER_PROCESSES or MAX_WORKERS: more than the computer has "
            "makes it slower.",
        )
    return Check(Topic.PERFORMANCE, "Processors", Verdict.OK, finding)


def check_log(settings: Settings) -> Check:
    """Check the end of the log for errors."""
    path = settings.log_path
    if not path.exists():
        return Check(Topic.JOBS, "Log", Verdict.OK, f"{path} does not exist yet")
    if not os.access(path, os.R_OK):
        return Check(Topic.JOBS, "Log", Verdict.WARNING, *disks.not_permitted(path))
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    errors = [line for line in lines if " ERROR " in line or " CRITICAL " in line]
    if not errors:
        return Check(Topic.JOBS, "Log", Verdict.OK, f"No error in the last lines of {path}")
    finding = f"{len(errors)} errors in the last lines of {path}; the last: {errors[-1]}"
    return Check(Topic.JOBS, "Log", Verdict.WARNING, finding, "Read the log.")


def _sync_time_s(folder: Path) -> float:
    """Return the longest of a few small durable writes."""
    probe = folder / f".doctor-{os.getpid()}"
    longest_s = 0.0
    try:
        with probe.open("wb", buffering=0) as file:
            for _ in range(PROBES):
                began = time.monotonic()
                file.write(b"\0" * 4096)
                os.fsync(file.fileno())
                longest_s = max(longest_s, time.monotonic() - began)
    finally:
        probe.unlink(missing_ok=True)
    return longest_s


def _size(count: float) -> str:
    """Format a number of bytes in the units of the web pages."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:,.{1 if count < 10 and unit != 'B' else 0}f} {unit}"

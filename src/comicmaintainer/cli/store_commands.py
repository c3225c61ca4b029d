"""Commands over the database as a whole: back up, restore, export, import."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from comicmaintainer.audit import Action
from comicmaintainer.cli import change_lines, output
from comicmaintainer.cli.new_file import require_new, write_new
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database import backup as database_backup
from comicmaintainer.database.backup_folder import BackupFolder
from comicmaintainer.database.opening import require_file
from comicmaintainer.errors import InvalidInput
from comicmaintainer.jobs.transfer.exporter import Exporter
from comicmaintainer.services.imports import importer

if TYPE_CHECKING:
    from comicmaintainer.services import Services


@click.command()
@click.argument("target", required=False, type=click.Path(path_type=Path))
@pass_session
def backup(session: Session, target: Path | None) -> None:
    """Write a copy of the database to TARGET, even while the service runs.

    Without TARGET it goes to the folder of the daily backups, where only the newest are kept.
    """
    if target is None:
        target = session.settings.backup_dir / _folder(session, session.services).make().name
    else:
        require_new(target)
        database_backup.back_up(require_file(session.services.database), target)
    session.services.audit.note(Action.BACKUP_MADE, target.name)
    output.say(f"Backed up to {target} ({change_lines.size(target.stat().st_size)}).")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def backups(session: Session, as_json: bool) -> None:
    """List the backups in the folder of the daily backups, newest first."""
    listed = _folder(session, session.unchecked_services).all()
    if as_json:
        output.as_json([dataclasses.asdict(one) for one in listed])
        return
    output.as_table(
        ["backup", "made", "why", "size"],
        [
            (
                one.name,
                output.when(one.made_at),
                one.origin.replace("_", " "),
                change_lines.size(one.size_bytes),
            )
            for one in listed
        ],
        empty="There are no backups yet; make one with: comicmaintainer backup",
    )


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@pass_session
def restore(session: Session, source: Path) -> None:
    """Replace the database with a backup, even while the service runs.

    SOURCE is a file, or a name from `comicmaintainer backups`.
    """
    folder = _folder(session, session.unchecked_services)
    listed = {one.name for one in folder.all()}
    if not source.exists() and str(source) in listed:
        source = folder.path(str(source))
    kept = folder.restore(source)
    session.unchecked_services.audit.note(Action.BACKUP_RESTORED, source.name, {"kept": kept.name})
    output.say(f"The database is restored from {source}. The previous one is kept in {kept}.")


@click.command("export")
@click.argument("target", type=click.Path(allow_dash=True))
@click.option("--job", "job_ids", multiple=True, metavar="JOB", help="Only this job (repeat).")
@click.option("--csv", "as_csv", is_flag=True, help="The results of one --job as CSV.")
@pass_session
def export_jobs(session: Session, target: str, job_ids: tuple[str, ...], as_csv: bool) -> None:
    """Write jobs, templates, schedules and history to TARGET, a new file.

    "-" stands for standard output.
    """
    exporter = Exporter(session.services.database)
    chosen = [session.services.manager.full_id(job_id) for job_id in job_ids]
    exporter.require(chosen)
    if as_csv:
        if len(chosen) != 1:
            raise InvalidInput("--csv needs exactly one --job.")
        _write(target, (row.encode() for row in exporter.csv_rows(chosen[0])))
        return
    lines = _Counted(exporter.lines(chosen or None))
    _write(target, lines)
    session.services.audit.note(Action.EXPORTED, details={"jobs": chosen or "all"})
    output.note(f"{change_lines.count_of(lines.count, 'line')} written.")


@click.command("import")
@click.argument("source", type=click.File("rb"))
@click.option("--pause-active", is_flag=True, help="Import unfinished jobs as paused.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def import_jobs(session: Session, source: BinaryIO, pause_active: bool, as_json: bool) -> None:
    """Import the records of an export. Existing ones stay and are reported as clashes."""
    report = importer(session.services).read(source, pause_active=pause_active)
    session.services.audit.note(Action.IMPORTED, details={"stored": dict(report.stored)})
    if as_json:
        output.as_json(report.to_json())
        return
    for record, count in sorted(report.stored.items()):
        output.say(f"{record}: {count:,} stored")
    if not any(report.stored.values()):
        output.say("Nothing new: everything in the file is here already.")
    for clash in report.clashes:
        output.note(f"{clash.record} {clash.key} (line {clash.line}) was left out: {clash.reason}")


class _Counted(Iterator[bytes]):
    """An iterator over lines that counts them."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.count = 0

    def __next__(self) -> bytes:
        line = next(self._lines)
        self.count += 1
        return line


def _write(target: str, chunks: Iterable[bytes]) -> None:
    if target == "-":
        output.as_bytes(chunks)
    else:
        write_new(Path(target), chunks)


def _folder(session: Session, services: Services) -> BackupFolder:
    settings = session.settings
    return BackupFolder(require_file(services.database), settings.backup_dir, settings.backup_keep)

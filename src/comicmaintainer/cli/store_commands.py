"""Commands over the database as a whole: back up, restore, export, import."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database import backup as database_backup


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@pass_session
def backup(session: Session, target: Path) -> None:
    """Write a copy of the database to TARGET, also while the service runs."""
    database_backup.back_up(session.services.database, target)
    click.echo(f"Backed up to {target} ({output.size(target.stat().st_size)}).")


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@pass_session
def restore(session: Session, source: Path) -> None:
    """Put a backup in the place of the database, also while the service runs."""
    moment = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    kept = session.settings.backup_dir / f"before-restore-{moment}.db"
    database_backup.restore(session.services.database, source, kept)
    click.echo(f"The database is as it was in {source}; what it was before is kept in {kept}.")


COMMANDS = (backup, restore)

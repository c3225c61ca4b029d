"""`comicmaintainer trash …`: list, restore and empty the trash."""

from __future__ import annotations

import dataclasses

import click

from comicmaintainer.audit import Action
from comicmaintainer.cli import change_lines, output
from comicmaintainer.cli.command_group import CommandGroup
from comicmaintainer.cli.kind_jobs import run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.library.trash import digest_of


@click.group(cls=CommandGroup)
def trash() -> None:
    """List, restore or delete what is in the trash."""


@trash.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def list_trash(session: Session, /, as_json: bool) -> None:
    """List what is in the trash."""
    entries = session.services.trash.entries()
    digest = digest_of(entries)
    if as_json:
        output.as_json({"digest": digest, "entries": list(map(dataclasses.asdict, entries))})
        return
    output.as_table(
        ["id", "deleted", "size", "path"],
        [
            (entry.trash_id, output.when(entry.deleted_at), change_lines.size(entry.size_bytes),
             entry.original_path)
            for entry in entries
        ],
        empty="The trash is empty.",
    )  # fmt: skip
    if entries:
        output.note(f"Delete all of it for good: comicmaintainer trash empty --digest {digest}")


@trash.command()
@click.argument("trash_ids", nargs=-1, required=True)
@click.option("--wait", is_flag=True, help="Follow the job until it ends.")
@pass_session
def restore(session: Session, /, trash_ids: tuple[str, ...], wait: bool) -> None:
    """Move files back to where they were. Nothing is overwritten."""
    run_kind(session, "restore", list(trash_ids), {}, wait=wait)


@trash.command()
@click.option("--digest", required=True, help="Digest of the list, as printed by `trash list`.")
@pass_session
def empty(session: Session, /, digest: str) -> None:
    """Delete everything in the trash for good, if it is still as listed. This can't be undone."""
    removed = session.services.trash.empty(shown=digest)
    session.services.audit.note(Action.TRASH_EMPTIED, details={"files": removed})
    output.say(f"{change_lines.count_of(removed, 'file')} deleted for good.")

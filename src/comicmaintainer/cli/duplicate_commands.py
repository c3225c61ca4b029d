"""`duplicates`: list known groups of copies, or look for copies and act on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import output, targets
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import all_entries
from comicmaintainer.errors import FileMissing, InvalidInput
from comicmaintainer.library.duplicates.duplicates import Duplicates
from comicmaintainer.library.duplicates.near_copies import NearFile
from comicmaintainer.operations.declared.duplicates import KIND as DUPLICATES

_PAGE = 100


@click.command(help=DUPLICATES.command_help)
@targets.PATHS
@click.option("--all", "everything", is_flag=True, help="Every comic in the watched folders.")
@click.option("--near", is_flag=True, help="Also files that only look alike, by cover and pages.")
@click.option("--action", type=click.Choice(["report", "tags", "mark", "trash"]), default="report")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="Keep this copy instead of the best. Required for files that only look alike.",
)
@job_options()
@pass_session
def duplicates(
    session: Session,
    /,
    paths: tuple[Path, ...],
    everything: bool,
    near: bool,
    action: str,
    keep: Path | None,
    **options: Any,
) -> None:
    """Run `duplicates` on the chosen files; list the known groups if none are chosen."""
    if not paths and not everything:
        if action != "report" or keep is not None or options["preview"]:
            raise InvalidInput("Say which files: PATHS or --all.")
        _list(session.services.duplicates, near=near, as_json=bool(options["as_json"]))
        return
    if keep is not None and not keep.is_file():
        raise FileMissing(f"{keep} does not exist, so it can't be kept.")
    chosen = targets.choose(session.services, paths, everything=everything)
    params = {"near": near, "action": action, "keep": None if keep is None else str(keep.resolve())}
    run_kind(session, DUPLICATES.name, chosen, params, **options)


def _list(duplicates: Duplicates, *, near: bool, as_json: bool) -> None:
    groups = _near_groups(duplicates) if near else _exact_groups(duplicates)
    if as_json:
        output.as_json(groups)
        return
    if not groups:
        output.note(_empty_remark(duplicates, near=near))
    for group in groups:
        first, *others = group["files"]
        output.say(f"{first['path']} ({group['reason']})", bold=True)
        for file in others:
            alike = file.get("alike")
            like = "" if alike is None else f" ({alike} of {file['compared']} pages alike)"
            output.say(f"  {file['path']}{like}")


def _empty_remark(duplicates: Duplicates, *, near: bool) -> str:
    if not near:
        return "No two files have the same pages."
    if not duplicates.near.has_compared():
        return "Nothing has been compared yet. Run: comicmaintainer duplicates --all --near"
    return "No two of the compared files look alike."


def _exact_groups(duplicates: Duplicates) -> list[dict[str, Any]]:
    return [
        {"reason": group.reason, "files": [{"path": file.path} for file in group.files]}
        for group in all_entries(lambda key: duplicates.groups(after_key=key, limit=_PAGE))
    ]


def _near_groups(duplicates: Duplicates) -> list[dict[str, Any]]:
    return [
        {"reason": group.reason, "files": [_near_file(file) for file in group.files]}
        for group in all_entries(lambda key: duplicates.near.groups(after_key=key, limit=_PAGE))
    ]


def _near_file(near: NearFile) -> dict[str, Any]:
    return {
        "path": near.file.path,
        "width": near.width,
        "height": near.height,
        "page_count": near.file.page_count,
        "size_bytes": near.file.size_bytes,
        "cover_distance": near.likeness.cover_distance,
        "alike": near.likeness.alike,
        "compared": near.likeness.compared,
    }

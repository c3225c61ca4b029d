"""Commands over the pages of a comic: list them, copy one out, remove some."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import click

from comicmaintainer.cli import output, targets
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.new_file import write_new
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.comics.pages.page_list import PageList
from comicmaintainer.errors import InvalidInput, PageMissing
from comicmaintainer.operations.declared.remove_pages import KIND as REMOVE_PAGES
from comicmaintainer.reading.comic_reader import ComicReader


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--extract", "number", type=click.IntRange(min=0), help="Copy out this page.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="A new file, or a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_session
def pages(
    session: Session, file: Path, number: int | None, target: Path | None, as_json: bool
) -> None:
    """List the pages of a comic, numbered from 0, or copy one to a new file."""
    if (number is None) != (target is None):
        raise InvalidInput("--extract N and --to PATH go together.")
    page_list = session.comics.pages(file, with_pixels=number is None)
    if number is not None and target is not None:
        _extract(session.comics, file, page_list, number, target)
    elif as_json:
        output.as_json({"path": str(file), **page_list.to_json()})
    else:
        columns = ("number", "type", "width", "height", "size_bytes", "name")
        rows = [page.to_json() for page in page_list.pages]
        output.as_table(columns, [[page[name] for name in columns] for page in rows])
        for page in page_list.pages:
            if page.problem:
                output.note(page.problem)


@click.command(REMOVE_PAGES.name, help=REMOVE_PAGES.command_help)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--page",
    "pages",
    type=int,
    multiple=True,
    help="Number of a page, from 0; the web pages count from 1.",
)
@click.option("--mode", type=click.Choice(["mark", "remove"]), default="mark", show_default=True)
@job_options()
@pass_session
def remove_pages(
    session: Session, /, path: Path, pages: tuple[int, ...], mode: str, **options: Any
) -> None:
    """Run `remove-pages` on one comic."""
    params = {"pages": list(pages) or None, "mode": mode}
    run_kind(session, REMOVE_PAGES.name, targets.expand([path]), params, **options)


def _extract(comics: ComicReader, file: Path, pages: PageList, number: int, target: Path) -> None:
    """Write the page to a new file, whole or not at all."""
    if number >= len(pages.pages):
        raise PageMissing(f"its pages are 0 to {len(pages.pages) - 1}, not {number}.", path=file)
    if target.is_dir():
        target /= PurePosixPath(pages.pages[number].name).name
    with comics.open(file) as archive:
        write_new(target, archive.stream(archive.pages[number]))
    output.say(str(target))

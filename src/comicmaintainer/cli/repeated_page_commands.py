"""`repeated-pages`: list pages that are in many comics, and mark, remove or keep one of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from comicmaintainer.cli import output
from comicmaintainer.cli.kind_jobs import job_options, run_kind
from comicmaintainer.cli.session import Session, pass_session
from comicmaintainer.database.paging import all_entries
from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.repeated_pages.model import Answer, RepeatedPage, RepeatedTab
from comicmaintainer.library.repeated_pages.repeated_pages import Scope
from comicmaintainer.operations.declared.find_pages import KIND as FIND_PAGES
from comicmaintainer.operations.declared.remove_pages import KIND as REMOVE_PAGES

_PAGE = 100
_ADVERT = "Advertisement"


@click.command("repeated-pages")
@click.option(
    "--list", "tab", type=click.Choice([str(tab) for tab in RepeatedTab]), default="suggested"
)
@click.option("--series", help="Only in this series.")
@click.option("--folder", type=click.Path(path_type=Path), help="Only below this folder.")
@click.option("--remove", type=click.IntRange(min=0), metavar="ID", help="Remove this page.")
@click.option("--mark", type=click.IntRange(min=0), metavar="ID", help="Mark it as an advert.")
@click.option("--keep", type=click.IntRange(min=0), metavar="ID", help="It is no advert.")
@click.option("--ask-again", type=click.IntRange(min=0), metavar="ID", help="Forget the answer.")
@click.option("--anywhere", is_flag=True, help="Also first pages, and pages in the middle.")
@job_options()
@pass_session
def repeated_pages(
    session: Session,
    /,
    tab: str,
    series: str | None,
    folder: Path | None,
    remove: int | None,
    mark: int | None,
    keep: int | None,
    ask_again: int | None,
    anywhere: bool,
    **options: Any,
) -> None:
    """List pages that several comics have, such as adverts; mark, remove or keep one.

    `find-pages` finds them. A page is named by its ID in the list. A first page stays, and so does
    one in the middle of a comic if most have it at one end, unless `--anywhere` is given.
    """
    if sum(each is not None for each in (remove, mark, keep, ask_again)) > 1:
        raise InvalidInput("Give only one of --remove, --mark, --keep and --ask-again.")
    known = session.services.repeated_pages
    scope = Scope(series, None if folder is None else str(folder.resolve()))
    for repeat_id, answer in ((keep, Answer.KEEP), (ask_again, None)):
        if repeat_id is not None:
            known.answer(repeat_id, answer)
            return
    wanted = mark if remove is None else remove
    if wanted is None:
        _list(session, RepeatedTab(tab), scope, as_json=bool(options["as_json"]))
        return
    known.get(wanted)
    if not options["preview"]:
        known.answer(wanted, Answer.ADVERT)
    files = list(session.services.listing.paths(scope.filter_of(wanted)))
    params = {
        "mode": "mark" if remove is None else "remove",
        "repeated": wanted,
        "type": _ADVERT if remove is None else None,
        "anywhere": anywhere or None,
    }
    run_kind(session, REMOVE_PAGES.name, files, params, **options)


def _list(session: Session, tab: RepeatedTab, scope: Scope, *, as_json: bool) -> None:
    known = session.services.repeated_pages
    pages = list(all_entries(lambda key: known.page(tab, scope, after_key=key, limit=_PAGE)))
    if as_json:
        output.as_json([_plain(page) for page in pages])
        return
    if known.state().searched_at is None:
        output.note(f"Nothing has been compared yet. Run: comicmaintainer {FIND_PAGES.name}")
    elif not pages:
        output.note("No page is in this list.")
    rows = [[page.repeat_id, page.in_scope, " ".join(page.reasons)] for page in pages]
    if rows:
        output.as_table(("id", "files", "why"), rows)


def _plain(page: RepeatedPage) -> dict[str, Any]:
    return {**dataclasses.asdict(page), "place": page.place, "reasons": list(page.reasons)}

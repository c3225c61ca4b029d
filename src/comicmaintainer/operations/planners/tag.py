"""Changes tags on request: sets or clears fields, or copies them from another comic."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import FIELDS, ComicMetadata, field_named, set_field
from comicmaintainer.comics.rules.rules import MalformedPolicy
from comicmaintainer.errors import MalformedMetadata
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome, Trigger
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import read_comic, require_sound
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.items.item_run import ParamsSteps, run_item
from comicmaintainer.operations.new_tags import formats_to_write, plan_tags
from comicmaintainer.operations.planners.tag_refusals import require_kept

OF_THE_FILE = frozenset({"pages", "page_count"})
"""Fields about the archive itself; they are never copied from another."""


def tag_steps(context: OperationContext) -> ParamsSteps:
    """Return the steps of `tag` items.

    A user of the command line may copy the tags of any comic.
    """

    async def run(claim: ClaimedItem, guard: ItemGuard, params: Mapping[str, Any]) -> Outcome:
        plan = partial(plan_tag, reads_any=claim.trigger is Trigger.CLI)
        return await run_item(context, claim, guard, plan=plan, params=params)

    return run


def plan_tag(
    context: OperationContext, path: Path, params: Mapping[str, Any], *, reads_any: bool = False
) -> Plan:
    """Plan new tags for one comic; touches nothing.

    With `reads_any`, tags may also be copied from a comic outside the library.

    Raises:
        InvalidInput: a value does not fit its field, or no format can hold it.
        ArchiveError, FileMissing, FileChanged, StorageError.
    """
    comic = read_comic(context.comics, path)
    is_replaced = params.get("on_malformed") == MalformedPolicy.REPLACE
    if not is_replaced:
        require_sound(comic)
    wanted = comic.metadata
    if params.get("copy_from"):
        is_free = reads_any or context.roots.root_of(path) is None
        source = Path(params["copy_from"])
        other = read_comic(
            context.comics, source if is_free else context.roots.resolve(params["copy_from"])
        )
        try:
            other.sources.require_sound()
        except MalformedMetadata as error:
            raise MalformedMetadata(error.message, path=other.path, member=error.member) from error
        wanted = _copied(wanted, other.metadata, params.get("fields"))
    values = {**params.get("set", {}), **dict.fromkeys(params.get("clear", ()))}
    for name, value in values.items():
        wanted = set_field(wanted, name, value)
    formats = formats_to_write(comic, params.get("formats", ("comicinfo",)))
    new_tags = plan_tags(context, comic, wanted, formats=formats, replace_malformed=is_replaced)
    after = comic.sources if new_tags is None else new_tags.after
    require_kept(comic, wanted, after, values, formats)
    known = context.catalogue.by_path(path)
    changes = () if new_tags is None else (new_tags.change,)
    return Plan(path, comic.identity, changes, known=known)


def _copied(
    metadata: ComicMetadata, other: ComicMetadata, names: list[str] | None
) -> ComicMetadata:
    fields = [field_named(name).name for name in names or [field.name for field in FIELDS]]
    values = {name: getattr(other, name) for name in fields if name not in OF_THE_FILE}
    present = {name: value for name, value in values.items() if value is not None and value != ()}
    return metadata.with_values(**present)

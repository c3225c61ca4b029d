"""Changes tags on request: sets or clears fields, or copies them from another comic."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import set_field
from comicmaintainer.errors import MalformedMetadata
from comicmaintainer.jobs.model import ClaimedItem, ItemGuard, Outcome, Trigger
from comicmaintainer.operations.changes.plan import Plan
from comicmaintainer.operations.comic import read_comic, require_sound
from comicmaintainer.operations.context import OperationContext
from comicmaintainer.operations.declared.rules_parameters import formats_of, replaces_malformed
from comicmaintainer.operations.items.item_run import ParamsSteps, run_item
from comicmaintainer.operations.new_tags import copyable_values, formats_to_write, plan_tags
from comicmaintainer.operations.planners.tag_refusals import require_kept


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
    is_replaced = replaces_malformed(params, path)
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
        wanted = wanted.with_values(**copyable_values(other.metadata, params.get("fields")))
    values = {**params.get("set", {}), **dict.fromkeys(params.get("clear", ()))}
    for name, value in values.items():
        wanted = set_field(wanted, name, value)
    formats = formats_to_write(comic, formats_of(params, path))
    new_tags = plan_tags(context, comic, wanted, formats=formats, replace_malformed=is_replaced)
    after = comic.sources if new_tags is None else new_tags.after
    require_kept(comic, wanted, after, values, formats)
    known = context.catalogue.by_path(path)
    changes = () if new_tags is None else (new_tags.change,)
    return Plan(path, comic.identity, changes, known=known)

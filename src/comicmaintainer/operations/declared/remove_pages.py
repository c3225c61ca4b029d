"""The kind `remove-pages`: marks pages as deleted or as something else, or removes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.kind import Command, Kind, Words
from comicmaintainer.operations.declared.parameters import (
    Control,
    Option,
    Parameter,
    ParameterType,
)

_TYPES = (
    "Deleted", "Advertisement", "Editorial", "Letters", "Preview", "Roundup", "InnerCover",
    "BackCover", "FrontCover", "Story", "Other",
)  # fmt: skip
"""The types of pages in ComicInfo, those that such pages usually are first."""


def _require_pages(params: Mapping[str, Any]) -> None:
    if params.get("repeated") is not None:
        if params.get("pages"):
            raise InvalidInput("Give 'pages' or 'repeated', not both.", field="params.pages")
    elif params["mode"] == "mark" and not params.get("pages"):
        raise InvalidInput("'pages' is missing: name the pages to mark.", field="params.pages")


KIND = Kind(
    name="remove-pages",
    title="Remove pages",
    description="Mark pages as deleted, or remove the named or marked ones.",
    words=Words("Remove pages", "Changing the pages of", "Changed the pages of"),
    planner="comicmaintainer.operations.planners.remove_pages:plan_remove_pages",
    order=90,
    parameters=(
        Parameter(
            "pages",
            ParameterType.WHOLES,
            "The numbers of the pages, from 0.",
            label="Pages",
            hint="Page numbers, such as 1, 3, 12",
            control=Control.PAGES,
            option=Option("--page", "Number of a page, from 0."),
        ),
        Parameter(
            "mode",
            ParameterType.CHOICE,
            "`mark` the pages as deleted in the tags, or `remove` them (the marked ones if none is "
            "named).",
            default="mark",
            choices=("mark", "remove"),
            label="Mark or remove",
            hint="Removes the pages named above, or the marked ones if none is named",
            choice_labels={"remove": "remove marked pages"},
        ),
        Parameter(
            "type",
            ParameterType.CHOICE,
            "What pages are marked as; `Deleted` by default.",
            choices=_TYPES,
            label="Mark as",
            hint="What the tags call the pages",
            empty_label="Deleted",
            is_rare=True,
            option=None,
        ),
        Parameter(
            "repeated",
            ParameterType.WHOLE,
            "Instead of `pages`: the id of a repeated page. Each comic is searched for it.",
            control=Control.NONE,
            option=None,
            high=(1 << 63) - 1,
        ),
        Parameter(
            "anywhere",
            ParameterType.YES_NO,
            "With `repeated`: also where it is the first page, or lies in the middle of a comic "
            "though most have it at one end.",
            control=Control.NONE,
            option=None,
        ),
    ),
    check=_require_pages,
    can_be_rehearsed=True,
    command=Command("Mark pages of a comic as deleted, or remove marked or given pages."),
)

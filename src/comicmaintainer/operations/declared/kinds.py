"""Every kind of job: what it does, which parameters it takes, how many of its items run at once.

Declarations only; no image or XML library is loaded, so that the web can validate requests and
describe forms. `runners` maps the same names to the functions that do the work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from comicmaintainer.comics.metadata import field_named, set_field
from comicmaintainer.comics.metadata.fields import ROLE_FIELDS
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.naming.safe_names import MAX_NAME_BYTES, safe_name
from comicmaintainer.comics.naming.template import MAX_PADDING, Template
from comicmaintainer.comics.rules.rules import PRESETS, MalformedPolicy, Mode, Rules
from comicmaintainer.errors import InvalidInput, UnknownKind
from comicmaintainer.library.ignored import is_comic_name
from comicmaintainer.operations.declared.parameters import Parameter, ParameterType, validated


class ItemOf(StrEnum):
    """What the items of a kind name."""

    FILE = "file"
    FOLDER = "folder"
    CHANGE = "change"
    TRASHED = "trashed"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job. `limit` bounds its running items over all workers, None leaves it free."""

    name: str
    title: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    items: ItemOf = ItemOf.FILE
    changes_files: bool = True
    has_preview: bool = True
    limit: int | None = None

    def validated(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return `params` checked and filled with defaults.

        Raises:
            InvalidInput: naming the parameter, the value and what is allowed.
        """
        checked = validated(self.name, self.parameters, params)
        if any(parameter.name == "preset" for parameter in self.parameters):
            rules_of(checked)
        return checked

    def to_json(self) -> dict[str, Any]:
        """The declaration, for the API and the page that asks for a new job."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "parameters": [parameter.to_json() for parameter in self.parameters],
            "items": str(self.items),
            "changes_files": self.changes_files,
            "has_preview": self.has_preview,
            "can_be_rehearsed": self.name in REHEARSABLE,
        }


def rules_of(params: Mapping[str, Any]) -> Rules:
    """The rules that `preset`, `rules`, `template`, `padding`, `overwrite` and `on_malformed` make.

    Raises:
        InvalidInput: naming what is wrong and what is allowed.
    """
    own = {parameter.name: params.get(parameter.name) for parameter in _RULES}
    return _rules(json.dumps(own, sort_keys=True))


@lru_cache(maxsize=64)
def _rules(text: str) -> Rules:
    """The rules of these parameters (JSON), made once for all items of a job."""
    params = json.loads(text)
    values: dict[str, Any] = dict(params.get("rules") or {})
    for name in ("preset", "template", "padding", "on_malformed"):
        if params.get(name) is not None:
            values[name] = params[name]
    overwrite = params.get("overwrite") or ()
    if overwrite:
        fields = dict(values.get("fields") or {})
        for name in overwrite:
            field = field_named(name).name
            if fields.get(field) is None:
                known = {rule.field: rule for rule in Rules.from_dict(values).fields}
                if field not in known:
                    raise InvalidInput(f"The rules derive no {field!r} to overwrite it with.")
                fields[field] = {}
            fields[field] = {**fields[field], "mode": Mode.OVERWRITE.value}
        values["fields"] = fields
    return Rules.from_dict(values)


def _check_fields(values: Mapping[str, Any]) -> None:
    metadata = ComicMetadata()
    for name, value in values.items():
        metadata = set_field(metadata, name, value)


def _check_names(names: list[str]) -> None:
    for name in names:
        if name.strip().casefold().replace("-", "_") not in ROLE_FIELDS:
            field_named(name)


def check_comic_name(name: str) -> None:
    """Let a plain file name of a comic pass that works on every filesystem.

    Raises:
        InvalidInput: it is none.
    """
    suffix = PurePath(name).suffix
    if len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        raise InvalidInput(
            f"{name!r} is too long: a file name has at most {MAX_NAME_BYTES} bytes as UTF-8."
        )
    if not is_comic_name(name) or safe_name(name.removesuffix(suffix), suffix) != name:
        raise InvalidInput(
            f"{name!r} is no name for a comic: it is a plain file name with a comic's suffix "
            "(such as 'Saga 1.cbz'), without folders and without \\ / : * ? \" < > |."
        )


_T = ParameterType
_ON_MALFORMED = Parameter(
    "on_malformed",
    _T.CHOICE,
    "Tags that can't be read: `fail` leaves the file alone, `replace` writes new ones.",
    choices=tuple(policy.value for policy in MalformedPolicy),
)
_RULES = (
    Parameter(
        "preset",
        _T.CHOICE,
        "The rules to begin with.",
        default="comics",
        choices=tuple(PRESETS),
    ),
    Parameter("rules", _T.OBJECT, "Rules that differ from the preset's."),
    Parameter("template", _T.TEXT, "How files are named.", check=Template.parse),
    Parameter("padding", _T.WHOLE, "Digits of the number in a name.", low=1, high=MAX_PADDING),
    Parameter(
        "overwrite",
        _T.TEXTS,
        "Fields that are derived anew although the tags have them.",
        check=_check_names,
    ),
    _ON_MALFORMED,
)
_REASON = Parameter("reason", _T.TEXT, "Why, as it is shown with the result.")

_ALL = (
    Kind(
        "process",
        "Process",
        "Fill the tags and make the name by the rules; mark copies and conflicts of names.",
        (
            *_RULES,
            Parameter("tags", _T.YES_NO, "Write tags.", default=True),
            Parameter("rename", _T.YES_NO, "Rename the file.", default=True),
        ),
    ),
    Kind(
        "tag",
        "Edit tags",
        "Set and clear fields, or copy them from another comic.",
        (
            Parameter("set", _T.OBJECT, "Fields and their values.", check=_check_fields),
            Parameter("clear", _T.TEXTS, "Fields to empty.", check=_check_names),
            Parameter("copy_from", _T.TEXT, "A comic whose tags are taken over."),
            Parameter(
                "fields", _T.TEXTS, "Which fields are copied; all if left out.", check=_check_names
            ),
            Parameter("formats", _T.TEXTS, "Formats that are written.", default=["comicinfo"]),
            _ON_MALFORMED,
        ),
    ),
    Kind(
        "rename",
        "Rename",
        "Make the name by the template from the tags, and from the rules where tags are missing.",
        (
            *_RULES,
            Parameter(
                "to", _T.TEXT, "This very name instead, for a single file.", check=check_comic_name
            ),
        ),
    ),
    Kind(
        "scan",
        "Scan",
        "Bring the catalogue up to date with the files of a folder.",
        (
            Parameter(
                "forget_missing",
                _T.YES_NO,
                "Forget missing files also where the whole folder looks like a dropped share.",
                default=False,
            ),
        ),
        items=ItemOf.FOLDER,
        changes_files=False,
        has_preview=False,
        limit=1,
    ),
    Kind(
        "convert",
        "Convert to CBZ",
        "Make a CBZ of a CBR, CB7, CBT or PDF, or of a CBZ that few programs can unpack; the "
        "original goes to the trash once all is proven. A wrong suffix is put right.",
        (
            Parameter(
                "images",
                _T.CHOICE,
                "Re-encode pages where that makes them smaller.",
                default="keep",
                choices=("keep", "webp", "jpeg"),
            ),
            Parameter("quality", _T.WHOLE, "Quality of re-encoded pages.", 85, low=1, high=100),
            Parameter("keep_original", _T.YES_NO, "Leave the original.", default=False),
        ),
        limit=2,
    ),
    Kind(
        "verify",
        "Verify",
        "Read every member and decode every page; tell damage from bit rot, heal from a copy.",
        (
            Parameter(
                "heal",
                _T.YES_NO,
                "Take broken pages from a known sound copy; rebuild archives that can't be opened.",
                default=False,
            ),
        ),
    ),
    Kind("delete", "Delete", "Move the files to the trash.", (_REASON,)),
    Kind(
        "duplicates",
        "Find duplicates",
        "Find copies of each file by its pages, and mark or trash all but the best.",
        (
            Parameter(
                "near",
                _T.YES_NO,
                "Also compare by eye: the cover and eight pages.",
                default=False,
            ),
            Parameter(
                "action",
                _T.CHOICE,
                "What happens to the lesser copies.",
                default="report",
                choices=("report", "mark", "trash"),
            ),
            Parameter(
                "keep",
                _T.TEXT,
                "The copy to keep instead of the best; files that only look alike need it.",
            ),
        ),
    ),
    Kind(
        "remove-pages",
        "Remove pages",
        "Mark pages as deleted, or remove those that are named, or marked.",
        (
            Parameter("pages", _T.WHOLES, "The pages that are meant, by their number from 0."),
            Parameter(
                "mode",
                _T.CHOICE,
                "`mark` them as deleted in the tags, or `remove` them; none named: those marked.",
                default="mark",
                choices=("mark", "remove"),
            ),
        ),
    ),
    Kind(
        "compact",
        "Compact",
        "Rewrite archives without the bytes that earlier tag writes have left behind.",
        (
            Parameter(
                "min_dead_percent", _T.WHOLE, "Only where this share is dead.", 0, low=0, high=100
            ),
        ),
    ),
    Kind(
        "undo",
        "Undo",
        "Take changes back, newest first; refused where a file was changed by other hands.",
        items=ItemOf.CHANGE,
        has_preview=False,
    ),
    Kind(
        "restore",
        "Restore",
        "Bring files back from the trash.",
        items=ItemOf.TRASHED,
        has_preview=False,
    ),
    Kind(
        "rehearse",
        "Rehearse",
        "Copy files into a folder and run another kind on the copies, to look at the outcome.",
        (
            Parameter("folder", _T.TEXT, "The folder for the copies."),
            Parameter("kind", _T.TEXT, "The kind to rehearse.", default="process"),
            Parameter("params", _T.OBJECT, "Its parameters."),
            Parameter("count", _T.WHOLE, "How many of the files.", 20, low=1, high=1000),
        ),
        has_preview=False,
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
LIMITS: Mapping[str, int] = {kind.name: kind.limit for kind in _ALL if kind.limit is not None}
REHEARSABLE = ("process", "tag", "rename", "remove-pages", "compact")


def kind_named(name: str) -> Kind:
    """Return the kind of that name.

    Raises:
        UnknownKind: there is none.
    """
    kind = KINDS.get(name)
    if kind is None:
        known = ", ".join(KINDS)
        raise UnknownKind(f"There is no kind of job called {name!r}. Known: {known}.", field="kind")
    return kind


def validated_params(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a job of that kind, checked and filled with defaults.

    Raises:
        UnknownKind, InvalidInput.
    """
    checked = kind_named(name).validated(params)
    if name == "rehearse":
        inner = checked["kind"]
        if inner == "rehearse":
            raise InvalidInput("A rehearsal can't be rehearsed; name what it shall try.")
        if inner not in REHEARSABLE:
            raise InvalidInput(
                f"Parameter 'kind' can't be {inner!r}: it is one of {', '.join(REHEARSABLE)}.",
                field="params.kind",
            )
        if "folder" not in checked:
            raise InvalidInput(
                "Parameter 'folder' is missing: the folder for the copies.", field="params.folder"
            )
        checked["params"] = validated_params(inner, checked.get("params", {}))
    if name == "tag" and not any(checked.get(part) for part in ("set", "clear", "copy_from")):
        raise InvalidInput("'tag' needs at least one of 'set', 'clear' and 'copy_from'.")
    if name == "remove-pages" and checked["mode"] == "mark" and not checked.get("pages"):
        raise InvalidInput(
            "Parameter 'pages' is missing: which pages are to be marked.", field="params.pages"
        )
    return checked

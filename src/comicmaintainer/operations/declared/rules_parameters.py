"""The parameters that choose rules, and the rules that they make for a file.

Used by the kinds that fill tags or make names (`process`, `rename`), and by those that write tags
for what they share. What a request says counts for all its files; what it leaves out is as in the
rules of each file's folder, which FOLDER_RULES keeps as they were when the job was submitted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from comicmaintainer.comics.metadata import field_named
from comicmaintainer.comics.metadata.fields import ROLE_FIELDS
from comicmaintainer.comics.naming.template import MAX_PADDING, Template
from comicmaintainer.comics.rules.folder_rules import USUAL, FolderRules, NamedRules, nearest
from comicmaintainer.comics.rules.rules import PRESETS, MalformedPolicy, Mode, Rules
from comicmaintainer.errors import InvalidInput
from comicmaintainer.operations.declared.parameters import (
    Control,
    Option,
    Parameter,
    ParameterType,
)


def require_fields(names: list[str]) -> None:
    """Check that each is the name of a field, or of something that rules take from the file name.

    Raises:
        InvalidInput: it names the first that is not.
    """
    for name in names:
        if name.strip().casefold().replace("-", "_") not in ROLE_FIELDS:
            field_named(name)


ON_MALFORMED = Parameter(
    "on_malformed",
    ParameterType.CHOICE,
    "Tags that can't be read: `fail` leaves the file alone, `replace` writes new ones.",
    choices=tuple(policy.value for policy in MalformedPolicy),
    label="Tags that can't be read",
    hint="",
    choice_labels={"fail": "leave the file alone", "replace": "write new ones"},
    empty_label="as the rules of the folder say",
    is_rare=True,
    option=Option(
        help="Tags that can't be read: leave the file alone (fail), or write new ones (replace)."
    ),
)

FORMATS = Parameter(
    "formats",
    ParameterType.TEXTS,
    "The formats to write; by default those of the rules of each file's folder.",
    without_rules=["comicinfo"],
    label="Write as",
    hint="If empty, as the rules of the folder say",
    is_rare=True,
)

FOLDER_RULES = Parameter(
    "folder_rules",
    ParameterType.OBJECT,
    "The rules of the library and of single folders, as they were when the job was submitted; "
    "filled in by the service.",
    check=FolderRules.from_dict,
    is_rare=True,
    control=Control.NONE,
    option=None,
)

WRITES_TAGS = Parameter(
    "tags",
    ParameterType.YES_NO,
    "Write tags.",
    default=True,
    label="Write tags",
    hint="",
    option=Option(help="Leave the tags as they are."),
)
RULES = (
    Parameter(
        "preset",
        ParameterType.RULES_NAME,
        "The rules for all files, a preset or your own by name; by default, each has the rules of "
        "its folder.",
        choices=tuple(PRESETS),
        without_rules="comics",
        empty_label="Those of each file's folder",
        label="Rules",
        hint="Where series, number and title come from",
        choice_labels={"comics": "Comics", "manga": "Manga chapters"},
        option=Option(
            help="Rules for all files: comics, manga, or your own by name. Default: those of each "
            "file's folder.",
            metavar="NAME",
        ),
    ),
    Parameter(
        "rules",
        ParameterType.OBJECT,
        "What differs from those rules.",
        is_rare=True,
        control=Control.RULES,
        option=None,
    ),
    Parameter(
        "template",
        ParameterType.TEXT,
        "The naming template.",
        check=Template.parse,
        label="Name template",
        hint="{series} {issue} {title} {volume} {year} {publisher}, with [ ] around optional "
        "parts; if empty, the template of the rules",
        option=Option(help="The naming template, e.g. '{series} #{issue} ({year})'."),
    ),
    Parameter(
        "padding",
        ParameterType.WHOLE,
        "Digits of the number in a name.",
        low=1,
        high=MAX_PADDING,
        label="Digits of the number",
        hint="",
        is_rare=True,
        option=Option(shows_range=False),
    ),
    Parameter(
        "overwrite",
        ParameterType.TEXTS,
        "Fields to derive again even if the tags have a value.",
        check=require_fields,
        label="Derive again, even if the tags have a value",
        control=Control.TICKS,
        option=Option(
            help="Derive this field again, even if it has a value (repeat).", metavar="FIELD"
        ),
    ),
    replace(ON_MALFORMED, control=Control.NONE),
    FOLDER_RULES,
)
_OWN = tuple(parameter.name for parameter in RULES if parameter is not FOLDER_RULES)


def require_rules(params: Mapping[str, Any]) -> None:
    """Check that the parameters RULES make rules, whatever the folder.

    With own rules that are still to be looked up, it is checked once they are there.

    Raises:
        InvalidInput: it says what is wrong and what is allowed.
    """
    if own_rules_named(params) is not None:
        return
    own = _text({name: params.get(name) for name in _OWN})
    bases: Iterable[Any] = (None,)
    if _follows_folders(params):
        bases = FolderRules.from_dict(params["folder_rules"]).to_dict()["rules"].values()
    for base in bases:
        _rules(own, None if base is None else _text(base))


def names_preset(params: Mapping[str, Any]) -> bool:
    """Tell whether the parameters choose rules for all files, whatever their folders."""
    return params.get("preset") is not None or "preset" in (params.get("rules") or {})


def own_rules_named(params: Mapping[str, Any]) -> str | None:
    """Return the name of the own rules that a request asks for; None if it asks for none.

    A job has them as its FOLDER_RULES instead; see `with_own_rules`.
    """
    name: str | None = params.get("preset")
    return None if name in PRESETS or params.get("folder_rules") is not None else name


def with_own_rules(params: Mapping[str, Any], found: NamedRules) -> Mapping[str, Any]:
    """Return the parameters with these rules for every file, in place of their name."""
    every = FolderRules(found.name, {}, {found.name: found.rules})
    rest = {name: value for name, value in params.items() if name != "preset"}
    if rest.get("rules"):  # `preset` also wins over the one in there
        rest["rules"] = {name: value for name, value in rest["rules"].items() if name != "preset"}
    return {**rest, FOLDER_RULES.name: every.to_dict()}


def rules_of(params: Mapping[str, Any], path: Path) -> Rules:
    """Return the rules that the parameters RULES make for the file at `path`.

    Raises:
        InvalidInput: it says what is wrong and what is allowed.
    """
    own = _text({name: params.get(name) for name in _OWN})
    if not _follows_folders(params):
        return _rules(own, None)
    return _rules(own, _text(_of_folder(params["folder_rules"], path)[1]))


def rules_named(params: Mapping[str, Any], path: Path) -> str | None:
    """Return the name of the rules of the file's folder; None if folders don't decide."""
    return _of_folder(params["folder_rules"], path)[0] if _follows_folders(params) else None


def formats_of(params: Mapping[str, Any], path: Path) -> Sequence[str]:
    """Return the formats in which the tags of the file at `path` are written."""
    given: Sequence[str] | None = params.get("formats")
    return _rules_of_folder(params, path).formats if given is None else given


def replaces_malformed(params: Mapping[str, Any], path: Path) -> bool:
    """Tell whether new tags replace those of the file at `path` if they can't be read."""
    policy = params.get("on_malformed") or _rules_of_folder(params, path).on_malformed
    return policy == MalformedPolicy.REPLACE


def for_copies(params: Mapping[str, Any], original: Path) -> Mapping[str, Any]:
    """Return the parameters for copies of a file, with the rules of the original's folder."""
    given = params.get("folder_rules")
    if given is None:
        return params
    return {**params, "folder_rules": FolderRules.from_dict(given).only_for(original).to_dict()}


def _follows_folders(params: Mapping[str, Any]) -> bool:
    return params.get("folder_rules") is not None and not names_preset(params)


def _rules_of_folder(params: Mapping[str, Any], path: Path) -> Rules:
    given = params.get("folder_rules")
    return PRESETS[USUAL] if given is None else _read(_text(_of_folder(given, path)[1]))


def _of_folder(folder_rules: Mapping[str, Any], path: Path) -> tuple[str, Mapping[str, Any]]:
    """Return the name and the JSON form of the rules for `path`.

    The whole is not read for each item: it was checked when the job was submitted.
    """
    name = nearest(folder_rules.get("folders", {}), path) or folder_rules.get("library", USUAL)
    return name, folder_rules.get("rules", {}).get(name) or {"preset": name}


def _text(values: Any) -> str:
    return json.dumps(values, sort_keys=True)


@lru_cache(maxsize=64)
def _read(text: str) -> Rules:
    return Rules.from_dict(json.loads(text))


@lru_cache(maxsize=64)
def _rules(text: str, base_text: str | None) -> Rules:
    """Return the rules of these parameters over others (JSON), made once for all items of a job."""
    base = None if base_text is None else _read(base_text)
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
                known = {rule.field: rule for rule in Rules.from_dict(values, base).fields}
                if field not in known:
                    raise InvalidInput(f"The rules derive no {field!r} to overwrite it with.")
                fields[field] = {}
            fields[field] = {**fields[field], "mode": Mode.OVERWRITE.value}
        values["fields"] = fields
    rules = Rules.from_dict(values, base)
    for name in ("template", "padding"):
        if params.get(name) is not None:
            rules = rules.without(name)
    return rules

"""The parameters that choose rules, and the rules that they make.

Used by the kinds that fill tags or make names (`process`, `rename`), and by `tag` for what they
share.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from comicmaintainer.comics.metadata import field_named
from comicmaintainer.comics.metadata.fields import ROLE_FIELDS
from comicmaintainer.comics.naming.template import MAX_PADDING, Template
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
    is_rare=True,
    option=Option(
        help="Tags that can't be read: leave the file alone (fail), or write new ones (replace)."
    ),
)

RULES = (
    Parameter(
        "preset",
        ParameterType.CHOICE,
        "The preset of rules to start from.",
        default="comics",
        choices=tuple(PRESETS),
        label="Rules",
        hint="Where series, number and title come from",
        choice_labels={"comics": "Comics", "manga": "Manga chapters"},
        option=Option(help="Rules to use."),
    ),
    Parameter(
        "rules",
        ParameterType.OBJECT,
        "Rules that differ from the preset's.",
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
)


def rules_of(params: Mapping[str, Any]) -> Rules:
    """Return the rules that the parameters RULES make.

    Raises:
        InvalidInput: it says what is wrong and what is allowed.
    """
    own = {parameter.name: params.get(parameter.name) for parameter in RULES}
    return _rules(json.dumps(own, sort_keys=True))


@lru_cache(maxsize=64)
def _rules(text: str) -> Rules:
    """Return the rules of these parameters (JSON), made once for all items of a job."""
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

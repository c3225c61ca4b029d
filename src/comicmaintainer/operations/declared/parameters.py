"""The parameters of a kind of job: their allowed values, and their form inputs and options.

Declarations only; the web imports this module. Values are JSON: a text, a number, true or false, a
list or an object. They are checked before a job is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from comicmaintainer.errors import InvalidInput
from comicmaintainer.texts.current import shown

HIGHEST = 2**31 - 1
"""The default highest whole number."""


class ParameterType(StrEnum):
    """The type of a parameter's JSON value."""

    TEXT = "text"
    YES_NO = "yes_no"
    WHOLE = "whole"
    CHOICE = "choice"
    TEXTS = "texts"
    WHOLES = "wholes"
    OBJECT = "object"
    RULES_NAME = "rules_name"
    """A preset, which are its choices, or rules that people made, by name. Whether there are such
    rules is known only when a job is submitted or saved."""


class Control(StrEnum):
    """The input of a form, if the type alone does not decide it."""

    FIELDS = "fields"
    """A box for each of the usual fields of a comic."""
    TICKS = "ticks"
    """A box to tick for each field that rules derive."""
    RULES = "rules"
    """The editor of rules."""
    PAGES = "pages"
    """Page numbers, chosen by eye if the pages of one comic can be shown."""
    NONE = "none"
    """No input: another control sets it."""


@dataclass(frozen=True, slots=True)
class Option:
    """The option of a command, if it differs from the parameter.

    `name` is its name ("--page"), `help` its text; `metavar` stands for the value in help. Without
    `shows_range`, help does not show the range of numbers.
    """

    name: str | None = None
    help: str | None = None
    metavar: str | None = None
    shows_range: bool = True


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `default` None means that it may be left out. `check` raises InvalidInput.

    Forms show `label` (by default the name) and `hint` (by default the description), and collapse
    the inputs of rare parameters. `choice_labels` are the words for choices, if they differ.
    """

    name: str
    type: ParameterType
    description: str
    default: Any = None
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = HIGHEST
    check: Callable[[Any], object] | None = None
    label: str | None = None
    hint: str | None = None
    choice_labels: Mapping[str, str] = field(default_factory=dict)
    is_rare: bool = False
    control: Control | None = None
    option: Option | None = Option()
    """None: the command line has no option for it."""
    names_comic: bool = False
    """Its value is the path of a comic, absolute or relative to a watched folder."""
    without_rules: Any = None
    """Left out, it follows the rules of each file's folder; while no folder has any, it is this."""
    empty_label: str | None = None
    """What a form calls the choice to leave it out; None if it has no such choice."""
    is_for_one_file: bool = False
    """A job with this parameter has exactly one file."""

    def validated(self, value: Any) -> Any:
        """Return `value` if it is allowed.

        Raises:
            InvalidInput: it says what is allowed; its `field` is the value's place, such as
                `params.set.year`.
        """
        problem = self._problem(value)
        if problem is not None:
            shown = repr(value)
            shown = shown if len(shown) <= 60 else f"{shown[:59]}…"
            raise InvalidInput(
                f"{self.name!r} can't be {shown}: it must be {problem}.",
                field=f"params.{self.name}",
            )
        if self.check is not None:
            try:
                self.check(value)
            except InvalidInput as error:
                parts = ("params", self.name, error.field)
                raise InvalidInput(error.message, field=".".join(filter(None, parts))) from error
        return value

    def _problem(self, value: Any) -> str | None:
        """Return what the value must be instead, or None if it is allowed."""
        match self.type:
            case ParameterType.TEXT | ParameterType.RULES_NAME:
                return None if _is_text(value) else "a text"
            case ParameterType.YES_NO:
                return None if isinstance(value, bool) else "true or false"
            case ParameterType.WHOLE:
                fits = _is_whole(value) and self.low <= value <= self.high
                return None if fits else f"a whole number from {self.low} to {self.high}"
            case ParameterType.CHOICE:
                return None if value in self.choices else f"one of {', '.join(self.choices)}"
            case ParameterType.TEXTS:
                return None if _is_list(value, _is_text) else "a list of texts"
            case ParameterType.WHOLES:
                return None if _is_list(value, _is_whole) else "a list of whole numbers"
            case ParameterType.OBJECT:
                return None if isinstance(value, Mapping) else "an object"

    def to_form(self) -> dict[str, Any]:
        """Return the declaration with everything that a form needs."""
        hint = self.description.replace("`", "") if self.hint is None else self.hint
        return {
            **self.to_json(),
            "label": shown(self.label or self.name.replace("_", " ")),
            "hint": shown(hint),
            "choice_labels": {
                each: shown(self.choice_labels.get(each, each)) for each in self.choices
            },
            "is_rare": self.is_rare,
            "control": None if self.control is None else str(self.control),
            "empty_label": None if self.empty_label is None else shown(self.empty_label),
        }

    def to_json(self) -> dict[str, Any]:
        """Return the declaration as the command line prints it."""
        declaration: dict[str, Any] = {
            "name": self.name,
            "type": str(self.type),
            "description": self.description,
            "default": self.default,
        }
        if self.choices:
            declaration["choices"] = list(self.choices)
        if self.type is ParameterType.WHOLE:
            declaration |= {"low": self.low, "high": self.high}
        return declaration


def validated(
    owner: str, parameters: Sequence[Parameter], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `values` checked and filled with defaults; None counts as left out.

    Raises:
        InvalidInput: an unknown parameter, or a value that is not allowed.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in values:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise InvalidInput(
                f"{owner!r} has no parameter {name!r}. Allowed: {allowed}.", field=f"params.{name}"
            )
    checked: dict[str, Any] = {}
    for name, parameter in known.items():
        value = values.get(name)
        if value is not None:
            checked[name] = parameter.validated(value)
        elif parameter.default is not None:
            checked[name] = parameter.default
    return checked


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list | tuple) and all(fits(each) for each in value)

"""The rules for deriving a comic's metadata and name.

A `Rules` value has the sources of each field (file name, folders, a text), and whether they only
fill missing tags or overwrite them; the naming template, padding and formats; and cases, which say
what differs for some comics. It is plain data with a JSON form. Used by the derivation, the
operations, the API and the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from comicmaintainer.comics.folders import FolderFacts
from comicmaintainer.comics.metadata.fields import field_named, set_field
from comicmaintainer.comics.metadata.members import WRITABLE_FORMATS
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.naming.template import DEFAULT_PADDING, MAX_PADDING, Template
from comicmaintainer.comics.rules.cases import MAX_CASES, Case
from comicmaintainer.errors import InvalidInput, InvalidTemplate

_Choice = TypeVar("_Choice", bound=StrEnum)


class Source(StrEnum):
    """A source of a field's value; `TAGS` only appears in explanations.

    `IDENTIFIED` is what is stored of the issue that the comic was identified as.
    """

    TAGS = "tags"
    FILENAME = "filename"
    FOLDER = "folder"
    TEXT = "text"
    IDENTIFIED = "identified"


class Mode(StrEnum):
    """The effect on a field that already has a tag."""

    FILL = "fill"
    OVERWRITE = "overwrite"
    CLEAR = "clear"


class MalformedPolicy(StrEnum):
    """The effect of a tag write on a metadata file that can't be parsed."""

    FAIL = "fail"
    REPLACE = "replace"


# Field -> the attribute of a parsed file name for it.
FILENAME_ATTRIBUTES: Mapping[str, str] = {
    "series": "series",
    "issue": "issue",
    "title": "title",
    "volume": "volume",
    "year": "year",
    "month": "month",
    "day": "day",
    "count": "issue_count",
    "publisher": "publisher",
    "format": "format",
    "language": "language",
    "scan_information": "scan_group",
}
OF_THE_FILE = frozenset({"pages", "page_count", "scan_information", "notes", "last_modified"})
"""What nobody else can know of this file, or what its owner noted."""
_FOLDER_FIELDS = frozenset(field.name for field in fields(FolderFacts))


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is derived: from the first of `sources` that has a value.

    `text` is a template over the other fields, used for the source `TEXT`. A rule that clears its
    field has no sources.
    """

    field: str
    sources: tuple[Source, ...]
    mode: Mode = Mode.FILL
    text: str | None = None

    def __post_init__(self) -> None:
        subject = f"The rule of field '{self.field}'"
        if field_named(self.field).name != self.field:
            raise InvalidInput(f"{subject} must name it '{field_named(self.field).name}'.")
        for source in self.sources:
            if not _can_tell(source, self.field):
                raise InvalidInput(f"{subject} can't use the source '{source}'.")
        if self.mode is Mode.CLEAR and self.sources:
            raise InvalidInput(f"{subject} can't both clear it and have sources.")
        if (self.text is not None) != (Source.TEXT in self.sources):
            raise InvalidInput(f"{subject} needs 'text' with the source 'text', and only then.")
        if self.text and _text_template(self.text) is None:
            set_field(ComicMetadata(), self.field, self.text)

    def text_for(self, metadata: ComicMetadata) -> str | None:
        """The rule's text over the other fields; None if a required one is empty."""
        template = _text_template(self.text or "")
        return self.text if template is None else template.plain(metadata)

    def text_fields(self) -> frozenset[str]:
        """The metadata fields in the rule's text."""
        template = _text_template(self.text or "")
        return frozenset() if template is None else template.metadata_fields()


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules. Every instance is valid; `replace` and `from_dict` check again.

    Raises: InvalidInput naming what is wrong and what is allowed.
    """

    preset: str
    template: str
    fields: tuple[FieldRule, ...]
    padding: int = DEFAULT_PADDING
    formats: tuple[str, ...] = ("comicinfo",)
    page_list: bool = False
    on_malformed: MalformedPolicy = MalformedPolicy.FAIL
    cases: tuple[Case, ...] = ()

    def __post_init__(self) -> None:
        Template.parse(self.template)
        if isinstance(self.padding, bool) or not 1 <= self.padding <= MAX_PADDING:
            raise InvalidInput(
                f"padding can't be {self.padding}: allowed are 1 to {MAX_PADDING} digits."
            )
        for name in self.formats:
            if name not in WRITABLE_FORMATS:
                raise InvalidInput(
                    f"There is no format '{name}' to write: allowed are "
                    f"{', '.join(WRITABLE_FORMATS)}."
                )
        if len({WRITABLE_FORMATS[name][0] for name in self.formats}) != len(self.formats):
            raise InvalidInput("formats can name each format once, in one version.")
        if len({rule.field for rule in self.fields}) != len(self.fields):
            raise InvalidInput("fields can have one rule for each field.")
        if len(self.cases) > MAX_CASES:
            raise InvalidInput(f"There can be {MAX_CASES} cases.", field="cases")
        for number in range(len(self.cases)):
            try:
                self.in_case(number)
            except InvalidInput as error:
                part = "template" if isinstance(error, InvalidTemplate) else error.field
                error.field = f"cases.{number}.rules" + (f".{part}" if part else "")
                raise

    def of(self, metadata: ComicMetadata) -> Rules:
        """Return the rules for a comic of which this is known: those of the first case that holds.

        They have no cases.
        """
        for number, case in enumerate(self.cases):
            if case.holds(metadata):
                return self.in_case(number)
        return self.in_case(None)

    def in_case(self, number: int | None) -> Rules:
        """Return the rules of a case, counted from 0, or those without cases."""
        return _in_case(self, number) if self.cases else self

    def without(self, part: str) -> Rules:
        """Return the rules with one template, or one padding, for all cases."""
        return replace(self, cases=tuple(case.without(part) for case in self.cases))

    @property
    def use_identified(self) -> bool:
        """Whether a field may come from the issue that the comic was identified as."""
        every = (self, *map(self.in_case, range(len(self.cases))))
        return any(Source.IDENTIFIED in rule.sources for one in every for rule in one.fields)

    def naming(self) -> Template:
        """The parsed naming template."""
        return parsed_template(self.template)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, for `from_dict`."""
        return {
            "preset": self.preset,
            "template": self.template,
            "padding": self.padding,
            "formats": list(self.formats),
            "page_list": self.page_list,
            "on_malformed": self.on_malformed.value,
            "fields": dict.fromkeys(rule.field for rule in preset(self.preset).fields)
            | {rule.field: _rule_to_dict(rule) for rule in self.fields},
            **({"cases": [case.to_dict() for case in self.cases]} if self.cases else {}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], base: Rules | None = None) -> Rules:
        """Read the JSON form; missing keys come from its preset, else from `base` ("comics").

        A field's rule may be `null`, which removes the one that is there.

        Raises: InvalidInput naming what is wrong and what is allowed.
        """
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                raise InvalidInput(f"Rules have no '{name}'; known are {', '.join(known)}.")
        if base is None or values.get("preset") is not None:
            base = preset(_typed(values, "preset", str, "comics"))
        return replace(
            base,
            template=_typed(values, "template", str, base.template),
            padding=_typed(values, "padding", int, base.padding),
            formats=tuple(_texts(values, "formats", base.formats)),
            page_list=_typed(values, "page_list", bool, base.page_list),
            on_malformed=_chosen(
                MalformedPolicy, "on_malformed", values.get("on_malformed", base.on_malformed)
            ),
            fields=_field_rules(_typed(values, "fields", dict, {}), base.fields),
            cases=_cases(values, base.cases),
        )


@lru_cache(maxsize=256)
def _in_case(rules: Rules, number: int | None) -> Rules:
    """Made once for all comics of a job."""
    usual = replace(rules, cases=())
    return usual if number is None else Rules.from_dict(rules.cases[number].values(), usual)


def _cases(values: Mapping[str, Any], base: tuple[Case, ...]) -> tuple[Case, ...]:
    if "cases" not in values:
        return base
    given = _typed(values, "cases", list, [])
    return tuple(Case.from_dict(one, f"cases.{number}") for number, one in enumerate(given))


def _can_tell(source: Source, field: str) -> bool:
    match source:
        case Source.FILENAME:
            return field in FILENAME_ATTRIBUTES
        case Source.FOLDER:
            return field in _FOLDER_FIELDS
        case Source.IDENTIFIED:
            return field not in OF_THE_FILE
        case Source.TEXT:
            return True
        case Source.TAGS:
            return False


@lru_cache(maxsize=256)
def parsed_template(text: str) -> Template:
    """Parsed once for all comics of a job."""
    return Template.parse(text)


def _text_template(text: str) -> Template | None:
    """The template of a rule's text; `None` if it has no field and is used literally."""
    return parsed_template(text) if set(text) & set("{}[]") else None


_NAME, _FOLDER = Source.FILENAME, Source.FOLDER
_FROM_NAME = tuple(
    FieldRule(field, (_NAME,))
    for field in ("month", "day", "count", "publisher", "format", "language", "scan_information")
)

PRESETS: Mapping[str, Rules] = {
    "comics": Rules(
        preset="comics",
        template="{series}[ v{volume:2}][ #{issue}][ ({year})]",
        fields=(
            FieldRule("series", (_NAME, _FOLDER)),
            FieldRule("issue", (_NAME,)),
            FieldRule("title", (_NAME,)),
            FieldRule("volume", (_NAME, _FOLDER)),
            FieldRule("year", (_NAME, _FOLDER)),
            *_FROM_NAME,
        ),
    ),
    "manga": Rules(
        preset="manga",
        template="{series}[ v{volume:2}] - Chapter {issue}",
        fields=(
            FieldRule("series", (_FOLDER, _NAME)),
            FieldRule("issue", (_NAME,)),
            FieldRule("title", (Source.TEXT,), text="Chapter {issue_no_pad}"),
            FieldRule("volume", (_NAME, _FOLDER)),
            FieldRule("year", (_NAME, _FOLDER)),
            *_FROM_NAME,
        ),
    ),
}


def preset(name: str) -> Rules:
    """Raises: InvalidInput with the known presets."""
    rules = PRESETS.get(name)
    if rules is None:
        raise InvalidInput(f"There is no preset '{name}'; known are {', '.join(PRESETS)}.")
    return rules


def sources_of(field: str) -> tuple[Source, ...]:
    """Return the possible sources of a field's value, besides a text."""
    origins = (_NAME, _FOLDER, Source.IDENTIFIED)
    return tuple(source for source in origins if _can_tell(source, field))


def _rule_to_dict(rule: FieldRule) -> dict[str, Any]:
    values: dict[str, Any] = {
        "sources": [source.value for source in rule.sources],
        "mode": rule.mode.value,
    }
    if rule.text is not None:
        values["text"] = rule.text
    return values


def _field_rules(values: Mapping[str, Any], base: tuple[FieldRule, ...]) -> tuple[FieldRule, ...]:
    by_field = {rule.field: rule for rule in base}
    for name, value in values.items():
        field = field_named(name).name
        if value is None:
            by_field.pop(field, None)
            continue
        if not isinstance(value, dict) or not value.keys() <= {"sources", "mode", "text"}:
            raise InvalidInput(
                f"The rule of field '{field}' is an object with sources, mode and text."
            )
        mode = _chosen(Mode, f"the mode of '{field}'", value.get("mode", Mode.FILL))
        old = None if mode is Mode.CLEAR else by_field.get(field)
        by_field[field] = FieldRule(
            field,
            tuple(
                _chosen(Source, f"the sources of '{field}'", source)
                for source in _texts(value, "sources", old.sources if old else ())
            ),
            mode,
            _typed(value, "text", str, None if "sources" in value or not old else old.text),
        )
    return tuple(by_field.values())


def _typed(values: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    value = values.get(name, default)
    if value is not default and (not isinstance(value, kind) or (kind is int and value is True)):
        raise InvalidInput(f"{name} must be of type {kind.__name__}, not {value!r}.")
    return value


def _texts(values: Mapping[str, Any], name: str, default: Sequence[str]) -> list[str]:
    value = values.get(name, list(default))
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput(f"{name} must be a list of texts, not {value!r}.")
    return value


def _chosen(choices: type[_Choice], name: str, value: object) -> _Choice:
    try:
        return choices(str(value))
    except ValueError as error:
        raise InvalidInput(
            f"{name} can't be {value!r}: allowed are {', '.join(choices)}."
        ) from error

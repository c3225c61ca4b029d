"""Cases: what rules say differently about some comics ("if the publisher is X, then ...").

A case holds for a comic if all its conditions do. They look at the fields as the rules without
cases derive them. What it says has the grammar of rules: a template, a padding, fields.

    {"if": {"publisher": ["Marvel", "Marvel *"]}, "unless": {"year": ""}, "rules": {...}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

from comicmaintainer.comics.metadata.fields import field_named
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.errors import InvalidInput

MAX_CASES = 50
MAX_TEXTS = 100
MAX_CHARS = 500
THEN = frozenset({"template", "padding", "fields"})
_KEYS = frozenset({"if", "unless", "rules"})
_NOT_COMPARED = frozenset(
    [
        "pages", "credits", "identifiers", "prices", "universes", "reprints", "alternative_names",
        "last_modified",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A field is, or with `is_negated` is not, one of some texts.

    Letter case and runs of blanks do not count, `*` stands for anything, and "" is an empty field.
    A field with several values is each of them.
    """

    field: str
    texts: tuple[str, ...]
    is_negated: bool = False

    def holds(self, metadata: ComicMetadata) -> bool:
        """Whether it holds for a comic with this metadata."""
        values = _texts_of(metadata, self.field) or ("",)
        found = any(_pattern(text).fullmatch(value) for text in self.texts for value in values)
        return found is not self.is_negated


@dataclass(frozen=True, slots=True)
class Case:
    """What rules say of the comics for which all conditions hold; `then` is JSON."""

    conditions: tuple[Condition, ...]
    then: str

    def holds(self, metadata: ComicMetadata) -> bool:
        """Whether it holds for a comic with this metadata."""
        return all(condition.holds(metadata) for condition in self.conditions)

    def without(self, name: str) -> Case:
        """Return the case without what it says of one part of the rules."""
        values = {key: value for key, value in self.values().items() if key != name}
        return Case(self.conditions, _stored(values))

    def values(self) -> dict[str, Any]:
        """Return what it says: the JSON form of a part of rules."""
        values: dict[str, Any] = json.loads(self.then)
        return values

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, for `from_dict`."""
        found: dict[str, Any] = {}
        for name, is_negated in (("if", False), ("unless", True)):
            chosen = [one for one in self.conditions if one.is_negated is is_negated]
            if chosen:
                found[name] = {one.field: list(one.texts) for one in chosen}
        return {**found, "rules": self.values()}

    @classmethod
    def from_dict(cls, values: Any, place: str) -> Self:
        """Read the JSON form; `place` is its place in the rules, for errors.

        Raises: InvalidInput naming what is wrong and what is allowed.
        """
        if not isinstance(values, dict) or not values.keys() <= _KEYS:
            raise InvalidInput("A case is an object with if, unless and rules.", field=place)
        conditions = (
            *_conditions(values.get("if", {}), f"{place}.if", is_negated=False),
            *_conditions(values.get("unless", {}), f"{place}.unless", is_negated=True),
        )
        if not conditions:
            raise InvalidInput("A case needs a condition.", field=f"{place}.if")
        then = values.get("rules")
        if not isinstance(then, dict) or not then or not then.keys() <= THEN:
            raise InvalidInput(
                f"A case says something about {', '.join(sorted(THEN))}, and about nothing else.",
                field=f"{place}.rules",
            )
        return cls(conditions, _stored(then))


def _conditions(values: Any, place: str, *, is_negated: bool) -> Iterator[Condition]:
    if not isinstance(values, dict):
        raise InvalidInput("Conditions are an object: a field and its texts.", field=place)
    for name, given in values.items():
        where = f"{place}.{name}"
        try:
            field = field_named(name).name
        except InvalidInput as error:
            raise InvalidInput(error.message, field=where) from error
        if field in _NOT_COMPARED:
            raise InvalidInput(f"The field '{field}' can't be compared with a text.", field=where)
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InvalidInput(f"The condition on '{field}' is a text or a list.", field=where)
        if not 0 < len(texts) <= MAX_TEXTS or any(len(text) > MAX_CHARS for text in texts):
            raise InvalidInput(
                f"The condition on '{field}' has 1 to {MAX_TEXTS} texts of at most {MAX_CHARS} "
                "characters.",
                field=where,
            )
        yield Condition(field, tuple(texts), is_negated)


def _texts_of(metadata: ComicMetadata, field: str) -> tuple[str, ...]:
    value = getattr(metadata, field)
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    texts = (_folded(str(getattr(one, "name", one) or "")) for one in values)
    return tuple(text for text in texts if text)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", _folded(text)))), re.DOTALL)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _stored(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)

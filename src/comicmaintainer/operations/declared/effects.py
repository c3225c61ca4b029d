"""What the effects of results mean to people: which of their changes are told, in which words.

Used by the web API and the command line for the outcome of a preview or a job. An effect is the
types of the changes of one file, joined by spaces (jobs/result_marks.py). The types are those of
operations/changes/file_change.py, which web workers do not load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comicmaintainer.texts.current import number, t, tn

CHANGED_CONTENTS = frozenset({"tags", "pages", "compact", "heal", "rebuild", "convert"})
CHANGED_NAMES = frozenset({"rename", "file", "convert"})
_CONVERT = "convert"
_PARTS_OF_CONVERT = frozenset({"trash", "rename"})
"""A conversion moves the old archive to the trash; that is no loss, and not told by itself."""


@dataclass(frozen=True, slots=True)
class EffectWords:
    """What would happen to files, and what has happened to one and to several."""

    would: str
    one: str
    several: str

    def of(self, files: int, *, preview: bool) -> str:
        """Return the words that follow the number of files."""
        one, several = (self.would, self.would) if preview else (self.one, self.several)
        whole = tn(f"1 {one}", f"{{n}} {several}", files)
        return whole.removeprefix(f"{number(files)} ")


def _passive(what: str) -> EffectWords:
    return EffectWords(f"would be {what}", f"was {what}", f"were {what}")


WORDS: Mapping[str, EffectWords] = {
    "trash": EffectWords("would go to the trash", "went to the trash", "went to the trash"),
    "duplicate": _passive("marked as duplicate"),
    "conflict": _passive("marked as in conflict"),
    "rebuild": _passive("rebuilt"),
    "heal": _passive("healed"),
    _CONVERT: EffectWords("would become CBZ", "became a CBZ", "became CBZ"),
    "pages": EffectWords(
        "would have pages marked or removed",
        "had pages marked or removed",
        "had pages marked or removed",
    ),
    "restore": EffectWords(
        "would come back from the trash", "came back from the trash", "came back from the trash"
    ),
    "rename": _passive("renamed"),
    "file": _passive("filed"),
    "tags": EffectWords("would get other tags", "got other tags", "got other tags"),
    "compact": _passive("compacted"),
    "series-json": EffectWords(
        "would write series.json in the folder",
        "wrote series.json in its folder",
        "wrote series.json in their folders",
    ),
    "sidecar": EffectWords(
        "would get an XML file beside it",
        "got an XML file beside it",
        "got XML files beside them",
    ),
    "sidecar-rename": EffectWords(
        "would keep its XML file beside it",
        "kept its XML file beside it",
        "kept their XML files beside them",
    ),
    "undo": _passive("undone"),
}
"""By type of change; what weighs most comes first."""


@dataclass(frozen=True, slots=True)
class Told:
    """A type of change, the number of files that have it, and the words that follow the number."""

    type: str
    files: int
    words: str


def told_types(effect: str) -> list[str]:
    """Return the types of an effect that are told."""
    types = effect.split()
    if _CONVERT in types:
        return [name for name in types if name not in _PARTS_OF_CONVERT]
    return types


def effects_with(effects: Mapping[str, int], type_: str) -> list[str]:
    """Return those effects that tell of a change of this type."""
    return [effect for effect in effects if type_ in told_types(effect)]


def told(effects: Mapping[str, int], *, preview: bool) -> list[Told]:
    """Return what is told of a job's effects, what weighs most first.

    `effects` is the number of files with each effect. A file may count more than once: it may get
    another name as well as other tags.
    """
    counts: dict[str, int] = {}
    for effect, files in effects.items():
        for name in told_types(effect):
            counts[name] = counts.get(name, 0) + files
    order = {name: place for place, name in enumerate(WORDS)}
    return [
        Told(name, counts[name], _words(name).of(counts[name], preview=preview))
        for name in sorted(counts, key=lambda name: (order.get(name, len(order)), name))
    ]


def outcome_sentence(effects: Mapping[str, int], *, failed: int, preview: bool) -> str:
    """Return what a job comes to: "12 would go to the trash, 830 stay as they are."."""
    parts = [f"{number(one.files)} {one.words}" for one in told(effects, preview=preview)]
    unchanged = effects.get("", 0)
    if unchanged:
        parts.append(
            tn("1 stays as it is", "{n} stay as they are", unchanged)
            if preview
            else tn("1 needed no change", "{n} needed no change", unchanged)
        )
    if failed:
        refused = tn("1 refused", "{n} refused", failed)
        parts.append(refused if preview else tn("1 failed", "{n} failed", failed))
    return f"{', '.join(parts)}." if parts else t("Nothing to do.")


def _words(type_: str) -> EffectWords:
    return WORDS.get(type_) or _passive(f"changed ({type_})")

"""Derives a comic's metadata: its tags, completed by the rules from its name and folders.

A name is read only as far as necessary to explain it:

    the template makes the name without reading it            → nothing is read from the name
    ... together with the template's own fields in the name   → those fields are read
    any other name                                            → all of it is read

So names made by the product are never read as new information, and deriving again changes nothing.
Decision 0089 has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from comicmaintainer.comics.filename.parser import parse_filename
from comicmaintainer.comics.folders import read_folders
from comicmaintainer.comics.metadata.fields import set_field
from comicmaintainer.comics.metadata.model import ComicMetadata
from comicmaintainer.comics.naming.repeated_text import repeated_fields
from comicmaintainer.comics.rules.evidence import (
    NAME_REASONS,
    Evidence,
    IdentifiedIssue,
    Spellings,
    no_spellings,
)
from comicmaintainer.comics.rules.place import Place
from comicmaintainer.comics.rules.rules import FILENAME_ATTRIBUTES, FieldRule, Mode, Rules, Source
from comicmaintainer.errors import InvalidInput

MOST_ROUNDS = 6
"""How often cases may follow from each other."""


def derive(
    metadata: ComicMetadata,
    place: Place,
    rules: Rules,
    *,
    spellings: Spellings = no_spellings,
    is_kept: bool = True,
    identified: IdentifiedIssue | None = None,
) -> tuple[ComicMetadata, Mapping[str, str]]:
    """Return the metadata by the rules, and the source of each field with a value.

    `spellings` counts how the files beside the comic spell a series. Without `is_kept` the tags
    will not be written, so that its values are only in the name. `identified` is the issue that the
    comic was identified as.

    What a case writes can bring another one about, so they are applied until nothing changes. Cases
    that never end so do not count.
    """

    def once(tags: ComicMetadata, rules: Rules) -> tuple[ComicMetadata, Mapping[str, str]]:
        return _derive_once(
            tags, place, rules, spellings=spellings, is_kept=is_kept, identified=identified
        )

    if not rules.cases:
        return once(metadata, rules)
    tags, reasons = metadata, dict[str, str]()
    for _ in range(MOST_ROUNDS):
        derived, why = once(tags, rules.of(once(tags, rules.in_case(None))[0]))
        reasons = {
            field: reasons.get(field, reason) if reason == Source.TAGS else reason
            for field, reason in why.items()
        }
        if derived == tags or not is_kept:
            return derived, reasons
        tags = derived
    return once(metadata, rules.in_case(None))


def rules_for(
    metadata: ComicMetadata,
    place: Place,
    rules: Rules,
    *,
    spellings: Spellings = no_spellings,
    is_kept: bool = True,
    identified: IdentifiedIssue | None = None,
) -> Rules:
    """Return the rules of the case that holds for a comic with these tags."""
    if not rules.cases:
        return rules
    known, _ = _derive_once(
        metadata,
        place,
        rules.in_case(None),
        spellings=spellings,
        is_kept=is_kept,
        identified=identified,
    )
    return rules.of(known)


def _derive_once(
    metadata: ComicMetadata,
    place: Place,
    rules: Rules,
    *,
    spellings: Spellings,
    is_kept: bool,
    identified: IdentifiedIssue | None,
) -> tuple[ComicMetadata, Mapping[str, str]]:
    """Derive by rules without cases; see `derive`."""
    known = _Draft.of_tags(metadata, rules)
    named, name = None, ""
    for evidence in _readings(known.metadata, place, rules, spellings, is_kept=is_kept):
        draft = known.copy()
        _apply_rules(draft, replace(evidence, identified=identified), rules)
        if not evidence.is_own_name:
            break
        if draft.metadata != named:
            named, name = draft.metadata, _name_of(draft.metadata, place, rules)
        if _is_explained(name, evidence, place):
            break
    return draft.metadata, draft.reasons


def apply_rules(
    metadata: ComicMetadata, evidence: Evidence, rules: Rules
) -> tuple[ComicMetadata, Mapping[str, str]]:
    """Apply the rules to the tags and the evidence, and return what `derive` returns.

    Values that do not fit their field (a year "20195") are skipped.
    """
    draft = _Draft.of_tags(metadata, rules)
    _apply_rules(draft, evidence, rules)
    return draft.metadata, draft.reasons


def _apply_rules(draft: _Draft, evidence: Evidence, rules: Rules) -> None:
    by_field = {rule.field: rule for rule in rules.fields if rule.mode is not Mode.CLEAR}
    series = by_field.get("series")
    if series is not None and series.text is None:
        draft.apply(series, evidence, frozenset())
    repeated = _repeated(draft, evidence, rules)
    for rule in by_field.values():
        if rule.text is None and rule is not series:
            draft.apply(rule, evidence, repeated)
    texts = [rule for rule in by_field.values() if rule.text is not None]
    _apply_texts(draft, texts, evidence, repeated)


class _Draft:
    """Unfinished metadata, and the reasons for its values."""

    def __init__(self, metadata: ComicMetadata, reasons: Mapping[str, str]) -> None:
        self.metadata = metadata
        self.reasons = dict(reasons)

    @classmethod
    def of_tags(cls, tags: ComicMetadata, rules: Rules) -> _Draft:
        """A draft of the tags without those that the rules clear."""
        for rule in rules.fields:
            if rule.mode is Mode.CLEAR:
                for name in _known_as(rule.field):
                    tags = set_field(tags, name, None)
        return cls(tags, dict.fromkeys(tags.non_empty(), Source.TAGS))

    def copy(self) -> _Draft:
        return _Draft(self.metadata, self.reasons)

    def apply(
        self,
        rule: FieldRule,
        evidence: Evidence,
        repeated: frozenset[str],
        *,
        is_filling: bool = False,
    ) -> None:
        """Set the rule's field from the first source that has a value; see `Evidence.find`."""
        tag = self.tag(rule.field)
        if tag is not None and (is_filling or rule.mode is Mode.FILL):
            return
        reason: str
        for source in rule.sources:
            if tag is not None and evidence.confirms_tags(source):
                return
            if source is Source.IDENTIFIED:
                if self._take_identified(rule.field, evidence.identified):
                    return
                continue
            if source is Source.TEXT:
                field, value, reason = rule.field, rule.text_for(self.metadata), source
            elif finding := evidence.find(source, rule.field, tag, repeated):
                field, value, reason = finding.field, finding.value, finding.reason
            else:
                continue
            if not value:
                continue
            try:
                changed = set_field(self.metadata, field, value)
            except InvalidInput:
                continue  # names contain many numbers, which may not fit, such as a month
            if getattr(changed, field) in (None, ()):
                continue  # nothing remains that a tag can store
            self.metadata = changed
            self.reasons[field] = reason
            return

    def _take_identified(self, field: str, issue: IdentifiedIssue | None) -> bool:
        """Set a field to what is known of the comic's issue; return whether that has a value."""
        if issue is None:
            return False
        for name in _known_as(field):
            value = getattr(issue.metadata, name)
            if value not in (None, ()):
                self.metadata = self.metadata.with_values(**{name: value})
                self.reasons[name] = issue.source
                return True
        return False

    def tag(self, field: str) -> str | None:
        """The field's value as text, None if it is empty."""
        for name in _known_as(field):
            if name in self.reasons:
                return str(getattr(self.metadata, name))
        return None


def _apply_texts(
    draft: _Draft, rules: list[FieldRule], evidence: Evidence, repeated: frozenset[str]
) -> None:
    """Apply rules with texts, each after the rules for the fields in its text.

    In a cycle, or if a text would grow each time ("{series}, again"), it only fills its field.
    """
    pending = list(rules)
    while True:
        fields = {rule.field for rule in pending}
        ready = [rule for rule in pending if not (rule.text_fields() - {rule.field}) & fields]
        if not ready:
            break
        is_filling = _grows(ready[0], draft.metadata)
        draft.apply(ready[0], evidence, repeated, is_filling=is_filling)
        pending.remove(ready[0])
    before = None
    while before != draft.metadata:
        before = draft.metadata
        for rule in pending:
            draft.apply(rule, evidence, repeated, is_filling=True)


def _grows(rule: FieldRule, metadata: ComicMetadata) -> bool:
    """Whether applying the rule's text again changes its own field again."""
    if rule.field not in rule.text_fields():
        return False
    once = rule.text_for(metadata)
    try:
        return rule.text_for(set_field(metadata, rule.field, once)) != once
    except InvalidInput:
        return False


def _readings(
    known: ComicMetadata, place: Place, rules: Rules, spellings: Spellings, *, is_kept: bool
) -> Iterator[Evidence]:
    """The ways to read name and folders, from the least to the most information."""
    name, above = place.path.name, place.folders
    series = _kept(known, "series", rules)
    folders = read_folders(above, series) if above else None
    template = rules.naming()
    owns: tuple[bool, ...] = ()
    if not is_kept or template.has_any(known):
        owns = (True, False) if "/" in template.text else (False,)
    for has_own_folders in owns:
        yield Evidence(None, folders, is_own_name=True, has_own_folders=has_own_folders)
    # The root itself is not evidence: its name is the library's.
    parsed = parse_filename(name, "/".join(above))
    for has_own_folders in owns:
        yield Evidence(
            parsed,
            folders,
            file_name=name,
            fields=template.metadata_fields(),
            is_own_name=True,
            has_own_folders=has_own_folders,
        )
    yield Evidence(parsed, folders, file_name=name, known_series=series, spellings=spellings)


def _name_of(metadata: ComicMetadata, place: Place, rules: Rules) -> str:
    """The name that the template makes, "" if fields are missing."""
    template = rules.naming()
    if template.missing(metadata):
        return ""
    return template.render(metadata, rules.padding, place.path.suffix)


def _is_explained(name: str, evidence: Evidence, place: Place) -> bool:
    """Whether the comic already has that name, with its folders if they count as its own."""
    if evidence.has_own_folders:
        return "/" in name and place.target(name) == place.path
    return name.rpartition("/")[2] == place.path.name


def _repeated(draft: _Draft, evidence: Evidence, rules: Rules) -> frozenset[str]:
    """The parts of the name that only repeat a series or title from elsewhere."""
    if evidence.name is None:
        return frozenset()
    is_named = draft.reasons.get("series") in NAME_REASONS
    return repeated_fields(
        evidence.name,
        evidence.file_name,
        [part for field, part in FILENAME_ATTRIBUTES.items() if draft.tag(field) is None],
        series=None if is_named else draft.metadata.series,
        title=_kept(draft.metadata, "title", rules),
    )


def _kept(metadata: ComicMetadata, field: str, rules: Rules) -> str | None:
    """The text of a field that the rules do not overwrite."""
    is_kept = all(rule.mode is not Mode.OVERWRITE for rule in rules.fields if rule.field == field)
    text: str | None = getattr(metadata, field)
    return text if is_kept else None


def _known_as(field: str) -> tuple[str, ...]:
    return ("volume", "manga_volume") if field == "volume" else (field,)

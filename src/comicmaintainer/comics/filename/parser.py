"""Owns `parse_filename`: applies the grammar's rules in order and combines the fields.

Pure; used by the rules that derive tags, by the catalogue and by `comicmaintainer parse`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from comicmaintainer.comics.filename.choice import Choice, choose
from comicmaintainer.comics.filename.counters import issue_count
from comicmaintainer.comics.filename.date import Date
from comicmaintainer.comics.filename.dates import find_dates
from comicmaintainer.comics.filename.folders import fill_from_folders, helping_folders
from comicmaintainer.comics.filename.layout import Layout, lay_out
from comicmaintainer.comics.filename.model import ParsedFilename, PieceRole, TokenRole
from comicmaintainer.comics.filename.notes import read_notes
from comicmaintainer.comics.filename.numbering import find_numberings
from comicmaintainer.comics.filename.releases import claim_release_runs
from comicmaintainer.comics.filename.sentence import Sentence
from comicmaintainer.comics.filename.vocabulary import SUFFIXES


def parse_filename(name: str, folder: str | None = None) -> ParsedFilename:
    """Parse a comic's file name, with its folder for missing fields.

    `name` may be a path: the part before its last slash is read as folders, like `folder`, the
    path (or only the name) of the file's directory. Spans index `name`. Never raises.
    """
    bare = name.rstrip("/")
    start = bare.rfind("/") + 1
    folders = [*(folder or "").split("/"), *bare[:start].split("/")]
    helping = helping_folders([part for part in folders if part], _read_folder)
    series = next((found.series for found in helping if found.series is not None), None)
    parsed = read_name(bare[start:], offset=start, known_series=series)
    parsed = fill_from_folders(parsed, helping)
    if start:
        path = TokenRole(name[:start], (0, start), PieceRole.FOLDER)
        parsed = replace(parsed, explanation=(path, *parsed.explanation))
    if parsed.series is None and parsed.title is None and bare[start : start + 1] == "#":
        # "#52.cbz": nothing else can name the series.
        parsed = replace(parsed, series=parsed.issue)
    return parsed


def read_name(text: str, *, offset: int = 0, known_series: str | None = None) -> ParsedFilename:
    """Parses one name; spans are moved by `offset`. `known_series` is that of its folder."""
    stem, suffix = _split_suffix(text)
    sentence = Sentence(stem)
    claim_release_runs(sentence)
    dates = find_dates(sentence)
    choice = choose(sentence, find_numberings(sentence), dated=bool(dates))
    count = _claim(sentence, choice)
    notes = read_notes(sentence)
    layout = lay_out(sentence, choice.leading, known_series=known_series)
    volume, date = _volume_and_date(choice, dates)
    issue = choice.issue.value if choice.issue else None
    year = date.year if date else choice.year.value if choice.year else None
    dated = year is not None and not (date and date.ranges)
    doubles = issue is None and dated and volume is not None and volume.isdecimal()
    doubles = doubles and not layout.joined
    return ParsedFilename(
        series=layout.series or _leading_as_series(sentence, choice, layout, known_series),
        issue=volume if doubles else issue,
        volume=volume,
        year=year,
        month=date.month if date else None,
        day=date.day if date else None,
        title=layout.title,
        issue_count=count,
        special=choice.special.value if choice.special else None,
        format=layout.format or notes.format or ("Special" if choice.special else None),
        publisher=notes.publisher,
        language=notes.language or layout.language,
        scan_group=notes.scan_group or layout.scan_group,
        remainder=layout.remainder,
        suffix=suffix,
        issue_from_volume=doubles,
        explanation=_explain(sentence, suffix, offset),
    )


@lru_cache(maxsize=512)
def _read_folder(name: str) -> ParsedFilename:
    """A folder's name, parsed once for its many files."""
    return read_name(name)


def _split_suffix(text: str) -> tuple[str, str]:
    dot = text.rfind(".")
    if dot > 0 and text[dot + 1 :].lower() in SUFFIXES:
        return text[:dot], text[dot:]
    return text, ""


def _claim(sentence: Sentence, choice: Choice) -> str | None:
    """Claims the chosen numbers; returns the M of "N of M"."""
    count = None
    counted = choice.issue or choice.volume
    if choice.issue is not None:
        sentence.claim(PieceRole.ISSUE, choice.issue.first, choice.issue.last)
    if counted is not None:
        total = issue_count(sentence, counted.last)
        if total is not None:
            sentence.claim(PieceRole.ISSUE_COUNT, counted.last, total.last)
            count = total.value
    for role, numbering in (
        (PieceRole.VOLUME, choice.volume),
        (PieceRole.SPECIAL, choice.special),
        (PieceRole.ORDER, choice.leading if choice.leading is not choice.issue else None),
        (PieceRole.YEAR, choice.year),
    ):
        if numbering is not None:
            sentence.claim(role, numbering.first, numbering.last)
    for version in choice.versions:
        sentence.claim(PieceRole.RELEASE, version.first, version.last)
    return count


def _volume_and_date(choice: Choice, dates: list[Date]) -> tuple[str | None, Date | None]:
    """The volume, and the date to use.

    Of two years, one on each side of the issue ("(1957) #92 (1969)"), the first is the year in
    which the series began, and names the volume. Otherwise round brackets come before no brackets,
    and these before square ones, which date the release.
    """
    volume = choice.volume.value if choice.volume else None
    issue = choice.issue
    ranked = sorted(dates, key=lambda date: ("round", "", "square").index(date.bracket))
    if issue is None or volume is not None or len(ranked) < 2:
        return volume, ranked[0] if ranked else None
    first, second = ranked[:2]
    around = first.last <= issue.first and issue.last <= second.first
    if around and first.alone and second.bracket == "round":
        return first.year, second
    return volume, first


def _leading_as_series(
    sentence: Sentence, choice: Choice, layout: Layout, known_series: str | None
) -> str | None:
    """ "52 - 05", "007 - v03": a leading number without any text is the series."""
    if known_series is not None:
        return None
    if choice.leading is None or choice.leading is choice.issue or layout.title is not None:
        return None
    return sentence.tokens[choice.leading.at].text


def _explain(sentence: Sentence, suffix: str, offset: int) -> tuple[TokenRole, ...]:
    pieces: list[TokenRole] = []
    text = sentence.text
    for owner, run in groupby(sentence.tokens, attrgetter("owner")):
        tokens = list(run)
        start, end = tokens[0].start, tokens[-1].end
        role = sentence.claims[owner] if owner >= 0 else PieceRole.SEPARATOR
        pieces.append(TokenRole(text[start:end], (start + offset, end + offset), role))
    if suffix:
        end = len(text) + offset
        pieces.append(TokenRole(suffix, (end, end + len(suffix)), PieceRole.SUFFIX))
    return tuple(pieces)

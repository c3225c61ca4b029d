"""Page numbers with letters as digits: base 16 (9, a, …, f, 10) or 36 (9, a, …, z, 10).

Used by page_names. Letters that mark extra pages are different: covers (00a and 00b before 001)
or halves of a page (12a, 12b). In doubt, letters are not digits. The time grows linearly with
the length of the names.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby

BASES = (16, 36)
MAX_DIGITS = 16
LEAST_NUMBERS = 3
MISSING_PER = 16  # one of this many numbers may be missing
LETTERS = string.ascii_lowercase
_LETTER_BEHIND_DIGIT = re.compile(r"[0-9][A-Za-z]")
_LETTER_AT_END = re.compile(r"[A-Za-z][^A-Za-z0-9\n]*\.[^.\n]*$", re.MULTILINE)
LEAST_LETTERS = 6  # if no letter follows a digit: a to f, and 10
SIGNS = frozenset(string.digits + LETTERS)


def in_decimal(names: Sequence[str]) -> Mapping[str, str]:
    """Names whose number has letters as digits → the same name with a decimal number.

    The new names sort naturally among all names.
    """
    if not _may_count_with_letters("\n".join(names)):
        return {}
    families: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in names:
        dot = name.rfind(".")
        stem = name[:dot] if dot > name.rfind("/") else name
        prefix, run, ending = _last_run(stem.casefold())
        if run:
            families[prefix, ending][run].append(name)
    changed: dict[str, str] = {}
    for (prefix, ending), by_run in families.items():
        for run, number in _numbers(list(by_run)).items():
            for name in by_run[run]:
                suffix = name[name.rfind(".") :]
                changed[name] = f"{prefix}{number}{ending}{suffix}"
    return changed


def _may_count_with_letters(names: str) -> bool:
    """A cheap test, False for the names in most comics, because scans read whole libraries."""
    if _LETTER_BEHIND_DIGIT.search(names) is not None:
        return True
    return len(_LETTER_AT_END.findall(names)) >= LEAST_LETTERS


def _last_run(stem: str) -> tuple[str, str, str]:
    """The last run of letters and digits, and the text before and after it."""
    end = len(stem)
    while end and stem[end - 1] not in SIGNS:
        end -= 1
    start = end
    while start and stem[start - 1] in SIGNS:
        start -= 1
    return stem[:start], stem[start:end], stem[end:]


def _numbers(runs: Sequence[str]) -> dict[str, str]:
    """The runs with letters as digits → their decimal numbers."""
    if all(map(str.isdecimal, runs)) or all(map(str.isalpha, runs)):
        return {}
    by_width: dict[int, list[str]] = defaultdict(list)
    for run in runs:
        by_width[len(run)].append(run)
    decimals = _decimals(runs) if len(by_width) > 1 else {}
    if decimals:
        return decimals
    for family in by_width.values():
        with_digits = [run for run in family if not run.isalpha()]
        decimals |= _decimals(family) or _decimals(with_digits)
    return decimals


def _decimals(runs: Sequence[str]) -> dict[str, str]:
    """The runs → their common prefix, and the rest as a decimal number of one width."""
    if len(runs) < LEAST_NUMBERS:
        return {}
    shared = _shared(min(runs), max(runs))
    ids = sorted(run[len(shared) :] for run in runs)
    if not 0 < min(map(len, ids)) <= max(map(len, ids)) <= MAX_DIGITS:
        return {}
    base = next((base for base in BASES if _is_gapless(ids, base)), None)
    if base is None and _letters_follow_nine(ids):
        base = max(BASES)
    if base is None:
        return {}
    values = {each: int(each, base) for each in ids}
    width = len(str(max(values.values())))
    return {shared + each: f"{shared}{value:0{width}}" for each, value in values.items()}


def _shared(first: str, last: str) -> str:
    """The common prefix; that of a sorted list's first and last is the prefix of all."""
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return first[:length]


def _is_gapless(ids: Sequence[str], base: int) -> bool:
    """True if the ids are consecutive numbers, some with letters, and few are missing."""
    if all(map(str.isdecimal, ids)):
        return False
    try:
        values = {int(each, base) for each in ids}
    except ValueError:
        return False
    if len(values) < len(ids):
        return False
    return max(values) - min(values) + 1 - len(ids) <= len(ids) // MISSING_PER


def _letters_follow_nine(ids: Sequence[str]) -> bool:
    """True for ids of one width, with gaps, in which letters follow 9 before the next ten."""
    if len(set(map(len, ids))) > 1:
        return False
    tens = [(ten, [each[-1] for each in group]) for ten, group in groupby(ids, _without_last)]
    if not all(ten.isdecimal() or not ten for ten, _ in tens[:1]) or len(tens) < 2:
        return False
    whole = tens[:-1]
    return all(max(lasts).isalpha() for _, lasts in whole) and not _are_extra_pages(ids)


def _without_last(each: str) -> str:
    return each[:-1]


def _are_extra_pages(ids: Sequence[str]) -> bool:
    """True if the letters mark pages before the first: a, b, … of page 0, then pages from 1."""
    lettered = [each for each in ids if not each.isdecimal()]
    numbered = [int(each) for each in ids if each.isdecimal()]
    if any(each[:-1].strip("0") for each in lettered) or not numbered:
        return False
    marks = "".join(each[-1] for each in lettered)
    is_run = max(numbered) - min(numbered) + 1 == len(numbered)
    return LETTERS.startswith(marks) and is_run and min(numbered) <= 1

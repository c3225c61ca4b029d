"""Which comics of a series stand together: its volumes, and those that name none.

Used by the shelf of a series and by the search for missing issues, so that both tell the same gaps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from comicmaintainer.library.catalogue import sort_keys

_Comic = TypeVar("_Comic")


def by_volume(comics: Iterable[tuple[str | None, _Comic]]) -> dict[str | None, list[_Comic]]:
    """Return the comics by their volume, in order; each comes with the volume that it names.

    Those that name none are of the only volume, if there is just one. Beside several volumes they
    stand apart, behind the others: nothing tells which is theirs.
    """
    found: defaultdict[str | None, list[_Comic]] = defaultdict(list)
    for volume, comic in comics:
        found[volume or None].append(comic)
    named = sorted((each for each in found if each is not None), key=sort_keys.natural)
    if len(named) == 1:
        return {named[0]: [*found[named[0]], *found.get(None, ())]}
    return {each: found[each] for each in (*named, None) if each in found}

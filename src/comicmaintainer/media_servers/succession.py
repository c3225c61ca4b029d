"""Puts books into the read lists, and series into the collections, in which others were before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from comicmaintainer.media_servers.book_model import Place


@dataclass(frozen=True, slots=True)
class Successor:
    """A book or series, the one it comes after, and the lists in which that was.

    With `is_of_other`, lists have it for another's sake.
    """

    former_id: str
    new_id: str
    places: Mapping[str, Place]
    is_of_other: bool = False


def succeeded(list_id: str, members: Sequence[str], successors: Sequence[Successor]) -> list[str]:
    """Return the members of a list with each successor in the place of the one before.

    One that was dropped from the list comes back at the place where it was. Doing it again changes
    nothing.
    """
    by_former = {each.former_id: each.new_id for each in successors if not each.is_of_other}
    others = {each.new_id for each in successors if each.is_of_other}
    kept = list(dict.fromkeys(by_former.get(each, each) for each in members if each not in others))
    lacking = sorted(
        (each.places[list_id][0], each.new_id)
        for each in successors
        if list_id in each.places and each.new_id not in kept
    )
    for index, new_id in lacking:
        kept.insert(index, new_id)
    return kept


def found_again(successor: Successor, names: Mapping[str, str]) -> Successor:
    """Return a successor with the lists as they are now: `names` are those there are, by id.

    A list that has vanished with its last member, and was made anew, has another id.
    """
    by_name = {name: list_id for list_id, name in names.items()}
    places = {
        list_id if list_id in names else by_name.get(place[1], list_id): place
        for list_id, place in successor.places.items()
    }
    return replace(successor, places=places)


def vanished(successors: Iterable[Successor], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return by name the lists that have vanished with their last member, with their members."""
    members: dict[str, list[tuple[int, str]]] = {}
    for each in successors:
        for list_id, (index, name) in each.places.items():
            if list_id not in names:
                members.setdefault(name, []).append((index, each.new_id))
    return {name: [new_id for _, new_id in sorted(each)] for name, each in members.items()}

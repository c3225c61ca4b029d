"""Files with parameters of their own: what a request gives each of them, checked.

Used by the web API and the command line. The parameters of a file override those that all files of
the job share, name by name; what must go together is checked for each file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comicmaintainer.errors import InvalidInput
from comicmaintainer.library.roots import LibraryRoots
from comicmaintainer.operations.declared.kind import ItemOf, Kind


@dataclass(frozen=True, slots=True)
class OwnParams:
    """One file as it was named, and its parameters."""

    file: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EachFile:
    """What a job is made of: the parameters that all share, and those of each file by its path."""

    params: Mapping[str, Any]
    item_params: Mapping[str, Mapping[str, Any]]

    @property
    def items(self) -> list[str]:
        """The files in the order in which they were given."""
        return list(self.item_params)


def each_file(
    roots: LibraryRoots, kind: Kind, params: Mapping[str, Any], each: Sequence[OwnParams]
) -> EachFile:
    """Return the checked parameters of a job whose files have their own.

    Raises:
        InvalidInput: a parameter is wrong, a file is named twice, or the kind does not work on
            files; `field` says which of them, such as `each.3.params.set.year`.
        OutsideLibrary, NotAComicPath, FileMissing: a file can't be accepted.
        TargetExists: the new name of a file belongs to a symbolic link.
    """
    if kind.items is not ItemOf.FILE or kind.rehearses:
        raise InvalidInput(
            f"The files of {kind.name!r} can't have parameters of their own.", field="each"
        )
    shared = resolved_params(roots, kind, kind.validated_apart(params))
    own: dict[str, dict[str, Any]] = {}
    for number, one in enumerate(each):
        path = str(roots.resolve(one.file))
        if path in own:
            raise InvalidInput("It is named twice.", path=path, field=f"each.{number}.file")
        try:
            checked = kind.validated({**shared, **one.params})
            if kind.check_files is not None:
                kind.check_files(checked, [path])
        except InvalidInput as error:
            field = f"each.{number}.{error.field or 'params'}"
            raise InvalidInput(error.message, path=path, field=field) from error
        own[path] = resolved_params(roots, kind, one.params)
    return EachFile(shared, own)


def resolved_params(roots: LibraryRoots, kind: Kind, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked parameters with the comics that they name by their real paths.

    Raises:
        OutsideLibrary, NotAComicPath, FileMissing: a comic can't be accepted.
    """
    named = {each.name for each in kind.parameters if each.names_comic}
    return {
        name: str(roots.resolve(value)) if name in named and value is not None else value
        for name, value in params.items()
    }

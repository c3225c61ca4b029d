"""`python -m translations [LANGUAGE]`: updates the catalogues, or begins one.

Prints how many texts of each catalogue have no translation yet.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from comicmaintainer.texts.catalogue import FOLDER
from translations.collection import collected

_CHANGING = tuple(
    f'"{name}:'
    for name in (
        *("Generated-By", "Language-Team", "Last-Translator", "POT-Creation-Date"),
        *("PO-Revision-Date", "Project-Id-Version", "Report-Msgid-Bugs-To"),
    )
)
"""Fields of the header that say nothing about the texts."""
_HEADER = """\
# Translations of ComicMaintainer.
# Begin with a glossary: the words of docs/glossary.md, and how they are always translated.
#"""


def updated(path: Path, template: Catalog) -> Catalog:
    """Return a catalogue with exactly the texts of the template; what was translated stays."""
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem)
    else:
        catalogue = Catalog(
            path.stem, project=template.project, header_comment=_HEADER, fuzzy=False
        )
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog, path: Path) -> None:
    """Write a catalogue, sorted by the files in which the texts stand."""
    text = BytesIO()
    write_po(text, catalogue, width=100, include_lineno=False, sort_by_file=True)
    lines = text.getvalue().decode("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(_CHANGING)), "utf-8")


def main() -> None:
    """Update all catalogues, and begin those whose languages are named."""
    template = collected()
    paths = {*FOLDER.glob("*.po"), *(FOLDER / f"{code}.po" for code in sys.argv[1:])}
    for path in sorted(paths):
        catalogue = updated(path, template)
        written(catalogue, path)
        lacking = [message for message in catalogue if message.id and not message.string]
        sys.stdout.write(f"{path}: {len(catalogue)} texts, {len(lacking)} not translated\n")


if __name__ == "__main__":
    main()

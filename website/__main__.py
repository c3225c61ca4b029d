"""`python -m website OUT`: builds the documentation as a site of plain files in the folder OUT.

The pages are the Markdown files as they stand in the repository, so a link works in both places.
The index in docs/README.md is the navigation. A warning of the generator is an error, and so is a
link that leads nowhere (`website.links`).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from website.links import dead_links

ROOT = Path(__file__).parents[1]
PAGES = ("*.md", "docs/**/*.md", "deploy/*.md", "benchmarks/README.md")
FILES = ("LICENSE", "compose.yaml", ".github/workflows/*.yaml", "docs/screenshots/*.png")
SETTINGS = """\
[project]
site_name = "ComicMaintainer"
site_description = "Keeps a library of comics in order, on your own server"
docs_dir = "pages"
site_dir = "site"
use_directory_urls = false
nav = {navigation}

[project.theme]
font = false  # those of the reader's computer: a page asks no other host for anything
features = ["content.code.copy", "navigation.footer", "navigation.sections", "search.highlight"]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
"""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class BuildError(Exception):
    """The generator warned, or a link leads nowhere."""


def build(target: Path, root: Path = ROOT) -> None:
    """Build the site of the repository at `root` into `target`, which must not exist.

    Raises:
        BuildError: the generator warned or failed, or a link leads nowhere.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy(root, (*PAGES, *FILES), folder / "pages")
        settings = folder / "zensical.toml"
        settings.write_text(SETTINGS.format(navigation=_navigation(root)), "utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--strict", "-f", str(settings)]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BuildError(_COLOUR.sub("", done.stdout))
        _copy(root, FILES, folder / "site")  # the generator leaves out hidden ones
        dead = dead_links(folder / "site")
        if dead:
            raise BuildError("\n".join(["Links that lead nowhere:", *dead]))
        shutil.move(folder / "site", target)


def _copy(root: Path, patterns: Iterable[str], target: Path) -> None:
    for pattern in patterns:
        for path in root.glob(pattern):
            copy = target / path.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _navigation(root: Path) -> str:
    """Return the sections and links of docs/README.md as a TOML array."""
    text = (root / "docs" / "README.md").read_text("utf-8")
    sections = [_entry("ComicMaintainer", '"README.md"'), _entry("All pages", '"docs/README.md"')]
    for section in text.split("\n## ")[1:]:
        links = re.findall(r"\[([^]]+)\]\(([^)#:]+\.md)\)", section)
        entries = [_entry(title, json.dumps(_from_root(link))) for title, link in links]
        sections.append(_entry(section.partition("\n")[0], f"[{', '.join(entries)}]"))
    return f"[{', '.join(sections)}]"


def _entry(title: str, value: str) -> str:
    return f"{{ {json.dumps(title)} = {value} }}"


def _from_root(link: str) -> str:
    return os.path.normpath(f"docs/{link}")


def main() -> int:
    """Build the site that the command line asks for."""
    parser = argparse.ArgumentParser(prog="website", description="Builds the documentation.")
    parser.add_argument("out", type=Path, help="the folder to make; it must not exist")
    out: Path = parser.parse_args().out
    if out.exists():
        parser.error(f"{out} exists")
    try:
        build(out)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Open {out / 'index.html'}, or serve the folder.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

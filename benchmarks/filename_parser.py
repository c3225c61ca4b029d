"""Compares the file name parser with comicfn2dict's and ComicTagger's, one process each.

usage: python benchmarks/filename_parser.py [CORPUS.jsonl] [--without-rivals]

CORPUS has one JSON object per line: {"source", "name", "want": {"series", "issue", "volume",
"year"}}; only the fields in "want" count. Without a corpus it measures only speed, on the names
below. The rivals (GPL) are installed into throw-away virtual environments from the package index;
nothing of them is imported here.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
import venv
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

ROUNDS = 7
SOURCE = Path(__file__).resolve().parent.parent / "src"
RIVALS = {"comicfn2dict": "comicfn2dict", "comictagger": "comictagger"}
FIELDS = ("series", "issue", "volume", "year")
NAMES = [
    "Harbour Lights 012 (2014) (Digital) (Lamp-Crew).cbz",
    "Tin Parade v2 #02 (of 06) - Low Tide (2010) (c2c) (Lamp-Crew).cbr",
    "[Grp]_Paper_Lantern_v17_c100.5_[Lamp Scans].zip",
    "Iron Orchard Book 03 (2020) (digital) (Lamp-Crew).cbz",
    "Night of 900 Owls - The Long Way Home 001 (September 2013).cbz",
    "紙の灯 第10巻.zip",
]

Fields = dict[str, str | None]


def our_parser() -> Callable[[str], Fields]:
    """This project's parser."""
    sys.path.insert(0, str(SOURCE))
    from comicmaintainer.comics.filename.parser import parse_filename

    def parse(name: str) -> Fields:
        parsed = parse_filename(name)
        return {field: getattr(parsed, field) for field in FIELDS}

    return parse


def comicfn2dict_parser() -> Callable[[str], Fields]:
    """The parser of comicfn2dict, with its defaults."""
    from comicfn2dict import comicfn2dict

    def parse(name: str) -> Fields:
        parsed = comicfn2dict(name)
        return {field: parsed.get(field) for field in FIELDS}

    return parse


def comictagger_parser() -> Callable[[str], Fields]:
    """ComicTagger's parser, with the choices of its own interface."""
    from comicapi import filenamelexer, filenameparser

    # Releases from 1.6 on ask whether an issue may begin with a letter.
    asked = "allow_issue_start_with_letter" in inspect.signature(filenamelexer.Lex).parameters
    choices = {"allow_issue_start_with_letter": False} if asked else {}

    def parse(name: str) -> Fields:
        lexed = filenamelexer.Lex(name, **choices)
        info = filenameparser.Parse(
            lexed.items, remove_c2c=True, remove_fcbd=True, remove_publisher=True
        ).filename_info
        return {field: info[field] for field in FIELDS}

    return parse


PARSERS = {
    "comicmaintainer": our_parser,
    "comicfn2dict": comicfn2dict_parser,
    "comictagger": comictagger_parser,
}


def normal(field: str, value: str | None) -> str:
    """Remove differences in case, punctuation, "the" and leading zeros."""
    text = unicodedata.normalize("NFC", str(value or "")).strip()
    if field == "series":
        spelled = text.casefold().replace("&", " and ").replace("+", " and ")
        plain = re.sub(r"[\s_:;,.\-–—'’´`!?&+/]+", " ", spelled).strip()
        return plain.removeprefix("the ").removesuffix(" the")
    if field in ("issue", "volume"):
        number = text.strip("#").lstrip("0") or ("0" if text.strip("#") else "")
        return re.sub(r"^\.", "0.", re.sub(r"\.0+$", "", number)).casefold()
    return text


def measure(tool: str, corpus: Path | None) -> dict[str, object]:
    """Run one parser in this process and return its figures. An error stops the benchmark."""
    parse = PARSERS[tool]()
    cases = _cases(corpus)
    whole = 0
    for case in cases:
        got = parse(case["name"])
        wanted = case["want"].items()
        whole += all(normal(field, want) == normal(field, got[field]) for field, want in wanted)
    names = [case["name"] for case in cases] if corpus else NAMES
    version = "" if tool == "comicmaintainer" else metadata.version(tool)
    figures = {"whole": whole, "cases": len(cases), "us": _microseconds(parse, names)}
    return {"tool": f"{tool} {version}", **figures}


def _cases(corpus: Path | None) -> list[dict]:
    if corpus is None:
        return []
    return [json.loads(line) for line in corpus.read_text("utf-8").splitlines()]


def _microseconds(parse: Callable[[str], Fields], names: list[str]) -> float:
    """Return the time per name in the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for name in names:
            parse(name)
        best = min(best, time.perf_counter() - started)
    return best / len(names) * 1e6


def rival_python(tool: str, folder: Path) -> Path:
    """Make a virtual environment with the rival in it; return the path of its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", RIVALS[tool]]
    subprocess.run(command, check=True)
    return python


def main() -> None:
    """Print one line per parser."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpus", nargs="?", type=Path)
    arguments.add_argument("--without-rivals", action="store_true")
    arguments.add_argument("--only", choices=PARSERS, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.only:
        print(json.dumps(measure(chosen.only, chosen.corpus)))
        return
    corpus = [str(chosen.corpus.resolve())] if chosen.corpus else []
    with tempfile.TemporaryDirectory() as scratch:
        for tool in PARSERS:
            python = Path(sys.executable)
            if tool in RIVALS:
                if chosen.without_rivals:
                    continue
                python = rival_python(tool, Path(scratch) / tool)
            command = [str(python), __file__, *corpus, "--only", tool]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            figures = json.loads(output.splitlines()[-1])
            line = f"{figures['tool']:22} {figures['us']:8.1f} µs a name"
            if figures["cases"]:
                share = figures["whole"] / figures["cases"]
                line += f"   {figures['whole']}/{figures['cases']} = {share:.1%} whole"
            print(line, flush=True)


if __name__ == "__main__":
    main()

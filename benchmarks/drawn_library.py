"""Comics drawn for cases of identification: their covers are those of the replay server.

Each line of a case file is a folder: `{"folder", "series", "files": [{"name", "issue"}, …]}`. It
gets a numbered folder of its own, so that folders of one name do not mix. A cover is another
encoding of the server's in another size; one in ten has a border, and three in a hundred come
after an advertisement. A file that is of no issue has a cover that the server never draws.
"""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

BORDER_SHARE = 0.10
ADVERTISEMENT_SHARE = 0.03
PAGES = 3
LARGE_GROUP = 4
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
Cover = Callable[[object], bytes]
"""Returns the JPEG that the server draws for an issue."""


@dataclass(frozen=True, slots=True)
class DrawnComic:
    """A comic and what it is; `issue` is None if it is of no issue."""

    path: Path
    issue: int | None
    is_dated: bool
    is_of_large_group: bool


def draw_cases(cases: Path, folder: Path, cover: Cover, most: int | None) -> list[DrawnComic]:
    """Draw the comics of the first `most` lines of a case file."""
    return [comic for case in _cases(cases, most) for comic in _draw_case(*case, folder, cover)]


def _cases(cases: Path, most: int | None) -> Iterator[tuple[int, dict[str, object]]]:
    lines = cases.read_text(encoding="utf-8").splitlines()[:most]
    return ((number, json.loads(line)) for number, line in enumerate(lines, 1))


def _draw_case(
    number: int, case: dict[str, object], folder: Path, cover: Cover
) -> Iterator[DrawnComic]:
    files = case["files"]
    assert isinstance(files, list)
    own = folder / f"{number:05}" / str(case["folder"])
    own.mkdir(parents=True, exist_ok=True)
    for file in files:
        path = own / file["name"]
        draw_comic(path, file["issue"], cover)
        dated = YEAR.search(f"{case['folder']}/{file['name']}") is not None
        yield DrawnComic(path, file["issue"], dated, len(files) >= LARGE_GROUP)


def draw_comic(path: Path, issue: int | None, cover: Cover) -> None:
    """Draw one comic with its cover and a few tiny pages."""
    chance = random.Random(f"{path.parent.name}/{path.name}")
    pages = [_tiny_page(chance) for _ in range(PAGES)]
    pages.insert(0, _other_picture(chance) if issue is None else _copied(cover(issue), chance))
    if chance.random() < ADVERTISEMENT_SHARE:
        pages.insert(0, _other_picture(chance))
    with zipfile.ZipFile(path, "w") as archive:
        for at, page in enumerate(pages):
            archive.writestr(f"p{at:03}.jpg", page)


def _copied(jpeg: bytes, chance: random.Random) -> bytes:
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    width = chance.randint(330, 560)
    image = image.resize((width, round(width * image.height / image.width)))
    if chance.random() < BORDER_SHARE:
        image = ImageOps.expand(image, width // 18, chance.choice(("white", "black")))
    return _jpeg(image, chance.randint(60, 92))


def _other_picture(chance: random.Random) -> bytes:
    grain = Image.frombytes("RGB", (9, 13), chance.randbytes(9 * 13 * 3))
    return _jpeg(grain.resize((400, 600), Image.Resampling.BICUBIC), 80)


def _tiny_page(chance: random.Random) -> bytes:
    return _jpeg(Image.frombytes("RGB", (8, 12), chance.randbytes(8 * 12 * 3)), 80)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()

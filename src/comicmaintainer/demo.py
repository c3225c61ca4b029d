"""A small library of drawn comics, so that a newcomer sees the product work.

start.sh runs it if no folder is given; installed, it is `comicmaintainer-demo FOLDER`. The comics
are drawn from simple shapes and are the same every time. They give the product work to do: comics
without tags and with real-world names, one duplicate, and one that is cut off.
"""

from __future__ import annotations

import argparse
import io
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 660, 1000
MARGIN = 24
SKIES = ("#f6c667", "#f08a5d", "#6a9fb5", "#35477d", "#9bc1bc", "#e8d5b7", "#b56576", "#355070")
INK = "#1d1d26"
PAPER = "#fbf7ee"
WORDS = (
    "Did you hear that?",
    "The tide is late tonight.",
    "Hold the lantern higher.",
    "It was here yesterday.",
    "Count to ten, then run.",
    "Someone left the gate open.",
    "I know this street.",
    "Not again.",
)


@dataclass(frozen=True, slots=True)
class DrawnComic:
    """One archive of the demo: its path, what is drawn, and its tags."""

    path: str
    title: str
    pages: int
    tags: tuple[tuple[str, str], ...] = ()


COMICS = (
    DrawnComic("Harbour Lights/Harbour Lights 001 (2021) (digital).cbz", "Harbour Lights 1", 8),
    DrawnComic("Harbour Lights/harbour_lights_002_(2021).cbz", "Harbour Lights 2", 8),
    DrawnComic("Harbour Lights/Harbour Lights #3 - The Long Pier.cbz", "Harbour Lights 3", 6),
    DrawnComic("Paper Kites/Paper Kites c001.cbz", "Paper Kites 1", 6),
    DrawnComic("Paper Kites/Paper Kites c002.cbz", "Paper Kites 2", 6),
    DrawnComic("Paper Kites/Paper Kites c002.5.cbz", "Paper Kites 2.5", 4),
    DrawnComic(
        "Moth and Lantern/Moth and Lantern v1 01.cbz",
        "Moth and Lantern 1",
        7,
        (
            ("Title", "First Flight"),
            ("Series", "Moth and Lantern"),
            ("Number", "1"),
            ("Volume", "1"),
            ("Year", "2019"),
            ("Publisher", "Small Hours"),
        ),
    ),
    DrawnComic(
        "Moth and Lantern/Moth and Lantern v1 02.cbz",
        "Moth and Lantern 2",
        7,
        (("Series", "Moth and Lantern"), ("Number", "2"), ("Publisher", "Small Hours")),
    ),
    DrawnComic("New/The Cartographer 0071.4 [scan].cbz", "The Cartographer 71.4", 5),
)
COPY = ("Harbour Lights/harbour_lights_002_(2021).cbz", "New/Harbour Lights 2 copy.cbz")
CUT_OFF = ("Paper Kites/Paper Kites c001.cbz", "New/Paper Kites c003.cbz")


def make_library(folder: Path) -> int:
    """Draw the library into `folder`; existing files stay. Return how many files are new."""
    made = 0
    for comic in COMICS:
        path = folder / comic.path
        if not path.exists():
            _write(path, _archive(comic))
            made += 1
    original, copy = (folder / name for name in COPY)
    if not copy.exists() and original.exists():
        _write(copy, original.read_bytes())
        made += 1
    whole, cut_off = (folder / name for name in CUT_OFF)
    if not cut_off.exists() and whole.exists():
        content = whole.read_bytes()
        _write(cut_off, content[: len(content) * 2 // 3])
        made += 1
    return made


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _archive(comic: DrawnComic) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number in range(comic.pages):
            entry = zipfile.ZipInfo(f"{number + 1:03}.jpg", (2024, 1, 1, 0, 0, 0))
            archive.writestr(entry, _page(comic.title, number))
        if comic.tags:
            entry = zipfile.ZipInfo("ComicInfo.xml", (2024, 1, 1, 0, 0, 0))
            archive.writestr(entry, _comic_info(comic))
    return buffer.getvalue()


def _comic_info(comic: DrawnComic) -> bytes:
    root = ET.Element("ComicInfo")
    for name, value in comic.tags:
        ET.SubElement(root, name).text = value
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _page(title: str, number: int) -> bytes:
    dice = random.Random(f"{title} {number}")  # noqa: S311 - drawings, not secrets
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    if number == 0:
        _panel(image, (0, 0, WIDTH, HEIGHT), dice)
        name, _, issue = title.rpartition(" ")
        draw.text((40, 50), name, fill=PAPER, font=_font(64), stroke_width=4, stroke_fill=INK)
        draw.text((40, HEIGHT - 130), f"No. {issue}", fill=PAPER, font=_font(56))
    else:
        for box in _panels(dice):
            _panel(image, box, dice)
            if dice.random() < 0.6:
                _balloon(draw, box, dice.choice(WORDS))
        draw.text((WIDTH // 2, HEIGHT - 14), str(number), fill=INK, font=_font(14), anchor="mm")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _panels(dice: random.Random) -> list[tuple[int, int, int, int]]:
    """Return three rows of one or two panels."""
    boxes = []
    height = (HEIGHT - 2 * MARGIN) // 3
    for row in range(3):
        top, bottom = MARGIN + row * height, MARGIN + (row + 1) * height - 12
        if dice.random() < 0.35:
            boxes.append((MARGIN, top, WIDTH - MARGIN, bottom))
        else:
            cut = dice.randint(WIDTH // 3, 2 * WIDTH // 3)
            boxes.append((MARGIN, top, cut - 6, bottom))
            boxes.append((cut + 6, top, WIDTH - MARGIN, bottom))
    return boxes


def _panel(image: Image.Image, box: tuple[int, int, int, int], dice: random.Random) -> None:
    """Draw a sky, a sun or moon, hills and a person walking."""
    width, height = box[2] - box[0], box[3] - box[1]
    sky, ground = dice.sample(SKIES, 2)
    scene = Image.new("RGB", (width, height), sky)
    draw = ImageDraw.Draw(scene)
    x, y, radius = dice.randint(0, width), dice.randint(0, height // 2), height // 8
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=PAPER)
    for depth in range(3):
        points = [(0, height)]
        level = height * (5 + depth) // 9
        points += [
            (step * width // 6, level + dice.randint(-height // 10, height // 10))
            for step in range(7)
        ]
        draw.polygon([*points, (width, height)], fill=ground, outline=INK)
    foot, size = height - height // 12, height // 4
    at = dice.randint(width // 5, max(width // 5, 4 * width // 5))
    draw.polygon([(at, foot - size), (at - size // 3, foot), (at + size // 3, foot)], fill=INK)
    head = size // 5
    draw.ellipse(
        (at - head, foot - size - 2 * head, at + head, foot - size + head // 4), fill=PAPER
    )
    draw.rectangle((0, 0, width - 1, height - 1), outline=INK, width=4)
    image.paste(scene, box[:2])


def _balloon(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], words: str) -> None:
    font = _font(17)
    length = int(draw.textlength(words, font=font))
    if length + 48 > box[2] - box[0]:
        return
    left, top = box[0] + 14, box[1] + 14
    draw.rounded_rectangle((left, top, left + length + 24, top + 36), 18, PAPER, INK, 2)
    draw.text((left + 12, top + 18), words, fill=INK, font=font, anchor="lm")


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def main() -> None:
    """Draw the library into the folder given on the command line."""
    parser = argparse.ArgumentParser(
        prog="comicmaintainer-demo",
        description="Draw a small library of comics to try the product with; existing files stay.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="created if it does not exist")
    folder: Path = parser.parse_args().folder
    if folder.exists() and not folder.is_dir():
        parser.error(f"{folder} is not a folder")
    print(f"{make_library(folder)} comics drawn in {folder}")  # noqa: T201


if __name__ == "__main__":
    main()

"""Measures how well near copies are told from other comics, and what their groups cost.

    python benchmarks/near_copies.py [--comics 40] [--files 100000] [--read 12]

Comics are drawn from a fixed seed in three styles: in colour, in black and white, and on one grid
of panels. Each is compared with altered copies of itself (misses) and with the others (false
matches) by four ways of choosing pages; the product uses `two runs`. Reading the chosen pages of
`--read` comics takes turns with Pillow, which decodes the same pages as small as it can (JPEG at an
eighth of its size, other formats whole): the limit. Then `--files` files with made-up hashes are
put into the catalogue one by one, as the job does, a third of them with one page in common; every
twentieth file is a copy of an earlier one.
Times are processor times.
"""

from __future__ import annotations

import argparse
import io
import itertools
import random
import resource
import statistics
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance

from comicmaintainer.comics.images.decoding import image_picture
from comicmaintainer.comics.pages.likeness import (
    Likeness,
    is_as_long,
    is_distinctive,
    likeness,
    sampled_pages,
)
from comicmaintainer.comics.pages.page_pictures import comic_pictures
from comicmaintainer.database import Database, SqliteDatabase
from comicmaintainer.library.catalogue.catalogue import Catalogue
from comicmaintainer.library.catalogue.model import FileFacts, SeenFile
from comicmaintainer.library.duplicates import near_index
from comicmaintainer.library.duplicates.near_copies import NearCopies

WIDTH, HEIGHT = 660, 1000
MARGIN = 24
STYLES = ("colour", "black and white", "one grid")
ISSUE_PAGES = 22
BATCH = 200

Hashes = list[int]
Sample = Callable[[int], tuple[int, ...]]


# --- drawing -------------------------------------------------------------------------------------


def page(seed: str, style: str) -> Image.Image:
    chance = random.Random(seed)
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    for box in [(0, 0, WIDTH, HEIGHT)] if chance.random() < 0.08 else panels(chance, style):
        image.paste(panel(chance, box[2] - box[0], box[3] - box[1], style), box[:2])
    return image


def panels(chance: random.Random, style: str) -> Iterator[tuple[int, int, int, int]]:
    rows = 4 if style == "one grid" else 3
    height = (HEIGHT - 2 * MARGIN) // rows
    for row in range(rows):
        top, bottom = MARGIN + row * height, MARGIN + (row + 1) * height - 12
        if style == "one grid" or chance.random() < 0.35:
            yield MARGIN, top, WIDTH - MARGIN, bottom
        else:
            cut = chance.randint(WIDTH // 3, 2 * WIDTH // 3)
            yield MARGIN, top, cut - 6, bottom
            yield cut + 6, top, WIDTH - MARGIN, bottom


def panel(chance: random.Random, width: int, height: int, style: str) -> Image.Image:
    def ink() -> tuple[int, int, int]:
        if style == "colour":
            return chance.randint(0, 255), chance.randint(0, 255), chance.randint(0, 255)
        grey = chance.choice((0, 90, 160, 220, 255))
        return grey, grey, grey

    image = Image.new("RGB", (width, height), ink() if style == "colour" else "white")
    pen = ImageDraw.Draw(image)
    for _ in range(chance.randint(3, 9)):
        x, y = chance.randint(0, width), chance.randint(0, height)
        radius = chance.randint(height // 12, height // 3)
        if chance.random() < 0.5:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), ink(), "black", 3)
        else:
            corners = [(chance.randint(0, width), chance.randint(0, height)) for _ in range(4)]
            pen.polygon(corners, ink(), "black")
    pen.rounded_rectangle((14, 10, width * 2 // 3, 50), 18, "white", "black", 2)
    pen.rectangle((0, 0, width - 1, height - 1), outline="black", width=4)
    return image


def encoded(image: Image.Image, kind: str = "JPEG", quality: int = 82) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=quality)
    return buffer.getvalue()


def brighter(image: Image.Image) -> Image.Image:
    return ImageEnhance.Contrast(ImageEnhance.Brightness(image).enhance(1.15)).enhance(1.2)


ALTERED: dict[str, Callable[[Image.Image], bytes]] = {
    "as it is": encoded,
    "JPEG at quality 30": lambda image: encoded(image, quality=30),
    "WebP": lambda image: encoded(image, "WEBP", 50),
    "a third of the size": lambda image: encoded(image.resize((WIDTH // 3, HEIGHT // 3))),
    "cropped by 2 %": lambda image: encoded(
        image.crop((WIDTH // 50, HEIGHT // 50, WIDTH - WIDTH // 50, HEIGHT - HEIGHT // 50))
    ),
    "brighter": lambda image: encoded(brighter(image)),
}


# --- misses and false matches --------------------------------------------------------------------


def one_by_one(count: int) -> tuple[int, ...]:
    return tuple(sorted({0, *(round(number * (count - 1) / 9) for number in range(1, 9))}))


SAMPLES: dict[str, Sample] = {
    "cover": lambda _count: (0,),
    "8 single pages": one_by_one,
    "two runs": sampled_pages,
    "all pages": lambda count: tuple(range(count)),
}


def measured(first: Hashes, second: Hashes, sample: Sample) -> Likeness:
    chosen = [
        {number: pages[number] for number in sample(len(pages)) if is_distinctive(pages[number])}
        for pages in (first, second)
    ]
    return likeness(*chosen)


def drawn_comics(count: int) -> Iterator[dict[str, Hashes]]:
    chance = random.Random(1)
    for style, number in itertools.product(STYLES, range(count)):
        pages = [page(f"{style} {number} {each}", style) for each in range(chance.randint(18, 30))]
        yield {
            name: [image_picture(alter(each)).hash for each in pages]
            for name, alter in ALTERED.items()
        }


def copies(comics: list[dict[str, Hashes]]) -> Iterator[tuple[str, Hashes, Hashes]]:
    extra = image_picture(encoded(page("scanner", "colour"))).hash
    for number, comic in enumerate(comics):
        own, other = comic["as it is"], comic["WebP"]
        for name in ALTERED:
            yield name, own, comic[name]
        yield "WebP, page added before", own, [extra, *other]
        yield "WebP, page added at both ends", own, [extra, *other, extra]
        yield "cropped, page added before", own, [extra, *comic["cropped by 2 %"]]
        yield "WebP, three pages left out", own, other[:5] + other[6:11] + other[12:15] + other[16:]
        yield "WebP, first three pages missing", own, other[3:]
        yield "WebP, one page missing", own, other[:9] + other[10:]
        yield "WebP, cover missing", own, other[1:]
        yield "WebP, another cover", own, comics[number - 1]["as it is"][:1] + other[1:]


def strangers(comics: list[dict[str, Hashes]]) -> Iterator[tuple[str, Hashes, Hashes]]:
    ads = [image_picture(encoded(page(f"advertisement {n}", "colour"))).hash for n in range(4)]

    def with_ads(pages: Hashes) -> Hashes:
        shown = list(pages)
        for place, ad in zip((4, 9, 13, 16), ads, strict=True):
            shown[place] = ad
        return shown

    plain = [comic["as it is"] for comic in comics]
    for first, second in itertools.combinations(plain, 2):
        yield "another comic", first, second
        yield "another comic, same cover", first, first[:1] + second[1:]
        yield "another comic, four pages shared", with_ads(first), with_ads(second)
    for number in range(0, len(comics) - 3, 4):
        issues = comics[number : number + 4]
        collection = [each for issue in issues for each in issue["WebP"]]
        for issue in plain[number : number + 4]:
            yield "an issue and its collection", issue, collection


def show_evidence(count: int) -> None:
    started_at = time.perf_counter()
    comics = list(drawn_comics(count))
    print(f"{len(comics)} comics drawn and hashed in {time.perf_counter() - started_at:.0f} s")
    for title, cases in (("missed", list(copies(comics))), ("matched", list(strangers(comics)))):
        total: defaultdict[str, int] = defaultdict(int)
        wrong: defaultdict[tuple[str, str], int] = defaultdict(int)
        for name, first, second in cases:
            total[name] += 1
            for way, sample in SAMPLES.items():
                is_near = measured(first, second, sample).is_near
                wrong[name, way] += is_near is (title == "matched")
            wrong[name, "length"] += not is_as_long(len(first), len(second))
        print(
            f"\n{title:36}{'of':>7}" + "".join(f"{way:>16}" for way in SAMPLES) + f"{'length':>9}"
        )
        for name, number in total.items():
            cells = "".join(f"{wrong[name, way]:>16,}" for way in SAMPLES)
            print(f"{name:36}{number:>7,}{cells}{wrong[name, 'length']:>9,}")


# --- cost ----------------------------------------------------------------------------------------


def made_up_hashes(chance: random.Random, base: list[int]) -> dict[int, int]:
    """Return hashes that are as unevenly spread as those of drawn pages."""
    return {
        number: turned(chance.choice(base), 16, chance) for number in sampled_pages(ISSUE_PAGES)
    }


def turned(page_hash: int, bits: int, chance: random.Random) -> int:
    for bit in chance.sample(range(64), bits):
        page_hash ^= 1 << bit
    return page_hash


def catalogued(database: Database, files: int) -> list[int]:
    catalogue = Catalogue(database, now=time.time)
    catalogue.add_root("/comics")
    for start in range(0, files, 1000):
        catalogue.upsert(
            SeenFile(
                f"/comics/{number // 100}/{number}.cbz", 10, 1, 1, number,
                FileFacts("cbz", ISSUE_PAGES, fingerprint=number.to_bytes(8, "big")),
            )
            for number in range(start, min(files, start + 1000))
        )  # fmt: skip
    return [row["file_id"] for row in database.rows("SELECT file_id FROM files ORDER BY file_id")]


def show_cost(files: int, folder: Path) -> None:
    chance = random.Random(2)
    base = [
        image_picture(encoded(page(f"base {number}", STYLES[number % 3]))).hash
        for number in range(300)
    ]
    database = SqliteDatabase(folder / "config" / "jobs.db")
    file_ids = catalogued(database, files)
    before_bytes = size_of(folder)
    shared = base[0]
    earlier: list[dict[int, int]] = []
    laps = []
    for start in range(0, files, BATCH):
        started_at = time.process_time()
        with database.transaction() as transaction:
            for number, file_id in enumerate(file_ids[start : start + BATCH], start):
                if number % 20 == 0 and earlier:
                    original = chance.choice(earlier)
                    hashes = {
                        n: turned(h, chance.randint(0, 5), chance) for n, h in original.items()
                    }
                else:
                    hashes = made_up_hashes(chance, base)
                    if number % 3 == 0:
                        hashes[max(hashes)] = turned(shared, 1, chance)
                    if number % 20 == 1:
                        earlier.append(hashes)
                transaction.execute(
                    "INSERT INTO file_pictures VALUES (?, 1, 1000, 1500, 0)", (file_id,)
                )
                near_index.put(transaction, file_id, ISSUE_PAGES, hashes)
        laps.append((time.process_time() - started_at) / BATCH * 1e3)
    tenth = max(1, len(laps) // 10)
    print(f"\n{files:,} files put into groups in {sum(laps) * BATCH / 1e3:.0f} s")
    print(f"  per file: first tenth {mean(laps[:tenth]):.2f} ms, last {mean(laps[-tenth:]):.2f} ms")
    print(f"  stored: {(size_of(folder) - before_bytes) / files:.0f} bytes a file")
    near = NearCopies(database)
    groups, extra = near.count()
    copies_made = sum(1 for number in range(files) if number % 20 == 0) - 1
    print(f"  {groups:,} groups, {extra:,} files beyond their first; {copies_made:,} copies made")
    show_pages(near)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def show_pages(near: NearCopies) -> None:
    times = []
    key: str | None = None
    while True:
        started_at = time.process_time()
        _, key = near.groups(after_key=key, limit=20)
        times.append((time.process_time() - started_at) * 1e3)
        if key is None:
            break
    times.sort()
    middle, high = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"  a page of 20 groups: p50 {middle:.1f} ms, p99 {high:.1f} ms over {len(times)} pages")


# --- what reading costs --------------------------------------------------------------------------


def show_reading(count: int, folder: Path) -> None:
    print("\nreading the chosen pages, processor time a comic    product    Pillow    ratio")
    for kind in ("JPEG", "PNG", "WEBP"):
        comics = [large_comic(folder / f"{kind}-{number}.cbz", kind) for number in range(count)]
        turns = [(cpu_ms(comic_pictures, path), cpu_ms(decoded, path)) for path in comics]
        ours, limit = (statistics.median(times) for times in zip(*turns, strict=True))
        ratio = statistics.median(own / least for own, least in turns)
        print(f"  {kind:48}{ours:8.1f}{limit:10.1f}{ratio:9.2f}")


def large_comic(path: Path, kind: str) -> Path:
    """Write a comic whose pages have the size of good scans."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(ISSUE_PAGES):
            image = page(f"{path.stem} {number % 4}", "colour").resize((3 * WIDTH, 3 * HEIGHT))
            archive.writestr(f"{number:03}.{kind.lower()}", encoded(image, kind))
    return path


def decoded(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for number in sampled_pages(len(names)):
            with Image.open(io.BytesIO(archive.read(names[number]))) as image:
                image.draft("L", (image.width // 8, image.height // 8))
                image.convert("L")


def cpu_ms(action: Callable[[Path], object], path: Path) -> float:
    began = time.process_time()
    action(path)
    return (time.process_time() - began) * 1e3


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--comics", type=int, default=40, help="drawn comics of each style")
    parser.add_argument("--files", type=int, default=100_000, help="files with made-up hashes")
    parser.add_argument("--read", type=int, default=12, help="comics of each format to read")
    chosen = parser.parse_args()
    if chosen.comics:
        show_evidence(chosen.comics)
    if chosen.read:
        with tempfile.TemporaryDirectory() as folder:
            show_reading(chosen.read, Path(folder))
    if chosen.files:
        with tempfile.TemporaryDirectory() as folder:
            show_cost(chosen.files, Path(folder))


if __name__ == "__main__":
    main()

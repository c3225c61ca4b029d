"""Measures tag writes or metadata reads of one engine, inside that engine's own Python.

    python archive_driver.py ENGINE tag|read FILE...

Run by `tag_write.py` and `metadata_read.py` in each rival's virtual environment, so each
engine is imported only where it is used. The first file is a warm-up. Prints one JSON line: seconds
per file, bytes written and read per file (as the kernel counts them, `/proc/self/io`), peak memory.
"""

from __future__ import annotations

import importlib.metadata
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

Action = Callable[[Path, int], object]
NAMES = ("ComicInfo.xml",)


def comicmaintainer_tag() -> Action:
    from comicmaintainer.comics.archives.edits.editing import apply_edit
    from comicmaintainer.comics.archives.edits.planning import plan_edit
    from comicmaintainer.comics.archives.reader import read_metadata_members
    from comicmaintainer.comics.metadata import ComicMetadata, set_field
    from comicmaintainer.comics.metadata.comicinfo import read_comicinfo, write_comicinfo
    from comicmaintainer.filesystem.shared_steps import run_alone

    def tag(path: Path, number: int) -> None:
        found = read_metadata_members(path, NAMES).members.get("ComicInfo.xml")
        metadata = read_comicinfo(found) if found else ComicMetadata()
        wanted = set_field(metadata, "series", f"Series {number}")
        members = {"ComicInfo.xml": write_comicinfo(found, wanted)}
        edit = plan_edit(path, members)
        run_alone(apply_edit(edit, guard=lambda: None, keep=(path.parent / "keep",)))

    return tag


def comicmaintainer_read() -> Action:
    from comicmaintainer.comics.archives.reader import read_metadata_members

    return lambda path, _: read_metadata_members(path, NAMES).pages


def comicmaintainer_parsed_read() -> Action:
    from comicmaintainer.comics.archives.reader import read_metadata_members
    from comicmaintainer.comics.metadata.comicinfo import read_comicinfo

    def read(path: Path, _: int) -> object:
        found = read_metadata_members(path, NAMES)
        return read_comicinfo(found.members["ComicInfo.xml"]), found.pages

    return read


def zipfile_read() -> Action:
    import zipfile

    def read(path: Path, _: int) -> object:
        with zipfile.ZipFile(path) as archive:
            return archive.read("ComicInfo.xml"), sorted(archive.namelist())

    return read


def comicbox_tag() -> Action:
    from comicbox.write import write_metadata

    def tag(path: Path, number: int) -> None:
        patch = {"series": {"name": f"Series {number}"}}
        result = write_metadata(path, patch, merge_mode="update", formats=["COMIC_INFO"])
        if result.error is not None:
            raise result.error

    return tag


def comicbox_read() -> Action:
    from comicbox.box import Comicbox

    def read(path: Path, _: int) -> object:
        with Comicbox(path) as box:
            return box.to_dict(), box.get_page_filenames()

    return read


def darkseid_tag() -> Action:
    from darkseid.comic import Comic, MetadataFormat
    from darkseid.metadata.data_classes import Series

    def tag(path: Path, number: int) -> None:
        comic = Comic(path)
        metadata = comic.read_metadata(MetadataFormat.COMIC_INFO)
        metadata.series = Series(name=f"Series {number}")
        if not comic.write_metadata(metadata, MetadataFormat.COMIC_INFO):
            raise OSError("darkseid did not write")

    return tag


def darkseid_read() -> Action:
    from darkseid.comic import Comic, MetadataFormat

    def read(path: Path, _: int) -> object:
        comic = Comic(path)
        return comic.read_metadata(MetadataFormat.COMIC_INFO), comic.get_page_name_list()

    return read


def comictagger_tag() -> Action:
    from comicapi.comicarchive import ComicArchive, MetaDataStyle

    def tag(path: Path, number: int) -> None:
        archive = ComicArchive(path)
        metadata = archive.read_metadata(MetaDataStyle.CIX)
        metadata.series = f"Series {number}"
        if not archive.write_metadata(metadata, MetaDataStyle.CIX):
            raise OSError("ComicTagger did not write")

    return tag


def comictagger_read() -> Action:
    from comicapi.comicarchive import ComicArchive, MetaDataStyle

    def read(path: Path, _: int) -> object:
        archive = ComicArchive(path)
        return archive.read_metadata(MetaDataStyle.CIX), archive.get_page_name_list()

    return read


def process_bytes() -> tuple[int, int]:
    """(passed to write calls, got from read calls) by this process so far."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"]), int(fields["rchar"])


def main() -> None:
    engine, operation, *names = sys.argv[1:]
    action: Action = globals()[f"{engine.replace('-', '_')}_{operation}"]()
    paths = [Path(name) for name in names]
    action(paths[0], 0)  # imports and caches
    seconds = []
    wrote, read = process_bytes()
    for number, path in enumerate(paths[1:] if len(paths) > 1 else paths, start=1):
        begun = time.perf_counter()
        action(path, number)
        seconds.append(time.perf_counter() - begun)
    wrote_after, read_after = process_bytes()
    try:
        version = importlib.metadata.version(engine.split("-")[0])
    except importlib.metadata.PackageNotFoundError:
        version = "here"
    report = {
        "engine": engine,
        "version": version,
        "seconds": seconds,
        "written_bytes": (wrote_after - wrote) / len(seconds),
        "read_bytes": (read_after - read) / len(seconds),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()

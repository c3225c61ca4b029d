"""Members are told by their place: whatever their names, what is called sound can be changed.

Generated archives have doubled names, names that differ in case, separators and encoding, local
headers that spell them otherwise, and offsets that lead elsewhere.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comicmaintainer.comics.archives.edits.edit import Edit
from comicmaintainer.comics.archives.edits.editing import apply_edit, undo_edit
from comicmaintainer.comics.archives.edits.planning import plan_compact, plan_edit, plan_rebuild
from comicmaintainer.comics.archives.model import Limits
from comicmaintainer.comics.archives.reader import open_archive, read_metadata_members
from comicmaintainer.comics.archives.zip.salvage import open_salvaged
from comicmaintainer.comics.pages.verification import verify_archive
from comicmaintainer.errors import DamagedArchive
from comicmaintainer.filesystem.shared_steps import run_alone
from comicmaintainer.settings import TagWrite
from tests.comics.archives.drawn_comics import NEW_XML, no_guard
from tests.comics.archives.drawn_zip import FLAG_UTF8, DrawnMember, drawn_zip, picture

PAGES = [picture(number) for number in range(24)]
NAMES = [
    b"01.png", b"02.png", b"02.PNG", b"a/02.png", b"A/02.png", b"a\\02.png", b"./02.png",
    "é.png".encode(), "é.png".encode("cp437"), b"10.png", b"02~2.png",
]  # fmt: skip


@st.composite
def drawn_members(draw: st.DrawFn) -> list[DrawnMember]:
    """One to eight pages, and perhaps tags."""
    contents = draw(st.lists(st.sampled_from(PAGES), min_size=1, max_size=8, unique=True))
    members = []
    for content in contents:
        name = draw(st.sampled_from(NAMES))
        spelled = [None, name.replace(b"/", b"\\"), name.replace(b"\\", b"/"), name.upper()]
        members.append(
            DrawnMember(
                name,
                content,
                local_name=draw(st.sampled_from([*spelled, b"another name.png"])),
                flags=draw(st.sampled_from([0, FLAG_UTF8])) if _is_utf8(name) else 0,
                local_flags=draw(st.sampled_from([None, 0, FLAG_UTF8])),
                is_deflated=draw(st.booleans()),
                has_descriptor=draw(st.booleans()),
                has_stale_header=draw(st.booleans()),
            )
        )
    for name in draw(st.lists(st.sampled_from([b"ComicInfo.xml", b"comicinfo.xml"]), max_size=2)):
        members.insert(
            draw(st.integers(0, len(members))), DrawnMember(name, b"<ComicInfo/>", is_deflated=True)
        )
    return members


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def comic_of(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "comic.cbz"
        path.write_bytes(content)
        yield path


def pages_in(path: Path) -> list[bytes]:
    with open_archive(path) as archive:
        return [archive.read(page) for page in archive.pages]


def carried_out_and_undone(path: Path, edit: Edit, check: Callable[[], None]) -> None:
    before = path.read_bytes()
    receipt = run_alone(apply_edit(edit, guard=no_guard, keep=(path.parent / "keep",)))
    check()
    assert verify_archive(path).is_sound
    run_alone(undo_edit(receipt, guard=no_guard))
    assert path.read_bytes() == before


@settings(max_examples=60, deadline=None)
@given(members=drawn_members(), comment=st.sampled_from([b"", b"a note"]), chosen=st.integers(0, 7))
def test_every_write_accepts_undamaged_archives(
    members: list[DrawnMember], comment: bytes, chosen: int
) -> None:
    with comic_of(drawn_zip(members, comment)) as path:
        pages = pages_in(path)
        assert Counter(pages) == Counter(m.content for m in members if m.content in PAGES)
        assert read_metadata_members(path, ()).pages == tuple(
            name for name, *_ in verify_archive(path).page_facts
        )
        assert verify_archive(path).is_sound

        def same() -> None:
            assert pages_in(path) == pages

        for policy in (TagWrite.APPEND, TagWrite.REPLACE):
            edit = plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=policy)
            carried_out_and_undone(path, edit, same)
        carried_out_and_undone(path, plan_compact(path), same)
        if len(pages) > 1:
            number = chosen % len(pages)
            with open_archive(path) as archive:
                place = archive.pages[number].place

            def one_less() -> None:
                assert pages_in(path) == pages[:number] + pages[number + 1 :]

            carried_out_and_undone(path, plan_edit(path, {}, places={place: None}), one_less)


@settings(max_examples=60, deadline=None)
@given(
    members=drawn_members(),
    targets=st.lists(st.none() | st.integers(0, 9), max_size=10),
    skews=st.lists(st.sampled_from([0, 0, 0, 7, 40, 4000]), max_size=10),
    repeated=st.lists(st.integers(0, 3), max_size=2),
)
def test_a_wrong_directory_is_never_called_sound_and_loses_no_page(
    members: list[DrawnMember],
    targets: list[int | None],
    skews: list[int],
    repeated: list[int],
) -> None:
    wrong = [
        DrawnMember(
            member.name, member.content, None, member.flags, None, member.is_deflated,
            offset_of=_within(targets[index:], len(members)),
            skew=(*skews[index:], 0)[0],
        )
        for index, member in enumerate(members)
    ]  # fmt: skip
    content = drawn_zip(wrong, repeated=[index % len(wrong) for index in repeated])
    is_right = not repeated and all(
        not member.skew and member.offset_of in (None, index) for index, member in enumerate(wrong)
    )
    pages = Counter(member.content for member in members if member.content in PAGES)
    with comic_of(content) as path:
        report = verify_archive(path)
        assert report.is_sound == is_right
        if report.is_sound:
            return
        for refused in (
            lambda: plan_edit(path, {"ComicInfo.xml": NEW_XML}, policy=TagWrite.REPLACE),
            lambda: plan_compact(path),
        ):
            with pytest.raises(DamagedArchive):
                refused()
        with open_salvaged(path, Limits()) as saved:
            assert saved.lost == ()
            edit = plan_rebuild(path, saved, ())

        def whole() -> None:
            assert Counter(pages_in(path)) == pages

        carried_out_and_undone(path, edit, whole)


def _within(targets: list[int | None], count: int) -> int | None:
    return None if not targets or targets[0] is None else targets[0] % count


def test_of_two_records_of_one_member_both_names_are_known(tmp_path: Path) -> None:
    members = [
        DrawnMember(b"01.png", PAGES[0]),
        DrawnMember(b"02.png", PAGES[1]),
        DrawnMember(b"03.png", PAGES[1], offset_of=1),
    ]
    path = tmp_path / "comic.cbz"
    content = drawn_zip(members)
    # Without the third member's own header and data.
    third = content.index(b"PK\x03\x04", content.index(b"PK\x03\x04", 1) + 1)
    at = content.index(b"PK\x01\x02")
    shorter = bytearray(content[:third] + content[at:])
    shorter[-6:-2] = third.to_bytes(4, "little")
    path.write_bytes(bytes(shorter))
    with pytest.raises(DamagedArchive, match=r"02\.png and 03\.png share one place"):
        open_archive(path)
    with open_salvaged(path, Limits()) as saved:
        assert [record.name for record in saved.records] == ["01.png", "02.png"]
        assert saved.again == (("03.png", 1),)
        assert saved.lost == ()
        assert saved.is_complete


def test_the_comment_survives_a_rebuild(tmp_path: Path) -> None:
    path = tmp_path / "comic.cbz"
    members = [DrawnMember(b"01.png", PAGES[0], skew=9), DrawnMember(b"02.png", PAGES[1])]
    path.write_bytes(drawn_zip(members, b'{"ComicBookInfo/1.0": {}}'))
    with open_salvaged(path, Limits()) as saved:
        edit = plan_rebuild(path, saved, ())
    run_alone(apply_edit(edit, guard=no_guard, keep=(tmp_path / "keep",)))
    with zipfile.ZipFile(path) as archive:
        assert archive.comment == b'{"ComicBookInfo/1.0": {}}'

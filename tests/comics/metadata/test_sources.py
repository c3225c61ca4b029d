"""All sources of one archive: found, read, merged by precedence, written back."""

from __future__ import annotations

import json
import os
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from comicmaintainer.comics.metadata import (
    ComicMetadata,
    Credit,
    Identifier,
    Manga,
    PageInfo,
    set_field,
)
from comicmaintainer.comics.metadata.comicinfo import read_comicinfo, write_comicinfo
from comicmaintainer.comics.metadata.members import find_members
from comicmaintainer.comics.metadata.metroninfo import read_metroninfo, write_metroninfo
from comicmaintainer.comics.metadata.sources import (
    merge,
    read_metadata,
    updated_members,
    with_changes,
)
from comicmaintainer.errors import InvalidInput, MalformedMetadata
from tests.comics.metadata.written_members import written

COMET = b"""<?xml version="1.0" encoding="UTF-8"?>
<comet xmlns:comet="http://www.denvog.com/comet/">
<title>Beginning</title><series>Rain</series><issue>1</issue><volume>2</volume>
<publisher>Own</publisher><date>1950-12</date><genre>Drama</genre><genre>Noir</genre>
<character>Ann</character><writer>Joe</writer><coverDesigner>Joe</coverDesigner><pages>5</pages>
<language>English</language><readingDirection>rtl</readingDirection><identifier>CVDB145</identifier>
<description>Long
text</description><price>x</price><unknown>y</unknown></comet>"""

COMMENT = json.dumps(
    {
        "appID": "x",
        "ComicBookInfo/1.0": {
            "series": "Rain",
            "issue": 1,
            "volume": "two",
            "publicationYear": 1950,
            "publicationMonth": 11,
            "genre": "Drama",
            "language": "English",
            "tags": ["wet", "cold"],
            "credits": [
                {"person": "Joe", "role": "Writer", "primary": True},
                {"person": "Joe", "role": "Artist"},
                "broken",
            ],
            "comments": "Summary",
            "rating": 5,
        },
    }
).encode()


def comicinfo(**values: object) -> bytes:
    return write_comicinfo(None, ComicMetadata(**values))  # type: ignore[arg-type]


def metron(**values: object) -> bytes:
    return write_metroninfo(None, ComicMetadata(**values))  # type: ignore[arg-type]


def test_comet_is_read() -> None:
    assert read_metadata({"comet.XML": COMET}).merged == ComicMetadata(
        series="Rain",
        issue="1",
        title="Beginning",
        volume=2,
        year=1950,
        month=12,
        publisher="Own",
        summary="Long\ntext",
        credits=(Credit("Joe", ("Writer", "CoverArtist")),),
        genres=("Drama", "Noir"),
        characters=("Ann",),
        language="en",
        manga=Manga.YES_RIGHT_TO_LEFT,
        page_count=5,
        identifiers=(Identifier("Comic Vine", "145"),),
        prices=read_metadata({"comet.xml": COMET}).merged.prices,
    )


def test_comicbookinfo_is_read_without_invalid_values() -> None:
    assert read_metadata({}, COMMENT).merged == ComicMetadata(
        series="Rain",
        issue="1",
        year=1950,
        month=11,
        summary="Summary",
        credits=(Credit("Joe", ("Writer", "Artist")),),
        genres=("Drama",),
        tags=("wet", "cold"),
        language="en",
    )


def test_other_comments_are_no_problem() -> None:
    assert read_metadata({}, b"made by me").problems == ()


def test_each_field_comes_from_the_first_source_that_has_it() -> None:
    sources = read_metadata(
        {
            "CoMet.xml": COMET,
            "MetronInfo.xml": metron(series="Metron", publisher="M", imprint="I"),
            "ComicInfo.xml": comicinfo(series="CI"),
        },
        COMMENT,
    )
    assert list(sources.by_format) == ["comicinfo", "metroninfo", "comicbookinfo", "comet"]
    merged = sources.merged
    assert (merged.series, merged.publisher, merged.imprint) == ("CI", "M", "I")
    assert (merged.year, merged.month, merged.volume) == (1950, 11, 2)


def test_lower_source_wins_with_the_same_value_in_more_detail() -> None:
    coarse = read_comicinfo(
        comicinfo(credits=(Credit("Ann", ("Writer",)),), age_rating="Mature 17+", title="CI")
    )
    fine = ComicMetadata(credits=(Credit("Ann", ("Plot",)),), age_rating="Mature", title="M")
    merged = merge({"comicinfo": coarse, "metroninfo": fine})
    assert merged.credits == fine.credits
    assert merged.age_rating == "Mature"
    assert merged.title == "CI"


def test_members_are_known_by_their_names_in_any_case() -> None:
    names = ["COMICINFO.XML", "page.jpg", "a/metroninfo.xml"]
    assert find_members(names) == {"comicinfo": "COMICINFO.XML", "metroninfo": "a/metroninfo.xml"}
    assert find_members([*names, "ComicInfo.xml", "comicinfo.xml"])["comicinfo"] == "ComicInfo.xml"
    assert find_members(["x/page.xml"]) == {}


def test_problem_in_one_source_leaves_the_others_readable() -> None:
    sources = read_metadata(
        {"sub/ComicInfo.xml": b"<ComicInfo>\n<Series", "CoMet.xml": COMET},
        b'{"ComicBookInfo/1.0": [',
    )
    assert sources.merged.series == "Rain"
    assert len(sources.problems) == 2
    with pytest.raises(MalformedMetadata, match=r"sub/ComicInfo\.xml, line 2"):
        sources.require_sound()


def test_nothing_changes_if_the_members_have_the_values_already() -> None:
    members = {
        "ComicInfo.xml": comicinfo(series="Rain", credits=(Credit("Ann", ("Writer",)),)),
        "MetronInfo.xml": metron(series="Rain", credits=(Credit("Ann", ("Plot",)),)),
    }
    merged = read_metadata(members).merged
    assert updated_members(members, merged, ["comicinfo", "metroninfo"]) == {}


def test_written_member_is_at_the_root_and_replaces_misplaced_ones() -> None:
    members = {"x/comicinfo.XML": comicinfo(series="Rain"), "page.jpg": b""}
    metadata = set_field(read_metadata(members).merged, "number", "2")
    formats = ["comicinfo", "metroninfo"]
    changed = updated_members(members, metadata, formats, misplaced=["x/ComicINFO.xml"])
    assert set(changed) == {"x/comicinfo.XML", "x/ComicINFO.xml", "ComicInfo.xml", "MetronInfo.xml"}
    after = with_changes(members, changed)
    assert set(after) == {"page.jpg", "ComicInfo.xml", "MetronInfo.xml"}
    assert read_comicinfo(after["ComicInfo.xml"]).issue == "2"
    assert read_metroninfo(after["MetronInfo.xml"]).issue == "2"
    assert updated_members(after, metadata, formats, misplaced=["x/ComicINFO.xml"]) == {}


def test_misplaced_member_is_moved_even_if_its_values_are_right() -> None:
    members = {"comicinfo.xml": comicinfo(series="Rain")}
    changed = updated_members(members, read_metadata(members).merged, ["comicinfo"])
    assert with_changes(members, changed) == {"ComicInfo.xml": members["comicinfo.xml"]}


def test_page_list_sets_the_count_in_both_formats() -> None:
    changed = with_changes(
        {},
        updated_members(
            {}, ComicMetadata(series="R"), ["comicinfo", "metroninfo"], pages=[PageInfo(0)]
        ),
    )
    assert read_comicinfo(changed["ComicInfo.xml"]).pages == (PageInfo(0),)
    assert b"<PageCount>1</PageCount>" in changed["ComicInfo.xml"]
    assert b"<PageCount>1</PageCount>" in changed["MetronInfo.xml"]


def test_older_version_gets_no_newer_elements() -> None:
    metadata = ComicMetadata(series="R", gtin="1", manga=Manga.YES_RIGHT_TO_LEFT, day=3)
    changed = with_changes({}, updated_members({}, metadata, ["comicinfo-1.0"]))["ComicInfo.xml"]
    assert b"<Manga>Yes</Manga>" in changed
    assert b"GTIN" not in changed
    assert b"Day" not in changed


def test_malformed_member_is_replaced_only_when_asked() -> None:
    members = {"ComicInfo.xml": b"<ComicInfo>"}
    with pytest.raises(MalformedMetadata):
        updated_members(members, ComicMetadata(series="R"), ["comicinfo"])
    changed = updated_members(
        members, ComicMetadata(series="R"), ["comicinfo"], replace_malformed=True
    )
    assert read_comicinfo(with_changes({}, changed)["ComicInfo.xml"]).series == "R"


def test_formats_that_are_only_read_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"comicinfo-2\.0"):
        updated_members({}, ComicMetadata(), ["comet"])


@pytest.mark.slow
def test_mutated_documents_give_metadata_or_a_problem_and_edits_stay_readable() -> None:
    """A bounded fuzz with a fixed seed; MUTATIONS sets its length."""
    randomness = random.Random(20240531)
    seeds = {
        "ComicInfo.xml": comicinfo(
            series="Rain", issue="1", genres=("a", "b"), pages=(PageInfo(0, bookmark="x"),)
        ),
        "MetronInfo.xml": metron(
            series="Rain", issue="1", credits=(Credit("A", ("Writer",)),), web=("u", "v")
        ),
        "CoMet.xml": COMET,
    }
    readable = 0
    for _ in range(int(os.environ.get("MUTATIONS", "2000"))):
        members = {name: mutated(data, randomness) for name, data in seeds.items()}
        sources = read_metadata(members, mutated(COMMENT, randomness))
        wanted = replace(sources.merged, issue="72", title="New")
        changed = updated_members(
            members, wanted, ["comicinfo", "metroninfo"], replace_malformed=True
        )
        after = read_metadata({**members, **written(changed)})
        assert after.by_format["comicinfo"].issue == "72"
        assert after.by_format["metroninfo"].title == "New"
        readable += len(sources.by_format)
    assert readable


def mutated(data: bytes, randomness: random.Random) -> bytes:
    """Some bytes changed, removed, repeated or put elsewhere."""
    content = bytearray(data)
    for _ in range(randomness.randint(0, 3)):
        start = randomness.randrange(len(content))
        end = min(len(content), start + randomness.choice([1, 1, 2, 8, 40]))
        match randomness.randrange(5):
            case 0:
                content[start] = randomness.randrange(256)
            case 1:
                del content[start:end]
            case 2:
                content[start:start] = content[start:end]
            case 3:
                target = randomness.randrange(len(content))
                content[target:target] = content[start:end]
            case _:
                content[start:start] = randomness.choice(
                    [
                        b"<",
                        b"&",
                        b"]]>",
                        b"<!--",
                        b"<?x?>",
                        b"&#x1;",
                        b"\xff",
                        b"<!DOCTYPE a>",
                        b"\0",
                    ]
                )
        content = content or bytearray(b" ")
    return bytes(content)


def test_published_samples_are_read_and_kept() -> None:
    folder = os.environ.get("COMICMAINTAINER_SAMPLES")
    if not folder:
        pytest.skip("COMICMAINTAINER_SAMPLES names no folder with sample archives")
    tagged = 0
    for path in sorted(Path(folder).rglob("*.cbz")):
        if not zipfile.is_zipfile(path):
            continue
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if find_members([name])]
            members = {name: archive.read(name) for name in names}
            sources = read_metadata(members, archive.comment)
        assert sources.problems == (), path
        tagged += bool(sources.by_format)
        for format_id, member in find_members(members).items():
            if format_id in ("comicinfo", "metroninfo"):
                own = sources.by_format[format_id]
                assert updated_members({member: members[member]}, own, [format_id]) == {}
    assert tagged > 3

"""A PDF's information dictionary as tags."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.metadata import ComicMetadata, Credit
from comicmaintainer.comics.metadata.pdf_information import read_pdf_information
from comicmaintainer.comics.metadata.sources import read_metadata
from comicmaintainer.errors import MalformedMetadata

COMICINFO = "<ComicInfo><Title>Inside</Title><Series>Storm</Series></ComicInfo>"


def test_title_author_subject_and_keywords_become_tags() -> None:
    found = read_pdf_information(
        {
            "Title": " The Storm\u0000 ",
            "Author": "Ann Bo; Cy Dee",
            "Subject": "Drama, Noir",
            "Keywords": "wet,cold,,wet",
            "Creator": "Pages",
            "CreationDate": "D:19700101",
        }
    )
    assert found == ComicMetadata(
        title="The Storm",
        credits=(Credit("Ann Bo", ("Writer",)), Credit("Cy Dee", ("Writer",))),
        genres=("Drama", "Noir"),
        tags=("wet", "cold"),
    )


@pytest.mark.parametrize(
    ("text", "people"),
    [("Ann Bo, Cy Dee", ["Ann Bo", "Cy Dee"]), ("Bo, Ann", ["Bo, Ann"]), ("A & B", ["A", "B"])],
)
def test_commas_separate_authors_only_if_each_is_a_full_name(text: str, people: list[str]) -> None:
    assert [each.person for each in read_pdf_information({"Author": text}).credits] == people


@pytest.mark.parametrize("title", ["", "untitled", "Microsoft Word - x.doc", "scan 001.indd"])
def test_default_titles_of_programs_are_ignored(title: str) -> None:
    assert read_pdf_information({"Title": title}).title is None


def test_a_long_subject_is_a_summary() -> None:
    text = "Two friends meet in the rain, and nothing is as it was."
    found = read_pdf_information({"Subject": text})
    assert (found.summary, found.genres) == (text, ())


def test_a_comicinfo_document_in_the_keywords_comes_first() -> None:
    found = read_pdf_information({"Title": "Outside", "Author": "Ann", "Keywords": COMICINFO})
    assert (found.title, found.series, found.tags) == ("Inside", "Storm", ())
    assert found.credits == (Credit("Ann", ("Writer",)),)


def test_a_broken_document_in_the_keywords_is_reported() -> None:
    with pytest.raises(MalformedMetadata, match="the PDF's keywords"):
        read_pdf_information({"Keywords": "<ComicInfo><Title>"})
    sources = read_metadata({}, information={"Keywords": "<ComicInfo>", "Title": "x"})
    assert len(sources.problems) == 1


def test_metadata_files_in_the_pdf_come_before_its_information() -> None:
    members = {"ComicInfo.xml": b"<ComicInfo><Title>Attached</Title></ComicInfo>"}
    sources = read_metadata(members, information={"Title": "Outside", "Keywords": "wet"})
    assert list(sources.by_format) == ["comicinfo", "pdf"]
    assert (sources.merged.title, sources.merged.tags) == ("Attached", ("wet",))


def test_information_without_metadata_is_not_a_source() -> None:
    assert not read_metadata({}, information={"Producer": "x"}).by_format

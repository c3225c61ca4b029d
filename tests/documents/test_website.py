"""The site of the documentation: it builds without a warning, and all that it links to is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from website.__main__ import ROOT, BuildError, build
from website.links import dead_links, loaded_from_elsewhere

pytest.importorskip("zensical", reason="./test.sh installs it")

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("website") / "site"
    build(target)
    return target


@pytest.mark.slow
def test_every_page_is_built_and_loads_nothing_from_elsewhere(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        built = "index.html" if page.name == "README.md" else f"{page.stem}.html"
        assert (site / page.parent.relative_to(ROOT) / built).is_file()
    assert loaded_from_elsewhere(site) == []


def test_an_index_leads_to_every_page() -> None:
    for page in DOCS.rglob("*.md"):
        if page.name != "README.md":
            indexes = [DOCS / "README.md", page.parent / "README.md"]
            texts = [each.read_text("utf-8") for each in indexes if each.exists()]
            names = {page.name, page.relative_to(DOCS).as_posix()}
            assert any(f"({name})" in text for text in texts for name in names), page


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", ["[gone](docs/page.md#gone)", "![gone](docs/gone.png)"], ids=["warned", "missing"]
)
def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path, line: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(f"# Home\n\n{line}\n", "utf-8")
    (tmp_path / "docs" / "README.md").write_text("# Pages\n\n## Use it\n\n- [Page](page.md)\n")
    (tmp_path / "docs" / "page.md").write_text("# Page\n\nText.\n")
    with pytest.raises(BuildError, match="gone"):
        build(tmp_path / "site", tmp_path)
    assert not (tmp_path / "site").exists()


def test_links_are_followed_to_files_and_anchors(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text('<h2 id="here">Here</h2>')
    links = ("sub#here", "sub/index.html", "#top", "sub#gone", "gone.html")
    anchors = "".join(f'<a href="{link}"></a>' for link in (*links, "https://elsewhere.example/"))
    (tmp_path / "index.html").write_text(
        f'<i id="top"></i>{anchors}<img src="gone.png"><script src="//elsewhere.example/x.js">'
    )
    found = [line.partition(": ")[2] for line in dead_links(tmp_path)]
    assert found == ["sub#gone", "gone.html", "gone.png"]
    assert loaded_from_elsewhere(tmp_path) == ["//elsewhere.example/x.js"]

"""The scripts that a release starts with, on tags that are signed rightly, wrongly or not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (shutil.which("ssh-keygen") and shutil.which("git")), reason="no git or ssh-keygen here"
)
CHANGELOG = "# Changelog\n\n## 1.2.3 (2026-12-01)\n\n- New.\n\n## 1.2.2 (2026-11-01)\n\n- Old.\n"


class Clone:
    """A repository with the scripts, a version and a changelog; `key` signs its tags."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.key, self.other_key = (self._key(folder / name) for name in ("key", "other"))
        self.signers = f"maintainer@example.org {self.key.with_suffix('.pub').read_text()}"
        shutil.copytree(REPOSITORY / ".ci", self.folder / ".ci")
        package = self.folder / "src/comicmaintainer"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text('__version__ = "1.2.3"\n')
        (self.folder / "CHANGELOG.md").write_text(CHANGELOG)
        self.git("init", "--quiet")
        self.commit()

    def _key(self, path: Path) -> Path:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True
        )
        return path

    def git(self, *arguments: str | Path) -> None:
        own = {f"GIT_{who}_{what}": "maintainer@example.org"
               for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
        none = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run(
            ["git", *arguments], cwd=self.folder, env=os.environ | own | none, check=True
        )

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Release")

    def sign(self, tag: str, key: Path | None = None) -> None:
        settings = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key or self.key}")
        self.git(*settings, "tag", "--sign", tag, "--message", tag)

    def check(self, tag: str, signers: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", ".ci/check-tag", tag],
            cwd=self.folder,
            env=os.environ | {"RELEASE_SIGNERS": self.signers if signers is None else signers},
            capture_output=True,
            text=True,
            check=False,
        )

    def refusal(self, tag: str, signers: str | None = None) -> str:
        done = self.check(tag, signers)
        assert done.returncode != 0
        return done.stderr.splitlines()[-1]


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_signed_tag_of_the_version_is_released(clone: Clone) -> None:
    clone.sign("v1.2.3")
    done = clone.check("v1.2.3")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "v1.2.3 is signed, and is version 1.2.3.\n"


def test_tags_without_a_signature_are_refused(clone: Clone) -> None:
    clone.git("tag", "v1.2.3")
    assert "no annotated tag" in clone.refusal("v1.2.3")
    clone.git("tag", "--force", "--annotate", "v1.2.3", "--message", "v1.2.3")
    assert "not signed with an SSH key" in clone.refusal("v1.2.3")


def test_tags_of_somebody_else_are_refused(clone: Clone) -> None:
    clone.sign("v1.2.3", clone.other_key)
    assert "not signed by one of RELEASE_SIGNERS" in clone.refusal("v1.2.3")


def test_nothing_is_released_while_nobody_may_sign(clone: Clone) -> None:
    clone.sign("v1.2.3")
    assert "names nobody" in clone.refusal("v1.2.3", signers="")


def test_signed_tag_under_another_name_is_refused(clone: Clone) -> None:
    clone.sign("v1.2.2")
    clone.git("update-ref", "refs/tags/v1.2.3", "refs/tags/v1.2.2")
    assert "another name" in clone.refusal("v1.2.3")


def test_tag_of_another_commit_is_refused(clone: Clone) -> None:
    clone.sign("v1.2.3")
    clone.commit()
    assert "another commit" in clone.refusal("v1.2.3")


def test_tag_of_another_version_is_refused(clone: Clone) -> None:
    clone.sign("v1.2.4")
    assert "not v1.2.3, the version of the product" in clone.refusal("v1.2.4")


def test_changelog_without_a_date_is_refused(clone: Clone) -> None:
    changelog = clone.folder / "CHANGELOG.md"
    changelog.write_text(CHANGELOG.replace("(2026-12-01)", "(unreleased)"))
    clone.commit()
    clone.sign("v1.2.3")
    assert "(unreleased)" in clone.refusal("v1.2.3")


def test_notes_are_the_section_of_the_version(clone: Clone) -> None:
    notes = subprocess.run(
        ["bash", ".ci/release-notes", "1.2.3"], cwd=clone.folder, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert notes.stdout.strip() == "- New."

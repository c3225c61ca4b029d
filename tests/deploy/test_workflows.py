"""The workflows: what they use is pinned, what they may do is little, what they call is there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

REPOSITORY = Path(__file__).parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github/workflows").glob("*.y*ml"))
MAY_WRITE = {
    "release/image": {"packages", "id-token", "attestations"},
    "release/files": {"contents", "id-token", "attestations"},
    "site/publish": {"pages", "id-token"},
}
OF_RUNNERS = {
    "apt-get", "bash", "cd", "docker", "echo", "gh", "git", "jq", "mv", "printf", "python3",
    "sha256sum",
}  # fmt: skip
"""Programs of GitHub's runner images, and of the shell."""
MADE_BY_STEPS = {"/tmp/build/bin/pip", "/tmp/build/bin/python"}


def workflow(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / f".github/workflows/{name}.yaml").read_text("utf-8"))


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each job, under the name `workflow/job`."""
    for path in WORKFLOWS:
        for name, job in workflow(path.stem)["jobs"].items():
            yield f"{path.stem}/{name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs():
        yield from ((name, step) for step in job.get("steps", ()))


def scripts() -> list[str]:
    return [step["run"] for _, step in steps() if "run" in step]


def commands(script: str) -> set[str]:
    """The words of a script that stand where a command does."""
    whole = re.sub(r"\\\n\s*", "", script).replace("$(", "\n").replace("(cd", "\ncd")
    starts = re.split(r"\n|&&|\|\||(?<!\|)\|(?!\|)|;|\{ ", whole)
    words = (start.split()[0] for start in starts if start.split())
    return {
        word for word in words if "=" not in word and word not in {"{", "}", '}>>"$GITHUB_OUTPUT"'}
    }


def test_every_action_is_pinned_by_commit_with_its_version_beside_it() -> None:
    for path in WORKFLOWS:
        uses = re.findall(r"^.*\buses: *(.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert uses
        for line in uses:
            if line.startswith("./"):
                assert (REPOSITORY / line).is_file()
            else:
                assert re.fullmatch(r"[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


def test_one_action_has_one_commit() -> None:
    pins: dict[str, set[str]] = {}
    for _, step in steps():
        if "uses" in step:
            action, _, commit = step["uses"].partition("@")
            pins.setdefault(action, set()).add(commit)
    assert {action for action, commits in pins.items() if len(commits) > 1} == set()


def test_jobs_may_write_only_what_they_publish() -> None:
    for path in WORKFLOWS:
        assert workflow(path.stem)["permissions"] in ({}, {"contents": "read"})
    for name, job in jobs():
        permissions = job.get("permissions", {})
        assert set(permissions.values()) <= {"read", "write"}
        written = {scope for scope, access in permissions.items() if access == "write"}
        assert written == MAY_WRITE.get(name, set())


def test_what_is_published_waits_for_tag_checks_and_approval() -> None:
    for name, job in jobs():
        if name in MAY_WRITE and name.startswith("release/"):
            assert {"tag", "checks"} <= set(job["needs"])
            assert job["environment"] == "release"


def test_every_job_ends_in_time_and_leaves_no_token_in_the_clone() -> None:
    for name, job in jobs():
        assert "uses" in job or job["timeout-minutes"] <= 120
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@") and name != "release/tag":
                assert step["with"]["persist-credentials"] is False


def test_commands_exist() -> None:
    for script in scripts():
        assert commands(script) <= OF_RUNNERS | MADE_BY_STEPS, script
        for file in re.findall(r"\bbash (\S+)", script):
            assert (REPOSITORY / file).is_file()


def test_scripts_are_valid_and_take_no_expression() -> None:
    """An expression in a script could bring commands of others into it."""
    for script in scripts():
        assert "${{" not in script
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_image_is_built_with_what_the_dockerfile_knows() -> None:
    (build,) = (script for script in scripts() if "buildx build" in script)
    arguments = set(re.findall(r"--build-arg (\w+)=", build))
    dockerfile = (REPOSITORY / "Dockerfile").read_text("utf-8")
    declared = " ".join(re.findall(r"^ARG (.+)$", dockerfile, re.MULTILINE))
    of_releases = {each.partition("=")[0] for each in declared.split()} - {"POSTGRES"}
    assert arguments == of_releases
    assert "--platform linux/amd64,linux/arm64" in build
    assert {"--sbom=true", "--provenance=mode=max"} <= set(build.split())


def test_what_is_pushed_is_what_is_signed() -> None:
    image, files = (workflow("release")["jobs"][name]["steps"] for name in ("image", "files"))
    (signed,) = (step["with"] for step in image if "attest" in step.get("uses", ""))
    assert signed["subject-digest"] == "${{ steps.build.outputs.digest }}"
    assert signed["push-to-registry"] is True
    (build,) = (step["run"] for step in image if step.get("id") == "build")
    assert 'echo "digest=' in build
    (signed,) = (step["with"] for step in files if "attest" in step.get("uses", ""))
    assert signed["subject-path"] == "dist/*"
    assert any(
        "gh release create" in step.get("run", "") and "dist/*" in step["run"] for step in files
    )


def test_step_writes_name_and_digest_of_the_image(tmp_path: Path) -> None:
    """The step of the workflow itself, with an engine that only writes down what it is asked."""
    (build,) = (script for script in scripts() if "buildx build" in script)
    engine = tmp_path / "docker"
    engine.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$@" >asked\n'
        'echo \'{"containerimage.digest": "sha256:1234"}\' >metadata.json\n'
    )
    engine.chmod(0o755)
    output = tmp_path / "output"
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "GITHUB_REF_NAME": "v1.2.3",
        "GITHUB_REPOSITORY": "Someone/Comics",
        "GITHUB_SHA": "0" * 40,
        "GITHUB_SERVER_URL": "https://example.org",
        "GITHUB_OUTPUT": str(output),
    }
    subprocess.run(["bash", "-e", "-c", build], cwd=tmp_path, env=environment, check=True)
    assert output.read_text() == "name=ghcr.io/someone/comics\ndigest=sha256:1234\n"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert {"ghcr.io/someone/comics:1.2.3", "VERSION=1.2.3", "--push"} <= set(asked)


def test_the_site_that_is_published_is_the_one_that_was_built() -> None:
    whole = workflow("site")
    build, publish = (whole["jobs"][name] for name in ("build", "publish"))
    assert whole[True]["push"] == {"branches": ["main"]}  # YAML reads `on` as true
    (made,) = re.findall(r"-m website (\S+)", "\n".join(s.get("run", "") for s in build["steps"]))
    (uploaded,) = (
        step["with"] for step in build["steps"] if "upload-pages" in step.get("uses", "")
    )
    assert uploaded == {"path": made}
    assert (publish["needs"], publish["environment"]) == ("build", "github-pages")
    (step,) = publish["steps"]  # nothing of the repository runs where it may be published
    assert step["uses"].startswith("actions/deploy-pages@")


def test_what_builds_the_site_is_locked() -> None:
    locked = (REPOSITORY / "requirements/dev.lock").read_text("utf-8")
    assert re.search(r"^zensical==\S+", locked, re.MULTILINE)


@pytest.mark.parametrize("name", ["release", "checks", "site"])
def test_releasing_page_names_what_the_workflow_needs(name: str) -> None:
    text = (REPOSITORY / ".github/workflows" / f"{name}.yaml").read_text("utf-8")
    page = (REPOSITORY / "RELEASING.md").read_text("utf-8")
    for variable in set(re.findall(r"\b(?:vars|secrets)\.(\w+)", text)):
        assert f"`{variable}`" in page
    for environment in set(re.findall(r"environment: ([\w-]+)", text)):
        assert f"environment `{environment}`" in page

"""The declarations of kinds: complete, and clear about what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from comicmaintainer.errors import InvalidInput, UnknownKind
from comicmaintainer.operations.declared.kinds import (
    KINDS,
    kind_named,
    label_of,
    validated_params,
)
from comicmaintainer.operations.runners import build_runners, code_of
from tests.operations.workbench import Workbench


def test_every_kind_has_a_runner(bench: Workbench) -> None:
    assert set(build_runners(bench.context)) == set(KINDS)


def test_declarations_are_json() -> None:
    shown = json.loads(json.dumps([kind.to_json() for kind in KINDS.values()]))
    assert [each["name"] for each in shown] == list(KINDS)


def test_a_job_of_an_unknown_kind_is_called_by_its_name_in_words() -> None:
    assert [label_of(name) for name in ("tag", "mend-covers")] == ["Edit tags", "Mend covers"]


def test_defaults_are_filled_in_and_accepted_again() -> None:
    once = validated_params("convert", {"quality": 70})
    assert once == {"images": "keep", "quality": 70, "keep_original": False}
    assert validated_params("convert", once) == once


@pytest.mark.parametrize(
    ("kind", "params", "named"),
    [
        ("convert", {"quality": 0}, "quality"),
        ("convert", {"quality": True}, "quality"),
        ("convert", {"images": "gif"}, "images"),
        ("delete", {"reason": 5}, "reason"),
        ("delete", {"reasons": "x"}, "reasons"),
        ("remove-pages", {}, "pages"),
        ("remove-pages", {"pages": [1, "2"]}, "pages"),
        ("tag", {"clear": ["colour"]}, "colour"),
        ("tag", {}, "set"),
        ("rehearse", {"folder": "x", "kind": "delete"}, "kind"),
        ("rehearse", {"kind": "process"}, "folder"),
        ("rehearse", {"folder": "x", "params": {"padding": 99}}, "padding"),
        ("process", {"overwrite": ["summary"]}, "summary"),
        ("rename", {"template": "{series"}, "template"),
    ],
)
def test_what_is_wrong_is_named(kind: str, params: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        validated_params(kind, params)
    assert named in f"{refused.value} {refused.value.field}"


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(UnknownKind, match="process"):
        kind_named("polish")


def test_the_code_that_a_declaration_names_exists() -> None:
    for kind in KINDS.values():
        assert [kind.planner, kind.steps, kind.runner].count(None) == 2
        assert callable(code_of(kind))


def test_options_of_commands_do_not_clash() -> None:
    for kind in KINDS.values():
        names = [each.name for each in kind.parameters if each.option is not None]
        assert not {"paths", "folders", "ids", "everything", "preview", "wait"} & set(names)


def test_declarations_load_no_planner_and_no_image_or_xml_library() -> None:
    program = (
        "import sys, comicmaintainer.operations.declared.kinds\n"
        "heavy = {'lxml', 'PIL', 'pypdfium2', 'libarchive'}\n"
        "found = heavy & {name.partition('.')[0] for name in sys.modules}\n"
        "found |= {name for name in sys.modules if 'operations.planners' in name}\n"
        "sys.exit(' '.join(found) or 0)"
    )
    source = Path(__file__).parents[3] / "src"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")

from __future__ import annotations

from pathlib import Path

import pytest

from comicmaintainer.support_bundle.redaction import Redaction

LIBRARY, CONFIG = Path("/mnt/comics"), Path("/srv/config")


def redaction(*, with_names: bool = False) -> Redaction:
    names = {"user": ["ada"], "key": ["Tablet"], "host": ["attic"]}
    folders = {"<config>": CONFIG, "<home>": Path("/srv")}
    return Redaction([LIBRARY, Path("/mnt/manga")], folders, names, with_names=with_names)


@pytest.mark.parametrize(
    "text",
    [
        "Job 1 failed on /mnt/comics/Ms. Owl's (2016)/Owl 1.cbz",
        "Job 1 failed on '/mnt/comics/Owl 1.CBR': it is cut off",
        "/mnt/manga/Owl can't be listed (No such file or directory)",
        "ValueError: Owl 1.pdf is damaged",
        "Renamed /mnt/comics/a/Owl 1.cbz to /mnt/comics/b/Owl 2.cbz",
        "first line\nFileNotFoundError: [Errno 2] '/mnt/comics/x/Owl'",
    ],
)
def test_no_name_of_a_comic_is_left(text: str) -> None:
    assert "Owl" not in redaction().text(text)


def test_one_file_has_one_stand_in_and_what_is_said_of_it_stays() -> None:
    one = redaction()
    first = one.text("Failed on /mnt/comics/Owl 1.cbz: it is cut off")
    assert first.startswith("Failed on <library 1>/<name ")
    assert first.endswith(">: it is cut off")
    assert one.text("Failed on /mnt/comics/Owl 1.cbz: it is cut off") == first
    assert one.text("Failed on /mnt/comics/Owl 2.cbz: it is cut off") != first


def test_names_of_comics_stay_if_asked_for() -> None:
    text = redaction(with_names=True).text("Failed on /mnt/comics/Owl 1.cbz for ada")
    assert text == "Failed on <library 1>/Owl 1.cbz for <user 1>"


def test_users_keys_hosts_folders_and_addresses_have_stand_ins() -> None:
    said = "Sign-in failed for 'ada' from 192.168.1.20 on attic; see /srv/config/jobs.db, not adam"
    assert redaction().text(said) == (
        "Sign-in failed for '<user 1>' from <address> on <host 1>; see <config>/jobs.db, not adam"
    )
    assert redaction().text("fe80::1:2 and 127.0.0.1 at 10:20:30") == (
        "<address> and 127.0.0.1 at 10:20:30"
    )


def test_secrets_are_masked_and_values_are_searched_through() -> None:
    value = {"a": ["token=hunter2hunter2", 3, None], "path": str(CONFIG)}
    assert redaction().value(value) == {"a": ["token=***", 3, None], "path": "<config>"}

"""What all errors have in common."""

from __future__ import annotations

from comicmaintainer.errors import MAX_MESSAGE_LENGTH, DamagedArchive


def test_a_message_with_a_long_name_loses_its_middle() -> None:
    message = str(DamagedArchive(f"/comics/x.cbz: {'0' * 65_000}.jpg: its checksum is wrong"))
    assert message.startswith("/comics/x.cbz: 0")
    assert message.endswith("0.jpg: its checksum is wrong")
    assert len(message) < MAX_MESSAGE_LENGTH + 10

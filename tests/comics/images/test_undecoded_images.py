"""Pages in formats that have no decoder here are sound only if their structure is whole."""

from __future__ import annotations

import pytest

from comicmaintainer.comics.images.decoding import check_image
from comicmaintainer.errors import DamagedArchive, UnsupportedArchive

GRADIENT_JXL = bytes.fromhex(
    "ff0a0502488a1b01001448000801216b1500800a9551c60d5ecef57cf9a1c362dac67586b6dab6b0"
    "84b1d95e1824249c20dec6159a43d4932cf4001900320c62684025892428bbbd4000ad0e20e60710"
)


def test_a_complete_jpeg_xl_is_not_damaged() -> None:
    with pytest.raises(UnsupportedArchive):
        check_image(GRADIENT_JXL)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\x0a" + bytes(500),
        b"\xff\x0a",
        GRADIENT_JXL[:-3],
        GRADIENT_JXL[:4] + bytes(len(GRADIENT_JXL) - 4),
        b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(500),
        b"\0\0\0\x18ftypheic" + bytes(500),
        b"\0\0\0\x18ftypisom" + bytes(500),
    ],
)
def test_undecodable_content_is_damaged(content: bytes) -> None:
    with pytest.raises(DamagedArchive):
        check_image(content)

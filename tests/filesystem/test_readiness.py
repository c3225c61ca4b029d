from __future__ import annotations

import fcntl
import os
import select

import pytest

from comicmaintainer.filesystem.readiness import is_ready


def test_a_descriptor_beyond_those_of_select_is_waited_for() -> None:
    near, end = os.pipe()
    try:
        far = fcntl.fcntl(near, fcntl.F_DUPFD_CLOEXEC, 1100)
    except OSError:
        pytest.skip("so many descriptors are not allowed here")
    try:
        assert not is_ready(far, select.POLLIN, 0)
        os.write(end, b"x")
        assert is_ready(far, select.POLLIN, None)
    finally:
        for descriptor in (near, end, far):
            os.close(descriptor)

"""Messages through a pipe: a kind, a length, and that many bytes.

Used at both ends, by `helper` and `helper_process`. A reader never mistakes a part of one message
for another; a message that is too long, or of an unknown kind, ends the conversation.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Any

HEADER = struct.Struct(">BI")
DATA_BYTES = 1 << 20
"""Longer contents are sent as several messages."""
MAX_PAYLOAD_BYTES = 12 << 20
"""The most that a receiver has to hold; it has no memory limit."""
STATUS_NO_MEMORY = 75
"""The exit status of a helper that has too little memory left to report it."""


class FrameKind(IntEnum):
    """The kind of a message."""

    VALUE = 1  # JSON
    DATA = 2  # raw bytes
    END = 3  # of a request, or of a complete answer
    ERROR = 4  # JSON: code and message of an error of our tree
    NO_MEMORY = 5  # the work needs more memory than allowed
    READY = 6  # the helper has started


class OutOfStep(Exception):
    """The received bytes are not a message. Internal: the parent ends the helper (TooCostly)."""


def frame(kind: FrameKind, payload: bytes = b"") -> bytes:
    """Return a message."""
    return HEADER.pack(kind, len(payload)) + payload


def value_frame(value: Any, kind: FrameKind = FrameKind.VALUE) -> bytes:
    """Return a message that carries a JSON value.

    Raises:
        ValueError: it is too long.
    """
    payload = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"a value of {len(payload)} bytes is too long to be sent")
    return frame(kind, payload)


def value_of(payload: bytes) -> Any:
    """Return the JSON value that a message carries.

    Raises:
        OutOfStep: it is not JSON.
    """
    try:
        return json.loads(payload.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise OutOfStep("a message that is not JSON") from error


class FrameReader:
    """Reads messages from a descriptor; `wait` is called before each read and may raise."""

    def __init__(self, descriptor: int, wait: Callable[[], None] = lambda: None) -> None:
        self._descriptor = descriptor
        self._wait = wait

    def read(self) -> tuple[FrameKind, bytes] | None:
        """Return the next message, None if the other end has closed the pipe.

        Raises:
            OutOfStep: the received bytes are not a message, or one that is cut off.
        """
        header = self._exactly(HEADER.size)
        if not header:
            return None
        number, length = HEADER.unpack(header)
        if number not in set(FrameKind) or length > MAX_PAYLOAD_BYTES:
            raise OutOfStep(f"a message of kind {number} with {length} bytes")
        payload = self._exactly(length)
        if len(payload) < length:
            raise OutOfStep("a message that is cut off")
        return FrameKind(number), payload

    def _exactly(self, length: int) -> bytes:
        parts: list[bytes] = []
        missing = length
        while missing:
            self._wait()
            part = os.read(self._descriptor, min(missing, DATA_BYTES))
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        if missing not in (0, length):
            raise OutOfStep("a message that is cut off")
        return b"".join(parts)

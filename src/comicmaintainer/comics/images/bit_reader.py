"""Reads the bits of a codestream, least significant first, as in JPEG XL's headers.

ISO/IEC 18181-1, annex B. Reading beyond the end raises `EndOfBits`.
"""

from __future__ import annotations

Distribution = tuple[int, int]
"""An offset, and the number of bits to add to it."""


class EndOfBits(ValueError):
    """A read beyond the last bit. Internal: the file is not complete."""


class BitReader:
    """Reads from `data`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0  # in bits

    def u(self, count: int) -> int:
        """An unsigned number of `count` bits."""
        end = self.position + count
        if end > 8 * len(self._data):
            raise EndOfBits
        first = self.position >> 3
        window = int.from_bytes(self._data[first : (end + 7) >> 3], "little")
        value = window >> (self.position & 7) & ((1 << count) - 1)
        self.position = end
        return value

    def flag(self) -> bool:
        """One bit."""
        return self.u(1) == 1

    def u32(self, *choices: Distribution) -> int:
        """A number by one of four distributions, selected by two bits."""
        offset, bits = choices[self.u(2)]
        return offset + self.u(bits)

    def u64(self) -> int:
        """A number of up to 64 bits."""
        selector = self.u(2)
        if selector < 3:
            return self.u32_of(((0, 0), (1, 4), (17, 8))[selector])
        value, shift = self.u(12), 12
        while self.flag():
            if shift == 60:
                return value | self.u(4) << shift
            value |= self.u(8) << shift
            shift += 8
        return value

    def u32_of(self, choice: Distribution) -> int:
        """A number by one distribution."""
        return choice[0] + self.u(choice[1])

    def skip(self, count: int) -> None:
        """Skip `count` bits."""
        if self.position + count > 8 * len(self._data):
            raise EndOfBits
        self.position += count

    def to_byte(self) -> int:
        """Advance to the next whole byte and return its place; skipped bits must be zero."""
        rest = -self.position % 8
        if rest and self.u(rest):
            raise ValueError("padding that is not zero")
        return self.position >> 3

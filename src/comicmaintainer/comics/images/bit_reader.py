"""Bits of a codestream, least significant first, as JPEG XL packs its headers.

ISO/IEC 18181-1, annex B. Reading beyond the end raises `EndOfBits`.
"""

from __future__ import annotations

Distribution = tuple[int, int]
"""An offset, and how many bits are added to it."""


class EndOfBits(ValueError):
    """Fewer bits are left than are to be read. Internal: the file is not whole."""


class BitReader:
    """Reads from `data`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0  # in bits

    def u(self, count: int) -> int:
        """An unsigned number of so many bits."""
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
        """A number by one of four distributions, which two bits name."""
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
        """Pass over so many bits."""
        if self.position + count > 8 * len(self._data):
            raise EndOfBits
        self.position += count

    def to_byte(self) -> int:
        """Go on at the next whole byte and return its place; the bits before it must be zero."""
        rest = -self.position % 8
        if rest and self.u(rest):
            raise ValueError("padding that is not zero")
        return self.position >> 3

"""Bits in a row, as the coded parts of pictures and films hold them."""

from __future__ import annotations

_BYTE = 8


class BitWriter:
    """Collects bits; the most significant bit of a value comes first."""

    def __init__(self) -> None:
        self._whole = bytearray()
        self._started: list[int] = []

    def add(self, value: int, count: int) -> None:
        """Add the lowest `count` bits of a value."""
        self._started += [value >> place & 1 for place in reversed(range(count))]
        while len(self._started) >= _BYTE:
            octet, self._started = self._started[:_BYTE], self._started[_BYTE:]
            self._whole.append(int("".join(map(str, octet)), 2))

    def golomb(self, value: int) -> None:
        """Add an unsigned Exp-Golomb code (ITU-T H.264, section 9.1)."""
        length = (value + 1).bit_length()
        self.add(value + 1, 2 * length - 1)

    def align(self, filler: int = 0) -> None:
        """Fill up to a whole byte with bits that are all 0 or all 1."""
        missing = -len(self._started) % _BYTE
        self.add(filler * ((1 << missing) - 1), missing)

    def extend(self, content: bytes) -> None:
        """Add whole bytes, after `align`."""
        self._whole += content

    def to_bytes(self) -> bytes:
        """Return all bits as bytes; the last byte is filled with 0."""
        self.align()
        return bytes(self._whole)

"""The picture that every sample file shows: a mosaic of 64 tiles, a different one per number."""

from __future__ import annotations

from dataclasses import dataclass

#: Tiles in a row and in a column, and pixels along the edge of a tile.
TILES = 8
EDGE = 8
#: Width and height in pixels.
SIZE = TILES * EDGE


@dataclass(frozen=True)
class Mosaic:
    """Tiles that are dark or light, by the bits of a number.

    Two files of different numbers look different, and not only their bytes differ.
    """

    number: int

    def light(self, column: int, row: int) -> bool:
        """Whether the tile at a place is light."""
        return bool(self.number >> (row * TILES + column) & 1)

    def tiles(self) -> list[bool]:
        """Return whether each tile is light, row by row from the top left."""
        return [self.light(column, row) for row in range(TILES) for column in range(TILES)]

    def pixel(self, x: int, y: int) -> bool:
        """Whether a pixel is light."""
        return self.light(x // EDGE, y // EDGE)

    def pixels(self) -> list[list[bool]]:
        """Return whether each pixel is light, row by row."""
        return [[self.pixel(x, y) for x in range(SIZE)] for y in range(SIZE)]

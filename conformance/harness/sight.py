"""Whether two files show the same, where their bytes differ: a server may encode a file again.

What is seen is compared only with the extra `media` (Pillow and PyAV), in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.util import find_spec

from conformance.harness import decoder
from conformance.harness.sample_files import mark_of, png_size
from conformance.knowledge.stored import kind_of

#: Seconds that one file may take to be decoded.
BOUND_S = 20.0
#: So many of the tiles may differ in the same picture, and so many differ in another one.
_MOST_IN_THE_SAME, _LEAST_IN_ANOTHER = 0.12, 0.25
#: Two tiles differ by so much of all brightness between the darkest and the lightest one.
_DIFFERENT = 0.3
# A picture whose brightness varies less shows nothing that can be compared.
_CONTRAST = 40
# A picture that is smaller than this, or that has another shape, may be cropped or blurred.
_LEAST_SCALE, _SKEW = 0.5, 0.05
_EXTRA = "pip install 'media-conformance[media]'"


class Look(StrEnum):
    """How a file compares with another one."""

    SAME = "same"
    ANOTHER = "another"
    UNKNOWN = "unknown"


def compared(was: bytes, now: bytes) -> Look:
    """Return whether bytes show what other bytes showed.

    Equal bytes do. Bytes that cannot be of the same file are another one, whatever they show
    (see `may_be_the_same`). All others have to be decoded.
    """
    if was == now:
        return Look.SAME
    if not may_be_the_same(was, now):
        return Look.ANOTHER
    return seen(was, now)


def seen(was: bytes, now: bytes) -> Look:
    """Return whether two files show the same, by tiles of their pictures or first frames."""
    first, second = _picture(was), _picture(now)
    if not first.tiles or not second.tiles:
        return Look.UNKNOWN
    pairs = list(zip(first.tiles, second.tiles, strict=True))
    different = sum(abs(a - b) > _DIFFERENT for a, b in pairs) / len(pairs)
    if different <= _MOST_IN_THE_SAME:
        return Look.SAME
    other = different >= _LEAST_IN_ANOTHER and first.is_comparable(second)
    return Look.ANOTHER if other else Look.UNKNOWN


def why_unknown(body: bytes) -> str:
    """Return why two files could not be compared, where the bytes of one changed to a body."""
    package = "av" if _is_film(body) else "PIL"
    if not _has(package):
        return f"the bytes changed: to compare what is seen, {_EXTRA}"
    return "the bytes changed, and what they show could not be compared"


def may_be_the_same(was: bytes, now: bytes) -> bool:
    """Whether bytes may be those of the same file: equal, or of a file that was encoded again.

    A server may process a file at any time, for example to remove its metadata. Then it is still
    a whole picture of its size, or a film, and it never has the mark of another upload.
    """
    if was == now:
        return True
    kinds, marks = (kind_of(was), kind_of(now)), (mark_of(was), mark_of(now))
    if not all(kinds) or kinds[0].partition("/")[0] != kinds[1].partition("/")[0]:
        return False
    if (all(marks) and marks[0] != marks[1]) or was.startswith(now):
        return False
    if kinds[1] != "image/png":
        return True
    size = png_size(now)
    return size is not None and size == (png_size(was) or size)


def _is_film(body: bytes) -> bool:
    return kind_of(body).startswith("video/")


@cache
def _has(package: str) -> bool:
    return find_spec(package) is not None


@dataclass(frozen=True)
class _Picture:
    """What a file shows: its size in pixels, and how light each tile is, from 0 to 1."""

    width: int = 0
    height: int = 0
    tiles: tuple[float, ...] = ()

    def is_comparable(self, other: _Picture) -> bool:
        """Whether another picture has the same shape, and is not much smaller."""
        scale = other.width / self.width, other.height / self.height
        return min(scale) >= _LEAST_SCALE and abs(scale[0] - scale[1]) <= _SKEW * max(scale)


# What was decoded, by the hash of the file.
_known: dict[str, _Picture] = {}
_lock = threading.Lock()


def _picture(body: bytes) -> _Picture:
    """Return what a file shows; without tiles if it cannot be decoded, or shows nothing."""
    digest = sha256(body).hexdigest()
    with _lock:  # one decoder at a time: it takes memory
        if digest not in _known:
            _known[digest] = _read(_decoded(body))
        return _known[digest]


def _read(decoded: bytes) -> _Picture:
    tiles = decoded[decoder.SIZE.size :]
    if len(tiles) != decoder.COLUMNS * decoder.ROWS or max(tiles) - min(tiles) < _CONTRAST:
        return _Picture()
    darkest, contrast = min(tiles), max(tiles) - min(tiles)
    lightness = tuple((tile - darkest) / contrast for tile in tiles)
    width, height = decoder.SIZE.unpack_from(decoded)
    return _Picture(width, height, lightness)


def _decoded(body: bytes) -> bytes:
    film = _is_film(body)
    if not _has("av" if film else "PIL"):
        return b""
    # By its path: the package may be importable only from the folder of the user.
    command = [sys.executable, "-P", decoder.__file__, *(["film"] if film else [])]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, input=body, capture_output=True, timeout=BOUND_S, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return b""
    return done.stdout if done.returncode == 0 else b""

"""Decodes one picture or film, and writes its width, its height, and how bright its tiles are.

It is run as a program of its own, with its file on the standard input: what a server sent may be
made to harm a decoder. It limits its own memory and time, and imports nothing of the kit.
"""

from __future__ import annotations

import io
import struct
import sys

#: Tiles in a row, and rows: the widest sample repeats its eight columns twenty times.
COLUMNS, ROWS = 160, 8
#: Width and height in pixels, before the tiles.
SIZE = struct.Struct(">II")
#: Bytes of memory, and seconds of CPU.
MOST_MEMORY = 2 * 1024**3
MOST_CPU_S = 10
#: Pixels of the largest picture; a larger one is not decoded.
MOST_PIXELS = 64 * 1024 * 1024


def limit() -> None:
    """Limit memory and time of this process, where the system can."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_CPU_S)):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, hard))


def picture(body: bytes) -> bytes:
    """Return the size of a picture and the brightness of its tiles, row by row."""
    from PIL import Image  # noqa: PLC0415 - only with the extra

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses twice as many
    with Image.open(io.BytesIO(body)) as image:
        tiles = image.convert("L").resize((COLUMNS, ROWS), Image.Resampling.BOX)
        return SIZE.pack(*image.size) + tiles.tobytes()


def film(body: bytes) -> bytes:
    """Return the size of the first frame of a film and the brightness of its tiles."""
    import av  # noqa: PLC0415 - only with the extra

    with av.open(io.BytesIO(body), "r") as container:
        frame = next(container.decode(video=0))
        if frame.width * frame.height > MOST_PIXELS:
            return b""
        plane = frame.reformat(width=COLUMNS, height=ROWS, format="gray").planes[0]
        content, step = bytes(plane), plane.line_size
        rows = (content[row * step : row * step + COLUMNS] for row in range(ROWS))
        return SIZE.pack(frame.width, frame.height) + b"".join(rows)


def main() -> None:
    """Decode the file on the standard input; `film` as argument says that it is a film."""
    limit()
    decode = film if sys.argv[1:] == ["film"] else picture
    sys.stdout.buffer.write(decode(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()

"""Where bytes changed, what is seen decides; what cannot be seen is unknown, never wrong."""

from __future__ import annotations

import io
import subprocess
import time
import zlib
from typing import TYPE_CHECKING

import av
import pytest
from PIL import Image, ImageOps

from conformance.harness import decoder, pictures, sample_files, sight
from conformance.harness.sight import Look, compared, may_be_the_same, seen, why_unknown

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


def encoded_again(content: bytes, kind: str = "", *, inverted: bool = False) -> bytes:
    packed = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        shown = ImageOps.invert(image.convert("RGB")) if inverted else image.convert("RGB")
        shown.save(packed, kind or image.format, quality=40)
    return packed.getvalue()


def filmed_again(content: bytes) -> bytes:
    packed = io.BytesIO()
    with av.open(io.BytesIO(content), "r") as film, av.open(packed, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "35"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for frame in film.decode(video=0):
            for packet in stream.encode(frame.reformat(format="yuv420p")):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    return packed.getvalue()


@pytest.mark.parametrize("content_type", PICTURES)
def test_a_picture_that_was_encoded_again_shows_the_same(content_type: str) -> None:
    content = sample_files.unique(content_type)
    again = encoded_again(content)

    assert again != content
    assert may_be_the_same(content, again)
    assert compared(content, again) is Look.SAME
    assert seen(content, encoded_again(content, "WEBP")) is Look.SAME


@pytest.mark.parametrize("content_type", PICTURES)
def test_another_picture_is_seen_however_it_was_encoded(content_type: str) -> None:
    content, other = sample_files.unique(content_type), sample_files.unique(content_type)

    assert compared(content, encoded_again(content, inverted=True)) is Look.ANOTHER
    assert compared(content, encoded_again(other)) is Look.ANOTHER  # without its mark
    assert seen(content, encoded_again(other, "WEBP")) is Look.ANOTHER


def test_a_film_is_compared_by_its_first_frame() -> None:
    film, other = sample_files.unique("video/mp4"), sample_files.unique("video/mp4")

    assert compared(film, film + b"\0\0\0\x08free") is Look.SAME
    assert compared(film, filmed_again(film)) is Look.SAME
    assert compared(film, filmed_again(other)) is Look.ANOTHER


@pytest.mark.parametrize("content_type", ["image/png", "image/jpeg", "image/gif", "video/mp4"])
def test_other_bytes_are_not_the_same(content_type: str) -> None:
    content, other = (sample_files.unique(content_type) for _ in range(2))

    for now in (b"", b"tombstone", content[::-1], content[: len(content) // 2], other):
        assert not may_be_the_same(content, now)
        assert compared(content, now) is Look.ANOTHER


def test_a_picture_of_another_size_is_not_the_same() -> None:
    assert not may_be_the_same(sample_files.wide_png(), sample_files.padded_png(0))


def test_what_shows_nothing_or_cannot_be_decoded_is_unknown() -> None:
    content = sample_files.unique("image/jpeg")
    blank = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(blank, "JPEG")

    assert compared(content, blank.getvalue()) is Look.UNKNOWN
    assert compared(content, content[:2] + b"\xff" + b"?" * 400) is Look.UNKNOWN
    assert "could not be compared" in why_unknown(content)


def test_a_smaller_or_cropped_picture_is_unknown_and_not_another() -> None:
    content = sample_files.unique("image/jpeg")
    small, cropped = io.BytesIO(), io.BytesIO()
    with Image.open(io.BytesIO(encoded_again(content, inverted=True))) as image:
        image.resize((20, 20)).save(small, "JPEG")
        image.crop((0, 0, 64, 30)).save(cropped, "JPEG")

    assert compared(content, small.getvalue()) is Look.UNKNOWN
    assert compared(content, cropped.getvalue()) is Look.UNKNOWN


@pytest.mark.parametrize(("content_type", "package"), [("image/png", "PIL"), ("video/mp4", "av")])
def test_without_the_extra_nothing_is_compared(
    monkeypatch: pytest.MonkeyPatch, content_type: str, package: str
) -> None:
    monkeypatch.setattr(sight, "_has", lambda name: name != package)
    monkeypatch.setattr(sight, "_known", {})
    content = sample_files.unique(content_type)
    again = content + b"\0\0\0\x08free" if package == "av" else encoded_again(content)

    assert compared(content, content) is Look.SAME
    assert compared(content, again) is Look.UNKNOWN
    assert "media-conformance[media]" in why_unknown(again)


def test_a_decoder_that_takes_too_long_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = tmp_path / "decoder.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(decoder, "__file__", str(slow))
    monkeypatch.setattr(sight, "BOUND_S", 0.2)
    began = time.monotonic()
    content = sample_files.unique("image/gif")

    assert seen(content, encoded_again(content)) is Look.UNKNOWN
    assert time.monotonic() - began < 30


def test_a_picture_that_is_too_large_is_not_decoded() -> None:
    header = b"\0\0\xc3\x50\0\0\xc3\x50\x01\0\0\0\0"  # 50,000 x 50,000 pixels of one bit
    packed = zlib.compress(bytes(1000))
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    bomb = pictures.PNG_SIGNATURE + b"".join(pictures.png_chunk(*chunk) for chunk in chunks)

    assert seen(sample_files.unique("image/png"), bomb) is Look.UNKNOWN


def test_the_decoder_limits_its_memory() -> None:
    import sys  # noqa: PLC0415 - for the child

    program = (
        "import runpy, resource\n"
        f"module = runpy.run_path({decoder.__file__!r})\n"
        "module['limit']()\n"
        "kinds = resource.RLIMIT_AS, resource.RLIMIT_CPU\n"
        "print(*(resource.getrlimit(kind)[0] for kind in kinds))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    memory, seconds = map(int, done.stdout.split())
    assert 0 < memory <= decoder.MOST_MEMORY
    assert 0 < seconds <= decoder.MOST_CPU_S

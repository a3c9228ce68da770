"""Sample files are real files of their type: real decoders read them, and each looks different."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from conformance.harness import films, pictures, sample_files
from conformance.harness.mosaic import Mosaic
from conformance.harness.sample_files import extension, genuine, padded_png, png_size, wide_png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: MIME type, offset of its signature, the signature, Pillow's name of it, file name extension.
TYPES = [
    ("image/png", 0, b"\x89PNG\r\n\x1a\n", "PNG", "png"),
    ("image/jpeg", 0, b"\xff\xd8\xff", "JPEG", "jpg"),
    ("image/jpg", 0, b"\xff\xd8\xff", "JPEG", "jpg"),
    ("image/gif", 0, b"GIF89a", "GIF", "gif"),
    ("image/webp", 8, b"WEBPVP8L", "WEBP", "webp"),
    ("video/mp4", 4, b"ftypisom", None, "mp4"),
    ("video/quicktime", 4, b"ftypqt  ", None, "mov"),
    ("video/mov", 4, b"ftypqt  ", None, "mov"),
]
IMAGES = [(row[0], row[3]) for row in TYPES if row[3]]
VIDEOS = [row[0] for row in TYPES if not row[3]]
#: The boxes that hold boxes, of those in the sample files.
CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}

#: One wide picture; each call makes another.
WIDE = wide_png()


def opened(content: bytes) -> tuple[str | None, tuple[int, int]]:
    """Verify and decode an image; return its format and size."""
    with Image.open(io.BytesIO(content)) as image:
        image.verify()
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.format, image.size


def decoded(content: bytes) -> list[av.VideoFrame]:
    """Decode the frames of a picture or a film by FFmpeg."""
    with av.open(io.BytesIO(content), "r") as container:
        return list(container.decode(video=0))


def first_frame(content: bytes) -> bytes:
    """Return the grey pixels of the first frame of a picture or a film."""
    frame = decoded(content)[0]
    assert frame.width >= 64
    assert frame.height >= 64
    picture = frame.to_image()  # type: ignore[no-untyped-call]
    return bytes(picture.convert("L").tobytes())


def seen(content: bytes) -> bytes:
    """Return the grey pixels of a picture or a film, which has one frame."""
    assert len(decoded(content)) == 1
    return first_frame(content)


def boxes(content: bytes, path: str = "") -> Iterator[tuple[str, bytes]]:
    """Walk an ISO media file; a size that does not add up is an error."""
    while content:
        (size,) = struct.unpack(">I", content[:4])
        assert 8 <= size <= len(content), f"a box of {path or 'the file'} does not add up"
        kind, body, content = content[4:8], content[8:size], content[size:]
        name = f"{path}/{kind.decode()}"
        yield name, body
        if kind in CONTAINERS:
            yield from boxes(body, name)


def chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk a PNG file; a wrong checksum is an error."""
    content = content[8:]
    while content:
        (size,) = struct.unpack(">I", content[:4])
        kind, data, checksum = content[4:8], content[8 : 8 + size], content[8 + size : 12 + size]
        assert struct.unpack(">I", checksum) == (zlib.crc32(kind + data),)
        yield kind, data
        content = content[12 + size :]


@pytest.mark.parametrize(("content_type", "offset", "mark"), [row[:3] for row in TYPES])
def test_each_file_begins_as_its_type_does(content_type: str, offset: int, mark: bytes) -> None:
    assert genuine(content_type)[offset : offset + len(mark)] == mark


@pytest.mark.parametrize(("content_type", "name"), IMAGES)
def test_pillow_verifies_and_decodes_each_picture(content_type: str, name: str) -> None:
    for content in (genuine(content_type), sample_files.unique(content_type)):
        found, (width, height) = opened(content)

        assert found == name
        assert width >= 64
        assert height >= 64


@pytest.mark.parametrize(
    ("kind", "name", "mode", "height", "frames", "turned", "progressive"),
    [
        ("a PNG with transparency", "PNG", "RGBA", 64, 1, False, False),
        ("a PNG in portrait format", "PNG", "RGB", 128, 1, False, False),
        ("a grey PNG with transparency", "PNG", "LA", 64, 1, False, False),
        ("a GIF with transparency", "GIF", "P", 64, 1, False, False),
        ("an animated GIF", "GIF", "P", 64, 2, False, False),
        ("a photo of a phone", "JPEG", "RGB", 64, 1, True, False),
        ("a progressive JPEG", "JPEG", "L", 64, 1, False, True),
        ("a JPEG of 600 KiB", "JPEG", "L", 64, 1, False, False),
    ],
)
def test_pictures_of_people_are_what_they_say(
    kind: str, name: str, mode: str, height: int, frames: int, *, turned: bool, progressive: bool
) -> None:
    content_type, make = sample_files.EVERYDAY_FILES[kind]
    content = make()

    assert opened(content) == (name, (64, height))
    assert sample_files.is_like(content, content_type)
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert image.mode == mode
        assert getattr(image, "n_frames", 1) == frames
        assert (image.getexif().get(0x0112) == 6) is turned
        assert ("progressive" in image.info) is progressive


@pytest.mark.parametrize("kind", sample_files.EVERYDAY_FILES)
def test_no_two_files_of_people_look_alike(kind: str) -> None:
    _, make = sample_files.EVERYDAY_FILES[kind]

    assert first_frame(make()) != first_frame(make())


def test_films_of_people_are_what_they_say() -> None:
    streamed, large = (
        sample_files.EVERYDAY_FILES[kind][1]()
        for kind in ("a film for the web", "a film of 1.2 MiB")
    )

    assert [name for name, _ in boxes(streamed) if name.count("/") == 1] == [
        *("/ftyp", "/moov", "/mdat")
    ]
    assert "/mdat" in dict(boxes(large))
    assert len(large) > 1.2 * (1 << 20)


def test_a_large_jpeg_is_larger_than_many_small_ones() -> None:
    content = sample_files.EVERYDAY_FILES["a JPEG of 600 KiB"][1]()

    assert 600 << 10 < len(content) < 610 << 10
    assert sample_files.mark_of(content) is not None


@pytest.mark.parametrize("content_type", [row[0] for row in TYPES])
def test_each_file_decodes_in_ffmpeg_and_no_two_look_alike(content_type: str) -> None:
    contents = [genuine(content_type), *(sample_files.unique(content_type) for _ in range(3))]

    assert len({seen(content) for content in contents}) == len(contents)


@pytest.mark.parametrize("content_type", [row[0] for row in TYPES])
def test_a_sample_file_has_a_few_kilobytes_at_most(content_type: str) -> None:
    assert len(genuine(content_type)) < 8_000


@pytest.mark.parametrize("number", [0, (1 << 64) - 1, 0x5555_5555_5555_5555, 1, 1 << 63])
def test_pictures_and_films_show_the_tiles_of_their_number(number: int) -> None:
    mosaic = Mosaic(number)
    makers: list[Callable[[Mosaic], bytes]] = [
        *(pictures.png, pictures.portrait_png, pictures.gif, pictures.webp),
        *(pictures.jpeg, pictures.progressive_jpeg),
        *(films.mp4, films.streamable_mp4, films.quicktime),
    ]

    for make in makers:
        grey = seen(make(mosaic))
        middles = [grey[(8 * y + 4) * 64 + 8 * x + 4] for y in range(8) for x in range(8)]
        assert [value > 128 for value in middles] == mosaic.tiles(), make


@pytest.mark.parametrize("content_type", VIDEOS)
def test_a_film_is_h264_of_one_second(content_type: str) -> None:
    with av.open(io.BytesIO(genuine(content_type)), "r") as container:
        (stream,) = container.streams

        assert stream.codec_context.name == "h264"
        assert container.duration == av.time_base


@pytest.mark.parametrize(("content_type", "name"), IMAGES)
def test_half_an_image_would_not_pass_for_one(content_type: str, name: str) -> None:
    content = genuine(content_type)

    with pytest.raises((OSError, SyntaxError)):
        opened(content[: len(content) // 2])

    assert opened(content)[0] == name


@pytest.mark.parametrize("content_type", VIDEOS)
def test_each_movie_is_made_of_boxes_that_add_up(content_type: str) -> None:
    found = dict(boxes(genuine(content_type)))

    media = "/moov/trak/mdia"
    assert {"/ftyp", "/mdat", "/moov/mvhd", "/moov/trak/tkhd", f"{media}/mdhd"} <= set(found)
    assert found[f"{media}/hdlr"][8:12] == b"vide"
    tables = {f"{media}/minf/stbl/{name}" for name in ("stsd", "stts", "stsc", "stsz", "stco")}
    assert tables <= set(found)


@pytest.mark.parametrize(
    ("box", "size"),
    [("/moov/mvhd", 100), ("/moov/trak/tkhd", 84), ("/moov/trak/mdia/mdhd", 24)],
)
def test_each_header_of_a_movie_is_as_long_as_its_standard_says(box: str, size: int) -> None:
    found = dict(boxes(genuine("video/mp4")))

    assert len(found[box]) == size


def test_a_movie_cut_short_would_not_add_up() -> None:
    content = genuine("video/mp4")

    with pytest.raises(AssertionError, match="does not add up"):
        dict(boxes(content[:-1]))


@pytest.mark.parametrize(("content_type", "name"), [(row[0], row[4]) for row in TYPES])
def test_each_type_has_its_usual_extension(content_type: str, name: str) -> None:
    assert extension(content_type) == name


@pytest.mark.parametrize("content_type", ["image/svg+xml", "IMAGE/PNG", "", "text/plain"])
def test_an_unknown_type_has_no_sample_file(content_type: str) -> None:
    with pytest.raises(KeyError):
        genuine(content_type)
    with pytest.raises(KeyError):
        extension(content_type)


@settings(deadline=None)
@given(size=st.integers(0, 200_000))
def test_a_padded_image_has_the_wanted_size_and_is_still_genuine(size: int) -> None:
    content = padded_png(size)

    padding = [b"ruSt"] * any(kind == b"ruSt" for kind, _ in chunks(content))
    assert len(content) == size or (size < 250 and not padding)
    assert opened(content) == ("PNG", (64, 64))
    kinds = [b"IHDR", b"PLTE", b"IDAT", *padding, b"IEND"]
    assert [kind for kind, _ in chunks(content)] == kinds


def test_a_padded_image_of_megabytes_is_still_genuine() -> None:
    content = padded_png(5_000_000)

    assert len(content) == 5_000_000
    assert opened(content) == ("PNG", (64, 64))


def test_padding_varies_so_that_swapped_parts_are_noticed() -> None:
    padding = dict(chunks(padded_png(70_000)))[b"ruSt"]

    parts = [padding[start : start + 4096] for start in range(0, 61_440, 4096)]

    assert len(set(parts)) == len(parts)


def test_the_wide_picture_is_wider_than_a_thumbnail_whatever_its_padding() -> None:
    for size in (0, 100_000):
        name, (width, height) = opened(wide_png(size))
        assert name == "PNG"
        assert width > 1_000
        assert png_size(wide_png(size)) == (width, height)


@pytest.mark.parametrize("content_type", ["image/webp", "video/mp4", "video/quicktime"])
def test_padding_inside_a_file_leaves_it_genuine(content_type: str) -> None:
    one, other = (sample_files.padded(content_type, 70_001) for _ in range(2))

    assert 70_001 < len(one) == len(other) < 78_000
    assert len({seen(one), seen(other)}) == 2
    assert sample_files.mark_of(one) not in {None, sample_files.mark_of(other)}
    assert sample_files.is_like(one, content_type)


def test_two_padded_pictures_are_never_equal() -> None:
    assert len({padded_png(0), padded_png(0)}) == 2
    assert len({wide_png(), wide_png()}) == 2


def test_a_picture_that_is_packed_again_keeps_its_size() -> None:
    packed = io.BytesIO()
    with Image.open(io.BytesIO(wide_png(100_000))) as image:
        image.convert("P").save(packed, "PNG", optimize=True)

    assert len(packed.getvalue()) < 10_000
    assert png_size(packed.getvalue()) == png_size(wide_png())


@settings(deadline=None)
@given(cut=st.integers(0, len(WIDE) - 1))
def test_a_picture_cut_short_has_no_size(cut: int) -> None:
    assert png_size(WIDE[:cut]) is None


@settings(deadline=None)
@given(place=st.integers(0, len(WIDE) - 1))
def test_a_picture_with_a_changed_byte_has_no_size(place: int) -> None:
    content = bytearray(WIDE)
    content[place] ^= 1

    assert png_size(bytes(content)) is None


@pytest.mark.parametrize("content_type", [row[0] for row in TYPES])
def test_unique_files_are_equally_long_and_never_equal(content_type: str) -> None:
    one, other, *more = (sample_files.unique(content_type) for _ in range(12))

    assert {len(file) for file in (one, other, *more)} == {len(genuine(content_type))}
    assert len({one, other, *more}) == 12
    assert sample_files.mark_of(one) not in {None, sample_files.mark_of(other)}
    assert sample_files.is_like(one, content_type)


def test_a_unique_picture_is_whole_and_grows() -> None:
    content = sample_files.unique_png(5_000)

    assert png_size(content) == png_size(wide_png())
    assert 4_900 < len(content) < 5_100

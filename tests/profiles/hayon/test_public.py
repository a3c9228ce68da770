"""Public files: when a query is a pass, what counts as the file, and for how long one waits."""

from __future__ import annotations

import io
import time
from functools import partial
from types import SimpleNamespace

import pytest
from PIL import Image

from conformance.harness import sample_files
from conformance.harness.lag import PUBLIC_BOUND_S, PUBLIC_SOON_S
from conformance.judge.finding import Blocked, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.hayon import public
from conformance.profiles.hayon.given import ACCEPTED_TYPES, Upload
from conformance.profiles.hayon.public import (
    PublicFiles,
    gives_the_bytes,
    has_expiring_query,
    is_a_file_of,
    is_the_file,
)
from conformance.servers.encoding import encoded_again

KEY = "posts/7/3f2a9c50-7f0e-4d1a-9a59-4d1c.png"


@pytest.mark.parametrize(
    ("query", "is_a_pass"),
    [
        ("", False),
        ("?v=2", False),
        ("?alt=media", False),
        (f"?key={KEY}", False),
        (f"?file=/media/{KEY}", False),
        ("?name=3f2a9c50-7f0e-4d1a-9a59-4d1c.png", False),
        ("?id=9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d", False),
        ("?alt=media&token=9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d", False),
        ("?X-Amz-Expires=3600&X-Amz-Signature=feed", True),
        ("?Expires=1960000000&Signature=feed&Key-Pair-Id=K", True),
        ("?se=2032-01-31T12:00:00Z&sig=feed", True),
        ("?token=feed&expire=SOON", True),
        ("?auth_key=SOON-0-0-feed", True),
        ("?e=1600000000", False),
        ("?verify=on", False),
    ],
)
def test_a_query_is_a_pass_when_it_signs_the_url_or_ends_it(query: str, *, is_a_pass: bool) -> None:
    soon = str(int(time.time()) + 86_400)
    url = f"https://cdn.example/{KEY}{query.replace('SOON', soon)}"
    upload = Upload("", url, KEY, "image/png", Exchange(Request("POST", "http://h")))

    assert has_expiring_query(upload) is is_a_pass


def served(body: bytes, content_type: str) -> Exchange:
    response = Response(200, (("Content-Type", content_type),), body, 0.0)
    return Exchange(Request("GET", "http://h"), response)


def uploaded(body: bytes, content_type: str = "image/png") -> Upload:
    return Upload("", "", KEY, content_type, Exchange(Request("POST", "http://h")), body)


@pytest.mark.parametrize("content_type", ACCEPTED_TYPES)
def test_the_file_is_its_bytes_and_no_other_uploads(content_type: str) -> None:
    body, other = sample_files.unique(content_type), sample_files.unique(content_type)
    upload = uploaded(body, content_type)

    assert is_the_file(served(body, content_type), upload)
    assert not is_the_file(served(other, content_type), upload)
    assert not is_the_file(served(other, "image/avif"), upload)
    assert not is_the_file(served(body[:-1], content_type), upload)
    assert not is_the_file(served(b"", content_type), upload)


def test_a_picture_without_its_metadata_is_the_file() -> None:
    upload = uploaded(sample_files.unique_png())
    plain = encoded_again(upload.body, "image/png")

    assert sample_files.mark_of(plain) is None
    assert is_the_file(served(plain, "image/png"), upload)
    gives_the_bytes(served(plain, "image/png"), upload)
    assert not is_the_file(served(sample_files.wide_png(), "image/png"), upload)
    assert not is_the_file(served(sample_files.padded_png(0), "image/png"), upload)
    assert is_the_file(served(b"transcoded", "image/webp"), upload)
    assert not is_the_file(served(b"<p>", "text/html"), upload)


def test_a_file_whose_changed_bytes_cannot_be_compared_is_not_verified() -> None:
    upload = uploaded(sample_files.unique("image/jpeg"), "image/jpeg")
    for exchange in (served(b"transcoded", "image/avif"), served(b"\xff\xd8\xff?", "image/jpeg")):
        with pytest.raises(Blocked, match="the bytes changed"):
            gives_the_bytes(exchange, upload)


def test_another_picture_is_not_the_file_as_whatever_type_it_comes() -> None:
    upload = uploaded(sample_files.unique("image/jpeg"), "image/jpeg")
    with Image.open(io.BytesIO(sample_files.unique("image/jpeg"))) as image:
        image.save(packed := io.BytesIO(), "WEBP")

    for exchange in (
        served(encoded_again(upload.body, "image/jpeg", inverted=True), "image/jpeg"),
        served(packed.getvalue(), "image/webp"),
    ):
        assert not is_the_file(exchange, upload)
        with pytest.raises(Violation, match="other bytes"):
            gives_the_bytes(exchange, upload)


class LateStorage:
    """A CDN that shows a file after so many looks, on a clock that only waiting moves."""

    def __init__(self, body: bytes, misses: int, missing: bytes = b"not here") -> None:
        self.body, self.misses, self.looks, self.missing = body, misses, 0, missing

    def read(self, _: str) -> Exchange:
        self.looks += 1
        return served(self.body if self.looks > self.misses else self.missing, "image/png")


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds that were waited for; nothing really waits."""
    seconds: list[float] = []
    monkeypatch.setattr(public, "sleep", seconds.append)
    monkeypatch.setattr(public, "time", SimpleNamespace(monotonic=lambda: sum(seconds)))
    return seconds


def test_an_empty_success_of_a_file_that_was_there_is_not_waited_for(waited: list[float]) -> None:
    upload = uploaded(sample_files.unique_png())
    storage = LateStorage(upload.body, 0, b"")
    files = PublicFiles(storage)  # type: ignore[arg-type]
    files.read(upload)

    storage.misses = 10_000

    assert not is_the_file(files.read(upload), upload)
    assert waited == []


def test_a_file_is_waited_for_up_to_the_bound(waited: list[float]) -> None:
    upload = uploaded(sample_files.unique_png())
    files = PublicFiles(LateStorage(upload.body, 7))  # type: ignore[arg-type]

    assert is_the_file(files.read(upload), upload)

    assert PUBLIC_SOON_S < sum(waited) < PUBLIC_BOUND_S
    assert files.missed_s == 35


class SlowCdn:
    """A CDN that shows each file so many seconds after it was stored."""

    def __init__(self, waited: list[float], delay_s: float) -> None:
        self._waited, self._delay_s = waited, delay_s
        self._stored: dict[str, tuple[bytes, float]] = {}

    def stored(self, name: str) -> list[Upload]:
        upload = uploaded(sample_files.unique_png())
        upload.public_url = name
        self._stored[name] = upload.body, sum(self._waited)
        return [upload]

    def read(self, url: str) -> Exchange:
        body, since = self._stored[url]
        return served(body if sum(self._waited) - since >= self._delay_s else b"", "image/png")


@pytest.mark.parametrize(("delay_s", "missed_s"), [(0, 0), (8, 7), (14, 7), (20, 15)])
def test_the_waits_for_several_late_files_overlap(
    waited: list[float], delay_s: float, missed_s: float
) -> None:
    cdn = SlowCdn(waited, delay_s)
    names = [f"file {number}" for number in range(8)]
    makers = {name: partial(cdn.stored, name) for name in names}
    files = PublicFiles(cdn, makers)  # type: ignore[arg-type]

    for name in names:
        assert is_the_file(files.read(files.file(name)), files.file(name))

    assert sum(waited) <= 2 * delay_s
    assert files.missed_s == missed_s


def test_after_a_file_that_never_came_no_other_is_waited_for(waited: list[float]) -> None:
    upload = uploaded(sample_files.unique_png())
    files = PublicFiles(LateStorage(upload.body, 10_000))  # type: ignore[arg-type]

    for _ in range(3):
        assert not is_the_file(files.read(upload), upload)

    assert sum(waited) == PUBLIC_BOUND_S
    assert files.missed_s == 0


def test_a_file_that_vanished_is_not_waited_for_so_long(waited: list[float]) -> None:
    upload = uploaded(sample_files.unique_png())
    storage = LateStorage(upload.body, 0)
    files = PublicFiles(storage)  # type: ignore[arg-type]
    assert is_the_file(files.read(upload), upload)

    storage.misses = 10_000
    assert not is_the_file(files.read(upload), upload)

    assert sum(waited) == PUBLIC_SOON_S


class Site:
    """A public host that answers every path in its own way."""

    def __init__(self, page: str) -> None:
        self.page = page

    def read(self, url: str) -> Exchange:
        return served(self.page.format(path=url).encode(), "text/html")


@pytest.mark.parametrize("page", ["Nothing here.", "There is no {path}."])
def test_a_page_that_stands_wherever_no_file_is_may_name_the_path(page: str) -> None:
    site, url = Site(page), "http://h/posts/7/3f2a9c50.png"

    assert PublicFiles(site).is_everywhere(site.read(url), url)  # type: ignore[arg-type]


def test_an_answer_that_no_other_path_gives_is_not_everywhere() -> None:
    site = Site("Nothing here.")
    files = PublicFiles(site)  # type: ignore[arg-type]

    assert not files.is_everywhere(served(b"another file", "image/png"), "http://h/posts/7/a.png")


@pytest.mark.parametrize("content_type", ACCEPTED_TYPES)
def test_a_placeholder_is_no_file(content_type: str) -> None:
    assert is_a_file_of(served(sample_files.genuine(content_type), content_type), content_type)
    assert not is_a_file_of(served(b"<svg/>", "image/svg+xml"), content_type)
    assert not is_a_file_of(served(b'{"status": "pending"}', content_type), content_type)

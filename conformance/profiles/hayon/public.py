"""Reading public files: a CDN or proxy before the bucket may need a moment."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from conformance.harness import sample_files, upload_url
from conformance.harness.bounds import sleep
from conformance.harness.concurrency import parallel
from conformance.harness.sight import Look, compared, seen, why_unknown
from conformance.judge import expect
from conformance.judge.finding import Blocked, Finding
from conformance.model.signed_url import SignedUrl
from conformance.profiles.hayon.given import ACCEPTED_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.harness.storage import Storage
    from conformance.model.exchange import Exchange
    from conformance.profiles.hayon.given import Given, Upload

    Files = Mapping[str, Callable[[], list[Upload]]]

# Seconds between two looks for a file, `PUBLIC_BOUND_S` in total. They grow, since a CDN may
# remember each miss for some seconds.
_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 15.0)
# How many of them a file that was there before may be away: an edge of the CDN may lag.
_PAUSES_AGAIN = 4
# Seconds before the first look for a new file, once another file was late.
_START_S = 3.0
_OK = 200
# How many files are stored at the same time.
_AT_ONCE = 4
# Parameters of signed or expiring URLs: S3 and similar stores, CloudFront, Azure, other CDNs.
_EXPIRING = frozenset(
    {"expires", "expiry", "exp", "signature", "sig", "se", "policy", "key-pair-id", "hdnts"}
)
# Parameters that some CDNs let expire; others use these names for anything else.
_PERHAPS_EXPIRING = frozenset({"expire", "verify", "auth_key", "e", "validto", "valid_to"})
_EPOCH = re.compile(r"(?<!\d)\d{10}(?!\d)")
_YEAR_S = 366 * 86_400
_EXPIRING_PREFIXES = ("x-amz-", "x-goog-", "x-oss-", "x-cos-")


#: The names of files besides those of the accepted types.
AGAIN, OVER_1_MIB, SIX_MIB = "read again", "over 1 MiB", "6 MiB"
SIMULTANEOUS, EQUAL = "stored at the same time", "the same file twice"
# A little more than the default limit of nginx and others.
_OVER_1_MIB = (1 << 20) + 17
#: The larger files by name: their type, and how one is made.
LARGE: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    OVER_1_MIB: ("image/png", partial(sample_files.unique_png, _OVER_1_MIB)),
    **{name: upload_url.FILES[name] for name in ("film over 1 MiB", "JPEG over 1 MiB")},
    **{
        f"{noun} over 1 MiB": (one, partial(sample_files.padded, one, _OVER_1_MIB))
        for noun, one in (
            ("JPEG called jpg", "image/jpg"),
            ("WebP", "image/webp"),
            ("QuickTime film", "video/quicktime"),
        )
    },
}


def files_of(given: Given, *, small: bool) -> Files:
    """Return how the files of the cases are made, by name; `small` leaves out the largest."""

    def simultaneous() -> list[Upload]:
        bodies = [sample_files.unique_png(2_000) for _ in range(_AT_ONCE)]
        given.working()
        return parallel(lambda body: given.stored("image/png", body), bodies)

    def large(name: str) -> list[Upload]:
        content_type, make = LARGE[name]
        return [given.stored(content_type, make())]

    def equal() -> list[Upload]:
        first = given.sample("image/png")
        return [first, given.stored(first.content_type, first.body)]

    makers: dict[str, Callable[[], list[Upload]]] = {
        **{name: partial(_sample, given, name) for name in ACCEPTED_TYPES},
        **{name: partial(large, name) for name in LARGE},
        AGAIN: lambda: [given.stored()],
        SIMULTANEOUS: simultaneous,
        EQUAL: equal,
    }
    six_mib = partial(sample_files.unique_png, 6 << 20)
    return makers if small else {**makers, SIX_MIB: lambda: [given.stored("image/png", six_mib())]}


def _sample(given: Given, content_type: str) -> list[Upload]:
    return [given.sample(content_type)]


class PublicFiles:
    """The files behind s3Url, as a client without credentials reads them."""

    def __init__(self, storage: Storage, files: Files | None = None) -> None:
        """Keep how files are read and made.

        Args:
            storage: Reads the URLs.
            files: Makes the files of the cases, each by its name.
        """
        self._storage = storage
        self._files = files or {}
        self._made: dict[str, list[Upload] | Finding] = {}
        self._in_vain = False
        self._late = False
        self._since: dict[str, float] = {}
        self._missed: dict[str, float] = {}
        self._seen: set[str] = set()

    def file(self, name: str) -> Upload:
        """Return the stored file of a name; no other case changes it."""
        return self.files(name)[0]

    def files(self, name: str) -> list[Upload]:
        """Return the stored files of a name, made when the first case asks for them."""
        self._make(name)
        found = self._made[name]
        if isinstance(found, Finding):
            raise found
        return found

    def read(self, upload: Upload) -> Exchange:
        """Read a stored file, and wait for it; after one file that never came, wait no more.

        Once a file is late, the files of all other cases are stored too, so that their waits
        overlap. The first look for a new one is delayed, so that no CDN remembers a miss.
        """
        url = upload.public_url
        began = self._since.setdefault(url, time.monotonic())
        if self._late and url not in self._seen:
            sleep(max(began + _START_S - time.monotonic(), 0.0))
        exchange = self._look(url, began, upload)
        for pause in self._pauses(url):
            if is_the_file(exchange, upload) or self._never_mends(exchange, url):
                break
            self._make_all()
            sleep(pause)
            exchange = self._look(url, began, upload)
            self._late |= is_the_file(exchange, upload)
        self._in_vain |= not is_the_file(exchange, upload)
        return exchange

    def _look(self, url: str, began: float, upload: Upload) -> Exchange:
        """Look once, and note until when the file had certainly not come."""
        at = time.monotonic()
        exchange = self._storage.read(url)
        if is_the_file(exchange, upload):  # until the file is there, a placeholder may be
            self._seen.add(url)
        elif url not in self._seen:
            self._missed[url] = at - began
        return exchange

    def _never_mends(self, exchange: Exchange, url: str) -> bool:
        """Whether no edge of a CDN that lags answers so.

        The body cannot be decoded, or a file that was there is an empty success now.
        """
        answer = exchange.response
        if answer is None or answer.defect:
            return answer is not None
        return url in self._seen and answer.status == _OK and not answer.body

    def _make(self, name: str) -> None:
        if name in self._made:
            return
        try:
            self._made[name] = found = self._files[name]()
        except Finding as finding:
            self._made[name] = finding
        else:
            self._since |= dict.fromkeys((one.public_url for one in found), time.monotonic())

    def _make_all(self) -> None:
        for name in self._files:
            self._make(name)

    def _pauses(self, url: str) -> tuple[float, ...]:
        if self._in_vain:
            return ()
        return _PAUSES_S[:_PAUSES_AGAIN] if url in self._seen else _PAUSES_S

    @property
    def missed_s(self) -> float:
        """The most seconds after which a file that came later was still missing, of all files.

        More than `PUBLIC_SOON_S` is late. A slow machine looks late, so the seconds until a
        file was seen would say too much.
        """
        return max((self._missed.get(url, 0.0) for url in self._seen), default=0.0)

    def read_at_once(self, url: str) -> Exchange:
        """Read a URL once, without waiting."""
        return self._storage.read(url)

    def read_part(self, upload: Upload, part: str) -> tuple[Exchange, bytes]:
        """Read a part of a file that is public; return the answer, and the whole file."""
        whole = self.read(upload)
        gives_the_bytes(whole, upload)
        body = whole.response.body if whole.response else b""
        return self._storage.read(upload.public_url, part), body

    def is_everywhere(self, exchange: Exchange, url: str) -> bool:
        """Whether the site gives the same answer for a path that certainly has no file.

        The answer may name the path.
        """
        parts = urlsplit(url)
        folder, _, name = parts.path.rpartition("/")
        _, dot, extension = name.rpartition(".")
        other = str(uuid4())
        nowhere = f"{folder}/{other}{dot}{extension if dot else ''}"
        sibling = self._storage.read(urlunsplit(parts._replace(path=nowhere)))
        same = sibling.response and exchange.response
        own = name.rpartition(".")[0] or name
        return bool(same) and _shown(sibling, other) == _shown(exchange, own)


def _shown(exchange: Exchange, name: str) -> tuple[int | None, bytes]:
    """Return the status and the body of an answer, without the name of the file that was asked."""
    body = exchange.response.body if exchange.response else b""
    return exchange.status, body.replace(name.encode(), b"") if name else body


def gives_the_bytes(exchange: Exchange, upload: Upload) -> None:
    """Judge that an answer is the uploaded file (HY-PUBLIC-01)."""
    expect.that(
        exchange.succeeded,
        "the uploaded bytes",
        lambda: f"it was {exchange.summary()}",
        exchange,
        expect.SUCCESS_STATUS,
    )
    look = _look_of(exchange, upload)
    expect.that(
        look is not Look.ANOTHER,
        "the uploaded bytes",
        lambda: _difference(exchange, upload),
        exchange,
    )
    if look is Look.UNKNOWN and exchange.response is not None:
        raise Blocked(limit=why_unknown(exchange.response.body))


def is_the_file(exchange: Exchange, upload: Upload) -> bool:
    """Whether an answer may be the uploaded file: its bytes, or a file that shows the same.

    Where only a decoder could tell, and none is installed, the answer is yes: `gives_the_bytes`
    judges it.
    """
    return _look_of(exchange, upload) is not Look.ANOTHER


def _look_of(exchange: Exchange, upload: Upload) -> Look:
    """Return how an answer compares with the uploaded file.

    A CDN may remove metadata, and encode a file again, also as another type. But a file with the
    mark of another upload is that other upload's file.
    """
    body = exchange.response.body if exchange.response else b""
    if exchange.response and exchange.response.defect:
        return Look.ANOTHER  # a browser cannot decode it, and shows nothing
    if exchange.succeeded and body == upload.body:
        return Look.SAME
    if not exchange.succeeded or not body or _is_foreign(body, upload):
        return Look.ANOTHER
    return (seen if _transcoded(exchange, upload) else compared)(upload.body, body)


def _is_foreign(body: bytes, upload: Upload) -> bool:
    return sample_files.mark_of(body) not in {None, sample_files.mark_of(upload.body)}


def _transcoded(exchange: Exchange, upload: Upload) -> bool:
    """Whether a picture or a film is served as a picture or a film of another type."""
    kind = upload.content_type.partition("/")[0]
    another = exchange.content_type not in served_as(upload.content_type)
    body = exchange.response.body if exchange.response else b""
    return another and exchange.content_type.startswith(f"{kind}/") and bool(body)


def _difference(exchange: Exchange, upload: Upload) -> str:
    body = exchange.response.body if exchange.response else b""
    if exchange.response and exchange.response.defect:
        return exchange.response.defect
    if _is_foreign(body, upload):
        return "it gave the bytes of another upload"
    return f"it gave {len(body)} other bytes, and {len(upload.body)} were uploaded"


def is_a_file_of(exchange: Exchange, content_type: str) -> bool:
    """Whether an answer is a whole file of a type, and not a placeholder or an error page.

    No document says what an unused key shows.
    """
    body = exchange.response.body if exchange.response else b""
    alike = served_as(content_type) & {exchange.content_type}
    return bool(exchange.succeeded and alike and sample_files.is_like(body, content_type))


def is_an_upload(exchange: Exchange) -> bool:
    """Whether an answer holds bytes that some case uploaded."""
    body = exchange.response.body if exchange.response else b""
    return exchange.succeeded and sample_files.mark_of(body) is not None


def served_as(content_type: str) -> frozenset[str]:
    """Return the types under which a file of a declared type may be served."""
    # image/jpg is not a registered type (RFC 2046 names image/jpeg).
    jpeg = {"image/jpeg", "image/jpg"}
    return frozenset(jpeg if content_type in jpeg else {content_type})


def has_expiring_query(upload: Upload) -> bool:
    """Whether the query of s3Url signs it or lets it expire.

    A query may also name the file, a version or a lasting token: then the URL is permanent.
    """
    found = {name.lower(): value for name, value in SignedUrl(upload.public_url).parameters.items()}
    if found.keys() & _EXPIRING or any(name.startswith(_EXPIRING_PREFIXES) for name in found):
        return True
    return any(_ends(found[name]) for name in found.keys() & _PERHAPS_EXPIRING)


def _ends(value: str) -> bool:
    """Whether the value of a parameter holds a moment of the next year, in seconds since 1970."""
    now = time.time()
    return any(now < int(moment) < now + _YEAR_S for moment in _EPOCH.findall(value))

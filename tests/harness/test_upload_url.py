"""The duties of an upload URL: what its storage must take, and what it must refuse."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from conformance.harness import sample_files, upload_url
from conformance.harness.bucket import StoredObject
from conformance.judge.finding import Blocked, NotApplicable, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.signed_url import SignedUrl
from conformance.model.url_changes import CHANGES

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.harness import Harness

SIGNED_AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
SIGV4 = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=key%2F20260131%2Fus-east-1%2Fs3"
    "%2Faws4_request&X-Amz-Date=20260131T120000Z&X-Amz-Expires=600"
    "&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature=0badcafe"
)
URL = f"https://s3.example/media/a.png?{SIGV4}"


def answered(
    status: int, body: bytes = b"", *, at: datetime | None = None, method: str = "PUT"
) -> Exchange:
    headers = [("Content-Length", str(len(body)))]
    if at is not None:
        headers.append(("Date", format_datetime(at, usegmt=True)))
    return Exchange(Request(method, URL), Response(status, tuple(headers), body, 0.0))


@dataclass
class OneUpload:
    """An upload whose bytes are stored."""

    url: str = URL
    content_type: str = "image/png"
    exchange: Exchange = field(default_factory=lambda: answered(200))
    body: bytes = b"picture"

    @property
    def signed(self) -> SignedUrl:
        """The upload URL, decoded."""
        return SignedUrl(self.url)


class OneStorage:
    """A harness whose storage gives one answer; it notes what was sent and what was checked."""

    def __init__(
        self,
        answer: Exchange,
        *,
        enforces: bool = True,
        public: bool = False,
        holds: bytes | None = None,
    ) -> None:
        self._answer, self._enforces, self._public = answer, enforces, public
        self._holds = holds
        seen = frozenset() if holds is None else frozenset({"s3-access"})
        self.target = SimpleNamespace(capabilities=seen)
        self.bucket = self
        self.puts: list[tuple[str, bytes, str]] = []
        self.checked: list[str] = []
        self.kinds: list[str] = []
        self.kept: list[bytes] = []
        self.storage = self.canary = self
        self.harness = cast("Harness", self)

    def put(self, url: str, body: bytes, content_type: str) -> Exchange:
        """Note a PUT and answer it."""
        self.puts.append((url, body, content_type))
        return self._answer

    def misuse(self, *_: object) -> Exchange:
        """Answer a request of another method."""
        return self._answer

    def read_beginning(self, url: str) -> Exchange:
        """Answer a request for a part; without a signature only if the file is public."""
        return self._answer if "?" in url or self._public else answered(403)

    def behind(self, _: SignedUrl) -> StoredObject:
        """Return the object in the bucket; a call without credentials is wrong."""
        body = self._holds
        assert body is not None
        return StoredObject("a.png", len(body), "image/png", "", body)

    def gives_to_everybody(self, *_: object) -> bool:
        """Whether the file is public."""
        return self._public

    def check(
        self,
        _: SignedUrl,
        change: str,
        content_type: str,
        *,
        accepted: Exchange | None = None,
        stored: bytes = b"",
    ) -> None:
        """Raise `Blocked` where the storage does not enforce signatures."""
        del accepted
        self.checked.append(change)
        self.kinds.append(content_type)
        self.kept.append(stored)
        if not self._enforces:
            raise Blocked(limit="the storage itself enforces no signatures")


def test_a_file_is_put_to_the_url_itself_and_is_a_new_one_each_time() -> None:
    storage = OneStorage(answered(200))

    for _ in range(2):
        upload_url.takes_a_file(storage.harness, OneUpload())

    assert [(url, kind) for url, _, kind in storage.puts] == [(URL, "image/png")] * 2
    assert storage.puts[0][1] != storage.puts[1][1]


@pytest.mark.parametrize("status", [307, 403, 500])
def test_a_url_that_takes_no_file_is_wrong(status: int) -> None:
    with pytest.raises(Violation):
        upload_url.takes_a_file(OneStorage(answered(status)).harness, OneUpload())


def test_a_refused_put_stores_nothing() -> None:
    kept = OneStorage(answered(403), holds=b"picture")
    upload_url.refuses_a_change(kept.harness, OneUpload(), "tampered")
    refused = answered(403)
    eager = OneStorage(refused, holds=refused.request.body)

    with pytest.raises(Violation):
        upload_url.refuses_a_change(eager.harness, OneUpload(), "tampered")


@pytest.mark.parametrize("change", CHANGES)
def test_the_changed_url_is_the_one_that_is_sent(change: str) -> None:
    storage = OneStorage(answered(403))

    upload_url.refuses_a_change(storage.harness, OneUpload(), change)

    (sent, _, _), *more = storage.puts
    assert sent == CHANGES[change](SignedUrl(URL)).url != URL
    assert more == []
    assert storage.checked == []


@pytest.mark.parametrize("change", CHANGES)
def test_an_accepted_change_is_wrong_where_the_storage_enforces_signatures(change: str) -> None:
    storage = OneStorage(answered(200))

    with pytest.raises(Violation):
        upload_url.refuses_a_change(storage.harness, OneUpload(), change)

    assert storage.checked == [change]


@pytest.mark.parametrize("change", ["tampered", "GET"])
def test_the_canary_learns_for_which_type_the_url_was_signed(change: str) -> None:
    storage, upload = OneStorage(answered(200)), OneUpload(content_type="video/mp4")
    judge = upload_url.refuses_a_change if change in CHANGES else upload_url.refuses_the_method

    with pytest.raises(Violation):
        judge(storage.harness, upload, change)

    assert storage.kinds == ["video/mp4"]


@pytest.mark.parametrize("change", CHANGES)
def test_an_accepted_change_proves_nothing_on_a_storage_without_signatures(change: str) -> None:
    storage = OneStorage(answered(200), enforces=False)

    with pytest.raises(Blocked, match="enforces no signatures"):
        upload_url.refuses_a_change(storage.harness, OneUpload(), change)


@pytest.mark.parametrize(
    "change",
    ["longer_life", "for_other_access_key", "for_other_region", "with_other_signed_headers"],
)
def test_a_url_without_sigv4_has_nothing_of_it_that_could_be_changed(change: str) -> None:
    upload = OneUpload(url="https://s3.example/media/a.png?Signature=feed")
    storage = OneStorage(answered(200))

    with pytest.raises(NotApplicable):
        upload_url.refuses_a_change(storage.harness, upload, change)

    assert storage.puts == []


def test_only_the_access_key_of_a_credential_is_changed() -> None:
    url = SignedUrl("https://s3.example/k?X-Amz-Credential=AKIA7%2F20320131%2Fs3&X-Amz-Signature=f")

    changed = CHANGES["for_other_access_key"](url)

    assert changed.parameters == {"X-Amz-Credential": "AKIA0/20320131/s3", "X-Amz-Signature": "f"}


def test_the_region_and_the_signed_headers_are_changed_alone() -> None:
    url = SignedUrl(URL)

    region = CHANGES["for_other_region"](url)
    headers = CHANGES["with_other_signed_headers"](url)

    credential = "key/20260131/eu-west-1/s3/aws4_request"
    assert region.parameters == {**url.parameters, "X-Amz-Credential": credential}
    names = "content-type;host;x-amz-meta-other"
    assert headers.parameters == {**url.parameters, "X-Amz-SignedHeaders": names}


@pytest.mark.parametrize("path", ["media/a.png", "media/a"])
def test_the_extension_of_a_key_is_changed(path: str) -> None:
    changed = CHANGES["for_other_extension"](SignedUrl(f"https://s3.example/{path}?{SIGV4}"))

    assert changed.url == f"https://s3.example/media/a.html?{SIGV4}"


def test_a_part_that_is_refused_or_public_is_right() -> None:
    upload_url.gives_no_part(OneStorage(answered(403)).harness, OneUpload())
    upload_url.gives_no_part(OneStorage(answered(206, b"pic"), public=True).harness, OneUpload())


def test_a_part_that_only_the_url_gives_is_wrong() -> None:
    storage = OneStorage(answered(206, b"pic"))

    with pytest.raises(Violation):
        upload_url.gives_no_part(storage.harness, OneUpload())

    assert storage.checked == ["GET"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_another_method_that_is_refused_is_right(method: str) -> None:
    storage = OneStorage(answered(403, method=method))

    upload_url.refuses_the_method(storage.harness, OneUpload(), method)

    assert storage.checked == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_another_method_that_works_is_wrong(method: str) -> None:
    storage = OneStorage(answered(200, OneUpload().body, method=method))

    with pytest.raises(Violation):
        upload_url.refuses_the_method(storage.harness, OneUpload(), method)

    assert storage.checked == [method]
    assert storage.kept == [b"picture"]


def test_a_file_that_everybody_may_read_grants_nothing_more() -> None:
    storage = OneStorage(answered(200, OneUpload().body, method="GET"), public=True)

    upload_url.refuses_the_method(storage.harness, OneUpload(), "GET")


def test_a_head_that_does_not_describe_the_object_shows_nothing() -> None:
    storage = OneStorage(answered(200, method="HEAD"))

    upload_url.refuses_the_method(storage.harness, OneUpload(), "HEAD")

    assert storage.checked == []


def late_put(status: int, *, after_s: float) -> None:
    upload_url.worked_late(answered(status, at=SIGNED_AT + timedelta(seconds=after_s)))


def test_a_late_put_must_work() -> None:
    late_put(200, after_s=590)
    with pytest.raises(Violation):
        late_put(403, after_s=590)


def test_a_late_put_that_came_too_late_by_the_storages_clock_proves_nothing() -> None:
    with pytest.raises(Blocked, match="by the storage's own clock"):
        late_put(403, after_s=600)


def expired_put(status: int, *, after_s: float, enforces: bool = True) -> OneStorage:
    answer = answered(status, at=SIGNED_AT + timedelta(seconds=after_s))
    storage = OneStorage(answer, enforces=enforces)
    upload_url.refuses_after_expiry(storage.harness, OneUpload())
    return storage


def test_an_expired_url_must_be_refused() -> None:
    assert expired_put(403, after_s=610).checked == []
    with pytest.raises(Violation):
        expired_put(200, after_s=610)


def test_an_expired_url_proves_nothing_where_the_clocks_differ_or_nothing_is_enforced() -> None:
    with pytest.raises(Blocked, match="by the storage's own clock"):
        expired_put(200, after_s=590)
    with pytest.raises(Blocked, match="enforces no signatures"):
        expired_put(200, after_s=610, enforces=False)


EMPTY = OneUpload(url=f"{URL}&x-amz-checksum-crc32=AAAAAA%3D%3D")


def test_a_checksum_of_an_empty_body_is_wrong_whatever_a_storage_does_with_it() -> None:
    with pytest.raises(Violation, match="it has x-amz-checksum-crc32: a storage that compares it"):
        upload_url.demands_no_empty_body(EMPTY)


def test_a_url_without_a_checksum_demands_no_empty_body() -> None:
    upload_url.demands_no_empty_body(OneUpload())


def test_a_url_must_be_signed_and_its_parameters_are_named() -> None:
    upload_url.is_signed(OneUpload())
    upload_url.is_signed(OneUpload(url="https://s3.example/k?Signature=feed"))
    with pytest.raises(Violation, match="none"):
        upload_url.is_signed(OneUpload(url="https://s3.example/k"))
    with pytest.raises(Violation, match="X-Amz-Date"):
        upload_url.is_signed(OneUpload(url="https://s3.example/k?X-Amz-Date=20260131T120000Z"))


def test_only_the_parameters_of_sigv4_are_held_against_each_other() -> None:
    upload_url.is_consistently_signed(OneUpload())
    with pytest.raises(NotApplicable):
        upload_url.is_consistently_signed(OneUpload(url="https://s3.example/k?Signature=feed"))
    broken = OneUpload(url=URL.replace("X-Amz-Expires=600", "X-Amz-Expires=0"))
    with pytest.raises(Violation, match="X-Amz-Expires"):
        upload_url.is_consistently_signed(broken)


class OneBucket:
    """A bucket in which the PUT stored one object, or nothing."""

    def __init__(self, found: StoredObject | None) -> None:
        self._found = found
        self.bucket = cast("Bucket", self)

    def arrived(self, _: SignedUrl) -> StoredObject | None:
        """Return the object."""
        return self._found


def stored(body: bytes, content_type: str = "image/png") -> Bucket:
    digest = hashlib.sha256(body).hexdigest()
    return OneBucket(StoredObject("a.png", len(body), content_type, digest)).bucket


def test_the_object_has_the_bytes_and_the_type_of_the_upload() -> None:
    upload_url.stored_the_bytes(stored(b"picture", "text/plain"), OneUpload())
    upload_url.stored_the_type(stored(b"another"), OneUpload())
    with pytest.raises(Violation, match="SHA-256"):
        upload_url.stored_the_bytes(stored(b"another"), OneUpload())
    with pytest.raises(Violation, match="content type"):
        upload_url.stored_the_type(stored(b"picture", "text/plain"), OneUpload())


def test_a_put_that_stored_nothing_is_wrong() -> None:
    with pytest.raises(Violation, match="there is no object"):
        upload_url.stored_the_bytes(OneBucket(None).bucket, OneUpload())


def test_the_body_that_is_sent_is_a_genuine_file_of_the_declared_type() -> None:
    storage = OneStorage(answered(200))

    upload_url.takes_a_file(storage.harness, OneUpload())

    (_, body, _), *_ = storage.puts
    assert body[:8] == sample_files.genuine("image/png")[:8]


@pytest.mark.parametrize("change", ["tampered", "for_other_key", "GET", "DELETE"])
def test_a_connection_that_the_storage_ends_may_be_its_refusal(change: str) -> None:
    storage = OneStorage(Exchange(Request("PUT", URL), None, "ReadError: reset by peer"))

    changed = change in CHANGES
    judge = upload_url.refuses_a_change if changed else upload_url.refuses_the_method

    with pytest.raises(Blocked, match="no answer, which may be a refusal: ReadError"):
        judge(storage.harness, OneUpload(), change)

"""The storage canary: when an API may be blamed for what its storage let through."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import pytest

from conformance.harness import canary
from conformance.harness.harness import Harness
from conformance.harness.journal import OBJECT, read_journal
from conformance.judge.finding import Blocked, Violation
from conformance.model.profile import Profile
from conformance.model.signed_url import SignedUrl
from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERY = "X-Amz-Signature=feed"


class Store(BaseHTTPRequestHandler):
    """Takes a PUT with the one good signature; some folders take more.

    Under /lax any PUT, under /open any without a signature, under /moto any of a new key.
    """

    written: ClassVar[set[str]] = set()
    bodies: ClassVar[list[bytes]] = []
    types: ClassVar[list[str | None]] = []
    deleted: ClassVar[set[str]] = set()

    def do_PUT(self) -> None:
        self.types.append(self.headers.get("Content-Type"))
        self.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        key, _, query = self.path.partition("?")
        good = self.path.startswith("/lax") or self.path.endswith(QUERY)
        good |= self.path.startswith("/open") and not query
        good |= self.path.startswith("/moto") and (bool(query) or key not in self.written)
        self.written.add(key)
        self.answer(200 if good else 403)

    def do_DELETE(self) -> None:
        self.deleted.add(self.path.partition("?")[0])
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def store() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def harness(base_url: str, **more: Any) -> Iterator[Harness]:
    target = Target("hayon", base_url, "token-of-nobody", **more)
    found = Harness(Profile.load("hayon"), target, uuid4().hex[:12])
    try:
        yield found
    finally:
        found.close()


@pytest.mark.parametrize("change", ["stripped", "for_other_key", "GET", "expired"])
def test_a_url_whose_tampering_is_refused_shows_that_signatures_count(
    store: str, change: str
) -> None:
    with harness("http://127.0.0.1:9") as examined:
        examined.canary.check(SignedUrl(f"{store}/media/key?{QUERY}"), change)


def test_the_url_of_a_film_is_tried_with_a_film(store: str) -> None:
    Store.types.clear()

    with harness("http://127.0.0.1:9") as examined:
        examined.canary.check(SignedUrl(f"{store}/media/key?{QUERY}"), "GET", "video/mp4")

    assert Store.types == ["video/mp4"]


@pytest.mark.parametrize("change", ["tampered", "for_other_key", "GET"])
def test_without_a_bucket_a_lax_storage_proves_nothing_and_leaves_nothing(
    store: str, change: str
) -> None:
    with harness("http://127.0.0.1:9") as examined:
        with pytest.raises(Blocked, match="s3-access"):
            examined.canary.check(SignedUrl(f"{store}/lax/key?{QUERY}"), change)
        journal = read_journal(examined.ledger.path)

    assert journal.having(OBJECT) == []
    assert examined.leftovers == []


def test_a_storage_on_the_apis_own_origin_is_the_api(store: str) -> None:
    with harness(store) as examined:
        examined.canary.check(SignedUrl(f"{store}/lax/key?{QUERY}"), "tampered")


def test_with_the_bucket_a_storage_without_signatures_is_found_by_a_key_never_written(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    Store.deleted.clear()
    bucket = {"s3_bucket": "moto", "s3_endpoint": store}

    with (
        harness("http://127.0.0.1:9", **bucket) as examined,
        pytest.raises(Blocked, match="enforces no signatures"),
    ):
        examined.canary.check(SignedUrl(f"{store}/moto/key?X-Amz-Signature=beef"), "stripped")

    # This store says of every key that it has it: so the kit leaves the one of the upload URL.
    assert ["canary" in one for one in examined.leftovers] == [False]
    assert len([key for key in Store.deleted if "conformance-canary" in key]) == 2


def test_a_lax_storage_keeps_the_object_as_it_is_and_nothing_of_the_canary(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything")
    Store.deleted.clear()
    Store.bodies.clear()
    url = SignedUrl(f"{store}/lax/key?{QUERY}")
    bucket = {"s3_bucket": "lax", "s3_endpoint": store}

    with harness("http://127.0.0.1:9", **bucket) as examined:
        with pytest.raises(Blocked, match="enforces no signatures"):
            examined.canary.check(url, "for_other_key", stored=b"the picture")
        with pytest.raises(Blocked, match=r"the kit's own misuse of a URL was answered 501"):
            examined.canary.check(url, "GET", stored=b"the picture")

    assert [body for body in Store.bodies if body != b"canary"] == [b"the picture"] * 2
    assert len([key for key in Store.deleted if key.endswith("-other")]) == 1


def test_a_private_storage_that_takes_unsigned_puts_on_any_key_proves_nothing(store: str) -> None:
    Store.deleted.clear()

    with (
        harness("http://127.0.0.1:9") as examined,
        pytest.raises(Blocked, match="either everybody may write to the bucket, or the storage"),
    ):
        examined.canary.check(SignedUrl(f"{store}/open/key?{QUERY}"), "stripped")

    assert len(Store.deleted) == 1


def test_a_public_storage_that_takes_unsigned_puts_on_any_key_is_at_fault(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "is_private", lambda *_: False)

    with (
        harness("http://127.0.0.1:9") as examined,
        pytest.raises(Violation, match="either everybody may write to the bucket, or the storage"),
    ):
        examined.canary.check(SignedUrl(f"{store}/open/key?{QUERY}"), "stripped")


@pytest.mark.parametrize(
    ("host", "private"),
    [
        *(("127.0.0.1:9000", True), ("localhost", True), ("media.s3.localhost:9", True)),
        *(("10.1.2.3", True), ("[::1]:9000", True), ("192.168.0.9:80", True)),
        *(("52.216.1.1", False), ("mapped.example", True), ("unknown.invalid", False)),
    ],
)
def test_an_address_of_this_machine_or_network_is_private(host: str, *, private: bool) -> None:
    mapping = {"mapped.example": "127.0.0.1:9000"}
    target = Target("hayon", "http://127.0.0.1:9", "token-of-nobody", storage_resolve=mapping)

    assert canary.is_private(SignedUrl(f"http://{host}/key?{QUERY}"), target) is private

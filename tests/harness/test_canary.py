"""The storage canary: when an API may be blamed for what its storage let through."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.harness.harness import Harness
from conformance.judge.finding import Blocked
from conformance.model.profile import Profile
from conformance.model.signed_url import SignedUrl
from conformance.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERY = "X-Amz-Signature=feed"


class Store(BaseHTTPRequestHandler):
    """Takes any PUT under /lax, elsewhere one with the one good signature."""

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        good = self.path.startswith("/lax") or self.path.endswith(QUERY)
        self.send_response(200 if good else 403)
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
def harness(base_url: str) -> Iterator[Harness]:
    target = Target("hayon", base_url, "token-of-nobody")
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


@pytest.mark.parametrize("change", ["tampered", "for_other_key", "GET"])
def test_without_a_bucket_a_lax_storage_proves_nothing_and_leaves_nothing(
    store: str, change: str
) -> None:
    with harness("http://127.0.0.1:9") as examined:
        with pytest.raises(Blocked, match="s3-access"):
            examined.canary.check(SignedUrl(f"{store}/lax/key?{QUERY}"), change)
        journal = examined.ledger.path.read_text(encoding="utf-8")

    assert journal == ""
    assert examined.leftovers == []


def test_a_storage_on_the_apis_own_origin_is_the_api(store: str) -> None:
    with harness(store) as examined:
        examined.canary.check(SignedUrl(f"{store}/lax/key?{QUERY}"), "tampered")

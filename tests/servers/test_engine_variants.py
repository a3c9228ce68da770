"""The storages before the store do what their sentences say."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
from starlette.responses import Response

from conformance.servers import engine_variants
from conformance.servers.engine_variants import ENGINE_VARIANT
from conformance.servers.store_front import StoreFront

if TYPE_CHECKING:
    import pytest
    from starlette.applications import Starlette
    from starlette.requests import Request

KEY, OWNER = "/media/a/b.png", {"Authorization": "AWS4-HMAC-SHA256 x"}


class Store:
    """A bucket in memory behind the front; a PUT without `good` in its query is refused."""

    bucket = "media"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.direct = self

    def head(self, key: str) -> tuple[int, str] | None:
        found = self.objects.get(f"/media/{key}")
        return None if found is None else (len(found), "image/png")

    def read(self, key: str) -> bytes:
        return self.objects[f"/media/{key}"]

    async def answer(self, _: StoreFront, request: Request) -> Response:
        path = request.url.path
        if "good" not in request.query_params and "authorization" not in request.headers:
            return Response("SignatureDoesNotMatch", 403)
        if request.method == "PUT":
            self.objects[path] = await request.body()
        elif request.method == "DELETE":
            self.objects.pop(path, None)
        elif path == "/media":
            return Response(",".join(self.objects))
        elif path not in self.objects:
            return Response("NoSuchKey", 404)
        return Response(self.objects.get(path, b""))


class Client:
    """Asks an application in this process."""

    def __init__(self, application: Starlette) -> None:
        self._transport = httpx.ASGITransport(application)

    def __call__(
        self, method: str, path: str, headers: dict[str, str] | None = None, content: bytes = b""
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            client = httpx.AsyncClient(transport=self._transport, base_url="http://front:7")
            async with client:
                return await client.request(method, path, headers=headers, content=content)

        return asyncio.run(ask())


def client(name: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a client of a storage in front of a bucket in memory."""
    bucket = Store()
    store: Any = bucket

    async def passed(front: StoreFront, request: Request) -> Response:
        return await bucket.answer(front, request)

    monkeypatch.setattr(StoreFront, "passed", passed)
    front = ENGINE_VARIANT[name].front
    assert front is not None
    return Client(front(store))


def test_each_method_is_refused_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = client("storage-refuses-in-other-words", monkeypatch)

    refused = [storage(method, KEY).status_code for method in ("PUT", "GET", "HEAD", "DELETE")]

    assert refused == [400, 405, 501, 501]
    assert storage("PUT", f"{KEY}?good=1").status_code == 200


def test_a_clock_ahead_shows_in_date_and_ends_short_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = client("storage-clock-is-ahead", monkeypatch)
    signed = f"{KEY}?good=1&X-Amz-Date={datetime.now(UTC):%Y%m%dT%H%M%SZ}&X-Amz-Expires="

    short, long = storage("PUT", f"{signed}5"), storage("PUT", f"{signed}60")

    assert (short.status_code, long.status_code) == (403, 200)
    ahead = parsedate_to_datetime(short.headers["date"]) - datetime.now(UTC)
    assert timedelta(seconds=5) < ahead < timedelta(seconds=9)


def test_a_list_may_be_old(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = client("storage-lists-late", monkeypatch)
    before = storage("GET", "/media", OWNER).text
    storage("PUT", KEY, OWNER)

    assert (before, storage("GET", "/media", OWNER).text) == ("", "")
    assert storage("GET", KEY, OWNER).status_code == 200
    monkeypatch.setattr(engine_variants, "_LISTS_LAST_S", 0.0)
    assert storage("GET", "/media", OWNER).text == KEY


def test_what_was_replaced_or_removed_is_shown_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = client("storage-is-eventually-consistent", monkeypatch)
    for body in (b"first", b"second"):
        storage("PUT", KEY, OWNER, body)

    assert storage("GET", KEY, OWNER).content == b"first"
    monkeypatch.setattr(engine_variants, "_STALE_S", 0.0)
    assert storage("GET", KEY, OWNER).content == b"second"
    monkeypatch.undo()
    storage = client("storage-is-eventually-consistent", monkeypatch)
    storage("PUT", KEY, OWNER, b"first")
    storage("DELETE", KEY, OWNER)
    assert storage("GET", KEY, OWNER).content == b"first"


def test_a_front_passes_a_request_on_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    class Connection:
        def __init__(self, netloc: str, timeout: float) -> None:
            seen.append((netloc, timeout > 0))

        def putrequest(self, method: str, target: str, **_: bool) -> None:
            seen.append((method, target))

        def putheader(self, name: str, value: str) -> None:
            seen.append((name.lower(), value))

        def endheaders(self, body: bytes) -> None:
            seen.append(hashlib.md5(body, usedforsecurity=False).hexdigest())

        def getresponse(self) -> Any:
            headers = [("ETag", '"e"'), ("Transfer-Encoding", "chunked")]
            return SimpleNamespace(
                status=200, read=lambda: b"ok", getheaders=lambda: headers, getheader=lambda *_: "2"
            )

        def close(self) -> None:
            """End the connection."""

    monkeypatch.setattr("conformance.servers.store_front.HTTPConnection", Connection)
    store: Any = SimpleNamespace(endpoint="http://127.0.0.1:9", bucket="media")
    store.direct = store
    asked = Client(StoreFront(store).application())

    answer = asked("PUT", "/media/a%20b?X=%2F", {"Content-Type": "image/png"}, b"body")

    assert (answer.content, answer.headers["etag"]) == (b"ok", '"e"')
    assert "transfer-encoding" not in answer.headers
    assert seen[:2] == [("127.0.0.1:9", True), ("PUT", "/media/a%20b?X=%2F")]
    assert {("host", "front:7"), ("content-type", "image/png"), ("content-length", "4")} < set(seen)


def test_the_bucket_may_be_in_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    async def asked(_: StoreFront, __: Request, target: str, host: str) -> Response:
        seen.append((target, host))
        return Response(b"")

    monkeypatch.setattr(StoreFront, "asked", asked)
    front = ENGINE_VARIANT["storage-has-virtual-hosts"].front
    assert front is not None
    store: Any = Store()
    storage = Client(front(store))

    storage("PUT", "/a/b%20c.png?X=1", {"Host": "media.localhost:7"})
    storage("GET", "/media/a?X=1", {"Host": "127.0.0.1:7"})

    assert seen == [("/media/a/b%20c.png?X=1", "127.0.0.1:7"), ("/media/a?X=1", "127.0.0.1:7")]

"""The variants of the storage itself: what other S3 engines do, in front of the store.

Server and clients use the same storage, so it is not what one server makes of it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from conformance.servers.registry import Registry
from conformance.servers.store import FAILED
from conformance.servers.store_front import StoreFront, is_presigned

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Apply, Server
    from conformance.servers.store import StoreAccess

ENGINE_VARIANT = Registry("variant")

_FORBIDDEN = 403
_OTHER_STATUSES = {"PUT": 400, "GET": 405, "HEAD": 501, "DELETE": 501}
# Seconds: more than an upload of the twin lives, so that its URLs have expired when they are new.
_AHEAD_S = 8.0
_LISTS_LAST_S = 2.0
_STALE_S = 1.0


def _engine(
    name: str, sentence: str, front: type[StoreFront], apply: Apply = lambda _: None
) -> None:
    """Register a storage; the server itself stays as it is, unless `apply` changes it."""
    ENGINE_VARIANT.add(name, sentence, apply, front=lambda store: front(store).application())


class _Lax(StoreFront):
    async def passed(self, request: Request) -> Response:
        """Do what a request asks, with a signature of the store's own."""
        key = self.key(request)
        if not is_presigned(request) or not key:
            return await super().passed(request)
        parts = urlsplit(self.store.signed(request.method, key))
        return await self.asked(request, f"{parts.path}?{parts.query}", parts.netloc)


_engine("storage-checks-no-signatures", "The storage checks no signature, key or expiry.", _Lax)


class _OtherWords(StoreFront):
    async def passed(self, request: Request) -> Response:
        """Refuse each method in another way."""
        response = await super().passed(request)
        if response.status_code == _FORBIDDEN and is_presigned(request):
            return Response("Not supported", _OTHER_STATUSES.get(request.method, _FORBIDDEN))
        return response


_engine(
    "storage-refuses-in-other-words",
    "The storage refuses with 400, 405 and 501 where S3 answers 403.",
    _OtherWords,
)


class _ClockAhead(StoreFront):
    async def passed(self, request: Request) -> Response:
        """Refuse what has expired by the clock of this storage, and show it in Date."""
        now = datetime.now(UTC) + timedelta(seconds=_AHEAD_S)
        end = _expiry_of(request)
        if end is not None and now > end:
            response = Response("<Error><Code>AccessDenied</Code></Error>", _FORBIDDEN)
        else:
            response = await super().passed(request)
        response.headers["date"] = formatdate(now.timestamp(), usegmt=True)
        return response


def _expiry_of(request: Request) -> datetime | None:
    query = request.query_params
    if "X-Amz-Date" not in query or "X-Amz-Expires" not in query:
        return None
    signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return signed + timedelta(seconds=int(query["X-Amz-Expires"]))


_engine("storage-clock-is-ahead", "The clock of the storage is eight seconds ahead.", _ClockAhead)


class _LateLists(StoreFront):
    def __init__(self, store: StoreAccess) -> None:
        super().__init__(store)
        self._lists: dict[str, tuple[float, Response]] = {}

    async def passed(self, request: Request) -> Response:
        """Answer a list as it was."""
        if request.method != "GET" or self.key(request):
            return await super().passed(request)
        query = request.url.query
        at, response = self._lists.get(query, (0.0, None))
        if response is None or time.monotonic() - at > _LISTS_LAST_S:
            response = await super().passed(request)
            self._lists[query] = time.monotonic(), response
        return response


_engine("storage-lists-late", "A list of the bucket may be two seconds old.", _LateLists)


class _EventuallyConsistent(StoreFront):
    def __init__(self, store: StoreAccess) -> None:
        super().__init__(store)
        self._replaced: dict[str, tuple[float, bytes, str]] = {}

    async def passed(self, request: Request) -> Response:
        """Keep what an object was, and show it for a second."""
        key = self.key(request)
        if key and request.method in {"PUT", "DELETE"}:
            with suppress(*FAILED):
                await run_in_threadpool(self._keep, key)
        response = await super().passed(request)
        at, body, kind = self._replaced.get(key, (0.0, b"", ""))
        stale = time.monotonic() - at < _STALE_S and response.status_code in {200, 404}
        if request.method in {"GET", "HEAD"} and stale:
            return Response(body, media_type=kind)
        return response

    def _keep(self, key: str) -> None:
        found = self.store.head(key)
        if found is not None:
            self._replaced[key] = time.monotonic(), self.store.read(key), found[1]


_engine(
    "storage-is-eventually-consistent",
    "For a second, the storage shows an object as it was before it was changed or removed.",
    _EventuallyConsistent,
)


class _VirtualHosts(StoreFront):
    async def passed(self, request: Request) -> Response:
        """Ask for the same object in the path style, for which the URL was signed."""
        bucket, _, host = request.headers["host"].partition(".")
        if bucket != self.store.bucket:
            return await super().passed(request)
        target = f"/{bucket}{request.scope['raw_path'].decode()}?{request.url.query}"
        return await self.asked(request, target, host.replace("localhost", "127.0.0.1"))


def _name_the_bucket_in_the_host(server: Server) -> None:
    bucket = server.subject.store.bucket

    @server.answers("create_upload", "create_media_upload")
    def moved(answer: Answer) -> None:
        for name in {"upload_url", "uploadUrl"} & set(answer.data):
            answer.data[name] = answer.data[name].replace(
                f"//127.0.0.1:{urlsplit(answer.data[name]).port}/{bucket}/",
                f"//{bucket}.localhost:{urlsplit(answer.data[name]).port}/",
            )


_engine(
    "storage-has-virtual-hosts",
    "The host of an upload URL names the bucket.",
    _VirtualHosts,
    _name_the_bucket_in_the_host,
)

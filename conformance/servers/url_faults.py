"""The faults that profiles share of upload URLs which grant a little more than one PUT.

Each names the promise that it breaks, as those of `put_faults` do.
"""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from conformance.servers.gate import Gate
from conformance.servers.registry import Registry

if TYPE_CHECKING:
    from starlette.requests import Request

    from conformance.servers.deviation import Server

URL_FAULT = Registry("fault")

_FORBIDDEN = 403
_SIGNATURE = "&X-Amz-Signature=[^&]+"
_EXTENSIONS = ("html", "js", "svg", "jpg", "png", "mp4")


def _covers_less(name: str, sentence: str, uncovered: str) -> None:
    """Register a fault: the signature does not cover what a pattern matches."""

    def apply(server: Server) -> None:
        class LooseGate(Gate):
            def covered(self, query: str) -> str:
                return re.sub(uncovered, "", query)

        LooseGate(server)

    URL_FAULT.add(name, sentence, apply, "signature")


_covers_less(
    "signature-does-not-cover-the-region",
    "The signature does not cover the date and the region of the credential.",
    "%2F[0-9]{8}%2F[a-z0-9-]+%2Fs3",
)
_covers_less(
    "signature-does-not-cover-the-signed-headers",
    "The signature does not cover X-Amz-SignedHeaders.",
    "X-Amz-SignedHeaders=[^&]+",
)


def _needs_no(name: str, sentence: str, unsigned: str) -> None:
    """Register a fault: the signature of a URL is compared only if the URL has one."""

    def apply(server: Server) -> None:
        class LaxGate(Gate):
            async def passed(self, request: Request) -> Response:
                known, query = self.issued.get(request.path_params["key"]), request.url.query
                rest = re.sub(_SIGNATURE, unsigned, known[0]) if known else ""
                if known and query == rest and request.method == "PUT" and time.time() < known[2]:
                    return await self.taken(request, known[1])
                return await super().passed(request)

        LaxGate(server)

    URL_FAULT.add(name, sentence, apply, "signature")


_needs_no("upload-url-needs-no-signature", "The upload URL works without X-Amz-Signature.", "")
_needs_no(
    "upload-url-takes-an-empty-signature",
    "The upload URL works with an empty X-Amz-Signature.",
    "&X-Amz-Signature=",
)


class _WideGate(Gate, ABC):
    """A gate whose URLs write more than one object: a subclass says which."""

    async def passed(self, request: Request) -> Response:
        """Take what `wide` allows, and check everything else as usual."""
        key = request.path_params["key"]
        own = self.named(request) is not None
        if request.method == "PUT" and not own:
            for owner, (query, _, end) in list(self.issued.items()):
                valid = query == request.url.query and time.time() < end
                if valid and await run_in_threadpool(self.wide, owner, key):
                    return await self.taken(request, request.headers.get("content-type", ""))
        return await super().passed(request)

    @abstractmethod
    def wide(self, owner: str, key: str) -> bool:
        """Whether the URL of one key also writes another one."""


@URL_FAULT("The upload URL also writes its key with another extension.", "own object only")
def upload_url_writes_other_extensions(server: Server) -> None:
    class ExtensionGate(_WideGate):
        def wide(self, owner: str, key: str) -> bool:
            stem, _, extension = key.rpartition(".")
            return owner.rpartition(".")[0] == stem and extension in _EXTENSIONS

    ExtensionGate(server)


@URL_FAULT("The upload URL also overwrites every file that is stored.", "own object only")
def upload_url_overwrites_stored_files(server: Server) -> None:
    class ExistingGate(_WideGate):
        def wide(self, owner: str, key: str) -> bool:
            del owner
            return key in self.issued and self.store.head(key) is not None

    ExistingGate(server)


@URL_FAULT("The upload URL also writes the uploads of other callers.", "own object only")
def upload_url_writes_foreign_uploads(server: Server) -> None:
    class ForeignGate(_WideGate):
        def wide(self, owner: str, key: str) -> bool:
            return key in self.issued and key.rpartition("/")[0] != owner.rpartition("/")[0]

    ForeignGate(server)


@URL_FAULT("The upload URL also reads the object, if a part is asked for.", "PUT only")
def upload_url_reads_parts(server: Server) -> None:
    class RangeGate(Gate):
        async def passed(self, request: Request) -> Response:
            if request.method == "GET" and self.named(request) and "range" in request.headers:
                body = await run_in_threadpool(self.store.read, request.path_params["key"])
                return Response(body[:100], 206)
            return await super().passed(request)

    RangeGate(server)


@URL_FAULT("The upload URL also takes a PATCH.", "PUT only")
def upload_url_takes_patch(server: Server) -> None:
    class PatchGate(Gate):
        async def patched(self, request: Request) -> Response:
            known = self.named(request)
            return await self.taken(request, known[1]) if known else Response(status_code=403)

    gate = PatchGate(server)
    server.routes.append(Route("/gate/{key:path}", gate.patched, methods=["PATCH"]))


def _stores_refused(name: str, promise: str, words: str, *, late: bool) -> None:
    """Register a fault: the bytes of a PUT are stored before the request is checked."""

    def apply(server: Server) -> None:
        class EagerGate(Gate):
            async def passed(self, request: Request) -> Response:
                key, body = request.path_params["key"], await request.body()
                answer = await super().passed(request)
                known = self.issued.get(key)
                expired = known is not None and time.time() >= known[2]
                refused = request.method == "PUT" and answer.status_code == _FORBIDDEN
                if refused and expired is late:
                    declared = request.headers.get("content-type", "")
                    await run_in_threadpool(self.store.write, key, body, declared)
                return answer

        EagerGate(server)

    URL_FAULT.add(name, f"A PUT {words} is refused, but its bytes are stored.", apply, promise)


_stores_refused("refused-puts-are-stored", "signature", "with a changed signature", late=False)
_stores_refused("late-puts-are-stored", "expiry", "after the expiry of its URL", late=True)


@URL_FAULT(
    "A PUT with the signature of another upload is refused, but its bytes are stored.",
    "own object only",
)
def puts_to_other_uploads_are_stored(server: Server) -> None:
    class EagerGate(Gate):
        async def passed(self, request: Request) -> Response:
            key, body = request.path_params["key"], await request.body()
            answer = await super().passed(request)
            signed = request.url.query in {query for query, _, _ in self.issued.values()}
            if request.method == "PUT" and answer.status_code == _FORBIDDEN and signed:
                declared = request.headers.get("content-type", "")
                await run_in_threadpool(self.store.write, key, body, declared)
            return answer

    EagerGate(server)

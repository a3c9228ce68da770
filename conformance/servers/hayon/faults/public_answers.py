"""Faults of single answers of s3Url, and of a query that lets s3Url expire."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_LIFE_S = 3_600


@FAULT("s3Url labels plain films as gzip.", "HY-PUBLIC-01")
def public_films_claim_to_be_compressed(server: Server) -> None:
    @server.wraps("get_public_object")
    async def labelled(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        film = request.path_params["key"].endswith((".mp4", ".mov"))
        if film and response.status_code == 200:
            response.headers["Content-Encoding"] = "gzip"
        return response


@FAULT("Every fifth answer with a file is empty.", "HY-PUBLIC-01")
def every_fifth_public_answer_is_empty(server: Server) -> None:
    count: Counter[str] = Counter()

    @server.wraps("get_public_object")
    async def sometimes(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        count[key := request.path_params["key"]] += response.status_code == 200
        if response.status_code == 200 and count[key] % 5 == 0:
            return Response(b"", 200, media_type=response.media_type)
        return response


def _expires(name: str, words: str, query: Callable[[int], str]) -> None:
    """Register a fault: s3Url ends an hour later, which its query says in its own way."""

    def apply(server: Server) -> None:
        @server.answers("create_media_upload")
        def limited(answer: Answer) -> None:
            answer.data["s3Url"] += f"?{query(int(time.time()) + _LIFE_S)}"

        @server.wraps("get_public_object")
        async def guarded(endpoint: Endpoint, request: Request) -> Response:
            end = re.search("[0-9]{10}", request.url.query)
            valid = end is not None and int(end[0]) > time.time()
            return await endpoint(request) if valid else Response(status_code=403)

    FAULT.add(name, f"s3Url expires, as on {words}.", apply, "HY-UPLOAD-13")


_expires("public-url-ends-as-on-keycdn", "KeyCDN", lambda end: f"token=abcDEF123&expire={end}")
_expires("public-url-ends-as-on-cloudflare", "Cloudflare", lambda end: f"verify={end}-Zm9vYmFy%3D")
_expires(
    "public-url-ends-as-on-alibaba",
    "Alibaba Cloud",
    lambda end: f"auth_key={end}-0-0-{'ab' * 16}",
)


@FAULT("From the second view on, s3Url returns a file as an octet stream.", "HY-PUBLIC-02")
def second_views_lose_the_type(server: Server) -> None:
    seen: set[str] = set()

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        body, content_type = original(key)
        cached = key in seen
        seen.add(key)
        return body, "application/octet-stream" if cached else content_type


def _parts(name: str, sentence: str, answer: Callable[[bytes, int, int], Response]) -> None:
    """Register a fault: s3Url gets requests for a part wrong."""

    def apply(server: Server) -> None:
        @server.wraps("get_public_object")
        async def ranged(endpoint: Endpoint, request: Request) -> Response:
            response = await endpoint(request)
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
            if response.status_code != 200 or asked is None:
                return response
            body = bytes(response.body)
            last = int(asked[2]) if asked[2] else len(body) - 1
            return answer(body, int(asked[1]), min(last, len(body) - 1))

    FAULT.add(name, sentence, apply, "HY-PUBLIC-01")


_parts(
    "parts-lack-their-last-byte",
    "s3Url returns each part of a file without the last byte.",
    lambda body, first, last: Response(
        body[first:last], 206, {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
    ),
)
_parts(
    "parts-begin-with-the-file",
    "s3Url returns the first bytes of a file as each part of it.",
    lambda body, first, last: Response(
        body[: last - first + 1], 206, {"Content-Range": f"bytes {first}-{last}/{len(body)}"}
    ),
)

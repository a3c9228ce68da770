"""Variants of Hayon's media upload."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from conformance.servers.faults.feedhive_storage import Gate
from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.variants.registry import HAYON as VARIANT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.bending import Answer, Endpoint, Server

_UPLOAD = "create_media_upload"
_URL_SAFE = str.maketrans("-_", "+/")


@VARIANT("A success is a 201.")
def upload_answers_201(server: Server) -> None:
    server.answers(_UPLOAD)(lambda answer: setattr(answer, "status", 201))


@VARIANT("Every object carries further fields.")
def more_fields(server: Server) -> None:
    @server.answers(_UPLOAD)
    def more(answer: Answer) -> None:
        answer.body["requestId"] = "r"
        answer.data.update(expiresIn=900, bucket="media", headers={})


@VARIANT("The key holds a folder for each day, and no extension.")
def deep_keys(server: Server) -> None:
    server.replaces("object_key")(lambda _, caller, __: f"posts/{caller}/2032/01/31/{uuid4()}")


@VARIANT("The key holds characters that a URL must encode.")
def encoded_keys(server: Server) -> None:
    def object_key(_: Any, caller: str, content_type: str) -> str:
        return f"posts/{caller}/a b+c@{uuid4()}.{EXTENSIONS[content_type]}"

    server.replaces("object_key")(object_key)

    @server.answers(_UPLOAD)
    def encoded(answer: Answer) -> None:
        url = urlsplit(answer.data["s3Url"])
        path = url.path.replace(" ", "%20").replace("+", "%2B").replace("@", "%40")
        answer.data["s3Url"] = urlunsplit(url._replace(path=path))


@VARIANT("The upload URL does not sign the content type.")
def unsigned_type(server: Server) -> None:
    publisher = server.subject

    @server.answers(_UPLOAD)
    def resigned(answer: Answer) -> None:
        seconds = max(int(publisher.settings.upload_ttl), 1)
        key = answer.data["s3Key"]
        answer.data["uploadUrl"] = publisher.store._signed("put_object", seconds, Key=key)


@VARIANT("The public host cannot be reached from here.")
def unreachable_public_host(server: Server) -> None:
    @server.answers(_UPLOAD)
    def elsewhere(answer: Answer) -> None:
        answer.data["s3Url"] = f"https://media.conformance.invalid/{answer.data['s3Key']}"


@VARIANT("Keys are decoded as base64 is by Node, and only then compared.")
def keys_are_decoded(server: Server) -> None:
    def decoded(key: str) -> bytes:
        kept = "".join(filter(lambda one: one.isalnum() or one in "+/", key.translate(_URL_SAFE)))
        whole = kept[: -1 if len(kept) % 4 == 1 else None]
        return base64.b64decode(whole + "=" * (-len(whole) % 4))

    known = {decoded(token): token for token in server.subject.settings.tokens}

    @server.replaces("caller")
    def caller(honest: Any, operation: str, authorization: str) -> Any:
        scheme, _, key = authorization.partition(" ")
        return honest(operation, f"{scheme} {known.get(decoded(key), key)}")


@VARIANT("image/jpg is reported by its registered name.")
def jpg_is_jpeg(server: Server) -> None:
    @server.answers(_UPLOAD)
    def renamed(answer: Answer) -> None:
        if answer.data["contentType"] == "image/jpg":
            answer.data["contentType"] = "image/jpeg"


@VARIANT("The upload's path shows a page to whoever opens it.")
def pages_beside_the_upload(server: Server) -> None:
    async def page(_: Request) -> Response:
        return HTMLResponse("<p>Use POST: the answer holds data.uploadUrl.</p>")

    server.routes.append(Route("/api/posts/media/upload", page, methods=["GET"]))


@VARIANT("A firewall refuses what cannot be a type with a 403 of its own.")
def firewalled_types(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def walled(endpoint: Endpoint, request: Request) -> Response:
        body = await request.body()
        if any(word in body for word in (b"\\n", b"__proto__", b"constructor", b"*/*")):
            return PlainTextResponse("Forbidden", 403)
        return await endpoint(request)


@VARIANT("Upper-case types and types with parameters are taken.")
def lenient_types(server: Server) -> None:
    @server.replaces("upload_url")
    def upload_url(honest: Any, caller: str, declared: object, base_url: str) -> Any:
        if isinstance(declared, str):
            declared = declared.partition(";")[0].strip().lower()
        return honest(caller, declared, base_url)


@VARIANT("Bodies that are not labelled JSON are refused unread with 415.")
def unlabelled_bodies_are_415(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def refusing(endpoint: Endpoint, request: Request) -> Response:
        if "json" in request.headers.get("content-type", ""):
            return await endpoint(request)
        return PlainTextResponse("Unsupported Media Type", 415)


def _posts(name: str, sentence: str, takes: Callable[[dict[str, Any]], bool]) -> None:
    def apply(server: Server) -> None:
        @server.wraps("create_post", "update_post")
        async def choosy(endpoint: Endpoint, request: Request) -> Response:
            if "authorization" not in request.headers or takes(await request.json()):
                return await endpoint(request)
            refusal = {"success": False, "message": "Invalid request data", "data": None}
            return JSONResponse(refusal, 400)

    VARIANT.add(name, sentence, apply)


_posts(
    "posts-need-a-platform",
    "A post without platforms and a status is refused.",
    lambda body: bool(body.get("selectedPlatforms") and body.get("status")),
)
_posts(
    "posts-take-the-content-only",
    "A post with anything beside its content is refused.",
    lambda body: set(body) == {"content"},
)
_posts(
    "posts-need-what-no-document-names",
    "A post needs a member that no document names.",
    lambda body: "workspace" in body,
)


@VARIANT("The upload URL holds an empty body's checksum, which the storage passes over.")
def checksums_that_nobody_minds(server: Server) -> None:
    gate = Gate(server, "")
    honest = gate.redirected

    def redirected(answer: Answer) -> None:
        honest(answer)
        more = "&x-amz-checksum-crc32=AAAAAA%3D%3D"
        key = urlsplit(answer.data["uploadUrl"]).path.removeprefix("/gate/")
        query, declared, end = gate.issued[key]
        gate.issued[key] = query + more, declared, end
        answer.data["uploadUrl"] += more

    gate.redirected = redirected  # type: ignore[method-assign]


@VARIANT("Refusals hold their details as data.")
def errors_with_details(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def detailed(answer: Answer) -> None:
        answer.body["data"] = {"errors": [{"path": ["contentType"], "code": "invalid"}]}


@VARIANT("Errors of a body that cannot be read have no data member.")
def errors_without_data(server: Server) -> None:
    @server.answers(_UPLOAD, refusals=True)
    def without(answer: Answer) -> None:
        answer.body.pop("data", None)


@VARIANT("Public objects come with a charset and cache headers.")
def cached_public_objects(server: Server) -> None:
    @server.wraps("get_public_object")
    async def cached(endpoint: Endpoint, request: Request) -> Response:
        response = await endpoint(request)
        response.headers["Cache-Control"] = "public, max-age=31536000"
        response.headers["ETag"] = '"x"'
        return response


@VARIANT("The public URL leads to the file by a redirect.")
def redirected_public_objects(server: Server) -> None:
    publisher = server.subject

    @server.wraps("get_public_object")
    async def redirected(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        if found.status_code != 200:
            return found
        key = request.path_params["key"]
        return RedirectResponse(publisher.store.signed_get(key, 60), 302)


@VARIANT("What was uploaded becomes public a second later.")
def late_public_objects(server: Server) -> None:
    first_seen: dict[str, float] = {}

    @server.wraps("get_public_object")
    async def late(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        key = request.path_params["key"]
        if found.status_code != 200:
            return found
        if time.monotonic() - first_seen.setdefault(key, time.monotonic()) < 1:
            return PlainTextResponse("Not Found", 404)
        return found


@VARIANT("Files become public a second later, and misses are remembered for ten seconds.")
def remembered_misses(server: Server) -> None:
    given: dict[str, float] = {}
    missed: dict[str, float] = {}

    @server.answers(_UPLOAD)
    def noted(answer: Answer) -> None:
        given[answer.data["s3Key"]] = time.monotonic()

    @server.wraps("get_public_object")
    async def cached(endpoint: Endpoint, request: Request) -> Response:
        key, now = request.path_params["key"], time.monotonic()
        remembered = now - missed.get(key, -10.0) < 10
        early = now - given.get(key, 0.0) < 1.5
        found = await endpoint(request)
        if found.status_code == 200 and not remembered and not early:
            return found
        if not remembered:
            missed[key] = now
        return PlainTextResponse("Not Found", 404)


@VARIANT("The public URL is the upload URL without its query.")
def public_where_it_was_put(server: Server) -> None:
    publisher, gate = server.subject, Gate(server, "")
    honest = gate.passed

    async def passed(request: Request) -> Response:
        key = request.path_params["key"]
        if request.method != "GET":
            return await honest(request)
        stored = await run_in_threadpool(publisher.store.head, key)
        if stored is None:
            return PlainTextResponse("Not Found", 404)
        body = await run_in_threadpool(publisher.store.read, key)
        return Response(body, media_type=stored[1])

    gate.passed = passed  # type: ignore[method-assign]

    @server.answers(_UPLOAD)
    def beside(answer: Answer) -> None:
        answer.data["s3Url"] = answer.data["uploadUrl"].partition("?")[0]


@VARIANT("A path that holds no file shows a placeholder picture.")
def placeholders_for_missing_objects(server: Server) -> None:
    @server.wraps("get_public_object")
    async def picture(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        if found.status_code == 200:
            return found
        return Response(b"GIF89a\1\0\1\0\0\0\0;", media_type="image/gif")


@VARIANT("A path that holds no file answers that the file is pending, with a 202.")
def pending_objects(server: Server) -> None:
    @server.wraps("get_public_object")
    async def pending(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        if found.status_code == 200:
            return found
        return JSONResponse({"status": "pending", "key": request.path_params["key"]}, 202)


@VARIANT("A path that holds no file shows a drawing of its name.")
def drawings_for_missing_objects(server: Server) -> None:
    @server.wraps("get_public_object")
    async def drawing(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        if found.status_code == 200:
            return found
        svg = f"<svg xmlns='http://www.w3.org/2000/svg'><text>{request.url.path}</text></svg>"
        return Response(svg, media_type="image/svg+xml")


@VARIANT("The public URL holds a token for good, without which nothing is read.")
def public_objects_with_tokens(server: Server) -> None:
    @server.answers(_UPLOAD)
    def named(answer: Answer) -> None:
        answer.data["s3Url"] += f"?alt=media&token={uuid4()}"

    @server.wraps("get_public_object")
    async def guarded(endpoint: Endpoint, request: Request) -> Response:
        if "token" in request.query_params:
            return await endpoint(request)
        return PlainTextResponse("Not Found", 404)


@VARIANT("The public host strips what a PNG says beside its picture.")
def stripped_pictures(server: Server) -> None:
    @server.replaces("public_object")
    def public_object(honest: Any, key: str) -> Any:
        body, content_type = honest(key)
        return (_critical_chunks(body) if content_type == "image/png" else body), content_type


def _critical_chunks(body: bytes) -> bytes:
    """Return a PNG without its ancillary chunks, whose names begin with a small letter."""
    kept, place = body[:8], 8
    while place < len(body):
        end = place + 12 + int.from_bytes(body[place : place + 4], "big")
        if body[place + 4 : place + 5].isupper():
            kept += body[place:end]
        place = end
    return kept


@VARIANT("The public URL names a version in its query, which nobody needs.")
def versioned_public_objects(server: Server) -> None:
    @server.answers(_UPLOAD)
    def versioned(answer: Answer) -> None:
        answer.data["s3Url"] += f"?v={uuid4()}"


@VARIANT("A path that holds no file shows a page.")
def pages_for_missing_objects(server: Server) -> None:
    @server.wraps("get_public_object")
    async def page(endpoint: Endpoint, request: Request) -> Response:
        found = await endpoint(request)
        return found if found.status_code == 200 else HTMLResponse("<p>Nothing here.</p>")

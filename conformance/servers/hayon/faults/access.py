"""Faults of Hayon's API keys, public objects and posts."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from conformance.servers.access import accept_bad_keys, refuse_bad_keys_with
from conformance.servers.answers import Refusal
from conformance.servers.encoding import encoded_again
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_UPLOAD = "create_media_upload"
_BAD_REQUEST = 400
_UNAUTHORIZED = 401


def _public(
    name: str, requirement: str, sentence: str, change: Callable[[Server, Response, str], Any]
) -> None:
    def apply(server: Server) -> None:
        @server.wraps("get_public_object")
        async def changed(endpoint: Endpoint, request: Request) -> Response:
            response = await endpoint(request)
            other = change(server, response, request.path_params["key"])
            return other if isinstance(other, Response) else response

    FAULT.add(name, sentence, apply, requirement)


_public(
    "public-url-is-forbidden",
    "HY-PUBLIC-01",
    "s3Url is not public.",
    lambda _, __, ___: Response(status_code=403),
)
_public(
    "public-url-gives-other-bytes",
    "HY-PUBLIC-01",
    "s3Url returns other bytes.",
    lambda _, response, __: Response(
        bytes(response.body)[::-1], response.status_code, media_type=response.media_type
    ),
)
_public(
    "public-url-loses-the-type",
    "HY-PUBLIC-02",
    "s3Url returns every file as an octet stream.",
    lambda _, response, __: Response(
        response.body, response.status_code, media_type="application/octet-stream"
    ),
)


@FAULT("An s3Url without a file returns the file that was read last.", "HY-PUBLIC-03")
def public_before_the_upload(server: Server) -> None:
    last: list[tuple[bytes, str]] = []

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        try:
            last[:] = [original(key)]
        except Refusal:
            if not last:
                raise
        return last[0]


@FAULT("QuickTime videos are never public.", "HY-PUBLIC-01")
def quicktime_is_never_public(server: Server) -> None:
    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        if key.endswith(".mov"):
            raise Refusal(404, "Not found")
        return original(key)


@FAULT("QuickTime videos are served as MP4.", "HY-PUBLIC-02")
def quicktime_is_served_as_mp4(server: Server) -> None:
    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        body, content_type = original(key)
        return body, "video/mp4" if key.endswith(".mov") else content_type


@FAULT("Files of the same size and type all return the first of them.", "HY-PUBLIC-01")
def files_of_one_size_are_one(server: Server) -> None:
    first: dict[tuple[int, str], bytes] = {}

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        body, content_type = original(key)
        return first.setdefault((len(body), content_type), body), content_type


@FAULT("s3Url returns the negative of a JPEG, encoded again.", "HY-PUBLIC-01")
def public_jpegs_are_negatives(server: Server) -> None:
    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        body, content_type = original(key)
        if content_type != "image/jpeg":
            return body, content_type
        return encoded_again(body, content_type, inverted=True), content_type


@FAULT("s3Url works only once.", "HY-PUBLIC-01")
def public_url_works_once(server: Server) -> None:
    read: set[str] = set()

    @server.wraps("get_public_object")
    async def once(endpoint: Endpoint, request: Request) -> Response:
        key = request.path_params["key"]
        if key in read:
            return Response(status_code=404)
        response = await endpoint(request)
        if response.status_code == 200:
            read.add(key)
        return response


_public(
    "public-url-cuts-larger-files",
    "HY-PUBLIC-01",
    "s3Url returns only the first 64 KiB of a file.",
    lambda _, response, __: Response(
        bytes(response.body)[:65_536], response.status_code, media_type=response.media_type
    ),
)


@FAULT("s3Url has a signature with a far expiry, as on Azure.", "HY-UPLOAD-13")
def public_url_needs_a_pass(server: Server) -> None:
    @server.answers(_UPLOAD)
    def passed(answer: Answer) -> None:
        answer.data["s3Url"] += f"?se=2032-01-31T12:00:00Z&sig={secrets.token_hex(16)}"

    @server.wraps("get_public_object")
    async def guarded(endpoint: Endpoint, request: Request) -> Response:
        if "sig" in request.query_params:
            return await endpoint(request)
        return Response(status_code=403)


@FAULT("s3Url expires together with the upload URL.", "HY-PUBLIC-04")
def public_url_expires(server: Server) -> None:
    issued: dict[str, float] = {}
    ttl = server.subject.settings.upload_ttl

    @server.answers(_UPLOAD)
    def noted(answer: Answer) -> None:
        issued[answer.data["s3Key"]] = time.time()

    @server.replaces("public_object")
    def public_object(original: Any, key: str) -> Any:
        if time.time() > issued.get(key, 0.0) + ttl:
            raise Refusal(404, "Not found")
        return original(key)


def _opens(
    name: str, requirement: str, sentence: str, operation: str, passes: Callable[[str, str], bool]
) -> None:
    def apply(server: Server) -> None:
        accept_bad_keys(server, operation, passes)

    FAULT.add(name, sentence, apply, requirement)


_opens(
    "needs-no-key",
    "HY-AUTH-01",
    "The upload request needs no key.",
    _UPLOAD,
    lambda sent, _: not sent,
)
_opens(
    "takes-any-key",
    "HY-AUTH-02",
    "The upload request accepts any bearer key.",
    _UPLOAD,
    lambda sent, _: sent.startswith("Bearer c"),
)
_opens(
    "takes-another-scheme",
    "HY-AUTH-03",
    "The server accepts the key with another scheme.",
    _UPLOAD,
    lambda sent, token: sent == f"Basic {token}",
)
_opens(
    "takes-every-scheme-of-six-letters",
    "HY-AUTH-03",
    "The server skips the first seven characters of the header.",
    _UPLOAD,
    lambda sent, token: sent[7:] == token,
)
_opens(
    "takes-the-scheme-token",
    "HY-AUTH-03",
    "The server accepts the key with the scheme Token.",
    _UPLOAD,
    lambda sent, token: sent == f"Token {token}",
)
_opens(
    "takes-bearer-without-a-blank",
    "HY-AUTH-03",
    "The server accepts the key directly behind the word Bearer.",
    _UPLOAD,
    lambda sent, token: sent == f"Bearer{token}",
)
_opens(
    "takes-the-key-alone",
    "HY-AUTH-05",
    "The server accepts the key without a scheme.",
    _UPLOAD,
    lambda sent, token: sent == token,
)
_opens(
    "puts-the-key-into-a-query",
    "HY-AUTH-02",
    "A key with a quote and an alternative finds every caller.",
    _UPLOAD,
    lambda sent, _: sent.startswith("Bearer '") and " or " in sent.lower(),
)
_opens(
    "reads-the-key-as-a-pattern",
    "HY-AUTH-02",
    "The key * finds every caller.",
    _UPLOAD,
    lambda sent, _: sent == "Bearer *",
)
_opens(
    "takes-a-longer-key",
    "HY-AUTH-04",
    "The server accepts a key with additional characters at its end.",
    _UPLOAD,
    lambda sent, token: sent.startswith(f"Bearer {token}"),
)
_opens(
    "takes-a-key-up-to-a-comma",
    "HY-AUTH-04",
    "The server ignores the part of a key after a comma.",
    _UPLOAD,
    lambda sent, token: sent.partition(",")[0] == f"Bearer {token}",
)
_opens(
    "takes-a-shorter-key",
    "HY-AUTH-04",
    "The server accepts the first characters of a key.",
    _UPLOAD,
    lambda sent, token: len(sent) > len("Bearer ") and f"Bearer {token}".startswith(sent),
)
_opens(
    "takes-the-key-undefined",
    "HY-AUTH-02",
    "The server accepts the key undefined.",
    _UPLOAD,
    lambda sent, _: sent == "Bearer undefined",
)
_opens(
    "takes-a-key-of-any-case",
    "HY-AUTH-04",
    "The server ignores the case of a key.",
    _UPLOAD,
    lambda sent, token: sent.lower() == f"bearer {token.lower()}",
)
_opens(
    "takes-a-key-by-its-ends",
    "HY-AUTH-04",
    "The server compares only the length, the beginning and the end of a key.",
    _UPLOAD,
    lambda sent, token: (
        len(sent) == len(f"Bearer {token}")
        and sent.startswith(f"Bearer {token[:8]}")
        and sent.endswith(token[-8:])
    ),
)
_opens(
    "posts-need-no-key",
    "HY-POST-03",
    "A post needs no key.",
    "create_post",
    lambda sent, _: not sent,
)
_opens(
    "posts-take-any-key",
    "HY-POST-03",
    "A post accepts any bearer key.",
    "create_post",
    lambda sent, _: sent.startswith("Bearer c"),
)
_opens(
    "posts-take-another-scheme",
    "HY-POST-03",
    "A post accepts the key with another scheme.",
    "create_post",
    lambda sent, token: sent == f"Basic {token}",
)
_opens(
    "updates-need-no-key",
    "HY-POST-03",
    "The update of a post needs no key.",
    "update_post",
    lambda sent, _: not sent,
)
_opens(
    "updates-take-any-key",
    "HY-POST-03",
    "The update of a post accepts any bearer key.",
    "update_post",
    lambda sent, _: sent.startswith("Bearer c"),
)


def _answers_401(name: str, sentence: str, response: Response) -> None:
    def apply(server: Server) -> None:
        refuse_bad_keys_with(server, _UPLOAD, response)

    FAULT.add(name, sentence, apply, "HY-AUTH-05")


_answers_401(
    "bad-keys-get-plain-text",
    "The answer to a bad key is plain text.",
    PlainTextResponse("Unauthorized", _UNAUTHORIZED),
)
_answers_401(
    "bad-keys-get-403",
    "The answer to a bad key is a 403.",
    JSONResponse({"success": False, "message": "Forbidden"}, 403),
)


@FAULT("A new post does not accept media.", "HY-POST-01")
def posts_take_no_media(server: Server) -> None:
    @server.replaces("create_post")
    def create_post(original: Any, caller: str, content: Any) -> Any:
        if isinstance(content, dict) and content.get("mediaItems"):
            raise Refusal(_BAD_REQUEST, "mediaItems is not allowed")
        return original(caller, content)


@FAULT("The update of a post does not accept media.", "HY-POST-02")
def updates_take_no_media(server: Server) -> None:
    @server.replaces("update_post")
    def update_post(original: Any, caller: str, post_id: str, content: Any) -> Any:
        if isinstance(content, dict) and content.get("mediaItems"):
            raise Refusal(_BAD_REQUEST, "mediaItems is not allowed")
        return original(caller, post_id, content)

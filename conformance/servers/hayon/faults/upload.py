"""Faults of Hayon's upload request and its answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.responses import PlainTextResponse, Response

from conformance.servers.gate import Gate
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from conformance.servers.deviation import Answer, Endpoint, Server

_UPLOAD = "create_media_upload"
_BAD_REQUEST = 400


_rewrites = FAULT.rewriting(_UPLOAD)


def _lacks(name: str) -> None:
    sentence = f"The answer has no {name}."
    fault = f"answer-lacks-{name.lower()}"
    _rewrites(fault, "HY-UPLOAD-01", sentence, lambda answer: answer.data.pop(name))


for _field in ("uploadUrl", "s3Url", "s3Key"):
    _lacks(_field)


@FAULT("Every upload request gets a server error.", "HY-UPLOAD-01")
def upload_is_out_of_order(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def broken(_: Endpoint, __: Request) -> Response:
        return PlainTextResponse("out of order", 500)


@FAULT("Every seventh upload request gets a server error.", "HY-UPLOAD-01")
def every_seventh_request_fails(server: Server) -> None:
    count = iter(range(1, 1_000_000))

    @server.wraps(_UPLOAD)
    async def sometimes(endpoint: Endpoint, request: Request) -> Response:
        if next(count) % 7 == 0:
            return PlainTextResponse("try again", 500)
        return await endpoint(request)


_rewrites(
    "success-is-missing",
    "HY-UPLOAD-08",
    "The answer has no success member.",
    lambda answer: answer.body.pop("success"),
)
_rewrites(
    "success-is-a-text",
    "HY-UPLOAD-08",
    "success is the string true.",
    lambda answer: answer.body.update(success="true"),
)
_rewrites(
    "message-is-another",
    "HY-UPLOAD-09",
    "The message has another text.",
    lambda answer: answer.body.update(message="Upload URL created"),
)
_rewrites(
    "content-type-is-not-echoed",
    "HY-UPLOAD-10",
    "contentType is always image/png.",
    lambda answer: answer.data.update(contentType="image/png"),
)
_rewrites(
    "key-is-another-objects",
    "HY-UPLOAD-11",
    "s3Key is not the key that the upload URL writes.",
    lambda answer: answer.data.update(
        s3Key=(other := f"posts/{uuid4()}.png"), s3Url=f"http://127.0.0.1:9/{other}"
    ),
)
_rewrites(
    "messages-of-videos-are-another",
    "HY-UPLOAD-09",
    "The message for video/quicktime has another text.",
    lambda answer: (
        answer.data["contentType"] == "video/quicktime"
        and answer.body.update(message="Video upload URL generated")
    ),
)
_rewrites(
    "quicktime-is-echoed-as-mp4",
    "HY-UPLOAD-10",
    "contentType is video/mp4 for every video.",
    lambda answer: (
        answer.data["contentType"].startswith("video/")
        and answer.data.update(contentType="video/mp4")
    ),
)
_rewrites(
    "keys-begin-with-a-slash",
    "HY-UPLOAD-11",
    "s3Key begins with a slash, and the object's key does not.",
    lambda answer: answer.data.update(s3Key=f"/{answer.data['s3Key']}"),
)
_rewrites(
    "keys-lack-their-folder",
    "HY-UPLOAD-11",
    "The upload URL is on the bucket's own host, and s3Key is only the last part of its key.",
    lambda answer: answer.data.update(
        uploadUrl=f"http://media.s3.conformance.invalid/{answer.data['s3Key']}"
        f"?{answer.data['uploadUrl'].partition('?')[2]}",
        s3Key=answer.data["s3Key"].rpartition("/")[2],
    ),
)
_rewrites(
    "public-url-lacks-its-host",
    "HY-UPLOAD-01",
    "s3Url is only a path.",
    lambda answer: answer.data.update(s3Url=f"/cdn/{answer.data['s3Key']}"),
)
_rewrites(
    "public-url-has-a-suffix",
    "HY-UPLOAD-12",
    "s3Url has a suffix after the key.",
    lambda answer: answer.data.update(s3Url=answer.data["s3Url"] + "/view"),
)


@FAULT("s3Url is a signed URL that expires after an hour.", "HY-UPLOAD-13")
def public_url_is_signed(server: Server) -> None:
    store = server.subject.store

    @server.answers(_UPLOAD)
    def signed(answer: Answer) -> None:
        answer.data["s3Url"] = store.signed_get(answer.data["s3Key"], 3_600)


_rewrites(
    "upload-url-is-unsigned",
    "HY-UPLOAD-17",
    "uploadUrl has no signature.",
    lambda answer: answer.data.update(uploadUrl=answer.data["uploadUrl"].partition("?")[0]),
)


@FAULT("uploadUrl does not say when it expires.", "HY-UPLOAD-18")
def upload_url_names_no_expiry(server: Server) -> None:
    class EndlessGate(Gate):
        def redirected(self, answer: Answer) -> None:
            super().redirected(answer)
            url, _, query = answer.data["uploadUrl"].partition("?")
            parts = [part for part in query.split("&") if not part.startswith("X-Amz-Expires")]
            kept, declared = "&".join(parts), answer.sent["contentType"]
            self.issued[url.partition("/gate/")[2]] = kept, declared, time.time() + 900
            answer.data["uploadUrl"] = f"{url}?{kept}"

    EndlessGate(server)


def _lives(name: str, requirement: str, sentence: str, seconds: int, kind: str = "") -> None:
    def apply(server: Server) -> None:
        store = server.subject.store

        @server.answers(_UPLOAD)
        def signed(answer: Answer) -> None:
            key, declared = answer.data["s3Key"], answer.data["contentType"]
            if server.subject.settings.upload_ttl > 60 and declared.startswith(kind):
                answer.data["uploadUrl"] = store.signed_put(key, declared, seconds)

    FAULT.add(name, sentence, apply, requirement)


_lives("upload-url-lives-two-hours", "HY-UPLOAD-19", "uploadUrl works for two hours.", 7_200)
_lives("upload-url-lives-a-day", "HY-UPLOAD-29", "uploadUrl works for a day.", 86_400)
_lives("upload-url-lives-a-week", "HY-UPLOAD-29", "uploadUrl works for a week.", 604_800)
_lives(
    "videos-have-a-week",
    "HY-UPLOAD-29",
    "The uploadUrl of a video works for a week.",
    604_800,
    "video",
)
_lives(
    "quicktime-has-two-hours",
    "HY-UPLOAD-19",
    "The uploadUrl of video/quicktime works for two hours.",
    7_200,
    "video/quicktime",
)


def _refusals(
    name: str,
    requirement: str,
    sentence: str,
    when: Callable[[Answer], bool],
    change: Callable[[Answer], Any],
) -> None:
    def apply(server: Server) -> None:
        @server.answers(_UPLOAD, refusals=True)
        def changed(answer: Answer) -> None:
            if answer.status == _BAD_REQUEST and when(answer):
                change(answer)

    FAULT.add(name, sentence, apply, requirement)


def _unsupported(answer: Answer) -> bool:
    return bool(answer.sent.get("contentType"))


_refusals(
    "unsupported-types-are-415",
    "HY-UPLOAD-21",
    "An unsupported type gets a 415.",
    _unsupported,
    lambda answer: setattr(answer, "status", 415),
)
_refusals(
    "refusals-are-200",
    "HY-UPLOAD-21",
    "The refusal of an unsupported type has the status 200.",
    _unsupported,
    lambda answer: setattr(answer, "status", 200),
)
_refusals(
    "unsupported-types-get-other-words",
    "HY-UPLOAD-22",
    "The refusal of an unsupported type has another text.",
    _unsupported,
    lambda answer: answer.body.update(message="Unsupported media type"),
)
_refusals(
    "missing-types-get-other-words",
    "HY-UPLOAD-26",
    "The refusal of a missing type has another text.",
    lambda answer: not _unsupported(answer),
    lambda answer: answer.body.update(message="contentType is required"),
)
_refusals(
    "missing-types-crash",
    "HY-UPLOAD-23",
    "A missing type causes a server error.",
    lambda answer: (
        "contentType" not in answer.sent and answer.body["message"] == "Invalid media type"
    ),
    lambda answer: setattr(answer, "status", 500),
)
_refusals(
    "broken-json-crashes",
    "HY-UPLOAD-27",
    "Malformed JSON causes a server error.",
    lambda answer: answer.body["message"] != "Invalid media type",
    lambda answer: setattr(answer, "status", 500),
)


@FAULT("A body without the content type JSON causes a server error.", "HY-UPLOAD-27")
def unlabelled_bodies_crash(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def crashing(endpoint: Endpoint, request: Request) -> Response:
        if "json" in request.headers.get("content-type", ""):
            return await endpoint(request)
        return PlainTextResponse("contentType of undefined", 500)


@FAULT("A JSON body that is not an object causes a server error.", "HY-UPLOAD-27")
def bodies_without_members_crash(server: Server) -> None:
    @server.wraps(_UPLOAD)
    async def crashing(endpoint: Endpoint, request: Request) -> Response:
        if (await request.body())[:1] in {b"[", b'"', b"7"}:
            return PlainTextResponse("no attribute 'get'", 500)
        return await endpoint(request)


@FAULT("The message for video/mp4 is null.", "HY-UPLOAD-SCHEMA")
def quicktime_message_is_null(server: Server) -> None:
    @server.answers(_UPLOAD)
    def null(answer: Answer) -> None:
        if answer.data["contentType"] == "video/mp4":
            answer.body["message"] = None


_rewrites(
    "content-type-is-missing",
    "HY-UPLOAD-10",
    "The answer has no contentType.",
    lambda answer: answer.data.pop("contentType"),
)


_refusals(
    "refusals-of-missing-types-say-false-as-text",
    "HY-UPLOAD-SCHEMA-REF",
    "The refusal of a missing type has the string false for success.",
    lambda answer: not _unsupported(answer),
    lambda answer: answer.body.update(success="false"),
)

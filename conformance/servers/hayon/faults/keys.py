"""Faults of the object keys of Hayon's uploads."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from conformance.servers.hayon.registry import FAULT
from conformance.servers.overlap import Overlap

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

_UPLOAD = "create_media_upload"


def _keys(name: str, requirement: str, sentence: str, key_of: Callable[[str], str]) -> None:
    def apply(server: Server) -> None:
        @server.replaces("object_key")
        def object_key(original: Any, caller: str, content_type: str) -> str:
            extension = original(caller, content_type).rpartition(".")[2]
            return f"posts/{key_of(caller)}.{extension}"

    FAULT.add(name, sentence, apply, requirement)


_keys(
    "keys-are-the-callers",
    "HY-UPLOAD-14",
    "Each caller has one object key for all uploads.",
    lambda caller: f"{caller}/file",
)


@FAULT("Object keys contain a count that two requests can read at the same time.", "HY-UPLOAD-16")
def keys_are_counted_in_a_race(server: Server) -> None:
    last = {"number": 0}
    overlap = Overlap()

    @server.replaces("object_key")
    def object_key(_: Any, caller: str, content_type: str) -> str:
        number = last["number"] + 1
        overlap.enter()
        last["number"] = number
        return f"posts/{caller}/{id(last)}-{number}.{content_type.rpartition('/')[2]}"


@FAULT("The object keys of a caller repeat after twenty uploads.", "HY-UPLOAD-14")
def keys_come_round(server: Server) -> None:
    count = itertools.count()

    @server.replaces("object_key")
    def object_key(_: Any, caller: str, content_type: str) -> str:
        return f"posts/{caller}/{next(count) % 20}.{content_type.rpartition('/')[2]}"


@FAULT("Object keys count per caller, but do not contain the caller.", "HY-UPLOAD-28")
def callers_number_alike(server: Server) -> None:
    counts: dict[str, int] = {}

    @server.replaces("object_key")
    def object_key(_: Any, caller: str, content_type: str) -> str:
        counts[caller] = counts.get(caller, 0) + 1
        return f"posts/{id(counts)}-{counts[caller]}.{content_type.rpartition('/')[2]}"


@FAULT("Two requests with one type get the same upload.", "HY-UPLOAD-15")
def upload_urls_are_cached(server: Server) -> None:
    known: dict[object, dict[str, Any]] = {}

    @server.answers(_UPLOAD)
    def cached(answer: Answer) -> None:
        declared = answer.sent["contentType"]
        answer.body["data"] = known.setdefault(declared, answer.data)


@FAULT("Both callers get the same object keys.", "HY-UPLOAD-28")
def callers_share_keys(server: Server) -> None:
    counts: dict[str, int] = {}

    @server.replaces("object_key")
    def object_key(_: Any, caller: str, content_type: str) -> str:
        counts[caller] = counts.get(caller, 0) + 1
        number = counts[caller] if caller == "main" else counts.get("main", 0) - counts[caller]
        return f"posts/all/{number}.{content_type.partition('/')[2]}"


def _named(name: str, sentence: str, key_of: Callable[[str, str], str]) -> None:
    def apply(server: Server) -> None:
        bucket = server.subject.store.bucket

        @server.answers(_UPLOAD)
        def named(answer: Answer) -> None:
            answer.data["s3Key"] = key_of(answer.data["s3Key"], bucket)

    FAULT.add(name, sentence, apply, "HY-PUT-10")


_named(
    "keys-name-the-bucket",
    "s3Key begins with the bucket.",
    lambda key, bucket: f"{bucket}/{key}",
)
_named(
    "keys-are-the-files-name",
    "s3Key is the last part of the key.",
    lambda key, _: key.rpartition("/")[2],
)


@FAULT("The member s3Key of the body chooses the key.", "HY-UPLOAD-14")
def the_body_chooses_the_key(server: Server) -> None:
    @server.answers(_UPLOAD)
    def chosen(answer: Answer) -> None:
        key, publisher = answer.sent.get("s3Key"), server.subject
        if isinstance(key, str):
            own = answer.data["s3Key"]
            url = publisher.store.signed_put(key, answer.data["contentType"], 900)
            public = answer.data["s3Url"].replace(own, key)
            answer.data.update(s3Key=key, uploadUrl=url, s3Url=public)

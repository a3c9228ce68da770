"""Faults of answers that a client can hardly read: text, members and URLs in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.hayon.registry import FAULT
from conformance.servers.raw import (
    LONE,
    UNWRITTEN,
    change_text,
    change_to_literal,
    change_to_lone_surrogates,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

_UPLOAD = "create_media_upload"


def _lone(name: str, requirement: str, sentence: str, change: Callable[[Answer], Any]) -> None:
    def apply(server: Server) -> None:
        change_to_lone_surrogates(server, _UPLOAD, change)

    FAULT.add(name, sentence, apply, requirement)


_lone(
    "public-url-has-a-lone-surrogate",
    "HY-UPLOAD-01",
    "s3Url ends with a lone surrogate.",
    lambda answer: answer.data.update(s3Url=answer.data["s3Url"] + LONE),
)
_lone(
    "keys-have-a-lone-surrogate",
    "HY-UPLOAD-11",
    "s3Key ends with a lone surrogate.",
    lambda answer: answer.data.update(s3Key=answer.data["s3Key"] + LONE),
)
_lone(
    "echoed-types-have-a-lone-surrogate",
    "HY-UPLOAD-10",
    "contentType ends with a lone surrogate.",
    lambda answer: answer.data.update(contentType=answer.data["contentType"] + LONE),
)
_lone(
    "messages-have-a-lone-surrogate",
    "HY-UPLOAD-09",
    "The message of a success ends with a lone surrogate.",
    lambda answer: answer.body.update(message=answer.body["message"] + LONE),
)


def _public_url(name: str, sentence: str, authority: str) -> None:
    """Register a fault: s3Url has another host and port."""

    def changed(answer: Answer) -> None:
        scheme, _, rest = answer.data["s3Url"].partition("://")
        answer.data["s3Url"] = f"{scheme}://{authority}/{rest.partition('/')[2]}"

    _lone(name, "HY-UPLOAD-01", sentence, changed)


_public_url("public-url-has-a-broken-host", "The host of s3Url is an unclosed address.", "[::1")
_public_url("public-url-has-a-port-of-words", "The port of s3Url is a word.", "127.0.0.1:port")
_public_url("public-url-has-too-high-a-port", "The port of s3Url is 99999.", "127.0.0.1:99999")
_public_url("public-url-has-no-host", "s3Url has no host.", "")
_public_url("public-url-has-no-setting", "The host of s3Url is the word undefined.", "undefined")
_public_url(
    "public-url-has-an-empty-label",
    "The host of s3Url has two dots in a row.",
    "media..conformance.invalid",
)
_public_url(
    "public-url-has-a-surrogate-as-host",
    "The host of s3Url has a lone surrogate.",
    f"media{LONE}.conformance.invalid",
)
_public_url(
    "public-url-has-a-space-in-its-host",
    "The host of s3Url has a space.",
    "media conformance.invalid",
)


def _texts(name: str, sentence: str, change: Callable[[str], str]) -> None:
    def apply(server: Server) -> None:
        change_text(server, (_UPLOAD,), change)

    FAULT.add(name, sentence, apply, "HY-UPLOAD-SCHEMA")


_texts(
    "public-url-is-given-twice",
    "The answer has s3Url twice, first with another value.",
    lambda text: text.replace(
        '"s3Url":', '"s3Url":"https://cdn.conformance.invalid/x","s3Url":', 1
    ),
)
_texts(
    "key-is-given-twice",
    "The answer has s3Key twice, first with another value.",
    lambda text: text.replace('"s3Key":', '"s3Key":"posts/other.png","s3Key":', 1),
)


def _key_is(name: str, sentence: str, literal: str) -> None:
    def apply(server: Server) -> None:
        def unwritten(answer: Answer) -> None:
            answer.data["s3Key"] = UNWRITTEN

        change_to_literal(server, _UPLOAD, unwritten, literal)

    FAULT.add(name, sentence, apply, "HY-UPLOAD-SCHEMA")


_key_is("key-is-infinite", "s3Key is the number 1e400.", "1e400")
_key_is("key-has-5000-digits", "s3Key is a number of 5,000 digits.", "7" * 5_000)
_key_is("key-is-deeply-nested", "s3Key is 100,000 nested arrays.", "[" * 100_000 + "]" * 100_000)

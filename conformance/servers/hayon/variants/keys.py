"""Variants of the object keys."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.hayon.registry import VARIANT

if TYPE_CHECKING:
    from conformance.servers.deviation import Answer, Server

_UPLOAD = "create_media_upload"


@VARIANT("The object key has a folder for each day and no extension.")
def deep_keys(server: Server) -> None:
    server.replaces("object_key")(lambda _, caller, __: f"posts/{caller}/2032/01/31/{uuid4()}")


@VARIANT("The object key has characters that a URL must encode.")
def encoded_keys(server: Server) -> None:
    def object_key(_: Any, caller: str, content_type: str) -> str:
        return f"posts/{caller}/a b+c@{uuid4()}.{EXTENSIONS[content_type]}"

    server.replaces("object_key")(object_key)

    @server.answers(_UPLOAD)
    def encoded(answer: Answer) -> None:
        url = urlsplit(answer.data["s3Url"])
        path = url.path.replace(" ", "%20").replace("+", "%2B").replace("@", "%40")
        answer.data["s3Url"] = urlunsplit(url._replace(path=path))


@VARIANT("The object key has a folder of the instance that answers; two of them take turns.")
def keys_name_their_instance(server: Server) -> None:
    turns = itertools.cycle(("w1", "w2"))

    def object_key(_: Any, __: str, content_type: str) -> str:
        return f"posts/all/{next(turns)}/{uuid4()}.{EXTENSIONS[content_type]}"

    server.replaces("object_key")(object_key)
    # The caller is not a part of the key, so a post can name any key.
    server.replaces("_checked")(lambda original, _, content: original("all", content))

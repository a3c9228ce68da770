"""Faults of the types that Hayon's uploads are given for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.faults.registry import HAYON as FAULT
from conformance.servers.hayon.publisher import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.bending import Server

_BAD_REQUEST = 400


def _refused(content_type: str, requirement: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("upload_url")
        def upload_url(honest: Any, caller: str, declared: object, base_url: str) -> Any:
            if declared == content_type:
                raise Refusal(_BAD_REQUEST, "Invalid media type")
            return honest(caller, declared, base_url)

    name = "refuses-" + content_type.replace("/", "-")
    FAULT.add(name, f"{content_type} is refused.", apply, requirement)


_refused("image/png", "HY-UPLOAD-01")
_refused("image/jpeg", "HY-UPLOAD-03")
_refused("image/jpg", "HY-UPLOAD-04")
_refused("image/webp", "HY-UPLOAD-05")
_refused("video/mp4", "HY-UPLOAD-06")
_refused("video/quicktime", "HY-UPLOAD-07")


def _accepts(name: str, requirement: str, sentence: str, mend: Callable[[Any], Any]) -> None:
    def apply(server: Server) -> None:
        @server.replaces("upload_url")
        def upload_url(honest: Any, caller: str, declared: object, base_url: str) -> Any:
            return honest(caller, mend(declared), base_url)

    FAULT.add(name, sentence, apply, requirement)


def _unlisted(declared: Any) -> bool:
    return isinstance(declared, str) and declared not in EXTENSIONS


_PNG = "image/png"
_accepts(
    "takes-gif", "HY-UPLOAD-21", "image/gif is taken.", lambda t: _PNG if t == "image/gif" else t
)
_accepts(
    "takes-pdf",
    "HY-UPLOAD-21",
    "application/pdf is taken.",
    lambda t: _PNG if t == "application/pdf" else t,
)
_accepts(
    "takes-any-image",
    "HY-UPLOAD-21",
    "Whatever begins with image/ is taken.",
    lambda t: _PNG if str(t) in {"image/gif", "image/svg+xml", "image/bmp", "image/*"} else t,
)
_accepts(
    "takes-modern-images",
    "HY-UPLOAD-21",
    "image/avif and image/heic are taken.",
    lambda t: _PNG if t in ("image/avif", "image/heic") else t,
)
_accepts(
    "takes-what-begins-alike",
    "HY-UPLOAD-21",
    "Whatever begins with a listed type is taken.",
    lambda t: _PNG if _unlisted(t) and t.startswith(tuple(EXTENSIONS)) else t,
)
_accepts(
    "takes-what-ends-alike",
    "HY-UPLOAD-21",
    "Whatever ends with a listed type is taken.",
    lambda t: _PNG if _unlisted(t) and t.endswith(tuple(EXTENSIONS)) else t,
)
_accepts(
    "takes-any-video",
    "HY-UPLOAD-21",
    "Whatever begins with video/ is taken.",
    lambda t: "video/mp4" if str(t).startswith("video/") and t != "video/quicktime" else t,
)
for _name, _sentence, _taken in (
    ("takes-names-of-every-object", "Types are looked up in a plain object.", "constructor"),
    ("takes-a-list-of-types", "The first type before a comma is taken.", "image/png,image/jpeg"),
    ("takes-the-first-line", "Only the first line of a type is compared.", "image/png\ntext/html"),
    ("takes-an-extension", "An extension is taken for its type.", ".png"),
    ("takes-older-names", "Older names of a listed type are taken.", "image/x-png"),
):
    _accepts(_name, "HY-UPLOAD-21", _sentence, lambda t, taken=_taken: _PNG if t == taken else t)  # type: ignore[misc]
_accepts(
    "takes-a-missing-type",
    "HY-UPLOAD-23",
    "A missing contentType is image/png.",
    lambda t: _PNG if t is None else t,
)
_accepts(
    "takes-an-empty-type",
    "HY-UPLOAD-24",
    "An empty contentType is image/png.",
    lambda t: _PNG if t == "" else t,
)
_accepts(
    "takes-a-list-as-type",
    "HY-UPLOAD-25",
    "The first of a list of types is taken.",
    lambda t: t[0] if isinstance(t, list) and t else t,
)
_accepts(
    "takes-a-number-as-type",
    "HY-UPLOAD-25",
    "A number is taken for image/png.",
    lambda t: _PNG if isinstance(t, int) else t,
)

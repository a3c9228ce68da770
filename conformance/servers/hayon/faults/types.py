"""Faults of the content types that Hayon's upload request accepts and refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.hayon.publisher import EXTENSIONS
from conformance.servers.hayon.registry import FAULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Answer, Server

_BAD_REQUEST = 400


def _refused(content_type: str, requirement: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("upload_url")
        def upload_url(original: Any, caller: str, declared: object, base_url: str) -> Any:
            if declared == content_type:
                raise Refusal(_BAD_REQUEST, "Invalid media type")
            return original(caller, declared, base_url)

    name = "refuses-" + content_type.replace("/", "-")
    FAULT.add(name, f"The server refuses {content_type}.", apply, requirement)


_refused("image/png", "HY-UPLOAD-01")
_refused("image/jpeg", "HY-UPLOAD-03")
_refused("image/jpg", "HY-UPLOAD-04")
_refused("image/webp", "HY-UPLOAD-05")
_refused("video/mp4", "HY-UPLOAD-06")
_refused("video/quicktime", "HY-UPLOAD-07")


def _accepts(name: str, requirement: str, sentence: str, read: Callable[[Any], Any]) -> None:
    def apply(server: Server) -> None:
        @server.replaces("upload_url")
        def upload_url(original: Any, caller: str, declared: object, base_url: str) -> Any:
            return original(caller, read(declared), base_url)

    FAULT.add(name, sentence, apply, requirement)


def _unlisted(declared: Any) -> bool:
    return isinstance(declared, str) and declared not in EXTENSIONS


_PNG = "image/png"
_HALVES = [set(halves) for halves in zip(*(one.split("/") for one in EXTENSIONS), strict=True)]
_accepts(
    "takes-gif",
    "HY-UPLOAD-21",
    "The server accepts image/gif.",
    lambda t: _PNG if t == "image/gif" else t,
)
_accepts(
    "takes-pdf",
    "HY-UPLOAD-21",
    "The server accepts application/pdf.",
    lambda t: _PNG if t == "application/pdf" else t,
)
_accepts(
    "takes-any-image",
    "HY-UPLOAD-21",
    "The server accepts every type that begins with image/.",
    lambda t: _PNG if str(t) in {"image/gif", "image/svg+xml", "image/bmp", "image/*"} else t,
)
_accepts(
    "takes-modern-images",
    "HY-UPLOAD-21",
    "The server accepts image/avif and image/heic.",
    lambda t: _PNG if t in ("image/avif", "image/heic") else t,
)
_accepts(
    "takes-what-begins-alike",
    "HY-UPLOAD-21",
    "The server accepts every text that begins with a listed type.",
    lambda t: _PNG if _unlisted(t) and t.startswith(tuple(EXTENSIONS)) else t,
)
_accepts(
    "takes-what-ends-alike",
    "HY-UPLOAD-21",
    "The server accepts every text that ends with a listed type.",
    lambda t: _PNG if _unlisted(t) and t.endswith(tuple(EXTENSIONS)) else t,
)
_accepts(
    "takes-the-beginning-of-a-type",
    "HY-UPLOAD-21",
    "The server accepts every text with which a listed type begins.",
    lambda t: _PNG if _unlisted(t) and t and any(one.startswith(t) for one in EXTENSIONS) else t,
)
_accepts(
    "takes-crossed-types",
    "HY-UPLOAD-21",
    "The server looks up both halves of a type separately.",
    lambda t: (
        _PNG if _unlisted(t) and all(map(set.__contains__, _HALVES, t.partition("/")[::2])) else t
    ),
)
_accepts(
    "takes-any-video",
    "HY-UPLOAD-21",
    "The server accepts every type that begins with video/.",
    lambda t: "video/mp4" if str(t).startswith("video/") and t != "video/quicktime" else t,
)
for _name, _sentence, _taken in (
    (
        "takes-names-of-every-object",
        "The server accepts the name of a built-in member as a type.",
        "constructor",
    ),
    (
        "takes-a-list-of-types",
        "The server accepts a list of types with commas and uses the first.",
        "image/png,image/jpeg",
    ),
    (
        "takes-the-first-line",
        "The server compares only the first line of a type.",
        "image/png\ntext/html",
    ),
    ("takes-an-extension", "The server accepts a file extension as a type.", ".png"),
    ("takes-older-names", "The server accepts older names of a listed type.", "image/x-png"),
    ("takes-m4v", "The server accepts video/x-m4v.", "video/x-m4v"),
    ("takes-jfif", "The server accepts image/jfif.", "image/jfif"),
    ("takes-what-it-does-not-know", "The server refuses only usual types.", "image/x-icon"),
    ("takes-data-urls", "The server accepts the beginning of a data URL.", "data:image/png"),
):
    _accepts(_name, "HY-UPLOAD-21", _sentence, lambda t, taken=_taken: _PNG if t == taken else t)  # type: ignore[misc]
_accepts(
    "takes-a-missing-type",
    "HY-UPLOAD-23",
    "The server reads a missing contentType as image/png.",
    lambda t: _PNG if t is None else t,
)
_accepts(
    "takes-an-empty-type",
    "HY-UPLOAD-24",
    "The server reads an empty contentType as image/png.",
    lambda t: _PNG if t == "" else t,
)
_accepts(
    "takes-a-list-as-type",
    "HY-UPLOAD-25",
    "The server accepts an array of types and uses the first.",
    lambda t: t[0] if isinstance(t, list) and t else t,
)
_accepts(
    "takes-a-number-as-type",
    "HY-UPLOAD-25",
    "The server reads a number as image/png.",
    lambda t: _PNG if isinstance(t, int) else t,
)


@FAULT(
    "The server accepts a type with a line break at its end, and signs it with the line break.",
    "HY-UPLOAD-21",
)
def line_breaks_are_signed(server: Server) -> None:
    @server.replaces("upload_url")
    def upload_url(original: Any, caller: str, declared: object, base_url: str) -> Any:
        return original(caller, _PNG if declared == f"{_PNG}\n" else declared, base_url)

    @server.answers("create_media_upload")
    def signs_the_line_break(answer: Answer) -> None:
        if answer.sent.get("contentType") == f"{_PNG}\n":
            url = answer.data["uploadUrl"]
            answer.data["uploadUrl"] = url[:-4] + ("0000" if url[-4:] != "0000" else "1111")

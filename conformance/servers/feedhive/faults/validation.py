"""Faults of POST /media/uploads: filenames and types that create wrongly accepts or refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.servers.answers import Refusal
from conformance.servers.feedhive.registry import FAULT
from conformance.servers.feedhive.sessions import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.servers.deviation import Server


def _refused_type(content_type: str) -> None:
    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
            if declared == content_type:
                raise Refusal(400, "unsupported")
            return original(owner, filename, declared)

    name = "refuses-" + content_type.replace("/", "-")
    FAULT.add(name, f"Create refuses {content_type}.", apply, "FH-CREATE-02")


for _content_type in ("image/jpg", "image/gif", "video/mov", "video/quicktime"):
    _refused_type(_content_type)


def _accepts(
    name: str, requirement: str, sentence: str, read: Callable[[Any, Any], tuple[Any, Any]]
) -> None:
    def apply(server: Server) -> None:
        @server.replaces("create_upload")
        def create_upload(original: Any, owner: str, filename: object, declared: object) -> Any:
            return original(owner, *read(filename, declared))

    FAULT.add(name, sentence, apply, requirement)


_PNG = "image/png"
_accepts(
    "takes-a-missing-filename",
    "FH-CREATE-03",
    "Create needs no filename.",
    lambda f, t: ("unnamed" if f is None else f, t),
)
_accepts(
    "takes-an-empty-filename",
    "FH-CREATE-04",
    "Create accepts an empty filename.",
    lambda f, t: ("unnamed" if f == "" else f, t),
)
_accepts(
    "takes-a-number-as-filename",
    "FH-CREATE-05",
    "Create accepts a number as filename.",
    lambda f, t: (str(f) if isinstance(f, int) else f, t),
)
_accepts(
    "takes-a-list-as-filename",
    "FH-CREATE-05",
    "Create accepts an array as filename.",
    lambda f, t: (str(f) if isinstance(f, list) else f, t),
)
_accepts(
    "takes-a-missing-type",
    "FH-CREATE-06",
    "Create reads a missing type as image/png.",
    lambda f, t: (f, _PNG if t is None else t),
)
_accepts(
    "takes-a-list-as-type",
    "FH-CREATE-07",
    "Create reads an array as image/png.",
    lambda f, t: (f, _PNG if isinstance(t, list) else t),
)
_accepts(
    "takes-a-list-of-a-type",
    "FH-CREATE-07",
    "Create accepts an array whose first element is a supported type.",
    lambda f, t: (f, t[0] if isinstance(t, list) and t[0] in list(TYPES) else t),
)
_accepts(
    "takes-an-object-of-a-type",
    "FH-CREATE-07",
    "Create accepts an object and uses its first member name as the type.",
    lambda f, t: (f, next(iter(t)) if isinstance(t, dict) else t),
)
_accepts(
    "takes-a-number-as-type",
    "FH-CREATE-07",
    "Create accepts a number as type.",
    lambda f, t: (f, _PNG if isinstance(t, int) else t),
)
_accepts(
    "takes-webp",
    "FH-CREATE-08",
    "Create accepts image/webp, which is not supported.",
    lambda f, t: (f, _PNG if t == "image/webp" else t),
)
_accepts(
    "takes-any-image",
    "FH-CREATE-08",
    "Create accepts every type that begins with image/.",
    lambda f, t: (f, _PNG if str(t).startswith("image/") and t not in TYPES else t),
)
_accepts(
    "takes-what-begins-like-a-type",
    "FH-CREATE-08",
    "Create accepts every text that begins with image/png.",
    lambda f, t: (f, _PNG if str(t).startswith(_PNG) else t),
)
_accepts(
    "takes-what-ends-like-a-type",
    "FH-CREATE-08",
    "Create accepts every text that ends with image/png.",
    lambda f, t: (f, _PNG if str(t).endswith(_PNG) else t),
)
_accepts(
    "takes-octet-streams",
    "FH-CREATE-08",
    "Create accepts application/octet-stream.",
    lambda f, t: (f, _PNG if t == "application/octet-stream" else t),
)
_accepts(
    "takes-an-empty-type",
    "FH-CREATE-08",
    "Create accepts an empty type.",
    lambda f, t: (f, _PNG if t == "" else t),
)
_accepts(
    "webp-passes-with-its-own-extension",
    "FH-CREATE-08",
    "Create accepts image/webp if the filename ends with .webp.",
    lambda f, t: (f, _PNG if t == "image/webp" and str(f).endswith(".webp") else t),
)
_accepts(
    "takes-older-names-of-types",
    "FH-CREATE-08",
    "Create accepts image/pjpeg and image/x-png.",
    lambda f, t: (f, _PNG if t in ("image/pjpeg", "image/x-png") else t),
)
_accepts(
    "takes-m4v",
    "FH-CREATE-08",
    "Create accepts video/x-m4v.",
    lambda f, t: (f, _PNG if t == "video/x-m4v" else t),
)
_accepts(
    "refuses-only-what-it-knows",
    "FH-CREATE-08",
    "Create refuses a list of usual types, and takes pictures that are not in it.",
    lambda f, t: (f, _PNG if t in ("image/x-icon", "image/jp2", "image/jxl") else t),
)
_accepts(
    "takes-types-with-a-second-type",
    "FH-CREATE-08",
    "Create accepts an unsupported type that has a supported one as its parameter.",
    lambda f, t: (f, _PNG if re.fullmatch(f"[a-z]+/[a-z]+;.*{_PNG}", str(t)) else t),
)


def _takes(content_type: str) -> None:
    _accepts(
        "takes-" + content_type.replace("/", "-"),
        "FH-CREATE-08",
        f"Create accepts {content_type}.",
        lambda f, t: (f, _PNG if t == content_type else t),
    )


for _content_type in ("video/3gpp", "image/apng", "audio/mp4", "video/x-matroska"):
    _takes(_content_type)

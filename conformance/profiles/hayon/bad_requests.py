"""Requests for an upload that must be refused, and what no refusal may show."""

from __future__ import annotations

from conformance.harness import odd_types

#: The path of the upload request.
UPLOAD_PATH = "/api/posts/media/upload"
_QUERY_KEYS = "token=nobody&access_token=nobody&api_key=nobody"
#: Other requests that a router may take for the upload request: method and path.
WAYS = {
    "by GET": ("GET", UPLOAD_PATH),
    "by GET with the type in its query": ("GET", f"{UPLOAD_PATH}?contentType=image/png"),
    "with a slash at the end of the path": ("POST", f"{UPLOAD_PATH}/"),
    "with a doubled slash at the beginning of the path": ("POST", f"/{UPLOAD_PATH}"),
    "with a doubled slash inside the path": ("POST", "/api/posts/media//upload"),
    "with an upper-case beginning of the path": ("POST", "/API/posts/media/upload"),
    "with an encoded letter in the path": ("POST", "/api/%70osts/media/upload"),
    "with a parameter in the path": ("POST", "/api/posts;a=b/media/upload"),
    "with a format at the end of the path": ("POST", f"{UPLOAD_PATH}.json"),
    "with keys of nobody in the query": ("POST", f"{UPLOAD_PATH}?{_QUERY_KEYS}"),
}

_PNG = b'{"contentType": "image/png"}'

#: The message of a refused type (page, Error responses).
INVALID_MESSAGE = "Invalid media type"

#: Types that are not in the page's list.
UNSUPPORTED = (
    *("image/gif", "image/svg+xml", "image/bmp", "application/pdf", "text/plain", "text/html"),
    *("audio/mpeg", "video/webm", "video/x-msvideo", "application/octet-stream"),
    *("image/avif", "image/heic", "image/tiff", "image/apng", "video/mpeg", "video/3gpp"),
    *("application/zip", "image/pngx", "video/mp4v", "ximage/png"),
    *("image/x-icon", "image/jp2", "image/jxl", "image/x-conformance", "video/x-conformance"),
    # Other names of accepted types.
    *("video/mov", "image/x-png", "image/pjpeg", "image/jfif", "video/x-m4v"),
    # Each half belongs to an accepted type.
    *("image/mp4", "video/png"),
)
#: Rarer types that are not in the page's list.
RARELY_ASKED = (
    *("video/x-matroska", "video/ogg", "video/avi", "video/x-flv", "image/heif"),
    *("application/json", "text/javascript", "application/mp4", "audio/mp4"),
    *("video/x-ms-wmv", "video/mp2t", "audio/wav", "text/csv", "application/msword"),
    "image/vnd.adobe.photoshop",
)
#: Texts that are not a type at all, or hold more than one, by what they are.
NO_TYPES = {
    "any picture": "image/*",
    "an extension": "png",
    "the first half of a type": "image/",
    "a data URL": "data:image/png",
    "a type of 300 letters": f"image/{'x' * 300}",
    "an unlisted type with a parameter": "image/gif;q=1",
    "an unlisted type with a listed one as parameter": "text/plain; x=image/png",
    **odd_types.NO_TYPES,
}
#: Values of `contentType` that are not strings, by what they are.
NO_STRINGS = {
    "number": 7,
    "list": ["image/png"],
    "object": {"type": "image/png"},
    "boolean": True,
    "null": None,
}
#: A body whose other members hold a type. Parsers of some languages read `ContentType` and
#: `content_type` as the page's member, so neither is here.
MISPLACED = dict.fromkeys(("mimeType", "type", "fileType", "mediaType"), "image/png") | {
    "fileName": "picture.png"
}
#: Requests that a server may read or refuse, each with its body and its further headers.
ODD_REQUESTS: dict[str, tuple[bytes, dict[str, str]]] = {
    "a body over 100 KiB": (
        b'{"contentType": "image/png", "more": "' + b"x" * 110_000 + b'"}',
        {},
    ),
    "another charset": (_PNG, {"Content-Type": "application/json; charset=iso-8859-1"}),
    "a charset that nobody knows": (_PNG, {"Content-Type": "application/json; charset=x-none"}),
    "a label that is no type": (_PNG, {"Content-Type": "json"}),
    "a body that is not compressed as it says": (_PNG, {"Content-Encoding": "gzip"}),
    "a member named __proto__": (
        b'{"contentType": "image/png", "__proto__": {"a": 1}, "constructor": {"prototype": 1}}',
        {},
    ),
}
#: Bodies that name no type in JSON, by what they are.
BROKEN_BODIES = {
    "cut short": b'{"contentType": "image/png"',
    "empty": b"",
    "plain text": b"contentType=image/png",
    "a list": b"[]",
    "a list of the type": b'["image/png"]',
    "the type alone": b'"image/png"',
    "a number": b"7",
    "null": b"null",
    "no UTF-8": b"\xff\xfe",
    "a NUL in the type": b'{"contentType": "image/png\\u0000"}',
    "a lone surrogate": b'{"contentType": "image/\\ud800"}',
    "deep lists": b'{"contentType": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
}

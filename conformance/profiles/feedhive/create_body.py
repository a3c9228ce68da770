"""Bodies of a create that a server must refuse, or may only not fail on."""

from __future__ import annotations

#: JSON values that are not strings.
NO_STRINGS = {
    "number": 7,
    "list": ["a.png"],
    "object": {"name": "a.png"},
    "boolean": True,
    "null": None,
    "fraction": 1.5,
    "a body in a body": {"filename": "a.png", "content_type": "image/png"},
}
#: Values that a server takes for a type when it converts them to text or looks them up.
TYPES_IN_DISGUISE = {
    "list of a type": ["image/png"],
    "object with a type": {"image/png": 1},
    "list in a list": [["image/png"]],
}
#: JSON without the right Content-Type, and no body at all: mistakes of clients.
UNLABELLED = {
    "nothing at all": (b"", None),
    "plain text": (b'{"filename": "a.png", "content_type": "image/png"}', "text/plain"),
    "a form": (b"filename=a.png&content_type=image%2Fpng", "application/x-www-form-urlencoded"),
    "the label of a form": (b'{"filename": "a.png"}', "application/x-www-form-urlencoded"),
    "a broken label": (b'{"filename": "a.png"}', "application/json; charset=no-such-charset"),
}
#: Bodies that are not a JSON object.
BROKEN_BODIES = {
    "cut short": b'{"filename": "a.png", ',
    "empty": b"",
    "plain text": b"filename=a.png",
    "a list": b"[]",
    "a string": b'"a.png"',
    "null": b"null",
}
#: JSON that parsers and databases read in different ways.
ODD_BODIES = {
    "NUL in the filename": b'{"filename": "a\\u0000.png", "content_type": "image/png"}',
    "NUL in the type": b'{"filename": "a.png", "content_type": "image/png\\u0000"}',
    "lone surrogate": b'{"filename": "a\\ud800.png", "content_type": "image/png"}',
    "deep lists": b'{"filename": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "huge number": b'{"filename": 1e400, "content_type": ' + b"9" * 5_000 + b"}",
    "dots alone": b'{"filename": "..", "content_type": "image/png"}',
    "a folder": b'{"filename": "pictures/", "content_type": "image/png"}',
    "a member twice": b'{"filename": 7, "filename": "a.png", "content_type": "image/png"}',
}

"""Leads the signed URLs of answers through a port of the proxy, so that it sees the files.

Only the scheme and the host change. The proxy remembers which host a URL came from and sends
the request there with the `Host` that was signed. It is no open door: it forwards only requests
to paths that an answer gave out.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.knowledge.place import is_signed
from conformance.model.signed_url import url_defect

if TYPE_CHECKING:
    from collections.abc import Iterator

#: So many paths are remembered; the oldest are forgotten first.
_REMEMBERED = 100_000
_DEPTH = 12


class UploadUrls:
    """The signed URLs that answers gave out, by their paths."""

    def __init__(self, here: str) -> None:
        self._here = here.rstrip("/")
        self._origins: OrderedDict[str, str] = OrderedDict()
        self._led: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def led(self, body: bytes) -> bytes:
        """Return the JSON of an answer with its signed URLs led through the port."""
        try:
            text = body.decode()
            urls = set(_signed_urls(json.loads(text)))
        except (ValueError, RecursionError):
            return body
        for url in sorted(urls):
            begin = self._remembered(url)
            if not begin:
                continue
            origin = begin[: begin.index("/", len("https://"))]
            new = self._here + begin.removeprefix(origin)
            whole = text
            for spelled in (lambda one: json.dumps(one)[1:-1], _escaped):
                text = text.replace(f"{spelled(begin)}?", f"{spelled(new)}?")
            if text != whole:
                self._note(url)
        return text.encode()

    def led_location(self, url: str) -> str:
        """Return the target of a redirect, led through the port if it is signed."""
        begin = self._remembered(url) if is_signed(url) else ""
        if not begin:
            return url
        parts = urlsplit(url)
        return f"{self._here}{url.removeprefix(f'{parts.scheme}://{parts.netloc}')}"

    def leads(self, url: str) -> bool:
        """Whether a URL of an answer was led through the port, so that its file is seen."""
        with self._lock:
            return url in self._led

    def origin_of(self, target: str) -> str | None:
        """Return where a path with its query came from, such as `https://b.s3.example`."""
        with self._lock:
            return self._origins.get(target.partition("?")[0])

    def _note(self, url: str) -> None:
        with self._lock:
            self._led[url] = None
            if len(self._led) > _REMEMBERED:
                self._led.popitem(last=False)

    def _remembered(self, url: str) -> str:
        """Remember where a URL leads to; return the part before its query, or an empty text."""
        if url_defect(url) or "#" in url:
            return ""
        parts = urlsplit(url)
        begin = url.partition("?")[0]
        path = begin.removeprefix(f"{parts.scheme}://{parts.netloc}")
        if not path.startswith("/"):
            return ""
        with self._lock:
            self._origins[path] = f"{parts.scheme}://{parts.netloc}"
            self._origins.move_to_end(path)
            if len(self._origins) > _REMEMBERED:
                self._origins.popitem(last=False)
        return begin


def _escaped(text: str) -> str:
    r"""Return a text as JSON that escapes slashes writes it: `http:\/\/h`."""
    return json.dumps(text)[1:-1].replace("/", "\\/")


def _signed_urls(node: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(node, str):
        if is_signed(node):
            yield node
    elif depth < _DEPTH and isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _signed_urls(child, depth + 1)

"""Reads a recording (HAR 1.2) as exchanges: of a browser, a proxy, or of the kit itself.

What a recording hides stays unknown: a body that was left out is cut off, a token that was
removed leaves its caller unknown. Nothing is guessed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from conformance.model.exchange import Exchange, Request, Response
from conformance.oracles.engine import Timed
from conformance.problem import UsageProblem
from conformance.traffic.excerpt import API_BYTES, FILE_BYTES
from conformance.traffic.har_stream import entries

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.model.redaction import Headers
    from conformance.traffic.assessor import Assessor, Observed

#: The types of answers that are no part of an API or its storage.
_PAGES = re.compile(r"text/(html|css|javascript)|application/(x-)?javascript|font/|/wasm")
#: How the kit's own archives name the caller of a redacted token.
_PSEUDONYM = re.compile(r"Bearer \[redacted\]-([\w-]+)")
_REDACTED = "[redacted]"
_WITHOUT_BODY = frozenset({204, 205, 304})


@dataclass
class Recording:
    """The exchanges of a file.

    `notes` are its texts beside the entries. `unreadable` counts entries that do not fit.
    """

    timed: list[Timed] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    unreadable: int = 0

    @property
    def shows_tokens(self) -> bool:
        """Whether it has an `Authorization` header at all; browsers leave it out."""
        return any(
            name.lower() == "authorization"
            for one in self.timed
            for name, _ in one.exchange.request.headers
        )

    @property
    def pseudonyms(self) -> dict[str, str]:
        """The callers that the kit's own archive names, by their names."""
        found = {}
        for one in self.timed:
            for name, value in one.exchange.request.headers:
                known = _PSEUDONYM.fullmatch(value) if name.lower() == "authorization" else None
                if known:
                    found[known[1]] = value.removeprefix("Bearer ")
        return found


def read(path: Path) -> Recording:
    """Read a recording.

    Args:
        path: The HAR file.

    Raises:
        UsageProblem: It cannot be read, it is not a HAR file, or it has no entry that fits.
    """
    recording = Recording()
    seen: dict[tuple[object, ...], str] = {}
    for name, value in entries(path):
        if name != "entry":
            recording.notes[name] = value
            continue
        try:
            timed = _timed(value)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            recording.unreadable += 1
            continue
        if timed is not None and not _is_copy(value, timed, seen):
            recording.timed.append(timed)
    if not recording.timed and recording.unreadable:
        raise UsageProblem(f"{path} is not a HAR file: none of its entries has the right members")
    recording.timed.sort(key=lambda one: one.began)
    return recording


def _is_copy(entry: dict[str, Any], timed: Timed, seen: dict[tuple[object, ...], str]) -> bool:
    """Whether another page of the archive shows the same exchange, as the kit's own do."""
    exchange = timed.exchange
    page = str(entry.get("pageref"))
    key = (timed.began, timed.ended, exchange.request, exchange.response)
    return seen.setdefault(key, page) != page


def _timed(entry: dict[str, Any]) -> Timed | None:
    """Return an entry as an exchange; None for a part of a web page."""
    request, answer = entry["request"], entry["response"]
    started = _epoch(entry["startedDateTime"])
    elapsed = max(float(entry.get("time") or 0.0), 0.0) / 1000
    if _PAGES.search(str((answer.get("content") or {}).get("mimeType"))):
        return None
    sent = _request(request)
    response = _response(answer, elapsed, _limit(sent))
    error = None if response else str(entry.get("_error") or "the recording has no answer")
    return Timed(Exchange(sent, response, error, started=started), started, started + elapsed)


def _limit(request: Request) -> int:
    """Return how much of an answer is kept: a signed URL leads to a file."""
    return FILE_BYTES if "signature=" in request.url.lower() else API_BYTES


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _headers(headers: list[dict[str, Any]]) -> Headers:
    """Return the headers without those of HTTP/2's own, such as `:authority`."""
    pairs = ((str(one["name"]), str(one["value"])) for one in headers)
    return tuple((name, value) for name, value in pairs if not name.startswith(":"))


def _request(request: dict[str, Any]) -> Request:
    url = str(request["url"])
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(url)
    post = request.get("postData") or {}
    body = _posted(post)
    size = int(request.get("bodySize") or 0)
    shown = str(post.get("text") or "")
    differs = size > 0 and size != len(body) and not _is_redacted(shown)
    unknown = "\ufffd" in shown or differs or _is_marked_cut(post)
    excerpt_of = (size if size > 0 else -1, "") if unknown else None
    headers = tuple(
        (name, value) for name, value in _headers(request["headers"]) if value != _REDACTED
    ) + _doubtful(request)
    if len(body) > API_BYTES:
        excerpt_of = excerpt_of or (len(body), hashlib.sha256(body).hexdigest())
    method = str(request["method"]).upper()
    return Request(method, url.partition("#")[0], headers, body[:API_BYTES], None, excerpt_of)


def _doubtful(request: dict[str, Any]) -> Headers:
    """Return a redacted token whose caller is not named, so that it is never nobody's."""
    return tuple(
        (name, _REDACTED)
        for name, value in _headers(request["headers"])
        if name.lower() in {"authorization", "cookie"} and value == _REDACTED
    )


def _posted(post: dict[str, Any]) -> bytes:
    """Return the body of a request; a form may be recorded as parameters only."""
    text = post.get("text")
    if isinstance(text, str) and text:
        return _decoded(text, post.get("encoding"))
    params = post.get("params") or []
    return urlencode([(str(one["name"]), str(one.get("value", ""))) for one in params]).encode()


def _decoded(text: str, encoding: object) -> bytes:
    if encoding == "base64":
        try:
            return base64.b64decode(text, validate=False)
        except binascii.Error:
            return b""
    return text.encode("utf-8", "surrogatepass")


def _response(answer: dict[str, Any], elapsed: float, limit: int) -> Response | None:
    status = int(answer["status"])
    if status <= 0:
        return None
    content = answer.get("content") or {}
    text = content.get("text")
    body = _decoded(text, content.get("encoding")) if isinstance(text, str) else b""
    size = int(content.get("size") or 0)
    shown = str(text or "")
    hidden = text is None and status not in _WITHOUT_BODY
    shorter = size > len(body) and not _is_redacted(shown)
    cut = hidden or shorter or "\ufffd" in shown or len(body) > limit or _is_marked_cut(content)
    length = max(size, len(body)) if cut else None
    return Response(status, _headers(answer["headers"]), body[:limit], elapsed, cut, "", length)


def _is_redacted(text: str) -> bool:
    """Whether secrets were replaced in a text, so that its length says nothing."""
    return _REDACTED in text


def _is_marked_cut(part: dict[str, Any]) -> bool:
    """Whether the kit's own archive says that only the beginning of a body is there."""
    return str(part.get("comment") or "").startswith("cut: ")


def server_of(recording: Recording, paths: list[tuple[str, str]]) -> str:
    """Return the base URL of the API in a recording.

    Args:
        recording: The recording.
        paths: The method and the path of each operation whose path has no parameter.

    Raises:
        UsageProblem: It has requests to none, or to several.
    """
    own = recording.notes.get("_base_url", "")
    if own:
        return own
    found: list[str] = []
    for method, path in paths:
        found = found or sorted(_bases(recording, method, path))
    if len(found) == 1:
        return found[0]
    if not found:
        named = " and ".join(f"{method} {path}" for method, path in paths)
        raise UsageProblem(f"the recording has no request like {named}: pass --base-url URL")
    raise UsageProblem(
        f"the recording has requests to several servers: pass --base-url with one of"
        f" {', '.join(found[:5])}"
    )


def _bases(recording: Recording, method: str, path: str) -> set[str]:
    """Return the part of the URLs before a path, for the requests of a method."""
    requests = (one.exchange.request for one in recording.timed)
    urls = {one.url.partition("?")[0] for one in requests if one.method == method}
    return {url.removesuffix(path) for url in urls if url.endswith(path)}


def replay(assessor: Assessor, recording: Recording) -> None:
    """Show every exchange of a recording to an assessor, each at its moments."""
    timed = recording.timed
    moments = [(one.began, 1, number) for number, one in enumerate(timed)]
    moments += [(one.ended, 0, number) for number, one in enumerate(timed)]
    observed: dict[int, Observed] = {}
    for at, begins, number in sorted(moments):
        exchange = timed[number].exchange
        if number not in observed:
            observed[number] = assessor.began(exchange.request, timed[number].began)
        if not begins:
            assessor.ended(observed[number], exchange, at)
    assessor.finished()

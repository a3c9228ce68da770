"""Where the values of requests came from, so that a report's requests can be sent again.

Ids, upload URLs and cursors are valid for one session only. When a request is sent again
later, it must carry the values of new answers; so each value is traced to the answer, and
the member of it, that gave it out first.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus

from conformance.model.redaction import OWN_TO_THE_RUN
from conformance.model.signed_url import SignedUrl
from conformance.model.url_changes import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.model.exchange import Exchange, Request
    from conformance.model.redaction import Redactor
    from conformance.target import Target

#: A piece of a request: literal text, or an object that says where the text comes from.
Piece = str | dict[str, Any]
Member = tuple[str | int, ...]

#: Shorter texts are ordinary words, which may be equal by chance.
_OPAQUE_CHARACTERS = 6
_MEDIA_TYPE = re.compile(r"(?:image|video|audio|text|application)/[\w.+*-]+")
#: The changes to a URL that a script can repeat.
REPEATABLE_CHANGES = ("tampered", "stripped", "for_other_key")
#: How many characters of a packed body a script holds at most.
_PACKED_CHARACTERS = 20_000
#: How many exchanges of other cases are added to a way at most.
_FOUNDATIONS = 50
#: How deep into an answer the values are searched: a hostile answer may have no end.
_DEPTH = 10
_OVERLAP_S = 0.001
_PAUSE_S = 1.0


@dataclass(frozen=True)
class Source:
    """The answer that gave out a value, the member that held it, and how it was changed since."""

    exchange: Exchange
    member: Member
    change: str = ""


@dataclass
class Provenance:
    """Remembers what a process created, and writes requests with the sources of their values."""

    target: Target
    redactor: Redactor
    _acts: list[Exchange] = field(default_factory=list)
    _found: dict[str, Source] = field(default_factory=dict)
    _unread: deque[Exchange] = field(default_factory=deque)
    _reading: Lock = field(default_factory=Lock)
    _early: dict[int, Exchange] = field(default_factory=dict)

    def note(self, exchange: Exchange, *, early: bool) -> None:
        """Remember a request that changed something; `early` when it prepares a waiting case."""
        if early:
            self._early[id(exchange)] = exchange
        if exchange.request.method == "GET" or not exchange.succeeded:
            return
        self._acts.append(exchange)
        self._unread.append(exchange)

    def _makers(self) -> dict[str, Source]:
        """Return who gave out each value first; answers are read once somebody asks."""
        with self._reading:
            while self._unread:
                for token, source in _given_out(self._unread.popleft()):
                    self._found.setdefault(token, source)
        return self._found

    def aside(self, exchange: Exchange) -> bool:
        """Whether an exchange was sent for other cases than the running one."""
        return id(exchange) in self._early or self.sent_for_another_case(exchange)

    def crowded(self, shown: Iterable[Exchange], way: list[Exchange]) -> bool:
        """Whether the shown answers hold something that other cases made, outside of a way."""
        inside = {id(exchange) for exchange in way}
        sources = (
            self._makers().get(token)
            for exchange in shown
            if exchange.request.method == "GET"
            for token, _ in _given_out(exchange)
        )
        return any(source and id(source.exchange) not in inside for source in sources)

    def sent_for_another_case(self, exchange: Exchange) -> bool:
        """Whether an exchange is the late PUT that was sent on behalf of another case."""
        if exchange.request.method != "PUT" or id(exchange) in self._early:
            return False
        source = self._makers().get(exchange.request.url)
        return source is not None and id(source.exchange) in self._early

    def foundations(self, own: list[Exchange]) -> list[Exchange]:
        """Return the exchanges of earlier cases that a case's own requests build on, in order."""
        inside = {id(exchange) for exchange in own}
        makers: dict[int, Exchange] = {}
        open_tokens = {token for exchange in own for token in _carried(exchange.request)}
        while open_tokens:
            source = self._makers().get(open_tokens.pop())
            if source is None or id(source.exchange) in inside | makers.keys():
                continue
            makers[id(source.exchange)] = source.exchange
            open_tokens |= _carried(source.exchange.request)
        if not makers:
            return []
        made = {token for maker in makers.values() for token, _ in _given_out(maker)}
        first = min((exchange.started for exchange in own), default=0.0)
        found = [
            act
            for act in self._acts
            if id(act) in makers
            or (id(act) not in inside and act.started < first and _carried(act.request) & made)
        ]
        return found[-_FOUNDATIONS:]

    def needed(self, way: list[Exchange]) -> list[Exchange]:
        """Return a way without the reads that no later request builds on; its end stays."""
        kept: list[Exchange] = []
        carried: set[str] = set()
        for exchange in reversed(way):
            reads = exchange.request.method == "GET"
            own = {token for token, _ in _given_out(exchange)} - self._makers().keys()
            if not kept or not reads or own & carried:
                kept.append(exchange)
                carried |= _carried(exchange.request)
        return kept[::-1]

    def scripts(self, way: list[Exchange]) -> list[dict[str, Any] | None]:
        """Return for each exchange how to send it again; None where that is not known.

        A script holds `url`, `headers` and `body` in pieces, the `pause_s` before it, and
        whether it was sent together with another (`overlaps`).
        """
        sources: dict[str, tuple[int, Source]] = {}
        ours: set[str] = set()
        waits = any(id(exchange) in self._early for exchange in way)
        scripts = []
        for step, exchange in enumerate(way):
            ours |= _carried(exchange.request) - sources.keys()
            script = _Writer(self.target, self.redactor, sources).script(exchange.request)
            if script is not None:
                before, after = way[step - 1 : step], way[step + 1 : step + 2]
                script["pause_s"] = round(_gap(before, exchange), 1) if waits else 0.0
                script["overlaps"] = _overlap(before, exchange) or _overlap([exchange], *after)
            scripts.append(script)
            for token, source in _given_out(exchange):
                if token not in ours:
                    sources.setdefault(token, (step, source))
        return scripts

    def check(self, check: dict[str, Any] | None, way: list[Exchange]) -> dict[str, Any] | None:
        """Return a check that names the source of its expected value, if an answer gave it out."""
        wanted = (check or {}).get("schema", {}).get("const")
        if not isinstance(wanted, str) or check is None:
            return check
        for step, exchange in enumerate(way[:-1]):
            for token, source in _given_out(exchange):
                if token == wanted:
                    return {**check, "schema": {}, "equals": _use(step, source)}
        return None if self.redactor.text(wanted) != wanted else check


@dataclass
class _Writer:
    """Writes one request in pieces: literal text, and sources of values."""

    target: Target
    redactor: Redactor
    sources: dict[str, tuple[int, Source]]

    def script(self, request: Request) -> dict[str, Any] | None:
        """Return the request in pieces, or None when it holds a secret without a source."""
        try:
            return {
                "url": self._url(request.url),
                "headers": [
                    [name, self._header(value)]
                    for name, value in request.headers
                    if name.lower() not in OWN_TO_THE_RUN
                ],
                "body": self._body(request.body),
            }
        except _UntraceableError:
            return None

    def _url(self, url: str) -> list[Piece]:
        if url in self.sources:
            return [_use(*self.sources[url])]
        bases = {
            "CONFORMANCE_BASE_URL": self.target.base_url,
            "CONFORMANCE_SHORT_LIVED_URL": self.target.short_lived_url,
        }
        for variable, base in bases.items():
            if base and url.startswith((f"{base}/", f"{base}?")):
                rest = url.removeprefix(base)
                return [{"variable": variable}, *self._parts(rest)]
        return self._parts(url)

    def _parts(self, text: str) -> list[Piece]:
        """Split the path and query of a URL at the values that answers gave out."""
        path, mark, query = text.partition("?")
        pieces = [(part, unquote(part)) for part in re.split(r"(/)", path)]
        pieces += [(mark, mark), *((p, unquote_plus(p)) for p in re.split(r"([&=])", query))]
        return self._joined(
            {**_use(*self.sources[value]), "quoted": True} if value in self.sources else part
            for part, value in pieces
        )

    def _header(self, value: str) -> list[Piece]:
        tokens = {
            "CONFORMANCE_OTHER_TOKEN": self.target.other_token,
            "CONFORMANCE_TOKEN": self.target.token,
        }
        for variable, token in tokens.items():
            for spelling, shorter in ((token, False), ((token or "")[:-1], True)):
                if spelling and spelling in value:
                    before, _, after = value.partition(spelling)
                    return self._joined([before, {"variable": variable, "shorter": shorter}, after])
        return self._joined([value])

    def _body(self, body: bytes) -> list[Piece] | dict[str, str] | None:
        if not body:
            return None
        text = body.decode("utf-8", "replace")
        if "\ufffd" in text or not text.replace("\n", " ").isprintable():
            if self.redactor.leaks(text):
                raise _UntraceableError  # nobody would find it in the packed form
            packed = base64.b64encode(gzip.compress(body, mtime=0)).decode()
            if len(packed) > _PACKED_CHARACTERS:
                raise _UntraceableError
            return {"gzip_base64": packed}
        found = {json.dumps(value)[1:-1]: value for _, value in _leaves(_parsed(body))}
        known = [form for form, value in found.items() if value in self.sources]
        if not known:
            return self._joined([text])
        cut = re.split(f"({'|'.join(map(re.escape, sorted(known, key=len, reverse=True)))})", text)
        return self._joined(
            {**_use(*self.sources[found[part]]), "json": True} if part in known else part
            for part in cut
        )

    def _joined(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Join neighbouring texts; raise when one holds a secret, which must not be written."""
        joined: list[Piece] = []
        for piece in pieces:
            if isinstance(piece, str) and joined and isinstance(joined[-1], str):
                joined[-1] += piece
            elif piece:
                joined.append(piece)
        if any(isinstance(piece, str) and self.redactor.finds(piece) for piece in joined):
            raise _UntraceableError
        return joined


class _UntraceableError(Exception):
    """A request holds a value that is secret or too large, and no answer gave it out."""


def _use(step: int, source: Source) -> dict[str, Any]:
    return {"step": step, "member": list(source.member), "change": source.change}


def _given_out(exchange: Exchange) -> Iterator[tuple[str, Source]]:
    """Yield the opaque texts of an answer, and the changed forms of the URLs that it signed."""
    creation = exchange.request.method != "GET"
    for member, value in _leaves(exchange.json):
        if len(value) < _OPAQUE_CHARACTERS or _MEDIA_TYPE.fullmatch(value):
            continue
        yield value, Source(exchange, member)
        if creation and value.startswith("http") and (url := SignedUrl(value)).signed:
            for change in REPEATABLE_CHANGES:
                yield CHANGES[change](url).url, Source(exchange, member, change)


def _carried(request: Request) -> set[str]:
    """Return the texts of a request that an answer may have given out."""
    path, _, query = request.url.partition("?")
    tokens = {request.url, *map(unquote, path.split("/"))}
    tokens.update(unquote_plus(value) for value in re.split("[&=]", query))
    tokens.update(value for _, value in _leaves(_parsed(request.body)))
    return {token for token in tokens if len(token) >= _OPAQUE_CHARACTERS}


def _leaves(node: Any, member: Member = ()) -> Iterator[tuple[Member, str]]:
    if isinstance(node, str):
        yield member, node
    elif len(member) == _DEPTH:
        return
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _leaves(value, (*member, name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, (*member, index))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _end(exchange: Exchange) -> float:
    return exchange.started + (exchange.response.elapsed_s if exchange.response else 0.0)


def _gap(before: list[Exchange], exchange: Exchange) -> float:
    """Return the seconds that a case waited before it sent this one; 0 when it did not."""
    gap = exchange.started - max(map(_end, before), default=exchange.started)
    return gap if gap > _PAUSE_S else 0.0


def _overlap(before: Iterable[Exchange], *after: Exchange) -> bool:
    ends = [_end(exchange) for exchange in before]
    return any(one.started + _OVERLAP_S < end for one in after for end in ends)

"""Sends requests to a simulated server, and keeps the stream of exchanges with their times."""

from __future__ import annotations

import heapq
import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.knowledge.callers import Callers
from conformance.knowledge.knowledge import Knowledge
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.redaction import Redactor
from conformance.oracles.engine import Engine, Timed
from conformance.oracles.registry import oracles_of
from conformance.profiles.feedhive.reading import reader_of
from tests.oracles.simulated_server import BASE, MAGIC, TOKENS, path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.oracles.finding import Finding
    from tests.oracles.simulated_server import Server


@dataclass
class Handed:
    """What a client knows of an upload, since an answer said so."""

    caller: str
    upload_id: str
    url: str
    content_type: str
    body: bytes
    known_at: float
    media_id: str | None = None
    media_at: float = 0.0
    file_url: str = ""


@dataclass
class Traffic:
    """The requests of two callers to one server, in any overlap.

    A request is done at one moment between its begin and its end. `sent` puts it on the
    schedule; it is done when the clock passes that moment.
    """

    server: Server
    now: float = 0.0
    stream: list[Timed] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with an empty schedule."""
        self._schedule: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def wait(self, seconds: float) -> None:
        """Let time pass, and do what is due."""
        until = self.now + seconds
        while self._schedule and self._schedule[0][0] <= until:
            at, _, act = heapq.heappop(self._schedule)
            self.server.now = at
            act()
        self.now = self.server.now = until

    def sent(
        self,
        method: str,
        url: str,
        caller: str | None = "main",
        body: bytes = b"",
        *,
        label: str = "application/json",
        takes: float = 0.2,
        lost: str = "",
        then: Callable[[Any, float], None] | None = None,
    ) -> None:
        """Schedule a request that begins now.

        Args:
            method: The method.
            url: The URL.
            caller: Whose key it carries, None for no key.
            body: The body.
            label: The content type of the body.
            takes: Half of the seconds until the answer.
            lost: "answer": done, but the answer is lost; "request": not done, and no answer;
                "retried": done, then sent again, and the second answer came.
            then: Called with the JSON of a success and the moment at which it came.
        """
        token = TOKENS.get(caller or "", caller)
        headers = [("Content-Type", label)] if body else []
        if caller and url.startswith(BASE):
            headers.append(("Authorization", f"Bearer {token}"))
        request = Request(method, url, tuple(headers), body)
        began = self.now

        def act() -> None:
            ended = began + 2 * takes
            if lost == "request":
                self._note(Exchange(request, None, "timed out"), began, ended)
                return
            status, content = self.server.answer(method, url, caller, body, label)
            if lost == "answer":
                self._note(Exchange(request, None, "reset"), began, ended)
                return
            if lost == "retried":
                status, content = self.server.answer(method, url, caller, body, label)
            is_json = not isinstance(content, bytes)
            raw = json.dumps(content).encode() if is_json else content
            shown = "application/json" if is_json else "application/octet-stream"
            response = Response(status, (("content-type", shown),), raw, 2 * takes)
            retries = int(lost == "retried")
            self._note(Exchange(request, response, retries=retries), began, ended)
            if then is not None and status < 300:
                then(content, ended)

        heapq.heappush(self._schedule, (began + takes, next(self._numbers), act))

    def _note(self, exchange: Exchange, began: float, ended: float) -> None:
        self.stream.append(Timed(exchange, began, ended, "case"))

    # What clients do

    def create(
        self,
        caller: str = "main",
        content_type: str = "image/png",
        filename: str = "",
        declared: str = "",
        **how: Any,
    ) -> None:
        """Open a session; `declared` is another spelling of the type, if it is given."""
        number = len(self.stream) + len(self._schedule)
        name = filename or f"picture-{number:05d}.bin"
        body = MAGIC[content_type] + f"{caller}{number}".encode() * 20

        def opened(content: Any, ended: float) -> None:
            data = content["data"]
            self.handed.append(
                Handed(caller, data["upload_id"], data["upload_url"], content_type, body, ended)
            )

        sent = json.dumps({"filename": name, "content_type": declared or content_type}).encode()
        self.sent("POST", path_of("media", "uploads"), caller, sent, then=opened, **how)

    def put(self, upload: Handed, body: bytes | None = None, label: str = "", **how: Any) -> None:
        content = upload.body if body is None else body
        self.sent("PUT", upload.url, None, content, label=label or upload.content_type, **how)

    def complete(self, upload: Handed, caller: str | None = "", **how: Any) -> None:
        def made(content: Any, ended: float) -> None:
            upload.media_id, upload.media_at = content["data"]["id"], ended

        who = upload.caller if caller == "" else caller
        url = path_of("media", "uploads", upload.upload_id, "complete")
        self.sent("POST", url, who, then=made, **how)

    def get(self, upload: Handed, caller: str | None = "", **how: Any) -> None:
        def shown(content: Any, ended: float) -> None:
            del ended
            upload.file_url = content["data"]["media_url"]

        who = upload.caller if caller == "" else caller
        self.sent("GET", path_of("media", str(upload.media_id)), who, then=shown, **how)

    def delete(self, upload: Handed, caller: str | None = "", **how: Any) -> None:
        who = upload.caller if caller == "" else caller
        self.sent("DELETE", path_of("media", str(upload.media_id)), who, **how)

    def read(self, upload: Handed, **how: Any) -> None:
        self.sent("GET", upload.file_url, None, **how)

    def page(self, caller: str | None = "main", query: str = "limit=100", **how: Any) -> None:
        self.sent("GET", f"{path_of('media')}?{query}", caller, **how)

    def walk(self, caller: str = "main", limit: int = 3) -> None:
        """Read the whole list, page by page."""
        found: list[Any] = [None]
        for _ in range(50):
            cursor = f"&cursor={found[-1]}" if found[-1] else ""
            self.page(
                caller,
                f"limit={limit}{cursor}",
                takes=0.05,
                then=lambda content, _: found.append(content["data"]["next_cursor"]),
            )
            self.wait(0.2)
            if not found[-1]:
                return

    def media(self, caller: str = "main", content_type: str = "image/png") -> Handed:
        """Make a media, step by step, and return it."""
        self.create(caller, content_type)
        self.wait(1)
        upload = self.handed[-1]
        self.put(upload)
        self.wait(1)
        self.complete(upload)
        self.wait(1)
        return upload


def judged(traffic: Traffic, *, alone: bool = True) -> list[Finding]:
    """Return what the oracles find in the stream, after everything that is scheduled was done."""
    traffic.wait(1_000)
    return [finding for _, finding in engine(alone=alone).judge_stream(traffic.stream)]


def engine(*, alone: bool = True) -> Engine:
    """Return an engine that knows the two callers."""
    knowledge = Knowledge(
        reader_of({"main": BASE}),
        Callers(dict(TOKENS)),
        alone=alone,
        secrets=Redactor(TOKENS.values()),
    )
    return Engine(knowledge, oracles_of("feedhive"))

"""Hayon's oracles against a small server in memory, correct and wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.knowledge.callers import Callers
from conformance.knowledge.knowledge import Knowledge
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.redaction import Redactor
from conformance.oracles.engine import Engine, Timed
from conformance.oracles.registry import oracles_of
from conformance.profiles.hayon.reading import reader_of

BASE, STORE, CDN = "https://api.h.app", "https://s3.h.app/bucket", "https://cdn.h.app"
TOKENS = {"main": "tok_main_0123456789abcdef", "other": "tok_other_0123456789abcdef"}
TYPES = ("image/png", "image/webp", "video/mp4")


@dataclass
class Publisher:
    """A correct server; a wrong one overrides a rule."""

    objects: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    count: int = 0
    now: float = 0.0
    given: list[str] = field(default_factory=list)

    def answer(self, request: Request, caller: str | None) -> tuple[int, Any]:
        if request.url.startswith(STORE):
            key = request.url.removeprefix(f"{STORE}/").partition("?")[0]
            return self.store(request, key), b""
        if request.url.startswith(CDN):
            return self.public(request.url.removeprefix(f"{CDN}/"))
        members = json.loads(request.body)
        if caller is None:
            return 401, self.refusal("Unauthorized")
        if request.url.endswith("/upload"):
            if not self.takes(members):
                return 400, self.refusal("Invalid media type")
            return 200, {"success": True, "data": self.upload(caller, members["contentType"])}
        return 201, {"success": True, "data": {"content": self.content(members["content"])}}

    def store(self, request: Request, key: str) -> int:
        if request.method == "DELETE":
            return self.delete(key)
        self.objects[key], self.types[key] = request.body, dict(request.headers)["Content-Type"]
        return 200

    def delete(self, key: str) -> int:
        del key
        return 403

    def refusal(self, message: str) -> dict[str, Any]:
        return {"success": False, "message": message, "data": None}

    def takes(self, members: dict[str, Any]) -> bool:
        return members.get("contentType") in TYPES

    def key(self, caller: str) -> str:
        self.count += 1
        return f"posts/{caller}/file-{self.count:04d}.bin"

    def upload(self, caller: str, content_type: str) -> dict[str, Any]:
        key = self.key(caller)
        query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc"
        return {
            "uploadUrl": f"{STORE}/{self.written(key)}?{query}&X-Amz-Date={self.count}",
            "s3Url": self.public_url(key),
            "s3Key": key,
            "contentType": content_type,
        }

    def written(self, key: str) -> str:
        return key

    def public_url(self, key: str) -> str:
        return f"{CDN}/{key}"

    def public(self, key: str) -> tuple[int, bytes]:
        return (200, self.objects[key]) if key in self.objects else (404, b"")

    def shown_type(self, request: Request) -> str:
        """Return the type of a public file: that of its PUT."""
        return self.types.get(request.url.removeprefix(f"{CDN}/"), "")

    def content(self, content: dict[str, Any]) -> dict[str, Any]:
        return content


class KeysComeRound(Publisher):
    def key(self, caller: str) -> str:
        self.count += 1
        return f"posts/{caller}/file-{self.count % 3:04d}.bin"


class CallersShareKeys(Publisher):
    def key(self, caller: str) -> str:
        self.count += 1
        own = sum(key.startswith(caller) for key in self.given)
        self.given.append(f"{caller} {self.count}")
        return f"posts/file-{own:04d}.bin"


class UrlsShareAnObject(Publisher):
    def written(self, key: str) -> str:
        return key if self.count < 3 else "posts/main/file-0001.bin"


class UploadUrlWritesAnotherKey(Publisher):
    def written(self, key: str) -> str:
        return f"{key}.part"


class PublicUrlLacksTheKey(Publisher):
    def public_url(self, key: str) -> str:
        return f"{CDN}/{key}-public"


class PublicUrlIsOne(Publisher):
    def public_url(self, key: str) -> str:
        del key
        return f"{CDN}/posts/main/file-0001.bin"


class PublicFilesAreMixedUp(Publisher):
    def public(self, key: str) -> tuple[int, bytes]:
        return 200, next(iter(self.objects.values())) if key in self.objects else b""


class PublicFilesAreCut(Publisher):
    def public(self, key: str) -> tuple[int, bytes]:
        status, body = super().public(key)
        return status, body[:9]


class SecondViewsLoseTheType(Publisher):
    def shown_type(self, request: Request) -> str:
        self.given.append(request.url)
        again = self.given.count(request.url) > 1
        return "application/octet-stream" if again else super().shown_type(request)


class PublicFilesVanish(Publisher):
    def public(self, key: str) -> tuple[int, bytes]:
        return (404, b"") if self.now > 80 else super().public(key)


class TakesAnyType(Publisher):
    def takes(self, members: dict[str, Any]) -> bool:
        return isinstance(members.get("contentType"), str) and bool(members["contentType"])


class TakesAMissingType(Publisher):
    def takes(self, members: dict[str, Any]) -> bool:
        members.setdefault("contentType", "image/png")
        return super().takes(members)


class PostsShowAnotherPair(Publisher):
    def content(self, content: dict[str, Any]) -> dict[str, Any]:
        return {**content, "mediaItems": [{"s3Url": "https://x/y", "s3Key": "y"}]}


class PostsShowNoPair(Publisher):
    def content(self, content: dict[str, Any]) -> dict[str, Any]:
        return {**content, "mediaItems": []}


class RefusalsHoldAnUpload(Publisher):
    def refusal(self, message: str) -> dict[str, Any]:
        return {**super().refusal(message), "debug": self.upload("x", "image/png")}


class RefusalsHoldATrace(Publisher):
    def refusal(self, message: str) -> dict[str, Any]:
        trace = "Error\n    at upload (/srv/node_modules/app.js:3:4)"
        return {**super().refusal(message), "stack": trace}


class SuccessesHoldTheKey(Publisher):
    def upload(self, caller: str, content_type: str) -> dict[str, Any]:
        return {**super().upload(caller, content_type), "by": TOKENS[caller]}


WRONG = {
    KeysComeRound: "HY-UPLOAD-14",
    CallersShareKeys: "HY-UPLOAD-28",
    UrlsShareAnObject: "HY-UPLOAD-15",
    UploadUrlWritesAnotherKey: "HY-UPLOAD-11",
    PublicUrlLacksTheKey: "HY-UPLOAD-12",
    PublicUrlIsOne: "HY-PUBLIC-01",
    PublicFilesAreMixedUp: "HY-PUBLIC-01",
    PublicFilesAreCut: "HY-PUBLIC-01",
    SecondViewsLoseTheType: "HY-PUBLIC-02",
    PublicFilesVanish: "HY-PUBLIC-04",
    TakesAnyType: "HY-UPLOAD-21",
    TakesAMissingType: "HY-UPLOAD-23",
    PostsShowAnotherPair: "HY-POST-01",
    PostsShowNoPair: "HY-POST-02",
    RefusalsHoldAnUpload: "HY-AUTH-01",
    RefusalsHoldATrace: "HY-AUTH-06",
    SuccessesHoldTheKey: "HY-AUTH-07",
}


def visit(server: Publisher) -> list[Timed]:
    """Send what two callers do, right and wrong."""
    stream: list[Timed] = []

    def send(
        method: str, url: str, body: Any = b"", caller: str | None = "main", kind: str = ""
    ) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        own = url.startswith(BASE) and caller
        headers: tuple[tuple[str, str], ...] = ()
        if own:
            headers = (("Authorization", f"Bearer {TOKENS[caller or '']}"),)
        headers += (("Content-Type", kind),) if kind else ()
        request = Request(method, url, headers, raw)
        server.now += 1
        status, content = server.answer(request, caller)
        answer = content if isinstance(content, bytes) else json.dumps(content).encode()
        shown = server.shown_type(request) if method == "GET" else ""
        named = (("Content-Type", shown),) if shown else ()
        exchange = Exchange(request, Response(status, named, answer, 0.1))
        stream.append(Timed(exchange, server.now, server.now + 0.5))
        return content

    asked = f"{BASE}/api/posts/media/upload"
    for caller in ("main", "other", "main", "other"):
        for content_type in TYPES:
            given = send("POST", asked, {"contentType": content_type}, caller)["data"]
            body = f"{caller} {server.now} {content_type}".encode() * 3
            send("PUT", given["uploadUrl"], body, kind=content_type)
            send("GET", given["s3Url"])
            pair = {"s3Url": given["s3Url"], "s3Key": given["s3Key"]}
            content = {"content": {"text": "x", "mediaItems": [pair]}}
            send("POST", f"{BASE}/api/posts", content, caller)
            send("PUT", f"{BASE}/api/posts/1", content, caller)
    for wrong in ({"contentType": "text/plain"}, {}, {"contentType": 7}, {"contentType": ""}):
        send("POST", asked, wrong)
    send("POST", asked, {"contentType": "image/png"}, None)
    send("DELETE", given["uploadUrl"])
    server.now += 60
    send("GET", given["s3Url"])
    server.now += 10
    send("GET", given["s3Url"])
    return stream


def engine() -> Engine:
    """Return an engine that knows the two callers."""
    knowledge = Knowledge(
        reader_of({"main": BASE}), Callers(dict(TOKENS)), secrets=Redactor(TOKENS.values())
    )
    return Engine(knowledge, oracles_of("hayon"))


def visited(server: Publisher) -> set[str]:
    """Return the rows that a whole visit shows to be broken."""
    found = engine().judge_stream(visit(server))
    return {finding.requirement for _, finding in found}


def test_a_correct_server_gives_no_finding() -> None:
    assert visited(Publisher()) == set()


@pytest.mark.parametrize("server", WRONG, ids=[server.__name__ for server in WRONG])
def test_a_wrong_server_is_found(server: type[Publisher]) -> None:
    assert WRONG[server] in visited(server())


class AnEdgeIsBehindOnce(Publisher):
    """One edge of the CDN misses a file that others have."""

    def public(self, key: str) -> tuple[int, bytes]:
        behind = 60 < self.now - self.began < 70 if self.began else False
        return (404, b"") if behind else super().public(key)

    began = 0.0

    def refusal(self, message: str) -> dict[str, Any]:
        self.began = self.now
        return super().refusal(message)


def test_a_file_that_comes_back_was_not_lost() -> None:
    assert visited(AnEdgeIsBehindOnce()) == set()


class AnUploadUrlDeletes(Publisher):
    """The storage checks nothing, so a client may delete its file."""

    def delete(self, key: str) -> int:
        del self.objects[key]
        return 204


def test_a_file_that_its_client_deleted_was_not_lost() -> None:
    assert visited(AnUploadUrlDeletes()) == set()

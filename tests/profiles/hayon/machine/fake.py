"""A Hayon server in memory, and a machine that is bound to it; a test changes one of its parts."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote
from uuid import uuid4

from conformance.harness import sample_files
from conformance.harness.sequences import Log
from conformance.harness.transcript import Transcript
from conformance.model.exchange import Exchange, Request, Response
from conformance.model.profile import Profile
from conformance.profiles.hayon.machine.answers import Issued
from conformance.profiles.hayon.machine.files import PublicSite
from conformance.profiles.hayon.machine.lifecycle import Lifecycle
from conformance.profiles.hayon.machine.uploads import NEEDS

if TYPE_CHECKING:
    from conformance.judge.finding import Violation

SIGNED = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20320131%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20320131T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=feed"
)
STORE, CDN = "http://127.0.0.1:9000/media", "http://127.0.0.1:8000/cdn"


def exchange(status: int, body: bytes, content_type: str, method: str = "POST") -> Exchange:
    headers = (("Content-Type", content_type),)
    return Exchange(Request(method, "http://h"), Response(status, headers, body, 0.0))


def answer(status: int, content: Any) -> Exchange:
    return exchange(status, json.dumps(content).encode(), "application/json")


def success(key: str, content_type: str = "image/png", **changed: Any) -> Exchange:
    """Return the answer that gives a key; `changed` replaces members of its data."""
    data = {
        "uploadUrl": f"{STORE}/{key}?{SIGNED}&x-id={key}",
        "s3Url": f"{CDN}/{key}",
        "s3Key": key,
        "contentType": content_type,
        **changed,
    }
    return answer(200, {"success": True, "message": "Upload URL generated", "data": data})


class Server:
    """Keys, objects and public files; its clock moves only when the machine waits."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.public_since: dict[str, float] = {}
        self.asked: list[tuple[object, str | None]] = []
        self.now = 0.0
        #: After so many seconds a file is gone, and so many seconds late it comes.
        self.life, self.delay = 1e9, 0.0

    def create_media_upload(
        self, content_type: object = None, *, body: bytes | None = None,
        caller: str | None = "main", **_: object,
    ) -> Exchange:  # fmt: skip
        declared = str(json.loads(body)["contentType"] if body is not None else content_type)
        self.asked.append((declared, caller))
        if caller is None:
            return answer(401, {"success": False, "message": "Unauthorized"})
        return success(f"posts/{caller}/{uuid4()}.{declared.rpartition('/')[2]}", declared)

    def put(self, url: str, body: bytes, content_type: str) -> Exchange:
        key = url.partition("?")[0].removeprefix(f"{STORE}/")
        self.objects[key] = body, content_type
        self.public_since[key] = self.now + self.delay
        return exchange(200, b"", "text/plain", "PUT")

    def read(self, url: str) -> Exchange:
        key = unquote(url.partition("?")[0]).removeprefix(f"{CDN}/")
        since = self.public_since.get(key, 1e12)
        if key not in self.objects or not since <= self.now < since + self.life:
            return exchange(404, b"", "text/plain", "GET")
        return exchange(200, *self.objects[key], "GET")

    def wait(self, seconds: float) -> None:
        self.now += seconds


def machine(server: Server, kind: type[Lifecycle] = Lifecycle) -> tuple[type[Any], list[Violation]]:
    """Return a machine that is bound to a server, and the list of what it notices besides."""
    noticed: list[Violation] = []
    transcript = Transcript("run")

    class Bound(kind):  # type: ignore[valid-type, misc]
        harness = cast(
            "Any",
            SimpleNamespace(
                storage=server,
                target=SimpleNamespace(capabilities=set()),
                profile=Profile.load("hayon"),
                proof=SimpleNamespace(notice=noticed.append),
                transcript=transcript,
            ),
        )
        given = cast(
            "Any",
            SimpleNamespace(api=server, callers=("main", "other"), genuine=sample_files.unique),
        )
        site = PublicSite(server.read, server.wait, lambda: server.now)
        issued = Issued()
        bucket = None
        log = Log(transcript, NEEDS)

    return Bound, noticed

"""What both callers of a visit send to a library, right and wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oracles.simulated_server import BASE, path_of
from tests.oracles.traffic import Traffic

if TYPE_CHECKING:
    from tests.oracles.simulated_server import Server


def a_whole_visit(server: Server) -> Traffic:
    """Send what both callers do to a library, right and wrong, with pauses to settle."""
    traffic = Traffic(server)
    first = traffic.media()
    kept = [traffic.media(content_type=kind) for kind in ("image/gif", "image/png", "video/mp4")]
    foreign = traffic.media("other")
    for upload in (first, *kept, foreign):
        traffic.get(upload)
        traffic.wait(1)
        traffic.read(upload)
        traffic.wait(1)
    wrong_creates(traffic)
    wrong_completes(traffic)
    wrong_requests(traffic, first.media_id or "", kept[0], foreign)
    traffic.wait(20)
    for query in ("limit=100", "", "limit=2", "limit=1000"):
        traffic.page(query=query)
        traffic.page("other", query)
        traffic.wait(1)
    traffic.page(caller=None)
    traffic.walk()
    for upload in kept:
        traffic.get(upload)
        traffic.read(upload)
    traffic.wait(1)
    traffic.delete(first)
    traffic.wait(1)
    traffic.delete(first)
    traffic.get(first)
    traffic.wait(20)
    traffic.get(first)
    for upload in kept:
        traffic.get(upload)
        traffic.read(upload)
    traffic.wait(2)
    traffic.page()
    for upload in kept:
        traffic.delete(upload)
        traffic.wait(1)
    traffic.wait(100)
    traffic.create()
    return traffic


def wrong_creates(traffic: Traffic) -> None:
    for body in (
        b'{"filename": "a.png", "content_type": "text/plain"}',
        b'{"filename": "", "content_type": "image/png"}',
    ):
        traffic.sent("POST", path_of("media", "uploads"), "main", body)
    keyless = b'{"filename": "a.png", "content_type": "image/png"}'
    traffic.sent("POST", path_of("media", "uploads"), None, keyless)
    traffic.create(filename="equal-names-1.png")
    traffic.create(filename="equal-names-1.png")
    traffic.wait(1)


def wrong_completes(traffic: Traffic) -> None:
    done = traffic.handed[0]
    traffic.complete(done)
    for body, label in (None, ""), (b"", "image/png"), (b"GIF89a....", "image/gif"):
        traffic.create()
        traffic.wait(1)
        upload = traffic.handed[-1]
        if body is not None:
            traffic.put(upload, body, label)
            traffic.wait(1)
        traffic.complete(upload)
        traffic.sent("GET", path_of("media", upload.upload_id))
        traffic.wait(1)
    traffic.create()
    traffic.wait(1)
    upload = traffic.handed[-1]
    traffic.put(upload)
    traffic.wait(1)
    traffic.complete(upload, "other")
    traffic.wait(1)
    traffic.sent("POST", f"{BASE}/media/uploads/{upload.upload_id}0/complete")
    traffic.wait(1)
    traffic.complete(upload)
    traffic.complete(upload)
    traffic.wait(1)
    traffic.get(upload)
    traffic.wait(4)
    traffic.get(upload)
    traffic.wait(1)


def wrong_requests(traffic: Traffic, media_id: str, own: Any, foreign: Any) -> None:
    traffic.sent("GET", path_of("media", media_id[:-2]))
    traffic.get(foreign, "main")
    traffic.delete(foreign, "main")
    traffic.wait(1)
    traffic.get(foreign)
    traffic.delete(own, None)
    traffic.wait(1)
    traffic.get(own)
    traffic.wait(1)

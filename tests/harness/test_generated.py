"""Generated requests go out together, but those that write to one thing follow each other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from conformance.harness.generated import Generated, Planned
from conformance.judge.contract import contracts_of
from conformance.model.exchange import Exchange, Request
from tests.harness.library import Library, harness_of

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATION = "delete_media"
FIRST = [Planned(Request("DELETE", f"http://h/media/first{number}")) for number in range(3)]


class Watched(Library):
    """Does something with each request behind the first three, in its thread."""

    def __init__(self, act: Callable[[Request], None]) -> None:
        super().__init__()
        self._act = act

    def send_generated(
        self, request: Request, operation: str, *, caller: str | None = "main"
    ) -> Exchange:
        if "first" not in request.url:
            self._act(request)
        return super().send_generated(request, operation, caller=caller)


def send(act: Callable[[Request], None], planned: list[Planned]) -> None:
    contract = next(one for one in contracts_of("feedhive") if OPERATION in one.operations)
    harness = harness_of(Watched(act), [])
    Generated(harness, contract, OPERATION, "FH-DELETE-14").send([*FIRST, *planned])


def test_requests_about_different_things_are_under_way_together() -> None:
    both = threading.Barrier(2, timeout=5)

    def meet(_: Request) -> None:
        both.wait()

    send(meet, [Planned(Request("DELETE", f"http://h/media/{one}"), thing=one) for one in "ab"])

    assert not both.broken


def test_writes_to_one_thing_follow_each_other() -> None:
    order: list[str] = []
    inside = threading.Lock()

    def note(request: Request) -> None:
        assert inside.acquire(blocking=False)
        order.append(request.url)
        inside.release()

    planned = [
        Planned(Request("DELETE", f"http://h/media/a?{number}"), thing="a") for number in range(8)
    ]
    send(note, planned)

    assert order == [one.request.url for one in planned]

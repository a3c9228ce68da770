"""What spoiled a session is found by trying each possible cause alone, on a fresh session."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.judge.finding import Blocked
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.machine import blame
from conformance.profiles.feedhive.machine.model import Model, Session, Stored, Touch
from conformance.profiles.feedhive.upload import Upload

if TYPE_CHECKING:
    from conformance.profiles.feedhive.machine.world import World


def answer(status: int, media_id: str = "") -> Exchange:
    body = json.dumps({"success": status < 400, "data": {"id": media_id}}).encode()
    return Exchange(Request("POST", "http://127.0.0.1/"), Response(status, (), body, 0.01))


class Server:
    """Five operations in memory; one touch closes the sessions of a caller."""

    def __init__(self, spoiler: Touch | None) -> None:
        self._spoiler = spoiler
        self._names: dict[str, str] = {}
        self._stored: set[str] = set()
        self._closed: set[str] = set()

    def open(self, upload_id: str, name: str) -> None:
        """Open a session."""
        self._names[upload_id] = name

    def store(self, upload_id: str) -> None:
        """Take the file of a session."""
        self._stored.add(upload_id)

    def complete_upload(self, upload_id: str, *, caller: str | None) -> Exchange:
        """Complete a session, unless it was closed."""
        stranger = {"other": Touch.STRANGER, None: Touch.NOBODY}.get(caller)
        if stranger is None and upload_id not in self._stored:
            stranger = Touch.EARLY
        if stranger is not None:
            self._close(stranger, {upload_id})
            return answer(404)
        if upload_id in self._closed:
            return answer(409)
        self._closed.add(upload_id)
        name = self._names[upload_id]
        self._close(Touch.NAMESAKE, {one for one, other in self._names.items() if other == name})
        return answer(200, f"med_{upload_id}")

    def delete_media(self, _: str, *, caller: str) -> Exchange:
        """Delete an item."""
        del caller
        self._close(Touch.DELETE, set(self._names))
        return answer(200)

    def _close(self, touch: Touch, ids: set[str]) -> None:
        if touch is self._spoiler:
            self._closed |= ids


class Acts:
    """The acts of a sequence against such a server."""

    def __init__(self, server: Server) -> None:
        self.model = Model()
        self.noticed: list[str] = []
        self._server = server
        self.world = cast(
            "World", SimpleNamespace(api=server, stranger=self._other, notice=self._note)
        )

    def open(self, content_type: str, caller: str, filename: str | None = None) -> Session:
        """Open a session."""
        number = f"upl_{len(self.model.sessions)}"
        name = filename or f"{number}.png"
        session = Session(Upload(number, "", content_type, name, None, answer(201), caller))
        self.model.sessions.append(session)
        self._server.open(number, name)
        return session

    def store(self, session: Session) -> None:
        """Store the file."""
        session.stored = Stored.GENUINE
        self._server.store(session.upload.id)

    @staticmethod
    def _other(_: str) -> str:
        return "other"

    def _note(self, requirement: str, *_: Any) -> None:
        self.noticed.append(requirement)


def blamed(spoiler: Touch | None, *touched: Touch) -> tuple[str, list[str]]:
    acts = Acts(Server(spoiler))
    session = acts.open("image/png", "main")
    acts.store(session)
    session.touched += touched
    session.lost = True
    try:
        blame.find(acts, session, answer(409))
    except Blocked as finding:
        return str(finding.cause.blocked_by), acts.noticed
    return "", acts.noticed


@pytest.mark.parametrize(
    "touch", [Touch.NOBODY, Touch.STRANGER, Touch.NAMESAKE, Touch.DELETE], ids=lambda one: one.name
)
def test_the_cause_is_blamed_and_no_other(touch: Touch) -> None:
    assert blamed(touch, *Touch) == (blame.ROWS[touch], [])


def test_an_early_complete_is_noted_since_it_is_a_should() -> None:
    assert blamed(Touch.EARLY, *Touch) == ("", ["FH-LIFECYCLE-05"])


def test_causes_that_spoil_nothing_alone_are_blamed_together() -> None:
    assert blamed(None, Touch.STRANGER, Touch.EARLY) == ("FH-LIFECYCLE-01", [])


def test_a_cause_that_did_not_happen_is_not_tried() -> None:
    assert blamed(Touch.STRANGER, Touch.NOBODY) == ("FH-LIFECYCLE-01", [])

"""What waits must be as good as new: a lost session is a finding, and an expired one is not."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.judge.finding import Blocked, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.given import COMPLETE
from conformance.profiles.feedhive.machine.waiting import Waiting
from conformance.profiles.feedhive.upload import Upload

MINUTES = timedelta(minutes=10)


def answer(status: int, data: object = None) -> Exchange:
    body = json.dumps({"success": status < 300, "data": data}).encode()
    headers = (("Content-Type", "application/json"),)
    return Exchange(Request("GET", "/"), Response(status, headers, body, 0.1), started=time.time())


class Given:
    """A server whose sessions live for a while, and which may refuse what is old."""

    def __init__(self, life: timedelta = MINUTES) -> None:
        self.life = life
        self.lost: set[str] = set()
        self.refused_cursors: set[str] = set()
        self.broken = False
        self.others: list[str] = []
        self.done: list[str] = []
        self.working = SimpleNamespace(create=lambda: None)
        self.api = SimpleNamespace(list_media=self.listed)

    def created_upload(self, content_type: str, *, caller: str) -> Upload:
        expires_at = datetime.now(UTC) + self.life
        headers = (("Date", datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")),)
        created = Exchange(
            Request("POST", "/"), Response(201, headers, b"", 0.1), started=time.time()
        )
        return Upload("upl", "", content_type, "a", expires_at, created, caller)

    def stored_upload(self, content_type: str, *, caller: str) -> Upload:
        return self.stored(self.created_upload(content_type, caller=caller))

    def stored(self, upload: Upload) -> Upload:
        upload.body = b"a file"
        return upload

    def completed(self, upload: Upload) -> None:
        self.done.append(upload.caller)
        if upload.caller in self.lost:
            raise Blocked(violation=Violation("a success", "it was 404", answer(404), COMPLETE))

    def media(self, content_type: str, *, caller: str = "main") -> Any:
        del content_type, caller
        if self.broken:
            raise Blocked(violation=Violation("a success", "it was 500", answer(500), COMPLETE))
        return SimpleNamespace(id="a")

    def listed(self, *, limit: int, cursor: str | None = None) -> Exchange:
        if cursor in self.refused_cursors:
            return answer(400)
        items = [{"id": one} for one in [*self.others, "a", "z"][:limit]]
        number = f"cursor {len(self.refused_cursors)} behind {items[-1]['id']}"
        page = {"items": items, "total": 9, "has_more": True, "next_cursor": number}
        return answer(200, page)


def begun(given: Given) -> tuple[Waiting, list[Violation]]:
    noticed: list[Violation] = []
    whole: Any = given
    things = Waiting(whole, ("main", "other"), 0, noticed.append, 0.0)
    things.begin()
    return things, noticed


def test_sessions_of_both_callers_are_completed_late() -> None:
    given = Given()
    things, noticed = begun(given)

    things.use()

    assert sorted(given.done) == ["main", "main", "other", "other"]
    assert noticed == []


def test_a_session_that_is_lost_is_a_finding_with_its_steps() -> None:
    given = Given()
    things, _ = begun(given)
    given.lost = {"other"}

    with pytest.raises(Violation, match="as good as a new one") as found:
        things.use()

    assert any("seconds pass" in step for step in found.value.__notes__)


def test_a_server_that_completes_nothing_now_is_not_blamed_for_the_wait() -> None:
    given = Given()
    things, _ = begun(given)
    given.lost, given.broken = {"main"}, True

    with pytest.raises(Blocked, match=COMPLETE):
        things.use()


def test_sessions_that_have_expired_are_not_used() -> None:
    given = Given(life=timedelta(seconds=1))
    things, _ = begun(given)

    with pytest.raises(Blocked, match="every upload session had expired"):
        things.use()

    assert given.done == []


def test_a_cursor_that_is_refused_late_is_noted() -> None:
    given = Given()
    things, noticed = begun(given)
    given.refused_cursors = {"cursor 0 behind a"}

    things.use()

    assert [one.requirement for one in noticed] == ["FH-LIST-10"]


def test_the_cursor_that_is_kept_ends_with_an_item_that_stays() -> None:
    given = Given()
    given.others = ["b", "c"]
    things, noticed = begun(given)
    given.refused_cursors = {f"cursor 0 behind {other}" for other in given.others}

    things.use()

    assert noticed == []


def test_a_case_that_runs_again_makes_new_things() -> None:
    given = Given()
    things, _ = begun(given)
    things.use()

    things.use()

    assert len(given.done) == 8
    assert sum("open an upload" in step for step in things.steps) == 4

"""The faults that only a load shows: they begin beyond so many completes at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from conformance.servers.feedhive.faults import under_load
from tests.servers.caller import put

if TYPE_CHECKING:
    from tests.servers.caller import Caller, Serving

FAULTS = (
    "two-completes-succeed-under-load",
    "media-are-lost-under-load",
    "totals-drift-under-load",
)


@pytest.fixture(autouse=True)
def _few_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_load, "MOST", 3)


def stored(caller: Caller) -> str:
    data = caller.create().json()["data"]
    assert put(data["upload_url"]).status_code == 200
    return str(data["upload_id"])


def completed(caller: Caller, sessions: list[str]) -> list[str]:
    """Complete sessions at the same moment; return the ids of the media."""
    with ThreadPoolExecutor(len(sessions)) as pool:
        answers = list(pool.map(caller.complete_session, sessions))
    return [one.json()["data"]["id"] for one in answers if one.status_code == 200]


@pytest.mark.parametrize("fault", FAULTS)
def test_few_completes_at_a_time_are_handled_as_the_documents_say(
    serving: Serving, fault: str
) -> None:
    with serving(fault) as caller:
        session = stored(caller)

        made = completed(caller, [session, session])

        assert len(made) == 1
        assert [item["id"] for item in caller.listed()["items"]] == made
        assert caller.listed()["total"] == 1


def test_two_completes_of_a_session_make_two_media(serving: Serving) -> None:
    with serving(FAULTS[0]) as caller:
        made = completed(caller, [stored(caller)] * 6)

        assert len(set(made)) == 6
        assert caller.listed()["total"] == 6


def test_a_media_is_lost(serving: Serving) -> None:
    with serving(FAULTS[1]) as caller:
        made = completed(caller, [stored(caller) for _ in range(6)])

        assert len(set(made)) == 6
        assert caller.listed()["total"] == 3


def test_a_total_drifts_and_stays_wrong(serving: Serving) -> None:
    with serving(FAULTS[2]) as caller:
        made = completed(caller, [stored(caller) for _ in range(6)])

        page = caller.listed()
        assert {item["id"] for item in page["items"]} == set(made)
        assert page["total"] == 60

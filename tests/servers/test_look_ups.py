"""The faults of look-ups, and the variant beside them, do what their sentences say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.servers.caller import put

if TYPE_CHECKING:
    from tests.servers.caller import Serving


def test_a_trimmed_type_gives_an_upload_that_works(serving: Serving) -> None:
    with serving("types-are-trimmed") as caller:
        created = caller.create("a.png", " Image/PNG\n").json()["data"]

        assert put(created["upload_url"], "image/png").status_code == 200
        assert caller.complete_session(created["upload_id"]).status_code == 200


def test_a_type_that_is_signed_with_its_line_break_gives_a_dead_upload(serving: Serving) -> None:
    with serving("line-breaks-are-signed") as caller:
        created = caller.create("a.png", "image/png\n").json()["data"]

        assert put(created["upload_url"], "image/png").status_code == 403


@pytest.mark.parametrize("media_id", ["constructor", "__proto__"])
def test_a_get_finds_what_nobody_made(serving: Serving, media_id: str) -> None:
    with serving("get-finds-built-in-names") as caller:
        assert caller.get(media_id).status_code == 200
        assert caller.get("med_nothing").status_code == 404

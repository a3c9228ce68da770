"""Every row of an answer is judged, and each can fail by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.profiles.hayon.machine.answers import Issued
from tests.profiles.hayon.machine.fake import CDN, SIGNED, STORE, answer, success

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

KEY = "posts/main/3f2a9c50.png"


def rows(
    *exchanges: Exchange, issued: Issued | None = None, caller: str = "main", **how: Any
) -> list[str]:
    """Return the rows that the last of the answers breaks."""
    issued = issued or Issued()
    found = [issued.judge(one, "image/png", caller, **how)[1] for one in exchanges]
    return [str(violation.requirement) for violation in found[-1]]


def test_a_documented_answer_breaks_nothing() -> None:
    assert rows(success(KEY)) == []
    assert rows(success(KEY), success("posts/main/4.png")) == []


@pytest.mark.parametrize(
    ("changed", "row"),
    [
        ({"s3Key": None}, "HY-UPLOAD-01"),
        ({"s3Url": "/cdn/x.png"}, "HY-UPLOAD-01"),
        ({"uploadUrl": f"{STORE}/{KEY}"}, "HY-UPLOAD-17"),
        ({"uploadUrl": "http://[::1/x"}, "HY-UPLOAD-17"),
        ({"uploadUrl": f"{STORE}/other.png?{SIGNED}"}, "HY-UPLOAD-11"),
        ({"uploadUrl": f"{STORE}/{KEY}?X-Amz-Signature=feed"}, "HY-UPLOAD-18"),
        ({"uploadUrl": f"{STORE}/{KEY}?{SIGNED.replace('=900', '=7200')}"}, "HY-UPLOAD-19"),
        ({"uploadUrl": f"{STORE}/{KEY}?{SIGNED.replace('=900', '=86400')}"}, "HY-UPLOAD-29"),
        ({"uploadUrl": f"{STORE}/{KEY}?{SIGNED.replace('=host', '=x')}"}, "HY-UPLOAD-20"),
        ({"s3Url": f"{CDN}/{KEY}?{SIGNED}"}, "HY-UPLOAD-13"),
        ({"s3Url": f"{CDN}/{KEY}/view"}, "HY-UPLOAD-12"),
        ({"contentType": "video/mp4"}, "HY-UPLOAD-10"),
    ],
)
def test_each_member_has_its_row(changed: dict[str, Any], row: str) -> None:
    assert row in rows(success(KEY, **changed))


@pytest.mark.parametrize(
    ("changed", "row"),
    [({"success": "true"}, "HY-UPLOAD-08"), ({"message": "Created"}, "HY-UPLOAD-09")],
)
def test_the_envelope_has_its_rows(changed: dict[str, Any], row: str) -> None:
    whole = success(KEY).json

    assert rows(answer(200, {**whole, **changed})) == [row]


def test_another_status_of_a_success_is_a_row_of_its_own() -> None:
    assert rows(answer(201, success(KEY).json)) == ["HY-UPLOAD-31"]


def test_a_type_that_the_first_request_refuses_is_blamed_itself() -> None:
    issued = Issued()
    refusal = answer(400, {"success": False, "message": "Invalid media type"})

    _, first = issued.judge(refusal, "video/mp4", "main")
    issued.judge(success("a.mp4", "video/mp4"), "video/mp4", "main")
    _, later = issued.judge(refusal, "video/mp4", "main")

    assert [one.requirement for one in first] == ["HY-UPLOAD-06"]
    assert [one.requirement for one in later] == ["HY-UPLOAD-01"]


def test_a_key_that_comes_again_is_blamed_by_who_asked_and_when() -> None:
    first, again = success(KEY), success(KEY, uploadUrl=f"{STORE}/{KEY}?{SIGNED}&x-id=2")

    assert rows(first, again) == ["HY-UPLOAD-14"]
    assert rows(first, again, together=True)[0] == "HY-UPLOAD-16"
    issued = Issued()
    assert rows(first, issued=issued) == []
    assert rows(again, issued=issued, caller="other") == ["HY-UPLOAD-28"]
    assert rows(first, first) == ["HY-UPLOAD-14", "HY-UPLOAD-15"]


def test_at_once_a_request_gets_the_type_that_it_gets_alone() -> None:
    issued = Issued()
    renamed = {"contentType": "PNG"}

    assert rows(success("a.png", **renamed), issued=issued) == ["HY-UPLOAD-10"]
    assert rows(success("b.png", **renamed), issued=issued, together=True) == []
    assert rows(success("c.png"), issued=issued, together=True) == ["HY-UPLOAD-30"]
    assert rows(success("d.webp", **renamed), issued=issued, together=True) == ["HY-UPLOAD-30"]

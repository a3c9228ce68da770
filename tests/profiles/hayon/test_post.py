"""The media of a post: judged only where the answer shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.judge.finding import Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.hayon.given import Upload
from conformance.profiles.hayon.post import shown_as_sent

FIRST, SECOND = (
    Upload("", f"https://h/{key}", key, "image/png", Exchange(Request("POST", "http://h")))
    for key in ("a.png", "b.png")
)


def answer(data: Any) -> Exchange:
    body = json.dumps({"success": True, "data": data}).encode()
    return Exchange(Request("POST", "http://h"), Response(201, (), body, 0.0))


def content(*uploads: Upload) -> dict[str, Any]:
    return {"content": {"mediaItems": [upload.media_item() for upload in uploads]}}


@pytest.mark.parametrize(
    "data",
    [content(FIRST, SECOND), {"postId": "7"}, {"content": {"mediaItems": [{"id": 1}, {"id": 2}]}}],
    ids=["as sent", "not shown", "other members"],
)
def test_media_as_sent_or_not_shown_pass(data: Any) -> None:
    shown_as_sent(answer(data), [FIRST, SECOND])


@pytest.mark.parametrize(
    "data",
    [content(), content(FIRST), content(SECOND, FIRST)],
    ids=["no media", "the first only", "in reverse"],
)
def test_media_that_are_shown_otherwise_fail(data: Any) -> None:
    with pytest.raises(Violation):
        shown_as_sent(answer(data), [FIRST, SECOND])

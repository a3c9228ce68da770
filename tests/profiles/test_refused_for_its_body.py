"""A 401 for a valid key is not a refusal of the body."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from conformance.judge.finding import Blocked, Violation
from conformance.model.exchange import Exchange, Request, Response
from conformance.profiles.feedhive.given import Given as FeedHive
from conformance.profiles.hayon.given import Given as Hayon


def answer(status: int) -> Exchange:
    body = json.dumps({"success": status < 300}).encode()
    return Exchange(Request("POST", "http://h"), Response(status, (), body, 0.0))


class Control:
    """An api whose control request gets one status."""

    def __init__(self, status: int) -> None:
        self._status = status

    def create_upload(self, *_: Any) -> Exchange:
        """Answer FeedHive's control request."""
        return answer(self._status)

    create_media_upload = create_upload


def given_of(kind: type, status: int) -> Any:
    given = cast("Any", object.__new__(kind))
    given.api = Control(status)
    return given


each_profile = pytest.mark.parametrize("kind", [FeedHive, Hayon], ids=["feedhive", "hayon"])


@each_profile
@pytest.mark.parametrize("status", [400, 403, 415, 422])
def test_a_client_error_refuses_the_body(kind: type, status: int) -> None:
    given_of(kind, 200).refused_for_its_body(answer(status))


@each_profile
def test_a_401_for_a_valid_key_is_a_violation(kind: type) -> None:
    with pytest.raises(Violation, match="valid key"):
        given_of(kind, 200).refused_for_its_body(answer(401))


@each_profile
def test_a_401_for_a_key_that_is_not_valid_any_more_proves_nothing(kind: type) -> None:
    with pytest.raises(Blocked) as blocked:
        given_of(kind, 401).refused_for_its_body(answer(401))

    assert "key" in str(blocked.value.cause.limit)

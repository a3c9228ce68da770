"""Whose request it was, by the header that was sent."""

from __future__ import annotations

import pytest

from conformance.knowledge.callers import DOUBTFUL, NOBODY, Callers, are_different
from conformance.model.exchange import Request

CALLERS = {"main": "tok-1", "other": None}


def request(*values: str) -> Request:
    return Request("GET", "https://h/", tuple(("authorization", value) for value in values))


@pytest.mark.parametrize(
    ("values", "caller"),
    [
        ([], NOBODY),
        (["Bearer tok-1"], "main"),
        (["Bearer tok-12"], DOUBTFUL),
        (["bearer tok-1"], DOUBTFUL),
        (["Basic tok-1"], DOUBTFUL),
        (["Bearer tok-1", "Bearer tok-1"], DOUBTFUL),
    ],
)
def test_only_the_exact_header_names_a_caller(values: list[str], caller: str) -> None:
    assert Callers(CALLERS).of(request(*values)) == caller


def test_a_cookie_may_be_a_key_too() -> None:
    with_cookie = Request("GET", "https://h/", (("Cookie", "session=1"),))

    assert Callers(CALLERS).of(with_cookie) == DOUBTFUL


def test_a_recording_may_hide_the_header() -> None:
    assert Callers({}, hidden=True).of(request()) == DOUBTFUL


def test_new_tokens_are_learned_once_they_were_accepted() -> None:
    callers = Callers({}, learns=True)
    known, invented = request("Bearer a"), request("Bearer b")
    assert callers.of(known) == DOUBTFUL

    callers.learn(known)

    assert callers.of(known) == "caller-1"
    assert callers.of(invented) == DOUBTFUL
    assert callers.tokens == {"a"}


def test_a_learned_caller_is_doubtful_where_a_header_selects_another_library() -> None:
    callers = Callers({}, learns=True)
    known = request("Bearer a")
    callers.learn(known)
    elsewhere = Request("GET", "https://h/", (*known.headers, ("X-Workspace-Id", "7")))

    assert callers.of(elsewhere) == DOUBTFUL
    assert (
        Callers(CALLERS).of(
            Request("GET", "https://h/", (("Authorization", "Bearer tok-1"), ("X-Team", "1")))
        )
        == "main"
    )


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ("main", "other", True),
        ("main", NOBODY, True),
        ("caller-1", NOBODY, True),
        ("main", "main", False),
        ("main", "caller-1", False),  # a user may have several tokens
        ("caller-1", "caller-2", False),
        ("main", DOUBTFUL, False),
        (DOUBTFUL, DOUBTFUL, False),
        (NOBODY, DOUBTFUL, False),
    ],
)
def test_two_names_are_two_callers_only_where_that_is_certain(
    one: str, other: str, *, different: bool
) -> None:
    assert are_different(one, other) == are_different(other, one) == different

"""A search that did too little proves nothing, and says what it did."""

from __future__ import annotations

import pytest

from conformance.profiles.feedhive.lifecycle import NEEDS, too_little


def test_a_search_that_did_enough_is_no_limit() -> None:
    assert too_little(NEEDS) is None


@pytest.mark.parametrize("kind", NEEDS)
def test_a_search_that_did_too_little_names_the_count(kind: str) -> None:
    blocked = too_little({**NEEDS, kind: 0})

    assert blocked is not None
    assert f"0 {kind} of the {NEEDS[kind]}" in str(blocked.cause.limit)

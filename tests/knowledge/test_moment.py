"""Two answers may write one moment in two ways."""

from __future__ import annotations

import pytest

from conformance.knowledge.moment import agrees


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("image/png", "image/png"),
        ("2032-01-31T12:00:00.123456Z", "2032-01-31T12:00:00+0000"),
        ("2032-01-31T12:00:00Z", "2032-01-31T17:30:00.999+05:30"),
    ],
)
def test_equal_values_and_equal_moments_agree(one: str, other: str) -> None:
    assert agrees(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("image/png", "image/jpeg"),
        ("2032-01-31T12:00:00Z", "2032-01-31T12:00:01Z"),
        (None, "2032-01-31T12:00:00Z"),
    ],
)
def test_others_do_not(one: object, other: object) -> None:
    assert not agrees(one, other)

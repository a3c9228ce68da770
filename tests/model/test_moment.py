"""Date-times of ISO 8601 in all their forms, and texts that are not date-times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conformance.model.moment import parsed_moment

NOON = datetime(2032, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2032-01-31T12:00:00Z",
        "2032-01-31t12:00:00.000z",
        "2032-01-31T12:00:00",
        "2032-01-31T12:00Z",
        "2032-01-31T12Z",
        "20320131T120000Z",
        "20320131T1200+0000",
        "2032-01-31T14:00:00+02:00",
        "2032-01-31T06:30:00-0530",
        "2032-01-31T14:00:00+02",
        "2032-031T12:00:00Z",
        "2032031T120000Z",
        "2032-W05-6T12:00:00Z",
        "2032W056T120000Z",
        "2032-01-31T12:00:00,000000000Z",
        "2032-01-31T11:59:60Z",
    ],
)
def test_each_form_of_a_moment_is_read(text: str) -> None:
    assert parsed_moment(text) == NOON


@pytest.mark.parametrize(
    ("text", "after_noon_s"),
    [
        ("2032-01-31T12:00:00.25Z", 0.25),
        ("2032-01-31T12:30.5Z", 1_830),
        ("2032-01-31T12.5Z", 1_800),
        ("2032-01-31T24:00:00Z", 43_200),
        ("2032-01-30T24:00:00Z", -43_200),
    ],
)
def test_a_fraction_and_the_end_of_a_day_are_read(text: str, after_noon_s: float) -> None:
    assert parsed_moment(text) == NOON + timedelta(seconds=after_noon_s)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2031-02-30T00:00:00Z",
        "2031-366T00:00:00Z",
        "2031-000T00:00:00Z",
        "9999-366T00:00:00Z",
        "2031-W54-1T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "2032-01-31",
        "2032-01-31 12:00:00Z",
        "2032-01-31T25:00:00Z",
        "2032-01-31T24:00:01Z",
        "2032-01-31T12:60:00Z",
        "2032-01-31T12:00:61Z",
        "2032-01-31T12:00:00+24:00",
        "2032-01-31T12:00:00+02:60",
        "2032-01-31T12:00:00Z ",
        "\uff12032-01-31T12:00:00Z",
        "Sat, 31 Jan 2032 12:00:00 GMT",
        "1959163200",
        "2032-01-31T12:00:00." + "0" * 10_000 + "Z",
        1959163200,
        None,
    ],
)
def test_anything_else_is_no_moment(text: object) -> None:
    assert parsed_moment(text) is None


@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59:59.999-11:00", "9999-12-31T24:00:00Z", "0001-01-01T00:00:00+14:00"],
)
def test_the_kit_can_calculate_with_every_moment(text: str) -> None:
    moment = parsed_moment(text)

    assert moment is not None
    assert moment.astimezone(UTC) - timedelta(days=30) < moment + timedelta(days=30)

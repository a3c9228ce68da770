"""Where a case may only read, no request that changes something is sent."""

from __future__ import annotations

import pytest

from conformance.harness.reading import WriteRefused, check_reading, reading_only


@pytest.mark.parametrize("method", ["GET", "get", "HEAD", "OPTIONS"])
def test_reads_are_sent(method: str) -> None:
    with reading_only():
        check_reading(method)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
def test_writes_are_refused_inside_only(method: str) -> None:
    with reading_only(), pytest.raises(WriteRefused):
        check_reading(method)

    check_reading(method)


def test_no_case_takes_the_refusal_for_an_error_of_its_own() -> None:
    assert not issubclass(WriteRefused, Exception)

"""Where a case may only read, no request that changes something is sent."""

from __future__ import annotations

import pytest

from conformance.harness.reading import (
    WriteRefused,
    check_library,
    check_reading,
    keeping_library,
    reading_only,
)


@pytest.mark.parametrize("method", ["GET", "get", "HEAD", "OPTIONS"])
def test_reads_are_sent(method: str) -> None:
    with reading_only():
        check_reading(method)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PURGE"])
def test_writes_are_refused_inside_only(method: str) -> None:
    with reading_only(), pytest.raises(WriteRefused):
        check_reading(method)

    check_reading(method)


def test_a_library_that_is_kept_is_not_changed() -> None:
    with keeping_library("other"):
        check_library("main")
        check_library(None)
        with pytest.raises(WriteRefused):
            check_library("other")

    check_library("other")


def test_no_case_takes_the_refusal_for_an_error_of_its_own() -> None:
    assert not issubclass(WriteRefused, Exception)

"""Headers keep what was sent, and equal ones are kept once."""

from __future__ import annotations

from conformance.harness.headers import read, shared


def test_the_headers_of_an_answer_keep_every_byte_and_their_order() -> None:
    raw = [(b"B", b"caf\xe9"), (b"a", b""), (b"B", b"2")]

    assert read(raw) == (("B", "caf\xe9"), ("a", ""), ("B", "2"))


def test_equal_headers_are_one_object_and_long_values_are_not_kept() -> None:
    def made(length: int) -> tuple[str, str]:
        (pair,) = shared([("Accept", "x" * length)])
        return pair

    assert made(20) is made(20)
    assert made(2_000) is not made(2_000)

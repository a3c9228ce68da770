"""What was sent for a case, and the parts of it that stand alone."""

from __future__ import annotations

from conformance.harness.transcript import Transcript
from conformance.model.exchange import Exchange, Request


def sent(transcript: Transcript, path: str) -> Exchange:
    request = Request("GET", f"http://127.0.0.1/{path}")
    return transcript.opened(request)(Exchange(request))


def test_the_way_to_an_exchange_begins_with_the_case() -> None:
    transcript = Transcript("run")
    first, second = sent(transcript, "a"), sent(transcript, "a")
    sent(transcript, "b")

    assert transcript.way_to(second) == [first, second]


def test_the_way_to_an_exchange_begins_with_its_part() -> None:
    transcript = Transcript("run")
    sent(transcript, "a")
    transcript.begin_part()
    second, third = sent(transcript, "b"), sent(transcript, "c")
    transcript.begin_part()
    fourth = sent(transcript, "d")

    assert transcript.way_to(third) == [second, third]
    assert transcript.way_to(None) == [fourth]


def test_a_new_case_has_no_parts() -> None:
    transcript = Transcript("run")
    sent(transcript, "a")
    transcript.begin_part()
    transcript.begin("FH-LIST-01")
    first, second = sent(transcript, "b"), sent(transcript, "c")

    assert transcript.way_to(second) == [first, second]

"""What was sent for a case, and the parts of it that stand alone."""

from __future__ import annotations

from contextvars import copy_context
from functools import partial

from conformance.harness.concurrency import parallel
from conformance.harness.transcript import Course, Transcript
from conformance.judge.finding import Violation
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


def test_cases_beside_each_other_keep_their_own_exchanges() -> None:
    transcript = Transcript("run")
    transcript.begin("-")

    def case(name: str) -> tuple[Course, list[Exchange]]:
        course = transcript.begin_beside("FH-GET-01", name)
        return course, [sent(transcript, name), *parallel(partial(sent, transcript), [name])]

    (first, of_first), (second, of_second) = (copy_context().run(case, name) for name in "ab")

    assert (first.exchanges, second.exchanges) == (of_first, of_second)
    assert transcript.exchanges == []
    assert transcript.running == [*of_first, *of_second]


def test_a_course_that_ended_elsewhere_is_the_one_to_report() -> None:
    transcript = Transcript("run")
    transcript.begin("-")
    course = copy_context().run(transcript.begin_beside, "FH-GET-01", "test_get")

    transcript.adopt(course)

    assert (transcript.requirement, transcript.case) == ("FH-GET-01", "test_get")
    assert transcript.running == []


def test_what_no_case_showed_is_taken_with_the_next_course() -> None:
    transcript = Transcript("run")
    of_nobody, of_the_case = Violation("a", "b"), Violation("c", "d")
    transcript.begin("-").noticed.append(of_nobody)
    course = copy_context().run(transcript.begin_beside, "FH-GET-01", "test_get")
    course.noticed.append(of_the_case)
    transcript.adopt(course)

    assert transcript.taken() == [of_the_case, of_nobody]
    assert transcript.taken() == []

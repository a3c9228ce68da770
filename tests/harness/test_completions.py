"""A case that looks for new items leaves out what other cases completed."""

from __future__ import annotations

import threading
from contextvars import copy_context

import pytest

from conformance.harness.completions import Completions
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Blocked


@pytest.fixture
def transcript() -> Transcript:
    transcript = Transcript("run")
    transcript.begin("FH-COMPLETE-05", "test_own")
    return transcript


@pytest.fixture
def completions(transcript: Transcript) -> Completions:
    return Completions(transcript, bound_s=5)


def beside(transcript: Transcript, act: str, completions: Completions, *values: str) -> None:
    """Let another case act, in a context of its own."""

    def other() -> None:
        transcript.begin_beside("FH-GET-01", "test_other")
        getattr(completions, act)(*values)

    copy_context().run(other)


def test_an_item_of_another_case_is_not_new(
    transcript: Transcript, completions: Completions
) -> None:
    beside(transcript, "made", completions, "med_other")

    assert completions.not_of_others({"med_other", "med_strange"}) == {"med_strange"}


def test_an_item_that_the_case_itself_completed_is_new(completions: Completions) -> None:
    completions.made("med_own")

    assert completions.not_of_others({"med_own"}) == {"med_own"}


def test_only_items_that_nobody_completed_are_of_outsiders(
    transcript: Transcript, completions: Completions
) -> None:
    completions.made("med_own")
    beside(transcript, "made", completions, "med_other")

    assert completions.of_outsiders({"med_own", "med_other", "med_strange"}) == {"med_strange"}


def test_a_lost_complete_of_another_case_leaves_it_open_whose_an_item_is(
    transcript: Transcript, completions: Completions
) -> None:
    beside(transcript, "lost", completions)

    assert completions.not_of_others(set()) == set()
    with pytest.raises(Blocked, match="was lost"):
        completions.not_of_others({"med_strange"})


def test_a_lost_complete_of_the_case_itself_explains_nothing(completions: Completions) -> None:
    completions.lost()

    assert completions.not_of_others({"med_strange"}) == {"med_strange"}


def test_a_complete_under_way_is_waited_for(
    transcript: Transcript, completions: Completions
) -> None:
    sent, answered = threading.Event(), threading.Event()

    def other() -> None:
        transcript.begin_beside("FH-GET-01", "test_other")
        with completions.under_way():
            sent.set()
            answered.wait(5)
            completions.made("med_late")

    thread = threading.Thread(target=copy_context().run, args=(other,))
    thread.start()
    sent.wait(5)
    threading.Timer(0.05, answered.set).start()

    assert completions.not_of_others({"med_late"}) == set()
    thread.join(5)


def test_an_id_that_comes_again_is_noted(transcript: Transcript, completions: Completions) -> None:
    completions.made("med_1")
    completions.made("med_2")
    before = completions.came_again()

    beside(transcript, "made", completions, "med_1")

    assert (before, completions.came_again()) == (False, True)


def test_no_complete_begins_in_a_pause(completions: Completions) -> None:
    begun = threading.Event()

    def complete() -> None:
        with completions.under_way():
            begun.set()

    other = threading.Thread(target=complete)
    with completions.paused():
        other.start()
        assert not begun.wait(0.1)
    assert begun.wait(5)
    other.join(5)


def test_a_pause_begins_when_the_completes_under_way_have_ended(completions: Completions) -> None:
    order, under_way = [], threading.Event()

    def complete() -> None:
        with completions.under_way():
            under_way.set()
            order.append("too early" if paused.wait(0.1) else "complete ended")

    paused = threading.Event()
    other = threading.Thread(target=complete)
    other.start()
    assert under_way.wait(5)
    with completions.paused():
        paused.set()
        order.append("paused")
    other.join(5)

    assert order == ["complete ended", "paused"]

"""A media is surely alive, surely dead, or neither."""

from __future__ import annotations

from conformance.knowledge.lives import Media, State
from tests.knowledge.made import event

BOTH = {State.ALIVE, State.DEAD}


def media() -> Media:
    """Return a media whose complete was answered at 2."""
    return Media("med_1", "main", "main", None, event("POST", began=1, ended=2))


def test_it_is_alive_once_its_complete_was_answered() -> None:
    assert media().states(3, 4) == {State.ALIVE}
    assert media().states(1.5, 4) == BOTH


def test_a_delete_in_flight_leaves_both() -> None:
    one = media()
    one.threaten(event("DELETE", began=5))

    assert one.states(3, 4) == {State.ALIVE}
    assert one.states(3, 6) == BOTH
    assert one.states(7, 8) == BOTH


def test_it_is_dead_once_its_delete_was_answered() -> None:
    one = media()
    delete = event("DELETE", began=5, ended=6)
    one.threaten(delete)
    one.death = delete

    assert one.states(5.5, 7) == BOTH
    assert one.states(7, 8) == {State.DEAD}


def test_a_refused_delete_of_a_stranger_changes_nothing() -> None:
    one = media()
    first, second = event("DELETE", began=5), event("DELETE", began=9)
    one.threaten(first)
    one.threaten(second)

    one.spare(first)

    assert one.states(6, 8) == {State.ALIVE}
    assert one.states(6, 10) == BOTH


def test_a_delete_under_way_may_have_been_that_of_the_media_that_had_the_id_before() -> None:
    born = event("POST", began=1, ended=2)
    first = Media("7", "main", "main", None, born)
    again = Media("7", "main", "main", None, born, again=True)
    early, later = event("DELETE", began=1.5, ended=1.8), event("DELETE", began=3, ended=4)

    assert not first.outlives(early)
    assert again.outlives(early)
    assert not again.outlives(later)

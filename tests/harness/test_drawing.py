"""Only one case draws at a time, and while it plays, others may draw."""

from __future__ import annotations

import threading

from conformance.harness.drawing import drawing, not_drawing


def test_a_case_that_plays_lets_another_one_draw() -> None:
    drawn = threading.Event()

    def other() -> None:
        with drawing():
            drawn.set()

    thread = threading.Thread(target=other)
    with drawing():
        thread.start()
        assert not drawn.wait(0.05)
        with not_drawing():
            assert drawn.wait(5)
    thread.join(5)


def test_a_case_draws_on_when_it_has_played() -> None:
    seen: list[bool] = []

    def other() -> None:
        with drawing():
            seen.append(True)

    with drawing():
        with not_drawing():
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.05)
        assert not seen
    thread.join(5)
    assert seen

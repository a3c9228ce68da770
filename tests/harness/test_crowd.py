from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from conformance.harness import crowd as crowds
from conformance.harness.crowd import Crowd


def moments(crowd: Crowd, delays: list[float]) -> list[float]:
    """Let users come after so many seconds; return when each goes on."""

    def come(delay: float) -> float:
        time.sleep(delay)
        crowd.meet()
        return time.monotonic()

    with ThreadPoolExecutor(len(delays)) as pool:
        return list(pool.map(come, delays))


def test_users_wait_until_all_are_there() -> None:
    began = time.monotonic()

    gone = moments(Crowd(lambda: 3, patience_s=60), [0.0, 0.0, 0.2])

    assert min(gone) - began >= 0.2


def test_a_user_goes_on_without_others_who_never_come() -> None:
    began = time.monotonic()

    gone = moments(Crowd(lambda: 3, patience_s=0.1), [0.0, 0.0])

    assert min(gone) - began >= 0.1


def test_a_large_crowd_goes_in_waves() -> None:
    crowd = Crowd(lambda: 1_000, patience_s=60)

    gone = moments(crowd, [0.0] * crowds.LARGEST_WAVE)

    assert len(gone) == crowds.LARGEST_WAVE


def test_one_user_does_not_wait() -> None:
    Crowd(lambda: 1, patience_s=60).meet()


def test_users_know_the_latest_thing_of_another_caller() -> None:
    crowd = Crowd(lambda: 1)
    crowd.shares("main", "m_1")

    assert crowd.of_another("main") is None
    assert crowd.of_another("other") == "m_1"
    crowd.shares("other", "m_2")
    crowd.shares("main", "m_3")
    assert (crowd.of_another("main"), crowd.of_another("other")) == ("m_2", "m_3")

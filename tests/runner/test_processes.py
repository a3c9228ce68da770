"""Processes that a run starts: they end with it, also when it is interrupted."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context

import pytest

from conformance.harness import signals
from conformance.runner.processes import interruptible_pool


def _runs(pid: int | None) -> bool:
    """Whether a child process still runs; the pool's own thread may note its end later."""
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_interruption_ends_the_processes_of_a_pool_at_once() -> None:
    begun: set[int | None] = set()

    def interrupted() -> None:
        before = {child.pid for child in active_children()}
        with (
            ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
            interruptible_pool(pool),
        ):
            pool.submit(time.sleep, 60)
            begun.update({child.pid for child in active_children()} - before)
            signal.raise_signal(signal.SIGTERM)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    signals.taken()

    assert len(begun) == 1
    assert not any(map(_runs, begun))
    assert time.monotonic() - began < 30

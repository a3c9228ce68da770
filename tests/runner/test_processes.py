"""Processes that a run starts: they end with it, also when it is interrupted."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context

import pytest

from conformance.harness import signals
from conformance.runner.processes import interruptible_pool


def test_an_interruption_ends_the_processes_of_a_pool_at_once() -> None:
    def interrupted() -> None:
        with (
            ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
            interruptible_pool(pool),
        ):
            pool.submit(time.sleep, 60)
            signal.raise_signal(signal.SIGTERM)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    signals.taken()

    assert active_children() == []
    assert time.monotonic() - began < 30

"""What pytest shows of a case is made while no other thread draws."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.harness.drawing import drawing
from conformance.suite.hooks import pytest_runtest_makereport


def can_draw() -> bool:
    """Whether another thread may draw now."""
    drew = threading.Event()

    def draw() -> None:
        with drawing():
            drew.set()

    threading.Thread(target=draw, daemon=True).start()
    return drew.wait(0.1)


@pytest.mark.parametrize("excinfo", [None, object()], ids=["passed", "raised"])
def test_nobody_draws_while_pytest_reads_the_source_of_what_was_raised(excinfo: object) -> None:
    item: Any = SimpleNamespace(stash=pytest.Stash())
    making = pytest_runtest_makereport(item, SimpleNamespace(excinfo=excinfo))  # type: ignore[arg-type]

    next(making)
    free = can_draw()
    with pytest.raises(StopIteration):
        making.send(SimpleNamespace(when="call"))  # type: ignore[arg-type]

    assert free is (excinfo is None)
    assert can_draw()

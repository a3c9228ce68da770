"""How many requests the kit sends in a second, where the user bounds it."""

from __future__ import annotations

import os
import threading
import time

from conformance.harness.bounds import sleep

# Set by xdist: how many processes share the rate.
_WORKERS = "PYTEST_XDIST_WORKER_COUNT"


class Rate:
    """Lets requests begin at even distances; without a bound at once.

    Args:
        per_s: Requests in a second, of all processes together; None for any number.
    """

    def __init__(self, per_s: float | None) -> None:
        workers = int(os.environ.get(_WORKERS, "1"))
        self._distance_s = workers / per_s if per_s else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until the next request may begin."""
        if not self._distance_s:
            return
        now = time.monotonic()
        with self._lock:
            begins = max(now, self._next)
            self._next = begins + self._distance_s
        sleep(begins - now)

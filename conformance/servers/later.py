"""What a queue or a worker of a server does a while after an answer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def later(seconds: float, act: Callable[..., object], *values: Any) -> None:
    """Act so many seconds later; a failure is not noticed."""

    def run() -> None:
        try:
            act(*values)
        except Exception:  # noqa: BLE001 - the server has stopped, or the media is gone
            return

    timer = threading.Timer(seconds, run)
    timer.daemon = True
    timer.start()

"""The file that locust runs: `python -m locust -f .../locustfile.py`, in processes of its own.

locust changes the standard library of its process when it is imported, so nothing else of the
kit imports this module.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from locust import User, events
from locust.exception import StopUser
from locust.runners import MasterRunner

from conformance.load.crew import Crew, Over
from conformance.load.orders import PLACE, Orders

if TYPE_CHECKING:
    from collections.abc import Callable

_CREW = Crew(Orders.taken(Path(os.environ[PLACE])))


def begin(environment: Any, **_: Any) -> None:
    """Begin where users run: in each worker, or in the only process."""
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        return

    def noted(operation: str, elapsed_s: float, size: int, wrong: str) -> None:
        kind = "storage" if operation.endswith("_object") else "api"
        environment.events.request.fire(
            request_type=kind,
            name=operation,
            response_time=elapsed_s * 1000,
            response_length=size,
            exception=RuntimeError(wrong) if wrong else None,
            context={},
        )

    index = max(int(getattr(runner, "worker_index", 0)), 0)
    _CREW.begin(index, lambda: int(runner.user_count), noted)


def end(**_: Any) -> None:
    """Tell what this process saw."""
    _CREW.end()


def go_round(user: Caller) -> None:
    """Go round once."""
    try:
        user.member.round()
    except Over:
        raise StopUser from None


class Caller(User):  # type: ignore[misc]  # locust is not there where types are checked
    """A user with the token of a caller."""

    tasks: ClassVar[list[Callable[[Caller], None]]] = [go_round]

    def on_start(self) -> None:
        """Take the next caller."""
        self.member = _CREW.member()


events.test_start.add_listener(begin)
events.quitting.add_listener(end)

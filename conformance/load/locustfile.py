"""The file that locust runs: `python -m locust -f .../locustfile.py`, in processes of its own.

locust changes the standard library of its process when it is imported, so nothing else of the
kit imports this module.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import gevent
from locust import User, events
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from conformance.load.crew import Crew, Over
from conformance.load.orders import PLACE, Orders

if TYPE_CHECKING:
    from collections.abc import Callable

# The message of a worker whose load has ended before its time.
_OVER = "conformance_over"
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
    """Tell what this process saw: when its users have stopped, or when it is told to quit.

    A worker that has stopped may not hear any more that it shall quit.
    """
    _CREW.end()


def prepare(environment: Any, **_: Any) -> None:
    """Let workers end the load of all processes."""
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        runner.register_message(_OVER, lambda **_: gevent.spawn(runner.quit))


def go_round(user: Caller) -> None:
    """Go round once; end the load of all users where a bound of it is reached."""
    try:
        user.member.round()
    except Over:
        if _CREW.has_reached_a_bound:
            runner = user.environment.runner
            if isinstance(runner, WorkerRunner):
                runner.send_message(_OVER)
            else:
                gevent.spawn(runner.quit)
        raise StopUser from None


class Caller(User):  # type: ignore[misc]  # locust is not there where types are checked
    """A user with the token of a caller."""

    tasks: ClassVar[list[Callable[[Caller], None]]] = [go_round]

    def on_start(self) -> None:
        """Take the next caller."""
        self.member = _CREW.member()


events.init.add_listener(prepare)
events.test_start.add_listener(begin)
events.test_stop.add_listener(end)
events.quitting.add_listener(end)

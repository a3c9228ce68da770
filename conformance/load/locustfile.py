"""The file that locust runs: `python -m locust -f .../locustfile.py`, in processes of its own.

locust changes the standard library of its process when it is imported, so nothing else of the
kit imports this module.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import gevent
import psutil
from locust import User, events, runners
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

from conformance.load.crew import Crew, Over
from conformance.load.orders import PLACE, Orders

if TYPE_CHECKING:
    from collections.abc import Callable

# A worker may have to think for longer than the three seconds after which a master gives it up.
runners.HEARTBEAT_LIVENESS = 30
# So long the master waits for its workers at the end.
_TELL_S, _LOOK_S = 60.0, 0.1
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


def end(environment: Any, **_: Any) -> None:
    """Write what this process saw, when its users have stopped or when it must quit.

    A worker whose users have stopped may not receive the message that it must quit.
    """
    if not isinstance(environment.runner, MasterRunner):
        # A master interrupts its workers after a few seconds: then they would tell nothing.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _CREW.end()


def await_workers(environment: Any, **_: Any) -> None:
    """Let the master stay until its workers have told: its end is theirs too."""
    deadline = time.monotonic() + _TELL_S
    while isinstance(environment.runner, MasterRunner) and time.monotonic() < deadline:
        alive = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
        if _CREW.all_have_told or not alive:
            break
        gevent.sleep(_LOOK_S)


def prepare(environment: Any, **_: Any) -> None:
    """Let workers end the load of all processes, and the user too."""
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        runner.register_message(_OVER, lambda **_: gevent.spawn(leave, environment))
    gevent.spawn(end_early, environment)


def end_early(environment: Any) -> None:
    """End this process as soon as the user wants it: a signal would leave no time to tell."""
    while not _CREW.shall_end:
        gevent.sleep(_LOOK_S)
    end(environment)
    if not isinstance(environment.runner, WorkerRunner):
        leave(environment)


def leave(environment: Any) -> None:
    """End the users of all processes, and the page if there is one."""
    environment.runner.quit()
    if environment.web_ui is not None:
        environment.web_ui.stop()


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
                gevent.spawn(leave, user.environment)
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
events.quitting.add_listener(await_workers)

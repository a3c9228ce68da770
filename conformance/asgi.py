"""Serves your ASGI app on a real loopback port, for as long as a fixture needs it.

Uploads go to real storage by real HTTP, so the app is served and not called in memory. The
client, the limits and the reports are the same as for any other server.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from conformance.problem import TargetProblem, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import uvicorn

__all__ = ["serving"]

#: Seconds that the app may take to start, and to stop.
START_BOUND_S = 30.0
STOP_BOUND_S = 10.0

_POLL_S = 0.01


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an ASGI app on a free port of 127.0.0.1, in a thread; yield its base URL.

    Args:
        app: Any ASGI 3 application. If it supports the lifespan protocol, its startup and
            shutdown are run.

    Yields:
        The base URL, for example `http://127.0.0.1:49152`.

    Raises:
        UsageProblem: uvicorn is not installed.
        TargetProblem: The app does not start, or not in time.
    """
    # asyncio turns Nagle's algorithm off only if the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with listener:
        listener.bind(("127.0.0.1", 0))
        server = _server(app)
        thread = threading.Thread(target=_run, args=(server, listener), daemon=True)
        thread.start()
        try:
            _await_start(server, thread)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(STOP_BOUND_S)


def _server(app: Any) -> uvicorn.Server:
    try:
        import uvicorn  # noqa: PLC0415 - only with the extra
    except ImportError:
        raise UsageProblem(
            'serving an ASGI app needs uvicorn: pip install "uvicorn>=0.30"'
        ) from None
    # uvicorn must not change the logging of the session, not even to silence itself.
    config = uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=1)
    return uvicorn.Server(config)


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    with suppress(SystemExit):  # uvicorn exits so if the app does not start; its log says why
        server.run([listener])


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_BOUND_S
    while not server.started:
        if not thread.is_alive():
            raise TargetProblem("the ASGI app did not start: look at its log")
        if time.monotonic() > deadline:
            raise TargetProblem(f"the ASGI app did not start within {START_BOUND_S:.0f} seconds")
        threading.Event().wait(_POLL_S)

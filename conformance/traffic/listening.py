"""Serves an application on a port of loopback, in a thread of its own."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from conformance.problem import KitFault, UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

_READY_BOUND_S = 10.0
_STOP_BOUND_S = 5.0
_POLL_S = 0.01
#: Cookies and tokens can be long; h11 refuses a longer head of a request.
_HEAD_BYTES = 256 * 1024


class Listener:
    """A port of 127.0.0.1; it is open as long as the block runs.

    Args:
        port: The port, or 0 for a free one.
        flag: The flag that chose the port, for messages.

    Raises:
        UsageProblem: The port cannot be used, or the server is not installed.
    """

    def __init__(self, port: int, flag: str) -> None:
        try:
            import uvicorn  # noqa: PLC0415 - only the proxy needs it
        except ImportError:
            raise UsageProblem(
                '`conformance watch` needs uvicorn: pip install "media-conformance[watch]"'
            ) from None
        self._uvicorn = uvicorn
        # asyncio switches Nagle's algorithm off only if the socket names its protocol.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError as error:
            self._socket.close()
            raise UsageProblem(
                f"port {port} cannot be used ({error.strerror}): choose another with {flag}"
            ) from None
        self._stop: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """The URL of the port."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def serve(self, app: Any) -> None:
        """Serve an ASGI application until the block ends."""
        config = self._uvicorn.Config(
            app,
            http="h11",  # it leaves the path as it was sent
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=_HEAD_BYTES,
            timeout_graceful_shutdown=1,
        )
        server = self._uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([self._socket],), daemon=True)
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join(_STOP_BOUND_S)

        self._stop = stop
        deadline = time.monotonic() + _READY_BOUND_S
        while not server.started:
            if time.monotonic() > deadline or not thread.is_alive():
                raise KitFault("the proxy did not start")
            threading.Event().wait(_POLL_S)

    def __enter__(self) -> Self:
        """Return the listener."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self._stop()
        self._socket.close()

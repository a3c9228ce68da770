"""Serves your WSGI app (Flask, Django, Pyramid and others) on a real loopback port.

The app runs behind the same HTTP server as an ASGI app, by the adapter a2wsgi. Each request has
a thread of its own, as on the servers that people deploy on. (asgiref's adapter runs all requests
in one thread, so that no race could be seen.)
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from conformance.asgi import serving
from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["serving_wsgi"]

#: How many requests the app handles at the same time.
_THREADS = 32


@contextmanager
def serving_wsgi(app: Any) -> Iterator[str]:
    """Serve a WSGI app on a free port of 127.0.0.1, in threads; yield its base URL.

    Args:
        app: Any WSGI application (PEP 3333), for example a `Flask` object or what Django's
            `get_wsgi_application()` returns.

    Yields:
        The base URL, for example `http://127.0.0.1:49152`.

    Raises:
        UsageProblem: a2wsgi or uvicorn is not installed.
        TargetProblem: The server does not start in time.
    """
    try:
        from a2wsgi import WSGIMiddleware  # noqa: PLC0415 - only with the extra
    except ImportError:
        raise UsageProblem(
            'serving a WSGI app needs a2wsgi and uvicorn: pip install "media-conformance[wsgi]"'
        ) from None
    adapter = WSGIMiddleware(app, workers=_THREADS)
    try:
        with serving(adapter) as url:
            yield url
    finally:
        adapter.executor.shutdown(wait=False, cancel_futures=True)

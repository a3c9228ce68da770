"""Keeps the kit's own requests out of the log: the libraries write whole URLs and headers.

A pre-signed URL is a credential. The loggers get a filter instead of a level: in the same process
a user's own suite may read the log of its own requests.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Loggers of HTTP libraries, each with the loggers below it that exist.
_LIBRARIES = frozenset({"httpx", "httpcore", "botocore", "boto3", "s3transfer", "urllib3"})
_HTTP = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")

_sending: ContextVar[bool] = ContextVar("conformance_sending", default=False)


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep the requests of this thread out of the log."""
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


def filter_loggers() -> None:
    """Give each logger of the libraries the filter; call it once the libraries are loaded."""
    known = list(logging.Logger.manager.loggerDict)
    names = {name for name in known if name.partition(".")[0] in _LIBRARIES}
    for name in names.union(_HTTP):
        logging.getLogger(name).addFilter(_not_ours)


def _not_ours(_: logging.LogRecord) -> bool:
    """Whether a record may be logged."""
    return not _sending.get()

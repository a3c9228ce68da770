"""Targets whose TLS cannot be trusted. The kit trusts the authority of the certificates."""

from __future__ import annotations

import ssl
import threading
from datetime import UTC, datetime, timedelta
from functools import cache

import trustme

from tests.hostile.way import Visit, way

_ONE_AT_A_TIME = threading.Lock()


@cache
def _made() -> trustme.CA:
    return trustme.CA()


def authority() -> trustme.CA:
    """Return the one authority that the kit trusts, also where ways run beside each other."""
    with _ONE_AT_A_TIME:
        return _made()


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _trusted() -> ssl.SSLContext:
    return _context(authority().issue_cert("127.0.0.1"))


def _foreign() -> ssl.SSLContext:
    return _context(trustme.CA().issue_cert("127.0.0.1"))


def _expired() -> ssl.SSLContext:
    past = datetime.now(UTC) - timedelta(days=1)
    return _context(authority().issue_cert("127.0.0.1", not_after=past))


def _wrong_name() -> ssl.SSLContext:
    return _context(authority().issue_cert("example.test"))


@way("answers correctly over TLS", tls=_trusted, correct=True)
async def tls(visit: Visit) -> None:
    await visit.correctly()


@way("has a certificate of an unknown authority", tls=_foreign)
async def tls_unknown_authority(visit: Visit) -> None:
    await visit.correctly()


@way("has a certificate that expired", tls=_expired)
async def tls_expired(visit: Visit) -> None:
    await visit.correctly()


@way("has a certificate for another name", tls=_wrong_name)
async def tls_wrong_name(visit: Visit) -> None:
    await visit.correctly()

"""What TLS trusts and presents: one context for the target itself, one for everybody else."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from conformance.problem import UsageProblem

if TYPE_CHECKING:
    from conformance.target import Connection


def for_target(connection: Connection) -> ssl.SSLContext:
    """Return the context for the target's own origin: it presents the client certificate.

    Raises:
        UsageProblem: The file of `--ca-bundle` or `--client-cert` cannot be used.
    """
    context = for_others(connection)
    if connection.client_cert:
        try:
            # Without a password of its own, OpenSSL asks for one on the terminal and waits.
            context.load_cert_chain(connection.client_cert, password=lambda: "")
        except (OSError, ValueError) as error:
            raise UsageProblem(
                f"--client-cert {connection.client_cert} cannot be used ({_why(error)}):"
                " it must be PEM, with the certificate and its key without a password"
            ) from None
    return context


def for_others(connection: Connection) -> ssl.SSLContext:
    """Return the context for the storage and for a proxy: without the client certificate.

    Raises:
        UsageProblem: The file of `--ca-bundle` cannot be used.
    """
    context = ssl.create_default_context()
    if connection.ca_bundle:
        try:
            context.load_verify_locations(connection.ca_bundle)
        except (OSError, ValueError) as error:
            raise UsageProblem(
                f"--ca-bundle {connection.ca_bundle} cannot be used ({_why(error)}):"
                " it must be a PEM file with certificates"
            ) from None
    if connection.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "not PEM"
    return getattr(error, "strerror", None) or str(error)

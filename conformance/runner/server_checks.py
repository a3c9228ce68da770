"""The checks of the doctor that concern the server: connection, TLS, tokens, clock."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.harness import tls
from conformance.harness.preflight import reachable
from conformance.harness.proxies import Proxies
from conformance.runner import diagnosis
from conformance.runner.diagnosis import ok, problem, unknown

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange
    from conformance.runner.checkup import Checkup
    from conformance.runner.diagnosis import Diagnosis
    from conformance.target import Target


class ServerChecks:
    """Connects to the server, and sends one harmless request for each caller."""

    def __init__(self, target: Target, checkup: Checkup) -> None:
        self._target = target
        self._checkup = checkup
        self._answer: Exchange | None = None

    def server(self) -> Diagnosis:
        """Check that the server and its twin accept connections."""
        for url in filter(None, (self._target.base_url, self._target.short_lived_url)):
            reason = reachable(url, self._target.limits.connect, self._target.connection)
            if reason is not None:
                return problem(
                    f"{url} cannot be reached: {reason}",
                    diagnosis.connection_fix(reason),
                )
        return ok(f"{self._target.base_url} accepts connections")

    def tls(self) -> Diagnosis:
        """Check that the certificate is trusted."""
        parts = urlsplit(self._target.base_url)
        if parts.scheme == "http":
            local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
            fix = "" if local else "use https wherever the token must stay secret"
            return ok("not used: plain HTTP", fix)
        connection = self._target.connection
        if connection.insecure:
            return unknown("the certificate is not checked: --insecure", diagnosis.LEAVE_INSECURE)
        if Proxies(connection).of_url(self._target.base_url):
            return unknown("behind a proxy, the first request shows whether TLS works", "see below")
        address = parts.hostname or "", parts.port or 443
        limit = self._target.limits.connect
        context = tls.for_target(connection)
        try:
            with (
                socket.create_connection(address, limit) as raw,
                context.wrap_socket(raw, server_hostname=address[0]) as secured,
            ):
                return ok(f"{secured.version()}, the certificate is trusted")
        except ssl.SSLCertVerificationError as error:
            return problem(
                f"this machine does not trust the certificate: {error.verify_message}",
                diagnosis.certificate_fix(error.verify_message),
            )
        except OSError as error:
            return problem(f"TLS failed: {error}", "check that this port serves https")

    def token(self) -> Diagnosis:
        """Check that the server accepts the token."""
        self._answer = self._checkup.knock("main")
        found = diagnosis.of_token(self._answer, "token")
        return diagnosis.with_life(found, self._target.token, "token", self._target.max_wait)

    def other_token(self) -> Diagnosis:
        """Check that the server accepts the second caller's token."""
        if not self._target.other_token:
            return diagnosis.not_configured("other-token")
        found = diagnosis.of_token(self._checkup.knock("other"), "other_token")
        token = self._target.other_token
        return diagnosis.with_life(found, token, "other_token", self._target.max_wait)

    def clock(self) -> Diagnosis:
        """Compare the server's clock with the clock of this machine."""
        offset = diagnosis.clock_offset_s(self._answer)
        if offset is None:
            return unknown(
                "the server sends no Date header", "let it send one (RFC 9110 section 6.6.1)"
            )
        if abs(offset) <= diagnosis.SAME_CLOCK_S:
            return ok("the server's clock agrees with this machine's")
        return unknown(
            f"the server is {diagnosis.offset_in_words(offset)} this machine",
            "set both clocks by NTP; announced times are judged by the server's own Date",
        )

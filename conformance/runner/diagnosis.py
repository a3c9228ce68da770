"""The diagnoses of `conformance doctor`: what an answer, or a missing one, shows of a target."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.harness.expiry import server_time
from conformance.model.requirement import capability_flag
from conformance.problem import did_you_mean
from conformance.settings.layers import Origin
from conformance.settings.table import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from conformance.model.exchange import Exchange
    from conformance.model.waiver import Waiver

#: Two clocks agree if they differ by less: a Date header hides up to a second.
SAME_CLOCK_S = 5.0
#: The fix where the certificate of a server or a storage is not trusted.
TRUST_CERTIFICATE = "pass the certificate of your own authority as --ca-bundle, or in SSL_CERT_FILE"
#: How systems say that a name has no address.
_NO_ADDRESS = ("not known", "no address", "getaddrinfo", "name resolution", "nodename")
LEAVE_INSECURE = "leave --insecure out; --ca-bundle trusts an authority of your own"

#: A run that does not wait for an upload to expire takes at most so long against a slow server.
_LONG_RUN_S = 900.0
_PARTS_OF_A_JWT = 3
# A token that expires later counts as one that never does; a float can hold this number.
_LAST_MOMENT_S = 1e12

_REFUSED = frozenset({401, 403})
_NOT_FOUND = frozenset({404, 405})
_ERROR_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_STORAGE_FIXES = {
    "SignatureDoesNotMatch": "sign the URL for the host and path that clients use; behind"
    " a proxy, keep the Host header unchanged",
    "RequestTimeTooSkewed": "set the clocks of the API and of its storage by NTP",
    "ExpiredToken": "sign with credentials that live longer than the URL",
    "NoSuchBucket": "create the bucket that the API signs for",
    "InvalidAccessKeyId": "give the API the key pair of this storage",
    "AccessDenied": "allow s3:PutObject for the key pair that signs, and check both clocks",
    "BadDigest": "sign without the checksum of an empty body (AWS SDK:"
    " requestChecksumCalculation WHEN_REQUIRED)",
    "InvalidRequest": "sign only headers and checksums that the client sends",
}


class DiagnosisState(StrEnum):
    """The result of a check."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Diagnosis:
    """The result of one check: what was found, and how to fix it if a fix is needed.

    `stops` is whether a problem stops a run: with other problems, a run verifies less.
    """

    name: str
    state: DiagnosisState
    found: str
    fix: str = ""
    stops: bool = False


def ok(found: str, fix: str = "") -> Diagnosis:
    """Return that the check passed; `fix` may still give advice."""
    return Diagnosis("", DiagnosisState.OK, found, fix)


def problem(found: str, fix: str) -> Diagnosis:
    """Return a problem that prevents a run, or a part of it."""
    return Diagnosis("", DiagnosisState.PROBLEM, found, fix)


def connection_fix(reason: str) -> str:
    """Return the fix for a server that takes no connection, by the reason that the system gives."""
    words = reason.lower()
    if any(part in words for part in _NO_ADDRESS):
        return "check the name in --base-url: DNS has no address for it from this machine"
    if "refused" in words:
        return "start the server, or check its port: nothing listens there"
    if "timed out" in words:
        return "open the way to it (firewall, VPN, security group); --connect-timeout waits longer"
    return "start the server, or check host and port; --connect-timeout waits longer"


def certificate_fix(reason: str) -> str:
    """Return the fix for a certificate that is not trusted, by the reason of the TLS library."""
    words = reason.lower()
    if "expired" in words:
        return "renew the certificate; if it is a new one, set the clock of this machine"
    if "not yet valid" in words:
        return "set the clock of this machine, or wait until the certificate is valid"
    if "mismatch" in words or "not valid for" in words:
        return "use in --base-url the name that the certificate is for"
    return TRUST_CERTIFICATE


def unknown(found: str, fix: str = "") -> Diagnosis:
    """Return that the check could not decide, or that nobody asked for it."""
    return Diagnosis("", DiagnosisState.UNKNOWN, found, fix)


def of_origins(origins: Mapping[str, Origin]) -> Diagnosis:
    """List where each setting comes from: a surprising target often has its cause here."""
    sources = [
        f"{origin.value}: {', '.join(name for name in origins if origins[name] is origin)}"
        for origin in Origin
        if origin is not Origin.DEFAULT and origin in origins.values()
    ]
    return Diagnosis("settings", DiagnosisState.OK, "; ".join(sources) or "only defaults")


def of_waivers(
    waivers: Iterable[Waiver], known: Collection[str], today: date | None = None
) -> Diagnosis:
    """Find waivers that no run can apply: expired, or for an unknown requirement."""
    today = today or datetime.now(UTC).date()
    waivers = list(waivers)
    idle = [
        f"{waiver.requirement} is not a requirement{did_you_mean(waiver.requirement, known)}"
        if waiver.requirement not in known
        else f"the waiver for {waiver.requirement} expired on {waiver.expires}"
        for waiver in waivers
        if waiver.requirement not in known or waiver.expired(today)
    ]
    if idle:
        fix = "renew or remove it in the settings file; a run with --strict-waivers fails"
        return Diagnosis("waivers", DiagnosisState.UNKNOWN, "; ".join(idle), fix)
    return Diagnosis(
        "waivers", DiagnosisState.OK, f"{len(waivers)} in force" if waivers else "none"
    )


def of_token(exchange: Exchange, token: str) -> Diagnosis:
    """Decide by the answer to a harmless request whether the server accepts a token.

    `token` is the name of its setting.
    """
    if exchange.response is None:
        return problem(f"no answer: {exchange.error}", "look at the server's log")
    if exchange.status in _REFUSED:
        return problem(
            f"refused ({exchange.status})",
            f"set {BY_NAME[token].variable} to a token that the server knows, or name its source"
            f" in the settings file: {token}_env or {token}_command",
        )
    if exchange.status in _NOT_FOUND:
        return problem(
            f"nothing at {urlsplit(exchange.request.url).path} ({exchange.status})",
            "add the API's path prefix to --base-url",
        )
    if 300 <= (exchange.status or 0) < 400:  # noqa: PLR2004 - the 3xx class
        place = exchange.response.header("location") or "another place"
        return problem(f"redirected to {place}", "pass the --base-url that it redirects to")
    if (exchange.status or 0) >= 500:  # noqa: PLR2004 - the 5xx class
        return unknown(f"the server failed ({exchange.status})", "look at the server's log")
    return ok("accepted")


def with_life(found: Diagnosis, token: str, name: str, max_wait: float) -> Diagnosis:
    """Add to an accepted token that it may expire during a run, if it is a JWT that says so.

    Args:
        found: The diagnosis of the token.
        token: The token; its signature is not verified, and it is never shown.
        name: The name of its setting.
        max_wait: How many seconds a run may wait for an upload to expire.
    """
    expires_at = _expiry_of_jwt(token)
    if found.state is not DiagnosisState.OK or expires_at is None:
        return found
    left = expires_at - datetime.now(UTC).timestamp()
    needed = _LONG_RUN_S + max_wait
    if left >= needed:
        return found
    return unknown(
        f"accepted, but it expires in {max(left, 0) / 60:.0f} minutes (exp of the JWT),"
        f" and a run may take {needed / 60:.0f}",
        f"use one that lives longer, or {name}_command in the settings file: then the run"
        " fetches it again",
    )


def _expiry_of_jwt(token: str) -> float | None:
    """Return when a JWT expires, in seconds since the epoch (RFC 7519 section 4.1.4)."""
    parts = token.split(".")
    if len(parts) != _PARTS_OF_A_JWT:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, RecursionError):
        return None
    expires_at = claims.get("exp") if isinstance(claims, dict) else None
    if isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
        return None
    return float(expires_at) if 0 < expires_at < _LAST_MOMENT_S else None


def not_configured(capability: str) -> Diagnosis:
    """Return that a capability is absent, so that less can be verified."""
    return unknown("not configured", f"pass {capability_flag(capability)} to verify more")


def clock_offset_s(exchange: Exchange | None) -> float | None:
    """Return how many seconds the answering clock is ahead of ours; None without a Date."""
    now = None if exchange is None else server_time(exchange)
    if exchange is None or exchange.response is None or now is None:
        return None
    # A Date has whole seconds only, so it lags by half a second on average.
    return now.timestamp() + 0.5 - exchange.started - exchange.response.elapsed_s


def offset_in_words(seconds: float) -> str:
    """Say by how much one clock differs from another."""
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"


def storage_fix(error: str | None) -> str:
    """Return the fix for a storage that does not answer."""
    if error and "CERTIFICATE" in error.upper():
        return TRUST_CERTIFICATE
    return "open the network path to it, or give its real address: --storage-resolve HOST=ADDR"


def of_refused_put(exchange: Exchange) -> Diagnosis:
    """Diagnose a PUT of a genuine file that the storage refused, by S3's error code."""
    body = exchange.response.body.decode("utf-8", "replace") if exchange.response else ""
    found = _ERROR_CODE.search(body)
    fix = _STORAGE_FIXES.get(found[1] if found else "", "look at the storage's log")
    return problem(f"the PUT of a genuine file was refused: {exchange.summary()}", fix)

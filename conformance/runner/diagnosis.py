"""The diagnoses of `conformance doctor`: what an answer, or the want of one, says of a target."""

from __future__ import annotations

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

_REFUSED = frozenset({401, 403})
_ELSEWHERE = frozenset({404, 405})
_ERROR_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_STORAGE_MENDS = {
    "SignatureDoesNotMatch": "sign the URL for the host and path that clients use, and behind"
    " a proxy keep the Host header as it came",
    "RequestTimeTooSkewed": "set the clocks of the API and of its storage by NTP",
    "ExpiredToken": "sign with credentials that outlive the URL",
    "NoSuchBucket": "create the bucket that the API signs for",
    "InvalidAccessKeyId": "give the API the key pair of this storage",
    "AccessDenied": "allow s3:PutObject to the key pair that signs, and check both clocks",
    "BadDigest": "sign without the checksum of an empty body (AWS SDK:"
    " requestChecksumCalculation WHEN_REQUIRED)",
    "InvalidRequest": "sign no header and no checksum that the client does not send",
}


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One check: what was found, and where something is to do, how."""

    name: str
    state: State
    found: str
    mend: str = ""


def ok(found: str, mend: str = "") -> Check:
    """All is well, though something may be worth saying."""
    return Check("", State.OK, found, mend)


def problem(found: str, mend: str) -> Check:
    """This stands in the way of a run."""
    return Check("", State.PROBLEM, found, mend)


def unknown(found: str, mend: str = "") -> Check:
    """This cannot be told, or was not asked for."""
    return Check("", State.UNKNOWN, found, mend)


def origins_told(origins: Mapping[str, Origin]) -> Check:
    """Say who gave which settings: a target that surprises is mostly due to one of them."""
    told = [
        f"{origin.value}: {', '.join(name for name in origins if origins[name] is origin)}"
        for origin in Origin
        if origin is not Origin.DEFAULT and origin in origins.values()
    ]
    return Check("settings", State.OK, "; ".join(told) or "nothing but defaults")


def waivers_told(
    waivers: Iterable[Waiver], known: Collection[str], today: date | None = None
) -> Check:
    """Find waivers that no run can apply: their last day is over, or they waive no requirement."""
    today = today or datetime.now(UTC).date()
    waivers = list(waivers)
    idle = [
        f"{waiver.requirement} is no requirement{did_you_mean(waiver.requirement, known)}"
        if waiver.requirement not in known
        else f"that of {waiver.requirement} expired on {waiver.expires}"
        for waiver in waivers
        if waiver.requirement not in known or waiver.expired(today)
    ]
    if idle:
        mend = "renew or remove it in the settings file; under --strict-waivers a run fails"
        return Check("waivers", State.UNKNOWN, "; ".join(idle), mend)
    return Check("waivers", State.OK, f"{len(waivers)} in force" if waivers else "none")


def taken(exchange: Exchange, token: str) -> Check:
    """Judge by the answer to a harmless request whether a token, named as its setting, is taken."""
    if exchange.response is None:
        return problem(f"no answer: {exchange.error}", "look at the server's log")
    if exchange.status in _REFUSED:
        return problem(
            f"refused ({exchange.status})",
            f"set {BY_NAME[token].variable} to a token that the server knows, or let the settings"
            f" file say where one is: {token}_env or {token}_command",
        )
    if exchange.status in _ELSEWHERE:
        return problem(
            f"nothing at {urlsplit(exchange.request.url).path} ({exchange.status})",
            "give --base-url with the path prefix that the API has",
        )
    if 300 <= (exchange.status or 0) < 400:  # noqa: PLR2004 - the 3xx class
        place = exchange.response.header("location") or "elsewhere"
        return problem(f"sent on to {place}", "give the --base-url that it is sent on to")
    if (exchange.status or 0) >= 500:  # noqa: PLR2004 - the 5xx class
        return unknown(f"the server failed ({exchange.status})", "look at the server's log")
    return ok("accepted")


def not_given(capability: str) -> Check:
    """The capability is absent, which leaves less to verify."""
    return unknown("not given", f"pass {capability_flag(capability)} to verify more")


def apart_s(exchange: Exchange | None) -> float | None:
    """Return by how many seconds the answering clock is ahead of ours, or None without a Date."""
    now = None if exchange is None else server_time(exchange)
    if exchange is None or exchange.response is None or now is None:
        return None
    # A Date is cut to whole seconds: on average half of one is missing.
    return now.timestamp() + 0.5 - exchange.started - exchange.response.elapsed_s


def ahead(seconds: float) -> str:
    """Say by how much one clock differs from another."""
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"


def way_to(error: str | None) -> str:
    """Return how to mend that a storage does not answer."""
    if error and "CERTIFICATE" in error.upper():
        return "name your own authority's certificate in SSL_CERT_FILE"
    return "open the way to it, or say where it is: --storage-resolve HOST=ADDR"


def refused_bytes(exchange: Exchange) -> Check:
    """Diagnose a PUT of a genuine file that the storage did not take, by S3's error code."""
    body = exchange.response.body.decode("utf-8", "replace") if exchange.response else ""
    found = _ERROR_CODE.search(body)
    mend = _STORAGE_MENDS.get(found[1] if found else "", "look into the storage's own log")
    return problem(f"the PUT of a genuine file was refused: {exchange.summary()}", mend)

"""A check before anything is judged: is the target there, does it accept the credentials?"""

from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.harness.bucket_access import bucket_of
from conformance.harness.client import Client
from conformance.harness.proxies import Proxies
from conformance.harness.tls import for_target
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Blocked
from conformance.model.profile import Profile
from conformance.problem import TargetProblem, UsageProblem
from conformance.target import Connection, Target

if TYPE_CHECKING:
    from conformance.model.exchange import Exchange

_REFUSED_CREDENTIALS = frozenset({401, 403})


def why_untestable(profile: Profile, target: Target) -> str | None:
    """Send a first request: return why nothing can be tested on this target, or None."""
    for url in filter(None, (target.base_url, target.short_lived_url)):
        reason = reachable(url, target.limits.connect, target.connection)
        if reason is not None:
            return f"{url} cannot be reached: {reason}"
    limits = replace(target.limits, whole=min(target.limits.whole, 2 * target.limits.read))
    client = Client(replace(target, limits=limits), Transcript("preflight"))
    try:
        answers = profile.module("api").knock(client)
    except Blocked as blocked:
        return f"{target.base_url}: {blocked}"
    finally:
        client.close()
    if all(answer.response is None for answer in answers):
        hint = ": --ca-bundle trusts an authority of your own" if _untrusted(answers[0]) else ""
        return f"{target.base_url} does not answer: {answers[0].error}{hint}"
    if all(answer.status in _REFUSED_CREDENTIALS for answer in answers):
        return f"{target.base_url} refuses the token ({answers[0].status}): check CONFORMANCE_TOKEN"
    return None


def _untrusted(answer: Exchange) -> bool:
    return "CERTIFICATE_VERIFY_FAILED" in (answer.error or "")


def check_target(profile: Profile, target: Target) -> None:
    """Check that a target can be tested.

    Args:
        profile: Its profile.
        target: The target.

    Raises:
        TargetProblem: Nothing can be tested on it.
        UsageProblem: The bucket cannot be read.
    """
    if target.s3_bucket:
        with closing(bucket_of(target)) as bucket:
            bucket.check()
    reason = why_untestable(profile, target)
    if reason is not None:
        raise TargetProblem(reason)


def check_fixture(target: object, profile: str | None) -> Profile:
    """Return the profile of the target that the fixture `conformance_target` gave.

    Args:
        target: What the fixture returned; a user may have overridden it.
        profile: The profile of the collected scenarios, if there are any.

    Raises:
        UsageProblem: It is not a `Target`, or a target of another profile.
    """
    if not isinstance(target, Target):
        kind = type(target).__name__
        raise UsageProblem(
            f"the fixture conformance_target must return a conformance.target.Target, not {kind}"
        )
    if profile is not None and target.profile != profile:
        raise UsageProblem(
            f"the fixture conformance_target gives a target of {target.profile!r},"
            f" but the scenarios are those of {profile!r}"
        )
    return Profile.load(target.profile)


def reachable(url: str, timeout: float, connection: Connection | None = None) -> str | None:
    """Return why no connection to the URL's host, or to its proxy, can be made; None if one can.

    Raises `UsageProblem` for a file of `--ca-bundle` or `--client-cert` that cannot be used: that
    has to be said also where the target is away.
    """
    if connection and (connection.ca_bundle or connection.client_cert):
        for_target(connection)
    proxy = Proxies(connection).of_url(url) if connection else None
    parts = urlsplit(proxy.url if proxy else url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout):
            return None
    except OSError as error:
        return f"the proxy {proxy.url}: {error}" if proxy else str(error)

"""Waits until a target answers that is still starting: `--wait-for-target`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.harness.bounds import sleep
from conformance.harness.client import Client
from conformance.harness.preflight import reachable
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Blocked

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.model.profile import Profile
    from conformance.runner.progress import Progress
    from conformance.target import Target

#: Seconds between two tries.
_PAUSE_S = 1.0
#: The last try has this time, too.
_SHORTEST_S = 1.0
#: What a gateway answers whose server is not there yet.
_NOT_YET = frozenset({502, 503, 504})


def why_absent(
    profile: Profile,
    target: Target,
    seconds: float,
    progress: Progress,
    pause: Callable[[float], object] = sleep,
) -> str | None:
    """Wait until a target answers; return why it did not, or None.

    Any answer counts but 502, 503 and 504: a refused token is found later.

    Args:
        profile: The profile of the target.
        target: The target.
        seconds: How long to wait at most, and never longer than a run may take; 0 does not wait.
        progress: Says that the run waits.
        pause: Waits for so many seconds.
    """
    seconds = min(seconds, target.limits.run)
    due = time.monotonic() + seconds
    reason = _silence(profile, target, seconds) if seconds else None
    if reason is not None:
        progress.note("waiting", f"at most {seconds:g} s: {reason}")
    while reason is not None:
        left = due - time.monotonic()
        if left <= 0:
            return f"{target.base_url} did not answer within {seconds:g} seconds: {reason}"
        pause(min(_PAUSE_S, left))
        reason = _silence(profile, target, left)
    return None


def _silence(profile: Profile, target: Target, left_s: float) -> str | None:
    """Send one request; return why it got no answer of the server in the seconds left, or None."""
    left_s = max(left_s, _SHORTEST_S)
    limits = target.limits
    reason = reachable(target.base_url, min(limits.connect, left_s), target.connection)
    if reason is not None:
        return reason
    limits = replace(limits, retries=0, retry_after=0.0, whole=min(limits.whole, left_s))
    client = Client(replace(target, limits=limits), Transcript("waiting"))
    try:
        answers = profile.module("api").knock(client)
    except Blocked as blocked:
        return str(blocked)
    finally:
        client.close()
    answered = [one.status for one in answers if one.response is not None]
    if not answered:
        return str(answers[0].error)
    return f"it answers {answered[0]}" if _NOT_YET.issuperset(answered) else None

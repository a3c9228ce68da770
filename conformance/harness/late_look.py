"""How old a thing must be before a case looks at it once more.

A server may lose what it keeps after some seconds: a cache ends, a worker cleans up. A longer wait
shows more, so each case says how long it waits at most.
"""

from __future__ import annotations

#: The quick effort waits no longer than this: about as long as an expiry.
QUICK_S = 6.0


def age_s(effort: str, most_s: float) -> float:
    """Return the least age in seconds of what is looked at again.

    Args:
        effort: The effort of the run.
        most_s: The age from the standard effort on, in seconds.
    """
    return min(most_s, QUICK_S) if effort == "quick" else most_s

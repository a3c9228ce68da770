"""Things that happen a while after an answer: a CDN shows a file, a queue removes bytes.

That they happen at all is a MUST, within a longer bound; that they happen soon is a SHOULD. A
case may begin a thing early and look for it late: then other cases run while it happens, and
the case waits only for the rest of the bound.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds within which a stored file must be public, and should be.
PUBLIC_BOUND_S, PUBLIC_SOON_S = 60.0, 15.0
#: Seconds within which the bytes of a deleted item must be gone, and should be.
GONE_BOUND_S, GONE_SOON_S = 90.0, 30.0
# Seconds between two looks: short ones first, since most servers do all at once.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0


def seconds_until(
    holds: Callable[[], bool], bound_s: float, began: float | None = None
) -> float | None:
    """Wait until something is true, and return the seconds that it took at most.

    Args:
        holds: Looks whether it is true; it is called at least once.
        bound_s: How many seconds it may take.
        began: When the wait began, by `time.monotonic()`; now by default.

    Returns:
        The seconds from the beginning to the first look that found it true. None when it was
        not true by the end of the bound.
    """
    start, pause = time.monotonic() if began is None else began, _FIRST_PAUSE_S
    while not holds():
        left = start + bound_s - time.monotonic()
        if left <= 0:
            return None
        threading.Event().wait(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)
    return time.monotonic() - start

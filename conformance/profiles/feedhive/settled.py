"""Cases that read the library, and what a copy of it may not show yet.

Several copies of a database may answer the list, each a while behind. So what a list shows soon
after a change counts only if it still shows it when every copy must know the change.
"""

from __future__ import annotations

import time
from functools import wraps
from typing import TYPE_CHECKING, Any

from conformance.harness.bounds import sleep
from conformance.judge.finding import Blocked, Violation
from conformance.profiles.feedhive.library import LISTED_WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Callable


def when_settled(case: Callable[..., None]) -> Callable[..., None]:
    """Run a case again if it failed soon after the library changed, and all copies know it now.

    The case takes `given`, and reads the library of the first caller.
    """

    @wraps(case)
    def judged(**arguments: Any) -> None:
        changes = arguments["given"].api.changes
        began = time.monotonic()
        try:
            case(**arguments)
        except (Violation, Blocked) as finding:
            proves_nothing = isinstance(finding, Blocked) and finding.violation is None
            if proves_nothing or began >= changes.last("main") + LISTED_WITHIN_S:
                raise
        else:
            return
        sleep(max(changes.last("main") + LISTED_WITHIN_S - time.monotonic(), 0.0))
        case(**arguments)

    return judged

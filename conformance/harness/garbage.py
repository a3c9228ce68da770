"""How often Python looks for cycles of objects that nobody uses any more, in our own processes.

A run keeps all its exchanges, and hardly makes cycles. Python looks at everything that is kept
after each seven hundred new objects or a multiple of it, which took a tenth of a run.
"""

from __future__ import annotations

import gc

#: After so many new objects, Python looks for cycles among them.
SELDOM = 20_000


def collect_seldom() -> None:
    """Let Python look for cycles seldom, for as long as this process lives.

    Only for processes that the kit has started: a user's own pytest session keeps its setting.
    """
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])

"""Things that happen a while after an answer: a CDN shows a file, a queue removes bytes.

That they happen at all is a MUST, within a longer bound; that they happen soon is a SHOULD. A
case may begin a thing early and look for it late: then other cases run while it happens, and
the case waits only for the rest of the bound.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Looks = Mapping[str, Callable[[], bool]]

#: Seconds within which a stored file must be public, and should be.
PUBLIC_BOUND_S, PUBLIC_SOON_S = 60.0, 15.0
#: Seconds within which the bytes of a deleted item must be gone, and should be.
GONE_BOUND_S, GONE_SOON_S = 90.0, 30.0
# Seconds between two looks: short ones first, since most servers do all at once.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0


@dataclass(frozen=True)
class Lag:
    """Whether a thing happened within its bound, and until when it certainly had not.

    `missed_s` counts the seconds from the beginning to the last look that found it missing;
    it is zero where the first look found it. A slow machine looks late, so the seconds until
    it was found would say too much.
    """

    happened: bool
    missed_s: float


class Watch:
    """Looks in a thread of its own until some things have happened, each by its name.

    It begins when it is made. `lag` waits only for what is still open.
    """

    def __init__(self, looks: Looks, bound_s: float) -> None:
        """Begin to look.

        Args:
            looks: For each name, a function that looks whether the thing has happened.
            bound_s: How many seconds it may take; the last look comes after them.
        """
        self._began = time.monotonic()
        self._bound_s = bound_s
        self._lags: dict[str, Future[Lag]] = {name: Future() for name in looks}
        threading.Thread(target=self._run, args=(dict(looks),), daemon=True).start()

    def lag(self, name: str) -> Lag:
        """Wait until a thing has happened or its bound is over; what a look raises comes here."""
        return self._lags[name].result()

    def _run(self, looks: dict[str, Callable[[], bool]]) -> None:
        missed = dict.fromkeys(looks, 0.0)
        pause = _FIRST_PAUSE_S
        while True:
            for name, happened in list(looks.items()):
                if self._look(name, happened, missed):
                    del looks[name]
            if not looks:
                return
            threading.Event().wait(max(min(pause, self._left_s()), _FIRST_PAUSE_S))
            pause = min(pause * 1.5, _LONGEST_PAUSE_S)

    def _look(self, name: str, happened: Callable[[], bool], missed: dict[str, float]) -> bool:
        """Look once; return whether the thing is decided."""
        at = time.monotonic() - self._began
        try:
            if happened():
                self._lags[name].set_result(Lag(happened=True, missed_s=missed[name]))
                return True
        except Exception as error:  # noqa: BLE001 - the waiting case raises it
            self._lags[name].set_exception(error)
            return True
        missed[name] = at
        if at < self._bound_s:
            return False
        self._lags[name].set_result(Lag(happened=False, missed_s=at))
        return True

    def _left_s(self) -> float:
        return self._began + self._bound_s - time.monotonic()

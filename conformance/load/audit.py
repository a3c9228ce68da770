"""What is there when the load is over: every library is read while nobody changes it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from conformance.harness.concurrency import parallel
from conformance.harness.harness import Harness
from conformance.judge.finding import Blocked, Finding
from conformance.knowledge.bounds import COUNTED_S, SETTLED_S
from conformance.load.crew import is_clear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.model.profile import Profile
    from conformance.target import Target

#: The name of the process that reads the libraries, and that cleans up.
AUDIT = "audit"
# So many libraries are read at the same time.
_AT_ONCE = 8
# Clocks of two processes are read one after the other.
_MARGIN_S = 0.5


class Audit:
    """Reads the libraries after a load, and removes everything that its processes made."""

    def __init__(self, profile: Profile, target: Target, run_id: str) -> None:
        self._is_settled = profile.module("load").is_settled
        self.harness = Harness(profile, target, run_id, AUDIT, removes_earlier=False)
        #: Why libraries could not be read.
        self.unread: list[str] = []

    def read(self, callers: Sequence[str], since: float) -> None:
        """Read the library of each caller, and again later where its total does not fit yet.

        A total may be kept for a while. So one that does not fit is read again when every server
        must have counted.

        Args:
            callers: Their names.
            since: When the last user stopped, in monotonic seconds.
        """
        harness = self.harness
        harness.transcript.begin("load")
        _wait_until(since + SETTLED_S + _MARGIN_S)
        late = self._not_settled(callers)
        if late:
            _wait_until(since + COUNTED_S + _MARGIN_S)
            self._not_settled(late)
        proofs = harness.proof.drain("")
        for proof in proofs:
            proof.aside = True
        harness.late_findings += proofs

    def _not_settled(self, callers: Sequence[str]) -> list[str]:
        settled = parallel(self._settled, callers, _AT_ONCE)
        return [caller for caller, fits in zip(callers, settled, strict=True) if not fits]

    def _settled(self, caller: str) -> bool:
        try:
            return bool(self._is_settled(self.harness, caller))
        except Finding as finding:
            violation = finding.violation if isinstance(finding, Blocked) else None
            exchange = violation.exchange if violation is not None else None
            if violation is not None and exchange is not None and is_clear(exchange):
                self.harness.proof.notice(violation)
            else:
                self.unread.append(self.harness.redactor.brief(str(finding)))
            return True

    def close(self) -> None:
        """Remove what every process of the load made, and close the connections."""
        self.harness.close()


def _wait_until(moment: float) -> None:
    threading.Event().wait(max(moment - time.monotonic(), 0.0))

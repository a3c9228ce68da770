"""`conformance doctor`: can this target be tested, and how much would be verified?

Each check names the checks that it depends on, and is skipped unless they are in order.
The ledger holds everything that the checks create: one upload on the target, and one on
its twin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.judge.finding import Blocked
from conformance.runner.checkup import checkup_of
from conformance.runner.diagnosis import DiagnosisState, ok, problem, unknown
from conformance.runner.server_checks import ServerChecks
from conformance.runner.upload_checks import UploadChecks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.harness.harness import Harness
    from conformance.runner.diagnosis import Diagnosis

    Step = Callable[[], Diagnosis]

#: The checks without which no run can verify anything.
_VITAL = ("server", "TLS", "token", "upload", "storage", "bytes")
#: The checks that show whether a capability works.
_CHECKS_OF = {
    "other-token": ("other token", "two callers"),
    "s3-access": ("bucket",),
    "wait": ("expiry",),
}


class Doctor:
    """The checks of one target, in their order."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.states: dict[str, DiagnosisState] = {}
        self._skipped: set[str] = set()
        checkup = checkup_of(harness, harness.api)
        self._server = ServerChecks(harness.target, checkup)
        self._upload = UploadChecks(harness, checkup)

    def checks(self) -> Iterator[Diagnosis]:
        """Make each check and yield its diagnosis, redacted, as soon as there is one."""
        server, upload = self._server, self._upload
        steps: tuple[tuple[str, Step, tuple[str, ...]], ...] = (
            ("server", server.server, ()),
            ("TLS", server.tls, ("server",)),
            ("token", server.token, ("TLS",)),
            ("other token", server.other_token, ("token",)),
            ("clock", server.clock, ("token",)),
            ("upload", upload.upload, ("token",)),
            ("storage", upload.storage, ("upload",)),
            ("storage clock", upload.storage_clock, ("storage",)),
            ("signatures", upload.signatures, ("storage",)),
            ("bytes", upload.stored_bytes, ("storage",)),
            ("bucket", upload.bucket, ("bytes",)),
            ("whole way", upload.whole_way, ("bytes",)),
            ("two callers", upload.two_callers, ("other token", "whole way")),
            ("expiry", upload.expiry, ("upload",)),
            ("claims", self._claims, ()),
        )
        for name, step, needs in steps:
            yield self._made(name, step, needs)

    def _made(self, name: str, step: Step, needs: tuple[str, ...]) -> Diagnosis:
        bad = next((need for need in needs if need in self._skipped or self._bad(need)), None)
        if bad is not None:
            self._skipped.add(name)
            found = unknown(f"skipped until {bad!r} is in order")
        else:
            found = _attempted(step)
        self.states[name] = found.state
        stops = found.state is DiagnosisState.PROBLEM and (name in _VITAL or found.stops)
        redactor = self.harness.redactor
        return replace(
            found,
            name=name,
            found=redactor.brief(found.found),
            fix=redactor.text(found.fix),
            stops=stops,
        )

    def _bad(self, name: str) -> bool:
        return self.states.get(name) is DiagnosisState.PROBLEM

    def _claims(self) -> Diagnosis:
        profile, target = self.harness.profile, self.harness.target
        needed = {need for row in profile.catalogue for need in row.needs}
        if unneeded := target.claimed - needed:
            known = ", ".join(profile.module("api").OPTIONAL_PARTS) or "none"
            return problem(
                f"no requirement needs {', '.join(sorted(unneeded))}",
                f"--capability accepts the optional parts of this profile: {known}",
            )
        present = ", ".join(sorted(target.capabilities)) or "none"
        absent = ", ".join(sorted(needed - target.capabilities)) or "none"
        return ok(f"capabilities present: {present}; absent: {absent}")

    @property
    def testable(self) -> bool:
        """Whether a run could verify anything at all."""
        return not any(map(self._bad, _VITAL))

    @property
    def sound(self) -> bool:
        """Whether an upload came the whole way: without that, a run verifies next to nothing."""
        return self.testable and not self._bad("whole way")

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that are present and in order."""
        broken = {name for name, parts in _CHECKS_OF.items() if any(map(self._bad, parts))}
        return self.harness.target.capabilities - broken


def _attempted(step: Step) -> Diagnosis:
    """Make one check; a blocked one becomes a diagnosis too."""
    try:
        return step()
    except Blocked as blocked:
        if blocked.violation is None:
            return unknown(blocked.reason, "raise the limit that it names, or wait")
        row = blocked.violation.requirement
        return problem(f"{row}: {blocked.violation}", f"conformance explain {row}")

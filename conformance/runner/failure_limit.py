"""The number of failures after which a run ends: `--max-failures` and `--fail-fast`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conformance.model.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from conformance.model.evidence import CaseRecord
    from conformance.model.requirement import Catalogue
    from conformance.reports.report import Report
    from conformance.runner.request import RunRequest


@dataclass
class FailureLimit:
    """Counts the requirements that fail while the cases run, and says when the run ends.

    A failure that would not change the exit code does not count: `spared` holds the ids of waived
    requirements, and of those that the baseline knows. `flag` is how the user set the limit.
    """

    catalogue: Catalogue
    most: int
    flag: str
    strict: bool = False
    spared: Collection[str] = ()
    failed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, request: RunRequest, baseline: Report | None) -> FailureLimit | None:
        """Return the limit that was requested, or None.

        Args:
            request: The request, with its waivers.
            baseline: The report with the failures that are known already.
        """
        most, flag = limit_of(request.values)
        if not most:
            return None
        today = datetime.now(UTC).date()
        waived = {one.requirement for one in request.waivers if not one.expired(today)}
        known = baseline.broken if baseline else frozenset()
        strict = bool(request.values["strict"])
        catalogue = Profile.load(request.profile).catalogue.pinned_to(request.values["as_of"])
        return cls(catalogue, most, flag, strict, waived | known)

    def reached(self, record: CaseRecord) -> str:
        """Count the failures of a case; return why the run ends now, or an empty text."""
        for proof in record.evidence:
            row = self.catalogue[proof.requirement]
            if row.binds(strict=self.strict) and row.id not in self.spared:
                self.failed.add(row.id)
        if len(self.failed) < self.most:
            return ""
        count = len(self.failed)
        failed = "1 requirement has" if count == 1 else f"{count} requirements have"
        return f"{failed} failed, and {self.flag} ends the run then"


def limit_of(values: Mapping[str, Any]) -> tuple[int, str]:
    """Return after how many failures a run ends (0: never), and the flag that says so."""
    if values["fail_fast"]:
        return 1, "--fail-fast"
    return values["max_failures"] or 0, f"--max-failures {values['max_failures']}"

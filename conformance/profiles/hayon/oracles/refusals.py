"""Oracles of refusals and errors: what they must not show."""

from __future__ import annotations

from conformance.knowledge.facts import Act
from conformance.oracles.refusals import RefusalRows, refusal_oracles

ORACLES = refusal_oracles(
    RefusalRows(
        errors_show_nothing="HY-AUTH-06",
        successes_show_no_key="HY-AUTH-07",
        keyless={Act.OPEN: "HY-AUTH-01", Act.POST: "HY-POST-03"},
        foreign={},
        crashes={Act.OPEN: "HY-UPLOAD-27"},
    )
)

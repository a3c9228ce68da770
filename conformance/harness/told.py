"""What one process of a run says at its end: as JSON, so that it can cross to another process."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.harness.harness import Harness


def told_by(harness: Harness) -> dict[str, Any]:
    """Return what a process made, left, measured and found; it holds no secret."""
    late = [asdict(proof) for proof in harness.late_findings]
    return {
        "ended": harness.bounds.ended,
        "leftovers": harness.leftovers,
        "left_behind": dict(harness.left_behind),
        "made": dict(harness.made),
        "timing": harness.timing.as_dict(),
        "oracles": {**harness.watch.told(), "findings": late},
    }

"""What a run decides for a pipeline: the exit code, and which failures count."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.decision import Baseline, Decision
from conformance.model.evidence import CaseRecord, Evidence, Outcome
from conformance.model.profile import Profile
from conformance.model.run import INTERRUPTED, Run
from conformance.model.waiver import Waiver, WaiverState, WaiverUse

PASSING = ("HY-UPLOAD-01", "HY-PUT-01", "HY-PUBLIC-01")
BROKEN = ("HY-UPLOAD-21", "HY-UPLOAD-22", "HY-UPLOAD-23")


def run(broken: int = 0, *, waived: int = 0, **changes: Any) -> Run:
    """Return a run in which so many MUST are broken, the first of them waived."""
    rows = Profile.load("hayon").catalogue
    cases = [CaseRecord(f"s::{one}", one, Outcome.PASSED) for one in (*PASSING, *rows.anchors)]
    for name in BROKEN[:broken]:
        proof = Evidence(name, f"s::{name}", "a refusal", "it was 200")
        cases.append(CaseRecord(f"s::{name}", name, Outcome.FAILED, evidence=[proof]))
    made = Run("hayon", rows, cases, target={"base_url": "http://h"}, **changes)
    for result in made.failed[:waived]:
        result.waiver = Waiver(result.requirement.id, "for now")
    return made


def baseline(**outcomes: str) -> Baseline:
    named = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
    return Baseline("before/report.json", "2026-01-02T03:04:05+00:00", "", named)


KNOWN = baseline(HY_UPLOAD_21="failed", HY_UPLOAD_22="warned", HY_UPLOAD_23="failed")


@pytest.mark.parametrize(
    ("broken", "waived", "known", "code", "why"),
    [
        (0, 0, None, 0, ""),
        (1, 0, None, 1, "1 failure"),
        (3, 0, None, 1, "3 failures"),
        (3, 3, None, 0, "all 3 failures waived"),
        (1, 1, None, 0, "the only failure waived"),
        (3, 1, None, 1, "3 failures (2 new, 1 waived)"),
        (3, 0, KNOWN, 0, "all 3 failures known to the baseline"),
        (3, 1, KNOWN, 0, "all 3 failures waived (1) or known to the baseline (2)"),
        (2, 0, baseline(HY_UPLOAD_22="failed"), 1, "2 failures (1 new, 1 known to the baseline)"),
        (2, 0, baseline(HY_UPLOAD_22="passed"), 1, "2 failures"),
    ],
)
def test_only_failures_that_are_neither_waived_nor_known_count(
    broken: int, waived: int, known: Baseline | None, code: int, why: str
) -> None:
    made = Decision.of(run(broken, waived=waived), baseline=known)

    assert (made.exit_code, made.why) == (code, why)
    assert len(made.new) + len(made.waived) + len(made.known) == broken
    assert (code == 1) == bool(made.new)


def test_what_the_baseline_saw_broken_and_passes_now_is_fixed() -> None:
    known = baseline(HY_UPLOAD_01="failed", HY_UPLOAD_21="failed", HY_UPLOAD_23="warned")

    made = Decision.of(run(2), baseline=known)

    assert made.fixed == ("HY-UPLOAD-01",)
    assert (made.known, made.new) == (("HY-UPLOAD-21",), ("HY-UPLOAD-22",))


@pytest.mark.parametrize(
    ("changes", "options", "code", "why"),
    [
        ({"incomplete": INTERRUPTED}, {}, 130, "interrupted"),
        ({"incomplete": "the time is over"}, {}, 3, "the run ended early"),
        ({"untestable": "no answer"}, {}, 3, ""),
        ({"dead_worker": "a worker died"}, {}, 4, "the kit itself failed"),
        ({}, {"require_verified": True}, 5, "a MUST is not verified (--require-verified)"),
    ],
)
def test_what_else_decides_is_said(
    changes: dict[str, Any], options: dict[str, Any], code: int, why: str
) -> None:
    made = Decision.of(run(**changes), **options)

    assert (made.exit_code, made.why) == (code, why)


def test_a_waiver_that_needs_a_change_decides_only_where_that_is_strict() -> None:
    made = run()
    made.waivers = [WaiverUse(Waiver("HY-UPLOAD-01", "for now"), WaiverState.STALE)]

    assert Decision.of(made).exit_code == 0
    strict = Decision.of(made, strict_waivers=True)
    assert (strict.exit_code, strict.why) == (1, "a waiver needs a change (--strict-waivers)")

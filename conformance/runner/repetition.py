"""Runs failed cases again at the end of a run, to show which failures come and go.

A case that failed once stays failed: the server did break its promise. But the reader should
know that the failure is intermittent, so that nobody calls the kit unreliable.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from conformance.model.evidence import Outcome, Repeated
from conformance.model.requirement import Level
from conformance.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.model.evidence import CaseRecord
    from conformance.model.run import Run

#: So often a failed case runs again at most.
REPEATS = 2
#: With more failed cases than this, the server does not fail only now and then.
FAILED_CASES_BOUND = 20
#: A longer case does not run again.
DURATION_BOUND_S = 30.0

#: With fewer seconds left of the run, nothing runs again.
LEAST_S = 30.0

_JUDGED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.WARNED})


def repeat_failures(
    run: Run,
    again: Callable[[Sequence[str]], Run],
    *,
    left_s: Callable[[], float] = lambda: math.inf,
) -> None:
    """Run the failed cases again, and mark how often each one failed.

    A case that fails a second time does not run a third time.

    Args:
        run: The finished run; its cases, their evidence and its leftovers are changed.
        again: Runs the cases of these ids with fresh resources.
        left_s: The seconds that are left of the bound of the run.
    """
    failed = {case.case: Repeated(1, 1) for case in run.cases if _shows_a_failure(case, run)}
    if run.incomplete or not failed or len(failed) > FAILED_CASES_BOUND:
        return
    brief = {case.case for case in run.cases if _is_brief(case, run)}
    for _ in range(REPEATS):
        open_yet = [name for name, seen in failed.items() if name in brief and seen.failed == 1]
        if not open_yet or left_s() < LEAST_S:
            break
        try:
            repeated = again(open_yet)
        except Problem:
            break  # the target is away now: the run itself stays as it is
        run.leftovers += repeated.leftovers
        run.secrets += repeated.secrets
        run.left_behind += repeated.left_behind
        run.made += repeated.made
        for case in repeated.cases:
            if case.case in failed:
                failed[case.case] = _counted(failed[case.case], case, run)
        if repeated.incomplete:
            break
    _mark(run, failed)


def _shows_a_failure(case: CaseRecord, run: Run) -> bool:
    """Whether a case holds evidence against a MUST, of its own requirement or of another one."""
    levels = (run.catalogue[proof.requirement].level for proof in case.evidence)
    return Level.MUST in levels


def _is_brief(case: CaseRecord, run: Run) -> bool:
    waits = "wait" in run.catalogue[case.requirement].needs
    return not waits and case.duration_s <= DURATION_BOUND_S


def _counted(seen: Repeated, case: CaseRecord, run: Run) -> Repeated:
    """Count one more run of a case, if it came to a judgement."""
    if _shows_a_failure(case, run):
        return Repeated(seen.runs + 1, seen.failed + 1)
    return Repeated(seen.runs + 1, seen.failed) if case.outcome in _JUDGED else seen


def _mark(run: Run, failed: dict[str, Repeated]) -> None:
    for case in run.cases:
        seen = failed.get(case.case)
        if seen is not None and seen.runs > 1:
            case.repeated = seen
            for proof in case.evidence:
                proof.repeated = seen

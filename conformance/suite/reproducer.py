"""The pytest plugin of a reproducer: only its cases run, and only its requirement counts.

Only reproducers load it, by `pytest_plugins`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.evidence import Outcome
from conformance.model.profile import profile_of
from conformance.suite.recording import failure_text
from conformance.suite.xdist import attached, detach

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.model.evidence import CaseRecord


_NOT_SEEN = "not seen this time: it was seen among media of other cases, so run the whole suite"


def _wanted(item: pytest.Item) -> list[str] | None:
    """Return the cases that the reproducer of an item names; None for other items."""
    module: Any = getattr(item, "module", None)
    wanted: list[str] | None = getattr(module, "conformance_cases", None)
    return wanted


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out every case that the reproducer imports but does not name."""
    others = [item for item in items if item.name not in (_wanted(item) or [item.name])]
    kept = [item for item in items if item not in others]
    names = {item.name for item in kept}
    for item in items:
        missing = [name for name in _wanted(item) or () if name not in names]
        if missing:
            raise pytest.UsageError(
                f"this version of the kit has no case {missing[0]!r}: run the suite instead"
            )
    config.hook.pytest_deselected(items=others)
    items[:] = kept


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report a case as failed when the requirement is broken or cannot be judged."""
    del call
    report = yield
    record = attached(report)
    if _wanted(item) is None or record is None:
        return report
    detach(report)
    module: Any = getattr(item, "module", None)
    defect = _defect(record, module.conformance_requirement)
    report.outcome = "failed" if defect else "passed"
    report.longrepr = defect or None
    if not defect and not module.conformance_alone:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, _NOT_SEEN)
    return report


def _defect(record: CaseRecord, requirement: str) -> str:
    """Return the failure of the requirement, or why it cannot be judged; else an empty text."""
    if record.fault:
        return record.fault
    proofs = [proof for proof in record.evidence if proof.requirement == requirement]
    if proofs:
        row = profile_of(requirement).catalogue[requirement]
        return "\n\n".join(failure_text(row, proof, replay="") for proof in proofs)
    if record.outcome is Outcome.NOT_VERIFIED:
        return f"{requirement} cannot be judged: {record.reason}"
    return ""

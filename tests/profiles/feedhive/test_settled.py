"""A case that failed soon after a change of the library runs once more, and no other case does."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.judge.finding import Blocked, Violation
from conformance.profiles.feedhive import settled
from conformance.profiles.feedhive.library import LISTED_WITHIN_S

_SOON, _LONG_AGO = LISTED_WITHIN_S / 2, LISTED_WITHIN_S * 2


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Wait for nothing; return for how long it would have been."""
    found: list[float] = []
    monkeypatch.setattr(settled, "sleep", found.append)
    return found


def given(changed_s_ago: float) -> Any:
    """Return arrangements of a library that changed so many seconds ago."""
    moment = time.monotonic() - changed_s_ago
    return SimpleNamespace(api=SimpleNamespace(changes=SimpleNamespace(last=lambda _: moment)))


def case(outcomes: list[Exception | None]) -> Any:
    """Return a case that raises one of these each time it runs."""

    @settled.when_settled
    def judged(**_: object) -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    return judged


def test_a_finding_soon_after_a_change_counts_only_if_it_stays(waited: list[float]) -> None:
    case([Violation("every item", "one is missing"), None])(given=given(_SOON))

    assert waited == [pytest.approx(LISTED_WITHIN_S - _SOON, abs=1)]

    lasting = [Violation("every item", "one is missing") for _ in range(2)]
    with pytest.raises(Violation):
        case(list(lasting))(given=given(_SOON))


@pytest.mark.parametrize(
    ("ago_s", "finding"),
    [(_LONG_AGO, Violation("every item", "one")), (_SOON, Blocked(limit="too many items"))],
    ids=["long ago", "a limit"],
)
def test_other_findings_count_at_once(
    waited: list[float], ago_s: float, finding: Exception
) -> None:
    with pytest.raises(type(finding)):
        case([finding])(given=given(ago_s))

    assert not waited


def test_a_case_that_passes_runs_once(waited: list[float]) -> None:
    case([None])(given=given(_SOON))

    assert not waited

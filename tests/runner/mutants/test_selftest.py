"""Mutants are held in groups, and by rows with a few cases first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.model.profile import Profile
from conformance.problem import ExitCode
from conformance.reports.terminal.console import Console
from conformance.runner.mutants import selftest
from conformance.runner.mutants.levels import SHOULD, VARIANT
from conformance.runner.mutants.plan import MutantPlan
from tests.runner.mutants.made import held, mutant

if TYPE_CHECKING:
    from conformance.runner.mutants.derivation import Mutant
    from conformance.runner.mutants.trial import Held

SURE = mutant("sure")
HIDDEN = mutant("hidden", "list_media", level=SHOULD)
MISSED = mutant("missed", "list_media")
LEGITIMATE = mutant("legitimate", level=VARIANT)
#: As pytest collects them: the first case of each row is tried first.
CASES = [("X-1", "test_a"), ("X-1", "test_b"), ("X-2", "test_c"), ("X-3", "test_d")]


class Runs:
    """Stands for the runs of the suite; notes which mutants met which cases."""

    def __init__(self) -> None:
        self.held: list[tuple[list[str], tuple[str, ...]]] = []

    def hold(
        self, profile: str, mutants: list[Mutant], effort: str, cases: tuple[str, ...] = ()
    ) -> Held:
        assert (profile, effort) == ("feedhive", "quick")
        self.held.append(([one.id for one in mutants], cases))
        found, shown = {}, {}
        if SURE in mutants:
            found["X-1"], shown["X-1"] = "failed", {SURE.id}
        if HIDDEN in mutants and not cases:
            found["X-2"], shown["X-2"] = "warned", {HIDDEN.id}
        return held(*mutants, code=int(bool(found)), found=found, shown=shown)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    found = Runs()
    monkeypatch.setattr(selftest, "hold", found.hold)
    monkeypatch.setattr(selftest, "cases", lambda _: CASES)
    return found


def run(monkeypatch: pytest.MonkeyPatch, *mutants: Mutant, **plan: Any) -> ExitCode:
    monkeypatch.setattr(selftest, "chosen", lambda *_: list(mutants))
    console = Console()
    return selftest.run(Profile.load("feedhive"), MutantPlan(workers=1, **plan), console)


def test_what_the_first_cases_do_not_catch_is_held_by_the_whole_suite(
    monkeypatch: pytest.MonkeyPatch, runs: Runs
) -> None:
    code = run(monkeypatch, SURE, HIDDEN, by="rows")

    assert code is ExitCode.OK
    assert runs.held == [([SURE.id, HIDDEN.id], ("test_c", "test_a")), ([HIDDEN.id], ())]


def test_the_first_cases_cannot_clear_a_variant(
    monkeypatch: pytest.MonkeyPatch, runs: Runs
) -> None:
    code = run(monkeypatch, LEGITIMATE, by="rows")

    assert code is ExitCode.OK
    assert runs.held == [([LEGITIMATE.id], ())]


def test_without_rows_every_mutant_meets_the_whole_suite(
    monkeypatch: pytest.MonkeyPatch, runs: Runs
) -> None:
    run(monkeypatch, SURE)

    assert runs.held == [([SURE.id], ())]


def test_a_mutant_that_nothing_catches_fails_the_selftest(
    monkeypatch: pytest.MonkeyPatch, runs: Runs
) -> None:
    assert run(monkeypatch, MISSED, by="rows") is ExitCode.FAILED
    assert [cases for _, cases in runs.held] == [("test_c", "test_a"), ()]

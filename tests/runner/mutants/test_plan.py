"""Mutants share a run only where they cannot disturb each other."""

from __future__ import annotations

import pytest

from conformance.model.profile import Profile
from conformance.problem import UsageProblem
from conformance.runner.mutants.levels import VARIANT
from conformance.runner.mutants.plan import MutantPlan, chosen, grouped
from tests.runner.mutants.made import mutant

FEEDHIVE = Profile.load("feedhive")


def names(*mutants: object) -> list[list[str]]:
    return [[one.id for one in group] for group in grouped(FEEDHIVE, mutants)]  # type: ignore[arg-type]


def test_mutants_of_different_operations_share_a_run() -> None:
    assert names(mutant("a"), mutant("b", "list_media"), mutant("c", "delete_media")) == [
        ["a", "b", "c"]
    ]


def test_two_mutants_of_one_operation_do_not_share_a_run() -> None:
    assert names(mutant("a"), mutant("b", refusal=True)) == [["a"], ["b"]]


def test_a_mutant_that_other_cases_build_on_runs_alone() -> None:
    created, everywhere = mutant("a", "create_upload"), mutant("b", where="everywhere")

    assert names(created, mutant("c", "list_media"), everywhere) == [["b"], ["a"], ["c"]]


def test_refusals_of_create_disturb_nobody() -> None:
    assert names(mutant("a", "create_upload", refusal=True), mutant("b")) == [["a", "b"]]


def test_variants_share_a_run_with_variants_only() -> None:
    one, two = mutant("a", level=VARIANT), mutant("c", "list_media", level=VARIANT)

    assert names(one, mutant("b", "delete_media"), two) == [["a", "c"], ["b"]]


def test_a_seed_draws_the_same_sample_again() -> None:
    first, again, other = (chosen(FEEDHIVE, MutantPlan(sample=20, seed=seed)) for seed in (1, 1, 2))

    assert len(first) == 20
    assert first == again != other


def test_only_selects_by_glob() -> None:
    found = chosen(FEEDHIVE, MutantPlan(only=("get_media:*:odd:*",)))

    assert {one.mutation.operation for one in found} == {"get_media"}
    assert {one.mutation.kind for one in found} == {"odd"}


def test_a_selection_of_nothing_is_a_usage_problem() -> None:
    with pytest.raises(UsageProblem, match="selects no mutant"):
        chosen(FEEDHIVE, MutantPlan(only=("no-such-*",)))

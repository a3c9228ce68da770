"""The kit proves itself: faults are killed, variants pass, and the figures are true."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import conformance.profiles
from conformance.cli.main import cli
from conformance.model.profile import Profile, profile_names
from conformance.problem import UsageProblem
from conformance.runner.collection import cases
from conformance.runner.selftest import Plan, Trial, left_out, planned
from conformance.servers.reference import FAULTS, UNBREAKABLE, VARIANTS

if TYPE_CHECKING:
    from tests.conftest import Command

SCENARIOS = Path(conformance.profiles.__file__).parent

each_profile = pytest.mark.parametrize("profile", profile_names())


@each_profile
def test_each_requirement_has_a_fault_or_a_reason(profile: str) -> None:
    broken = {fault.requirement for fault in FAULTS[profile] if not fault.shown_by}
    rows = {row.id for row in Profile.load(profile).catalogue}

    assert broken <= rows
    assert rows - broken == rows & set(UNBREAKABLE)


@each_profile
def test_a_fault_that_only_another_command_shows_is_left_out_of_the_matrix_and_named(
    profile: str,
) -> None:
    others = {fault.name for fault in FAULTS[profile] if fault.shown_by}
    plan = Plan()

    tried = {trial.name for trial in planned(Profile.load(profile), plan)}

    assert not tried & others
    assert {fault.name for fault in left_out(profile, plan)} == others
    assert {fault.shown_by for fault in left_out(profile, plan)} <= set(cli.commands)


def test_such_a_fault_alone_is_refused_with_the_command_that_shows_it() -> None:
    fault = next(one for one in FAULTS["feedhive"] if one.shown_by)

    with pytest.raises(UsageProblem, match=rf"only `conformance load` shows {fault.name}"):
        planned(Profile.load("feedhive"), Plan(only=(fault.name,)))


@each_profile
def test_each_fault_and_variant_says_what_it_does(profile: str) -> None:
    deviations = [*FAULTS[profile], *VARIANTS[profile]]

    assert all(deviation.sentence.endswith(".") for deviation in deviations)
    assert not {fault.name for fault in FAULTS[profile]} & {
        deviation.name for deviation in VARIANTS[profile]
    }


def test_there_are_as_many_as_promised() -> None:
    assert len(FAULTS["feedhive"]) >= 120
    assert len(FAULTS["hayon"]) >= 45
    assert len(VARIANTS["feedhive"]) >= 20
    assert len(VARIANTS["hayon"]) >= 10


def test_no_case_knows_of_faults() -> None:
    names = {deviation.name for deviations in FAULTS.values() for deviation in deviations}

    for path in SCENARIOS.rglob("*.py"):
        strings = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not names & strings, path


@pytest.mark.parametrize(
    ("trial", "outcome"),
    [
        (Trial("f", "X-1", failed=["X-1"]), "killed"),
        (Trial("f", "X-1", warned=["X-1"]), "killed"),
        (Trial("f", "X-1", failed=["X-2"]), "survived"),
        (Trial("f", "X-1"), "survived"),
        (Trial("v", "", verdict="conformant"), "passed"),
        (Trial("v", "", warned=["X-1"], verdict="conformant"), "false alarm"),
        (Trial("v", "", ("X-1",), warned=["X-1"], verdict="conformant"), "passed"),
        (Trial("v", "", ("X-1",), failed=["X-1"], verdict="nonconformant"), "false alarm"),
        (Trial("v", "", verdict="untestable"), "false alarm"),
        (Trial("v", "", verdict="conformant", problem="Traceback"), "broken"),
    ],
)
def test_a_trial_is_judged_by_what_it_found(trial: Trial, outcome: str) -> None:
    assert trial.outcome == outcome


@pytest.mark.whole_run
@pytest.mark.parametrize(
    ("profile", "only"),
    [
        ("feedhive", ["empty-objects-complete", "list-shows-one-foreign-item", "deep-ids"]),
        ("hayon", ["put-writes-any-key", "takes-pdf", "encoded-keys", "rate-limited"]),
    ],
)
def test_a_slice_of_the_matrix_holds(
    command: Command, tmp_path: Path, profile: str, only: list[str]
) -> None:
    globs = [word for name in only for word in ("--only", name)]

    done = command("selftest", profile, *globs, "--out", "matrix.json")

    assert done.returncode == 0, done.stdout + done.stderr
    matrix = json.loads((tmp_path / "matrix.json").read_text())
    assert {row["name"] for row in matrix} == set(only)
    assert all(row["outcome"] in {"killed", "passed"} for row in matrix)


@pytest.mark.whole_run
def test_what_a_part_alone_misses_is_shown_as_survived(command: Command) -> None:
    arguments = ("--only", "walks-end-after-a-page", "--by", "schemathesis")

    done = command("selftest", "feedhive", *arguments, "--effort", "standard")

    assert "survived" in done.stdout
    assert "0 of 1 killed" in done.stdout


def test_by_rows_a_fault_meets_the_cases_of_its_requirement_first() -> None:
    (trial,) = planned(Profile.load("hayon"), Plan(only=("put-writes-any-key",), by="rows"))

    proven = {case: requirement for requirement, case in cases(Profile.load("hayon"))}
    assert trial.first
    assert {proven[case] for case in trial.first} == {trial.expected}


@pytest.mark.whole_run
@pytest.mark.parametrize("only", ["put-writes-any-key", "every-seventh-request-fails"])
def test_by_rows_finds_what_the_whole_suite_finds(command: Command, only: str) -> None:
    done = command("selftest", "hayon", "--only", only, "--by", "rows")

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"killed: {only}" in done.stdout
    assert "1 of 1 killed" in done.stdout


def test_a_selection_of_nothing_is_a_usage_problem(command: Command) -> None:
    done = command("selftest", "hayon", "--only", "no-such-*")

    assert done.returncode == 2
    assert "selects nothing" in done.stderr


@pytest.mark.parametrize(("chosen", "effort"), [(None, "standard"), ("quick", "quick")])
def test_a_fault_that_shows_late_gets_the_effort_that_looks_late(
    chosen: str | None, effort: str
) -> None:
    plan = Plan(only=("media-vanish-after-a-while",), effort=chosen)

    (trial,) = planned(Profile.load("feedhive"), plan)

    assert trial.effort == effort

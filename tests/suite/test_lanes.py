"""Cases run at the same time, and pytest reports each in its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.suite.lane_session import run

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run"]  # pytest finds the fixture here

pytest_plugins = ["pytester"]


def test_two_cases_meet(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
def test_one(): meeting.wait()
def test_two(): meeting.wait()
""")

    assert outcomes == {"test_one": "passed", "test_two": "passed"}
    assert {name: case.rpartition("::")[2] for name, case in plugin.courses.items()} == {
        "test_one": "test_one",
        "test_two": "test_two",
    }
    assert all(plugin.durations.values())
    assert plugin.halted


@pytest.mark.parametrize("how", [{"most": 1}, {"worker": "gw0"}], ids=["most", "worker"])
def test_cases_run_one_by_one_where_they_must(run: Callable[..., Any], how: Any) -> None:
    plugin, outcomes = run(
        """
def test_one(): assert threading.current_thread() is threading.main_thread()
""",
        **how,
    )

    assert outcomes == {"test_one": "passed"}
    assert plugin.durations == {"test_one": None}


def test_what_a_case_raises_is_reported_for_it(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
def test_one(): meeting.wait()
def test_two():
    meeting.wait()
    raise Violation("a 200", "it was a 500")
""")

    assert outcomes == {"test_one": "passed", "test_two": "failed"}


def test_a_case_gets_its_parameters_and_fixtures(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
@pytest.mark.parametrize("number", [1, 2])
def test_it(number, conformance_harness, conformance_case):
    assert number in (1, 2) and conformance_harness is conformance_case
    meeting.wait()
""")

    assert set(outcomes.values()) == {"passed"}
    assert len(outcomes) == 2


def test_a_case_with_a_fixture_of_the_users_own_runs_alone(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
@pytest.fixture
def own(request): return request.node.name
def test_one(own): assert own == "test_one"
""")

    assert outcomes == {"test_one": "passed"}
    assert plugin.durations == {"test_one": None}


def test_the_library_is_prepared_once_before_its_readers(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
quiet = pytest.mark.exclusive("readers")
def test_writer(): pass
@quiet
def test_one(): meeting.wait()
@quiet
def test_two(): meeting.wait()
""")

    assert set(outcomes.values()) == {"passed"}
    assert plugin.prepared == [""]


def test_one_reader_prepares_what_it_needs_itself(run: Callable[..., Any]) -> None:
    plugin, _ = run("""
@pytest.mark.exclusive("readers")
def test_one(): pass
""")

    assert plugin.prepared == []


def test_an_exclusive_case_runs_when_no_other_runs(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
def slowly():
    inside.append(1)
    threading.Event().wait(0.02)
    inside.pop()
def test_a(): slowly()
def test_b(): slowly()
@pytest.mark.exclusive
def test_c(): assert not inside
def test_d(): slowly()
""")

    assert set(outcomes.values()) == {"passed"}


def test_a_reader_that_has_to_write_runs_again_alone(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
@pytest.mark.exclusive("readers")
def test_reads(): threading.Event().wait(0.02)
@pytest.mark.exclusive("readers")
def test_writes(conformance_harness):
    conformance_harness.write()
    assert threading.current_thread() is threading.main_thread()
""")

    assert outcomes == {"test_reads": "passed", "test_writes": "passed"}


def test_what_a_lane_showed_is_kept_where_its_case_runs_again(
    run: Callable[..., Any],
) -> None:
    plugin, outcomes = run("""
@pytest.mark.exclusive("readers")
def test_writes(conformance_harness):
    if threading.current_thread() is not threading.main_thread():
        noticed = conformance_harness.transcript.course.noticed
        noticed.append(Violation("a key", "it is missing"))
    conformance_harness.write()
""")

    assert outcomes == {"test_writes": "passed"}
    assert plugin.noticed == {"test_writes": ["expected a key, but it is missing"]}


def test_an_anchor_runs_before_the_others_and_alone(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
def test_anchor(): assert threading.current_thread() is threading.main_thread()
def test_one(): assert threading.current_thread() is not threading.main_thread()
""")

    assert outcomes == {"test_anchor": "passed", "test_one": "passed"}
    assert plugin.durations["test_anchor"] is None


def test_a_finding_that_another_case_may_have_caused_is_looked_at_alone(
    run: Callable[..., Any],
) -> None:
    _, outcomes = run("""
@pytest.mark.exclusive("known cases")
def test_strange():
    if threading.current_thread() is threading.main_thread():
        raise Blocked(limit="now it cannot be judged")
    raise Violation("no new item", "there is one")
""")

    assert outcomes == {"test_strange": "failed"}


def test_a_finding_stays_where_the_case_passes_alone(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
@pytest.mark.exclusive("known cases")
def test_strange():
    if threading.current_thread() is not threading.main_thread():
        raise Violation("no new item", "there is one")
""")

    assert outcomes == {"test_strange": "failed"}


def test_where_ids_come_again_only_a_finding_that_a_case_has_alone_counts(
    run: Callable[..., Any],
) -> None:
    _, outcomes = run("""
def test_strange(conformance_harness):
    conformance_harness.completions.seen = True
    if threading.current_thread() is not threading.main_thread():
        raise Violation("the item to be gone", "it is there")
def test_blocked(conformance_harness):
    conformance_harness.completions.seen = True
    if threading.current_thread() is not threading.main_thread():
        with precondition("FH-GET-01"):
            raise Violation("the item to be gone", "it is there")
def test_broken(conformance_harness):
    conformance_harness.completions.seen = True
    raise Violation("the item to be gone", "it is there")
""")

    assert outcomes == {
        "test_strange": "passed",
        "test_blocked": "passed",
        "test_broken": "failed",
    }


@pytest.mark.parametrize(
    "finding", ['Violation("newest first", "it is not")', 'Blocked(limit="nothing can be judged")']
)
def test_of_a_case_that_is_tried_beside_others_only_success_counts(
    run: Callable[..., Any], finding: str
) -> None:
    _, outcomes = run(f"""
tried = pytest.mark.exclusive("tried beside others")
@tried
def test_passes():
    assert threading.current_thread() is not threading.main_thread()
@tried
def test_passes_alone():
    if threading.current_thread() is not threading.main_thread():
        raise {finding}
@tried
def test_fails():
    raise Violation("newest first", "it is not")
""")

    assert outcomes == {
        "test_passes": "passed",
        "test_passes_alone": "passed",
        "test_fails": "failed",
    }


def test_a_case_knows_whether_others_run_beside_it(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
def test_one(conformance_harness): assert conformance_harness.transcript.course.beside
def test_two(conformance_harness): assert conformance_harness.transcript.course.beside
@pytest.mark.exclusive
def test_alone(conformance_harness): assert not conformance_harness.transcript.course.beside
def test_last(conformance_harness): assert not conformance_harness.transcript.course.beside
""")

    assert set(outcomes.values()) == {"passed"}


def test_a_case_whose_capability_is_missing_sends_nothing(run: Callable[..., Any]) -> None:
    plugin, outcomes = run(
        """
def test_one(conformance_harness): conformance_harness.completions.seen = True
def test_last(conformance_harness): pass
""",
        needs=("posts",),
    )

    assert set(outcomes.values()) == {"skipped"}
    assert not plugin.completions.seen


def test_the_library_is_reduced_once_before_the_first_case_that_is_alone(
    run: Callable[..., Any],
) -> None:
    plugin, outcomes = run("""
alone = pytest.mark.exclusive
def test_writer(): pass
@alone
def test_one(): pass
@alone
def test_two(): pass
""")

    assert set(outcomes.values()) == {"passed"}
    assert plugin.reduced == [""]
    assert plugin.courses["test_one"].endswith("test_one")


def test_what_shows_while_the_library_is_reduced_is_kept(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
@pytest.mark.two_libraries
def test_both(): pass
@pytest.mark.exclusive
def test_alone(): pass
""")

    assert set(outcomes.values()) == {"passed"}
    assert plugin.reduced == [""]
    (shown,) = plugin.noticed["test_both"] + plugin.noticed["test_alone"]
    assert "there are many" in shown

"""Exclusive cases that have the library of the other caller run in a lane of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.suite.lane_session import run

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run"]  # pytest finds the fixture here

pytest_plugins = ["pytester"]

_TWO_CALLERS = {"capabilities": ("other-token",)}
_OWNER = """
@pytest.fixture(scope="session")
def owner(): return "other"
apart = pytest.mark.exclusive
"""


def test_an_exclusive_case_with_a_library_of_its_own_runs_beside_others(
    run: Callable[..., Any],
) -> None:
    text = """
def test_one(): meeting.wait()
@apart
def test_two(owner):
    assert owner == "other"
    meeting.wait()
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)
    _, of_one_caller = run(_OWNER + text.replace("meeting.wait()", "pass"))

    assert set(outcomes.values()) == {"passed"}
    assert set(of_one_caller.values()) == {"passed"}


def test_with_one_caller_an_exclusive_case_runs_alone(run: Callable[..., Any]) -> None:
    plugin, _ = run(_OWNER + "@apart\ndef test_one(owner): pass")

    assert plugin.durations == {"test_one": None}


def test_exclusive_cases_apart_run_one_after_the_other_and_before_those_of_both_libraries(
    run: Callable[..., Any],
) -> None:
    text = """
def slowly(change):
    change("other")
    assert not inside
    inside.append(1)
    threading.Event().wait(0.02)
    inside.pop()
ended = []
@pytest.mark.two_libraries
def test_both(conformance_harness):
    conformance_harness.change("other")
    assert ended == [1, 2]
@apart
def test_first(owner, conformance_harness):
    slowly(conformance_harness.change)
    ended.append(1)
@apart
def test_second(owner, conformance_harness):
    slowly(conformance_harness.change)
    ended.append(2)
"""

    plugin, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}
    assert all(plugin.durations.values())


@pytest.mark.parametrize("mark", ["", '@pytest.mark.exclusive("known cases")'])
def test_a_case_that_has_to_change_a_library_of_another_case_runs_again_alone(
    run: Callable[..., Any], mark: str
) -> None:
    text = f"""
begun = threading.Event()
{mark}
def test_changes(conformance_harness):
    begun.wait(5)
    conformance_harness.change("other")
    assert threading.current_thread() is threading.main_thread()
@apart
def test_apart(owner):
    begun.set()
    threading.Event().wait(0.05)
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}


def test_a_finding_apart_counts_only_if_the_case_has_it_alone(run: Callable[..., Any]) -> None:
    text = """
def test_other(): pass
@apart
def test_disturbed(owner):
    if threading.current_thread() is not threading.main_thread():
        raise Violation("the total", "another one")
@apart
def test_broken(owner): raise Violation("the total", "another one")
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert outcomes == {"test_other": "passed", "test_disturbed": "passed", "test_broken": "failed"}


def test_readers_wait_only_for_those_apart_that_change_their_library(
    run: Callable[..., Any],
) -> None:
    text = """
ended = threading.Event()
def test_other(): pass
@pytest.mark.exclusive("readers")
def test_reads():
    assert ended.is_set()
    meeting.wait()
@pytest.mark.exclusive("readers")
def test_reads_too(): assert ended.is_set()
@apart
def test_of_one_library(owner):
    assert ended.is_set()
    meeting.wait()
@apart
@pytest.mark.two_libraries
def test_of_both(owner, conformance_harness):
    conformance_harness.change("main")
    threading.Event().wait(0.05)
    ended.set()
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}


def test_a_case_apart_that_changes_both_libraries_without_saying_so_runs_again_alone(
    run: Callable[..., Any],
) -> None:
    text = """
def test_other(): pass
@apart
def test_changes(owner, conformance_harness):
    conformance_harness.change("main")
    assert threading.current_thread() is threading.main_thread()
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}


def test_an_exclusive_case_waits_for_those_apart(run: Callable[..., Any]) -> None:
    text = """
ended = threading.Event()
def test_other(): pass
@pytest.mark.exclusive
def test_alone(): assert ended.is_set()
@apart
def test_apart(owner):
    threading.Event().wait(0.05)
    ended.set()
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}


def test_waiting_cases_begin_with_those_of_both_libraries(run: Callable[..., Any]) -> None:
    text = """
@pytest.mark.two_libraries
def test_of_both(): meeting.wait()
@apart
def test_apart(owner): pass
def test_waits(): meeting.wait()
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}

"""The pytest hooks of a session with scenarios: they collect the cases and record them."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from conformance.harness import signals
from conformance.harness.drawing import drawing
from conformance.problem import Problem, UsageProblem
from conformance.settings.pytest_options import replay
from conformance.suite.ending import tell_controller
from conformance.suite.lanes import LANES
from conformance.suite.recording import ReportingOptions, record_case, record_stop
from conformance.suite.selection import label, requirement_of, select
from conformance.suite.sessions import is_worker
from conformance.suite.stash import (
    HARNESS,
    PROBLEM,
    PROFILE,
    REQUIREMENT,
    TARGET,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

_SCENARIOS = "conformance.profiles."


def _profile_of(item: pytest.Item) -> str | None:
    """Return the profile of a case, even if a module of the user imports it."""
    name = getattr(getattr(item, "function", None), "__module__", None) or ""
    return name.removeprefix(_SCENARIOS).split(".")[0] if name.startswith(_SCENARIOS) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Add the names of its requirement to a case, before `-k` and `-m` select."""
    profile = _profile_of(item)
    if profile:
        label(item, profile)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Assign each case to one known requirement, and deselect the unwanted ones."""
    profiles = {item: name for item in items if (name := _profile_of(item))}
    if not profiles:
        return
    try:
        _prepare(config, items, profiles)
    except Problem as problem:
        config.stash[PROBLEM] = problem
        if not is_worker(config):
            pytest.exit(f"conformance: {problem}", returncode=problem.exit_code)
        # xdist replaces a worker that exits, so the first case reports the problem instead.
        items[:] = [next(iter(profiles))]
        items[0].stash[REQUIREMENT] = ""


def _prepare(
    config: pytest.Config, items: list[pytest.Item], profiles: Mapping[pytest.Item, str]
) -> None:
    names = sorted(set(profiles.values()))
    if len(names) > 1:
        raise UsageProblem(f"a session can run one profile only, not {' and '.join(names)}")
    config.stash[PROFILE] = names[0]
    scenarios = {item: requirement_of(item, name).id for item, name in profiles.items()}
    for item, requirement in scenarios.items():
        item.stash[REQUIREMENT] = requirement
    select(config, items, scenarios, settings_of(config))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Wait for a case that runs beside others, and raise what it raised."""
    signals.check_interrupted()
    lanes = pyfuncitem.config.stash.get(LANES, None)
    if lanes is None or not lanes.takes(pyfuncitem):
        return None
    lanes.result(pyfuncitem)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record the case, and adjust pytest's report to the record.

    To show what a case raised, pytest reads its source by `ast.parse`, as hypothesis does where it
    draws in a lane: see `harness.drawing`.
    """
    with nullcontext() if call.excinfo is None else drawing():
        report = yield
    ended = report.when == "call" or call.excinfo is not None
    if REQUIREMENT not in item.stash or not ended:
        return report
    if call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception):
        return report  # the user's own suite skips the case
    requirement = item.stash[REQUIREMENT]
    harness = item.config.stash.get(HARNESS, None)
    if harness is None:
        record_stop(item, call, report, requirement, item.config.stash.get(TARGET, {}))
        return report
    values = settings_of(item.config)
    options = ReportingOptions(strict=bool(values["strict"]), replay=replay(item.config, values))
    record_case(item, call, report, requirement, harness=harness, options=options)
    return report


def pytest_report_teststatus(
    report: pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Show warned and not-verified cases by these names, not as skips."""
    status = getattr(report, "conformance_status", None)
    if not isinstance(status, str):
        return None
    return status, status[0].upper(), status.upper()


def pytest_keyboard_interrupt() -> None:
    """Note that pytest ends the session because of an interruption."""
    signals.taken()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the controller what this worker has to say."""
    tell_controller(session.config)

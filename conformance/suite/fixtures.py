"""The fixtures that every scenario builds on: the harness and the running case."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from conformance.harness import signals
from conformance.harness.garbage import collect_seldom
from conformance.harness.harness import Harness
from conformance.harness.preflight import check_fixture, check_target
from conformance.judge.finding import Blocked, remembered
from conformance.problem import KitFault, Problem, UsageProblem
from conformance.settings import renewal
from conformance.settings.target import target_from
from conformance.suite.lanes import LANES, Lanes, begin_case, missing_need
from conformance.suite.sessions import is_embedded, is_worker
from conformance.suite.stash import (
    ANCHOR,
    HARNESS,
    PROBLEM,
    PROFILE,
    REQUIREMENT,
    TARGET,
    settings_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.target import Target


def target_of(config: pytest.Config) -> Target:
    """Return the target that the session's settings describe.

    The fixture `conformance_target` in `conformance.plugin` calls it.
    """
    _raise_problem(config)
    values = settings_of(config)
    if not values["base_url"]:
        raise UsageProblem(
            "no target: pass --base-url URL, or override the fixture conformance_target"
        )
    profile = config.stash.get(PROFILE, None)
    if profile is None:
        raise UsageProblem("no scenario is collected that says which profile the target is of")
    return target_from(profile, values)


@pytest.fixture(scope="session")
def conformance_harness(
    request: pytest.FixtureRequest, conformance_target: Target
) -> Iterator[Harness]:
    """Everything the cases of this process share; its end removes what they created."""
    try:
        harness = _harness(request.config, conformance_target)
    except Problem:
        raise
    except Exception as error:
        raise KitFault(f"the harness cannot be set up: {error!r}") from error
    request.config.stash[HARNESS] = harness
    lanes = request.config.stash[LANES] = Lanes(request.session.items, harness)
    yield harness
    with signals.terminable():
        lanes.stop()
        harness.close()


def _harness(config: pytest.Config, target: Target) -> Harness:
    _raise_problem(config)
    profile = check_fixture(target, config.stash.get(PROFILE, None))
    config.stash[TARGET] = target.described()
    if not is_embedded(config):
        check_target(profile, target)
    elif is_worker(config):
        collect_seldom()
    worker = getattr(config, "workerinput", {"workerid": "main", "testrunuid": uuid4().hex})
    values = settings_of(config)
    return Harness(
        profile,
        target,
        run_id=worker["testrunuid"][:12],
        worker=worker["workerid"],
        seed=values["seed"],
        effort=values["effort"],
        renew=renewal.renewed,
    )


def _raise_problem(config: pytest.Config) -> None:
    """Raise what the collection of this worker found."""
    problem = config.stash.get(PROBLEM, None)
    if problem is not None:
        raise problem


@pytest.fixture
def conformance_case(
    request: pytest.FixtureRequest, conformance_harness: Harness
) -> Iterator[Harness]:
    """Begin one case: its transcript, the capabilities it needs, its share of the library.

    A case that runs beside others begins in its lane.
    """
    # A server may allow few uploads, so the anchors come before what is made beforehand.
    if not request.node.stash.get(ANCHOR, False):
        conformance_harness.make_beforehand()
    lanes = request.config.stash[LANES]
    if not lanes.takes(request.node):
        lanes.prepare_alone(request.node)
        begin_case(conformance_harness, request.node)
    need = missing_need(conformance_harness, request.node)
    if need is not None:
        raise Blocked(capability=need)
    exclusive = request.node.get_closest_marker("exclusive") is not None
    # A test of the user's own keeps the signals of its session.
    ours = signals.terminable() if REQUIREMENT in request.node.stash else nullcontext()
    with ours, conformance_harness.library_lock(exclusive=exclusive), remembered():
        yield conformance_harness

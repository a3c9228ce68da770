"""The fixtures of the FeedHive scenarios."""

from __future__ import annotations

import inspect
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.harness.late_look import age_s
from conformance.profiles.feedhive.expiry import completed_early, stored_again
from conformance.profiles.feedhive.given import Given
from conformance.profiles.feedhive.machine.waiting import WAITS_S, Waiting
from conformance.profiles.feedhive.posts import Posts
from conformance.profiles.feedhive.removals import Removals
from conformance.suite.scenario_fixtures import (
    bucket,
    expiring,
    gate,
    given_expiring,
    owner,
    session_waits,
    storage,
)

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.profiles.feedhive.api import Api
    from conformance.profiles.feedhive.upload import Media, Upload

#: A user's own module imports all of them by `*`.
__all__ = [
    "api",
    "bucket",
    "case",
    "early",
    "expiring",
    "gate",
    "given",
    "given_expiring",
    "owner",
    "posts",
    "removals",
    "session_waits",
    "storage",
    "uploaded_again",
    "waiting",
]


@pytest.fixture(autouse=True)
def case(
    expiring: Expiring[Upload],
    early: Future[Media],
    removals: Removals,
    waiting: Waiting,
    conformance_case: Harness,
) -> Harness:
    """Begin every case, after the uploads of the waiting cases were begun."""
    del expiring, early, removals, waiting
    return conformance_case


@pytest.fixture(scope="session")
def api(conformance_harness: Harness) -> Api:
    """The operations of the target."""
    api: Api = conformance_harness.api  # generated requests and the clean-up use the same one
    return api


@pytest.fixture(scope="session")
def given(conformance_harness: Harness, api: Api) -> Given:
    """The arrangements that a case builds on."""
    return Given(conformance_harness, api)


@pytest.fixture(scope="session")
def posts(conformance_harness: Harness, api: Api, given: Given) -> Posts:
    """The arrangements and looks of the cases about posts."""
    return Posts(api, given, conformance_harness.proof.notice)


@pytest.fixture(scope="session")
def early(
    conformance_harness: Harness,
    given: Given,
    uploaded_again: Future[Media],
    *,
    session_waits: bool,
) -> Future[Media]:
    """A media of the target itself, completed when the session began."""
    del uploaded_again  # it is made early too
    if not session_waits:
        return Future()
    return conformance_harness.beforehand.add(partial(completed_early, given))


@pytest.fixture(scope="session")
def uploaded_again(
    request: pytest.FixtureRequest, conformance_harness: Harness, given: Given
) -> Future[Media]:
    """A media whose file is that of one which was deleted when the session began."""
    if not _is_asked_for(request, "uploaded_again"):
        return Future()
    return conformance_harness.beforehand.add(partial(stored_again, given))


@pytest.fixture(scope="session")
def removals(
    request: pytest.FixtureRequest, conformance_harness: Harness, given: Given
) -> Removals:
    """Media that are deleted when the session begins; none if no case looks for their bytes."""
    found = Removals(conformance_harness, given)
    if _is_asked_for(request, "removals"):
        conformance_harness.beforehand.add(found.begin)
    return found


@pytest.fixture(scope="session")
def waiting(request: pytest.FixtureRequest, conformance_harness: Harness, given: Given) -> Waiting:
    """Sessions and a cursor that wait until the end; none if no case uses them."""
    two = "other-token" in conformance_harness.target.capabilities
    callers = ("main", "other") if two else ("main",)
    harness = conformance_harness
    waits_s = age_s(harness.effort, WAITS_S)
    found = Waiting(given, callers, harness.seed, harness.proof.notice, waits_s)
    if _is_asked_for(request, "waiting"):
        conformance_harness.beforehand.add(found.begin)
    return found


def _is_asked_for(request: pytest.FixtureRequest, fixture: str) -> bool:
    """Whether a case of the session names a fixture itself."""
    functions = [getattr(item, "function", None) for item in request.session.items]
    return any(one and fixture in inspect.signature(one).parameters for one in functions)

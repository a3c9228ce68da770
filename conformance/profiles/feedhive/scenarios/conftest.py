"""The fixtures of the FeedHive scenarios."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest

from conformance.profiles.feedhive.api import Api
from conformance.profiles.feedhive.expiry import (
    completed_early,
    expiring_uploads,
    given_where_uploads_expire,
)
from conformance.profiles.feedhive.given import Given

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.expiry import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.feedhive.upload import Media, Upload


@pytest.fixture(autouse=True)
def case(expiring: Expiring[Upload], early: Future[Media], conformance_case: Harness) -> Harness:
    """Begin every case, once what the waiting ones need is on its way."""
    del expiring, early
    return conformance_case


@pytest.fixture(scope="session")
def api(conformance_harness: Harness) -> Api:
    """The five operations of the target."""
    return Api(conformance_harness)


@pytest.fixture(scope="session")
def given(conformance_harness: Harness, api: Api) -> Given:
    """What a case builds on."""
    return Given(conformance_harness, api)


@pytest.fixture(scope="session")
def given_expiring(conformance_harness: Harness, given: Given) -> Given:
    """What a case that waits builds on: the short-lived twin, if there is one."""
    return given_where_uploads_expire(conformance_harness, given)


@pytest.fixture(scope="session")
def expiring(
    conformance_harness: Harness, given_expiring: Given, request: pytest.FixtureRequest
) -> Expiring[Upload]:
    """The uploads that expire while the other cases run."""
    uploads = expiring_uploads(conformance_harness, given_expiring)
    if _waiting(request) and "wait" in conformance_harness.target.capabilities:
        conformance_harness.transcript.begin("expiry")
        with conformance_harness.library_lock(exclusive=False):
            uploads.begin()
    return uploads


@pytest.fixture(scope="session")
def early(
    conformance_harness: Harness, given: Given, request: pytest.FixtureRequest
) -> Future[Media]:
    """A media of the target itself, completed when the session began."""
    if not _waiting(request):
        return Future()
    conformance_harness.transcript.begin("expiry")
    with conformance_harness.library_lock(exclusive=False):
        return completed_early(given)


def _waiting(request: pytest.FixtureRequest) -> bool:
    """Whether the session has cases that wait."""
    return any(item.get_closest_marker("waits") for item in request.session.items)


@pytest.fixture(scope="session")
def storage(conformance_harness: Harness) -> Storage:
    """The storage behind the upload URLs, as a client without credentials meets it."""
    return conformance_harness.storage


@pytest.fixture
def bucket(conformance_harness: Harness) -> Bucket:
    """The bucket, for cases that need `s3-access`."""
    return conformance_harness.bucket

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
    from conformance.bucket import Bucket
    from conformance.examination import Examination
    from conformance.expiry import Expiring
    from conformance.profiles.feedhive.upload import Media, Upload
    from conformance.storage import Storage


@pytest.fixture(autouse=True)
def case(
    expiring: Expiring[Upload], early: Future[Media], conformance_case: Examination
) -> Examination:
    """Begin every case, once what the waiting ones need is on its way."""
    del expiring, early
    return conformance_case


@pytest.fixture(scope="session")
def api(conformance_examination: Examination) -> Api:
    """The five operations of the target."""
    return Api(conformance_examination)


@pytest.fixture(scope="session")
def given(conformance_examination: Examination, api: Api) -> Given:
    """What a case builds on."""
    return Given(conformance_examination, api)


@pytest.fixture(scope="session")
def given_expiring(conformance_examination: Examination, given: Given) -> Given:
    """What a case that waits builds on: the short-lived twin, if there is one."""
    return given_where_uploads_expire(conformance_examination, given)


@pytest.fixture(scope="session")
def expiring(
    conformance_examination: Examination, given_expiring: Given, request: pytest.FixtureRequest
) -> Expiring[Upload]:
    """The uploads that expire while the other cases run."""
    uploads = expiring_uploads(conformance_examination, given_expiring)
    if _waiting(request) and "wait" in conformance_examination.target.capabilities:
        conformance_examination.transcript.begin("expiry")
        with conformance_examination.library_lock(exclusive=False):
            uploads.begin()
    return uploads


@pytest.fixture(scope="session")
def early(
    conformance_examination: Examination, given: Given, request: pytest.FixtureRequest
) -> Future[Media]:
    """A media of the target itself, completed when the session began."""
    if not _waiting(request):
        return Future()
    conformance_examination.transcript.begin("expiry")
    with conformance_examination.library_lock(exclusive=False):
        return completed_early(given)


def _waiting(request: pytest.FixtureRequest) -> bool:
    """Whether the session has cases that wait."""
    return any(item.get_closest_marker("waits") for item in request.session.items)


@pytest.fixture(scope="session")
def storage(conformance_examination: Examination) -> Storage:
    """The storage behind the upload URLs, as a client without credentials meets it."""
    return conformance_examination.storage


@pytest.fixture
def bucket(conformance_examination: Examination) -> Bucket:
    """The bucket, for cases that need `s3-access`."""
    return conformance_examination.bucket

"""The fixtures of the Hayon scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.profiles.hayon.api import Api
from conformance.profiles.hayon.expiry import expiring_uploads
from conformance.profiles.hayon.given import Given
from conformance.profiles.hayon.public import PublicFiles

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.expiry import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.profiles.hayon.given import Upload


@pytest.fixture(autouse=True)
def case(expiring: Expiring[Upload], conformance_case: Harness) -> Harness:
    """Begin every case, once the uploads that are to expire are on their way."""
    del expiring
    return conformance_case


@pytest.fixture(scope="session")
def api(conformance_harness: Harness) -> Api:
    """The operations of the target."""
    return Api(conformance_harness)


@pytest.fixture(scope="session")
def given(conformance_harness: Harness, api: Api) -> Given:
    """What a case builds on."""
    return Given(conformance_harness, api)


@pytest.fixture(scope="session")
def expiring_given(conformance_harness: Harness, given: Given) -> Given:
    """What a case builds on where uploads expire: on the short-lived twin, if there is one."""
    if not conformance_harness.target.short_lived_url:
        return given
    return Given(conformance_harness, conformance_harness.twin())


@pytest.fixture(scope="session")
def expiring(
    conformance_harness: Harness, expiring_given: Given, request: pytest.FixtureRequest
) -> Expiring[Upload]:
    """The uploads whose URLs expire while the other cases run."""
    uploads = expiring_uploads(conformance_harness, expiring_given)
    waiting = any(item.get_closest_marker("waits") for item in request.session.items)
    if waiting and "wait" in conformance_harness.target.capabilities:
        conformance_harness.transcript.begin("expiry")
        with conformance_harness.library_lock(exclusive=False):
            uploads.begin()
    return uploads


@pytest.fixture(scope="session")
def storage(conformance_harness: Harness) -> Storage:
    """The storage behind the upload URLs, as a client without credentials meets it."""
    return conformance_harness.storage


@pytest.fixture(scope="session")
def public(storage: Storage) -> PublicFiles:
    """The files behind s3Url."""
    return PublicFiles(storage)


@pytest.fixture
def bucket(conformance_harness: Harness) -> Bucket:
    """The bucket, for cases that need `s3-access`."""
    return conformance_harness.bucket

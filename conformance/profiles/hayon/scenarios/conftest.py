"""The fixtures of the Hayon scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.profiles.hayon.api import Api
from conformance.profiles.hayon.expiry import expiring_uploads
from conformance.profiles.hayon.given import Given
from conformance.profiles.hayon.public import PublicFiles

if TYPE_CHECKING:
    from conformance.bucket import Bucket
    from conformance.examination import Examination
    from conformance.expiry import Expiring
    from conformance.profiles.hayon.given import Upload
    from conformance.storage import Storage


@pytest.fixture(autouse=True)
def case(expiring: Expiring[Upload], conformance_case: Examination) -> Examination:
    """Begin every case, once the uploads that are to expire are on their way."""
    del expiring
    return conformance_case


@pytest.fixture(scope="session")
def api(conformance_examination: Examination) -> Api:
    """The operations of the target."""
    return Api(conformance_examination)


@pytest.fixture(scope="session")
def given(conformance_examination: Examination, api: Api) -> Given:
    """What a case builds on."""
    return Given(conformance_examination, api)


@pytest.fixture(scope="session")
def expiring_given(conformance_examination: Examination, given: Given) -> Given:
    """What a case builds on where uploads expire: on the short-lived twin, if there is one."""
    if not conformance_examination.target.short_lived_url:
        return given
    return Given(conformance_examination, conformance_examination.twin())


@pytest.fixture(scope="session")
def expiring(
    conformance_examination: Examination, expiring_given: Given, request: pytest.FixtureRequest
) -> Expiring[Upload]:
    """The uploads whose URLs expire while the other cases run."""
    uploads = expiring_uploads(conformance_examination, expiring_given)
    waiting = any(item.get_closest_marker("waits") for item in request.session.items)
    if waiting and "wait" in conformance_examination.target.capabilities:
        conformance_examination.transcript.begin("expiry")
        with conformance_examination.library_lock(exclusive=False):
            uploads.begin()
    return uploads


@pytest.fixture(scope="session")
def storage(conformance_examination: Examination) -> Storage:
    """The storage behind the upload URLs, as a client without credentials meets it."""
    return conformance_examination.storage


@pytest.fixture(scope="session")
def public(storage: Storage) -> PublicFiles:
    """The files behind s3Url."""
    return PublicFiles(storage)


@pytest.fixture
def bucket(conformance_examination: Examination) -> Bucket:
    """The bucket, for cases that need `s3-access`."""
    return conformance_examination.bucket

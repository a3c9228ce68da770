"""The fixtures of the FeedHive scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.profiles.feedhive.api import Api
from conformance.profiles.feedhive.expiry import Expiring
from conformance.profiles.feedhive.given import Given

if TYPE_CHECKING:
    from conformance.examination import Examination
    from conformance.storage import Bucket, Storage


@pytest.fixture(autouse=True)
def case(expiring: Expiring, conformance_case: Examination) -> Examination:
    """Begin every case, once the uploads that are to expire are on their way."""
    del expiring
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
def expiring(
    conformance_examination: Examination, given: Given, request: pytest.FixtureRequest
) -> Expiring:
    """The uploads that expire while the other cases run."""
    waiting = any(item.get_closest_marker("waits") for item in request.session.items)
    return Expiring(conformance_examination, given, begin=waiting)


@pytest.fixture(scope="session")
def storage(conformance_examination: Examination) -> Storage:
    """The storage behind the upload URLs, as a client without credentials meets it."""
    return conformance_examination.storage


@pytest.fixture
def bucket(conformance_examination: Examination) -> Bucket:
    """The bucket, for cases that need `s3-access`."""
    return conformance_examination.bucket

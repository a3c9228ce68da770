"""The fixtures that the scenarios of every profile share.

A profile's `scenarios/conftest.py` imports them by name. This module is never registered as
a plugin: names such as `storage` and `bucket` must not appear in a user's own tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.harness.bucket import Bucket
    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.harness.storage import Storage
    from conformance.harness.storage_gate import StorageGate


@pytest.fixture(scope="session")
def storage(conformance_harness: Harness) -> Storage:
    """The storage behind the upload URLs, as a client without credentials meets it."""
    return conformance_harness.storage


@pytest.fixture
def bucket(conformance_harness: Harness) -> Bucket:
    """The bucket, for cases that need `s3-access`."""
    return conformance_harness.bucket


@pytest.fixture
def gate(conformance_harness: Harness) -> StorageGate:
    """The storage gate, for cases that need `storage-gate`."""
    return conformance_harness.gate


@pytest.fixture(scope="session")
def owner(conformance_harness: Harness) -> str:
    """The caller whose library an exclusive case has for itself.

    It is the other caller, if there is one: then most cases may run at the same time.
    """
    return "other" if "other-token" in conformance_harness.target.capabilities else "main"


@pytest.fixture(scope="session")
def given_expiring(conformance_harness: Harness, given: Any) -> Any:
    """The profile's `Given` for cases that wait: on the short-lived twin, if there is one."""
    if not conformance_harness.target.short_lived_url:
        return given
    return type(given)(conformance_harness, conformance_harness.twin())


@pytest.fixture(scope="session")
def session_waits(request: pytest.FixtureRequest) -> bool:
    """Whether the session has cases that wait for an announced moment."""
    return any(item.get_closest_marker("waits") for item in request.session.items)


@pytest.fixture(scope="session")
def expiring(
    conformance_harness: Harness, given_expiring: Any, *, session_waits: bool
) -> Expiring[Any]:
    """The uploads that expire while the other cases run; begun before the first case."""
    make = conformance_harness.profile.module("expiry").expiring_uploads
    uploads: Expiring[Any] = make(conformance_harness, given_expiring)
    if session_waits and "wait" in conformance_harness.target.capabilities:
        conformance_harness.beforehand.add(uploads.begin)
    return uploads

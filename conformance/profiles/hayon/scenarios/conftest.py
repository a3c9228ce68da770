"""The fixtures of the Hayon scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.profiles.hayon.given import Given
from conformance.profiles.hayon.public import PublicFiles, files_of
from conformance.suite.scenario_fixtures import (
    bucket,
    expiring,
    gate,
    given_expiring,
    session_waits,
    storage,
)

if TYPE_CHECKING:
    from conformance.harness.expiring import Expiring
    from conformance.harness.harness import Harness
    from conformance.profiles.hayon.api import Api
    from conformance.profiles.hayon.given import Upload
    from conformance.profiles.hayon.machine.files import File

#: A user's own module imports all of them by `*`.
__all__ = [
    "api",
    "bucket",
    "case",
    "expiring",
    "gate",
    "given",
    "given_expiring",
    "kept",
    "public",
    "session_waits",
    "storage",
]


@pytest.fixture(autouse=True)
def case(expiring: Expiring[Upload], conformance_case: Harness) -> Harness:
    """Begin every case, after the uploads of the waiting cases were begun."""
    del expiring
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
def public(conformance_harness: Harness, given: Given) -> PublicFiles:
    """The files behind s3Url."""
    small = conformance_harness.effort == "quick"
    return PublicFiles(conformance_harness.storage, files_of(given, small=small))


@pytest.fixture(scope="session")
def kept() -> list[File]:
    """The files that the machine saw, for the last look; empty where no machine ran."""
    return []

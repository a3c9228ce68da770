"""The fixture of tests that run a reference server with one deviation."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from conformance.servers import service
from conformance.servers.service import Setup
from tests.servers.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.caller import Serving


@pytest.fixture
def serving(feedhive: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Return a function that runs a server with one deviation on the store of the session."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", feedhive["s3_access_key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", feedhive["s3_secret_key"])

    @contextmanager
    def serve(name: str, profile: str = "feedhive") -> Iterator[Caller]:
        endpoint, bucket = feedhive["s3_endpoint"], feedhive["bucket"]
        setup = Setup(s3_endpoint=endpoint, s3_bucket=bucket, deviations=(name,))
        with service.running(profile, setup) as announced:
            caller = Caller(announced)
            with caller.http, caller.bare:
                yield caller

    return serve

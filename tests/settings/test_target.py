"""The target that the settings describe, and the values that no target can have."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.problem import UsageProblem
from conformance.settings.layers import (
    resolved,
)
from conformance.settings.table import BY_NAME
from conformance.settings.target import target_from


def complete(**changes: Any) -> dict[str, Any]:
    return {**resolved(), "base_url": "http://localhost", "token": "t0ken", **changes}


def test_no_base_url_is_refused_with_the_ways_to_give_one() -> None:
    with pytest.raises(UsageProblem, match="pass --base-url URL, --reference or --start CMD"):
        target_from("feedhive", complete(base_url=None))


@pytest.mark.parametrize(
    "name", ["connect_timeout", "read_timeout", "request_timeout", "max_response_bytes"]
)
@pytest.mark.parametrize("value", [0, -1])
def test_a_bound_of_nothing_is_refused_by_its_flag(name: str, value: int) -> None:
    with pytest.raises(UsageProblem, match=f"^{BY_NAME[name].flag} must be greater than 0$"):
        target_from("feedhive", complete(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("storage_resolve", ("minio",), "'minio' must have the form HOST=ADDR"),
        ("allow_network", ("10.0.0.0/8", "lan"), "'lan' is not a network"),
        ("token", None, "no token"),
        ("s3_endpoint", "http://localhost:9000", "needs --s3-bucket"),
        ("storage_gate", 9100, "--storage-gate also needs --s3-endpoint"),
        ("storage_gate", -1, "--storage-gate must be 0 or more"),
    ],
)
def test_a_setting_that_no_target_can_have_is_refused(name: str, value: object, fault: str) -> None:
    with pytest.raises(UsageProblem, match=fault):
        target_from("feedhive", complete(**{name: value}))


def test_every_setting_of_a_target_arrives_where_it_belongs() -> None:
    bounds = {"connect_timeout": 1.0, "read_timeout": 2.0, "request_timeout": 3.0}
    more = {"max_response_bytes": 4, "retry_after": 5.0, "max_wait": 6.0, "capability": ("posts",)}
    places = {"other_token": "0ther", "short_lived_url": "http://brief", "s3_bucket": "media"}

    found = target_from(
        "hayon", complete(**bounds, **more, **places, storage_resolve=("Minio=127.0.0.1",))
    )

    limits = found.limits
    assert (limits.connect, limits.read, limits.whole) == (1.0, 2.0, 3.0)
    assert (limits.response_bytes, limits.retry_after, found.max_wait) == (4, 5.0, 6.0)
    assert found.storage_resolve == {"minio": "127.0.0.1"}
    assert (found.other_token, found.short_lived_url) == ("0ther", "http://brief")
    assert found.s3_bucket == "media"
    assert found.capabilities == {"posts", "wait", "other-token", "s3-access"}


@pytest.mark.parametrize("value", [0, -3])
def test_fewer_than_one_worker_are_refused(value: int) -> None:
    with pytest.raises(UsageProblem, match=r"^--workers must be 1 or more$"):
        target_from("feedhive", complete(workers=value))

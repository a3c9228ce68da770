"""How a run is asked for again: the same as a command, as data, and read back."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.problem import UsageProblem
from conformance.settings.layers import resolved
from conformance.settings.rerun import Rerun
from conformance.settings.table import BY_NAME


def rerun(**values: Any) -> Rerun:
    return Rerun.of("hayon", {**resolved(), **values})


def test_data_that_is_read_back_asks_for_the_same() -> None:
    asked = rerun(
        base_url="http://h:1/x",
        storage_resolve=("a=b", "c=d"),
        strict=True,
        max_wait=6.5,
        effort="quick",
        seed=7,
    )

    again = Rerun.from_dict("hayon", asked.as_dict())

    assert again == asked
    assert again.command() == (
        "conformance run hayon --base-url http://h:1/x --storage-resolve a=b --storage-resolve c=d"
        " --effort quick --max-wait 6.5 --seed 7 --strict"
    )


def test_each_setting_has_the_value_of_the_run() -> None:
    again = rerun(base_url="http://h", effort="quick")

    names = ("base_url", "effort", "strict", "s3_bucket")
    assert [again.layer(BY_NAME[name]) for name in names] == ["http://h", "quick", False, None]


def test_what_the_run_left_at_its_default_stays_there() -> None:
    assert rerun().layer(BY_NAME["effort"]) == "standard"


@pytest.mark.parametrize("name", ["token", "other_token", "workers", "report_dir", "baseline"])
def test_secrets_and_what_changes_no_result_are_left_to_others(name: str) -> None:
    again = rerun(**{name: 3})

    assert name not in again.values
    assert again.layer(BY_NAME[name]) is None


def test_a_server_of_the_kit_or_a_command_has_no_url_to_repeat() -> None:
    assert rerun(reference=True, base_url="http://gone").command() == (
        "conformance run hayon --reference --seed 0"
    )
    assert rerun(start="serve {port}", base_url="http://gone").start == "serve {port}"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"nonsense": 1}, "nonsense is not a setting"),
        ({"token": "s3cret"}, "token is not a setting"),
        ({"seed": "x"}, "seed in the report must be a whole number"),
        ({"seed": True}, "seed in the report must be a whole number"),
        ({"effort": "all"}, "effort in the report must be one of quick"),
        ({"capability": "posts"}, "capability in the report must be a list"),
    ],
)
def test_data_that_does_not_fit_is_refused(data: dict[str, Any], fault: str) -> None:
    with pytest.raises(UsageProblem, match=fault):
        Rerun.from_dict("hayon", data)

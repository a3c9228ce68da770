"""The layers of settings: which value wins, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.settings.layers import (
    Origin,
    described,
    environment,
    exported,
    misspelled,
    resolved,
    traced,
)
from conformance.settings.table import SETTINGS, Setting

if TYPE_CHECKING:
    from conformance.settings.layers import Layer


def layer(**values: Any) -> Layer:
    return lambda setting: values.get(setting.name)


def complete(**changes: Any) -> dict[str, Any]:
    return {**resolved(), "base_url": "http://localhost", "token": "t0ken", **changes}


def test_the_first_layer_that_knows_a_setting_wins() -> None:
    flags, variables = (
        layer(seed=1),
        environment({"CONFORMANCE_SEED": "2", "CONFORMANCE_TOKEN": "v"}),
    )
    file = layer(seed=3, token="f", s3_bucket="media")

    found = resolved(flags, variables, file)

    assert (found["seed"], found["token"], found["s3_bucket"]) == (1, "v", "media")
    assert found["effort"] == "standard"


@pytest.mark.parametrize("given", [0, False, 0.0])
def test_a_falsy_value_that_was_given_hides_the_layers_below(given: object) -> None:
    found = resolved(layer(max_wait=given), layer(max_wait=9.0))

    assert found["max_wait"] == 0


@pytest.mark.parametrize("unset", [None, "", (), []])
def test_what_was_not_given_lets_the_layers_below_speak(unset: object) -> None:
    assert resolved(layer(token=unset), layer(token="f"))["token"] == "f"


def test_an_empty_variable_is_as_good_as_none() -> None:
    found = resolved(environment({"CONFORMANCE_SEED": "", "CONFORMANCE_CAPABILITY": ""}))

    assert (found["seed"], found["capability"]) == (0, ())
    assert (found["strict"], found["require_verified"]) == (False, False)


def test_what_is_no_setting_is_not_exported() -> None:
    assert exported({"seed": 3, "colour": "red", "token": None}) == {"CONFORMANCE_SEED": "3"}


def test_each_value_comes_with_who_said_it() -> None:
    found = traced(
        {
            Origin.FLAG: layer(seed=1),
            Origin.ENVIRONMENT: layer(seed=2, token="v"),
            Origin.FILE: layer(token="f", s3_bucket="media"),
        }
    )

    assert (found["seed"].value, found["seed"].origin) == (1, Origin.FLAG)
    assert (found["token"].value, found["token"].origin) == ("v", Origin.ENVIRONMENT)
    assert (found["s3_bucket"].value, found["s3_bucket"].origin) == ("media", Origin.FILE)
    assert (found["effort"].value, found["effort"].origin) == ("standard", Origin.DEFAULT)


def test_a_layer_is_not_asked_for_what_a_closer_one_knows() -> None:
    asked: list[str] = []

    def curious(setting: Setting) -> None:
        asked.append(setting.name)

    traced({Origin.FLAG: layer(token="t"), Origin.FILE: curious})

    assert "token" not in asked
    assert "other_token" in asked


@pytest.mark.parametrize(
    ("flags", "file", "kept"),
    [
        ({"base_url": "http://flag"}, {"reference": True}, "base_url"),
        ({"reference": True}, {"base_url": "http://file", "start": None}, "reference"),
        ({"start": "serve"}, {"base_url": "http://file"}, "start"),
        ({}, {"start": "serve"}, "start"),
    ],
)
def test_the_closest_way_to_a_target_hides_the_others(
    flags: dict[str, Any], file: dict[str, Any], kept: str
) -> None:
    found = traced({Origin.FLAG: layer(**flags), Origin.FILE: layer(**file)})

    assert [name for name in ("base_url", "reference", "start") if found[name].value] == [kept]


def test_two_ways_to_a_target_in_one_layer_stay_to_be_refused() -> None:
    found = traced({Origin.FLAG: layer(base_url="http://flag", reference=True)})

    assert found["base_url"].value
    assert found["reference"].value


def test_what_is_described_holds_no_secret_and_says_who_gave_it() -> None:
    values = complete(token="s3cret", other_token=None, max_wait=660.0, capability=("a", "b"))

    rows = {row["name"]: row for row in described(values, {"token": Origin.FILE})}

    assert rows["token"] == {"name": "token", "value": "[redacted]", "origin": "file"}
    assert rows["other_token"]["value"] == ""
    assert rows["max_wait"] == {"name": "max_wait", "value": "660", "origin": "default"}
    assert rows["capability"]["value"] == "a b"
    assert rows["strict"]["value"] == "false"
    assert "s3cret" not in str(rows)
    assert list(rows) == [setting.name for setting in SETTINGS]


def test_a_variable_that_nearly_is_a_setting_is_noticed_and_any_other_left_alone() -> None:
    notes = misspelled({"CONFORMANCE_OTHER_TOKN": "t", "CONFORMANCE_SEED": "1", "HOME": "/"})

    (note,) = notes
    assert note.startswith("the variable CONFORMANCE_OTHER_TOKN is not a setting")
    assert note.endswith("; did you mean CONFORMANCE_OTHER_TOKEN?")
    assert misspelled({"CONFORMANCE_ZZZZZZZZZZZZZZZZ": "1"}) == []

"""The settings table: reading variables, precedence, and the target made from it all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.problem import UsageProblem
from conformance.settings.layers import (
    Origin,
    described,
    environment,
    exported,
    misspelled,
    resolved,
    traced,
)
from conformance.settings.table import BY_NAME, EFFORTS, SETTINGS, Setting
from conformance.settings.target import target_from

if TYPE_CHECKING:
    from conformance.settings.layers import Layer


def layer(**values: Any) -> Layer:
    return lambda setting: values.get(setting.name)


def values_of(setting: Setting) -> st.SearchStrategy[Any]:
    """Return what a setting may hold; words hold no blank and no comma, which separate them."""
    word = st.text("aZ0:/=.-_~", min_size=1)
    if setting.multiple:
        return st.lists(word, max_size=3).map(tuple)
    if setting.choices:
        return st.sampled_from(setting.choices)
    of_kind: dict[type, st.SearchStrategy[Any]] = {
        str: word,
        bool: st.booleans(),
        int: st.integers(),
        float: st.floats(allow_nan=False),
    }
    return of_kind[setting.kind]


def complete(**changes: Any) -> dict[str, Any]:
    return {**resolved(), "base_url": "http://localhost", "token": "t0ken", **changes}


@given(
    st.fixed_dictionaries(
        {setting.name: values_of(setting) for setting in SETTINGS if setting.pytest}
    )
)
def test_every_value_survives_its_way_through_the_environment(values: dict[str, Any]) -> None:
    read_back = resolved(environment(exported(values)))

    assert {name: read_back[name] for name in values} == values


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("seed", "many", "CONFORMANCE_SEED='many' is not a whole number"),
        ("seed", "1.5", "CONFORMANCE_SEED='1.5' is not a whole number"),
        ("read_timeout", "soon", "CONFORMANCE_READ_TIMEOUT='soon' is not a number"),
        ("strict", "maybe", "CONFORMANCE_STRICT='maybe': write 1 or 0"),
        ("effort", "Quick", "CONFORMANCE_EFFORT='Quick': choose one of quick, standard, thorough"),
    ],
)
def test_a_variable_that_does_not_fit_is_refused_by_name(name: str, text: str, fault: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        resolved(environment({BY_NAME[name].variable: text}))

    assert str(refused.value) == fault


@pytest.mark.parametrize(
    ("text", "truth"),
    [("1", True), (" TRUE ", True), ("yes", True), ("0", False), ("False", False), ("No", False)],
)
def test_the_words_for_true_and_false_are_understood(text: str, *, truth: bool) -> None:
    assert BY_NAME["strict"].parse(text) is truth


def test_a_list_in_a_variable_is_split_at_blanks_and_commas() -> None:
    assert BY_NAME["capability"].parse(" posts, other,,third ") == ("posts", "other", "third")


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


def test_every_setting_has_a_flag_and_a_variable_of_its_own() -> None:
    assert len({setting.flag for setting in SETTINGS}) == len(SETTINGS) == len(BY_NAME)
    assert BY_NAME["s3_bucket"].flag == "--s3-bucket"
    assert BY_NAME["s3_bucket"].variable == "CONFORMANCE_S3_BUCKET"
    assert BY_NAME["effort"].choices == EFFORTS


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


@pytest.mark.parametrize("value", [0, -3])
def test_fewer_than_one_worker_are_refused(value: int) -> None:
    with pytest.raises(UsageProblem, match=r"^--workers must be 1 or more$"):
        target_from("feedhive", complete(workers=value))

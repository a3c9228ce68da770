"""The settings table: reading variables, precedence, and the target made from it all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.problem import UsageProblem
from conformance.settings import (
    BY_NAME,
    EFFORTS,
    SETTINGS,
    Setting,
    environment,
    exported,
    resolved,
    target,
)

if TYPE_CHECKING:
    from conformance.settings import Layer


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


def described(**changes: Any) -> dict[str, Any]:
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
        target("feedhive", described(base_url=None))


@pytest.mark.parametrize(
    "name", ["connect_timeout", "read_timeout", "request_timeout", "max_response_bytes"]
)
@pytest.mark.parametrize("value", [0, -1])
def test_a_bound_of_nothing_is_refused_by_its_flag(name: str, value: int) -> None:
    with pytest.raises(UsageProblem, match=f"^{BY_NAME[name].flag} must be greater than 0$"):
        target("feedhive", described(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("storage_resolve", ("minio",), "'minio' must read HOST=ADDR"),
        ("allow_network", ("10.0.0.0/8", "lan"), "'lan' is no network"),
        ("token", None, "no token"),
        ("s3_endpoint", "http://localhost:9000", "needs --s3-bucket"),
    ],
)
def test_a_setting_that_no_target_can_have_is_refused(name: str, value: object, fault: str) -> None:
    with pytest.raises(UsageProblem, match=fault):
        target("feedhive", described(**{name: value}))


def test_every_setting_of_a_target_arrives_where_it_belongs() -> None:
    bounds = {"connect_timeout": 1.0, "read_timeout": 2.0, "request_timeout": 3.0}
    more = {"max_response_bytes": 4, "retry_after": 5.0, "max_wait": 6.0, "capability": ("posts",)}
    places = {"other_token": "0ther", "short_lived_url": "http://brief", "s3_bucket": "media"}

    found = target(
        "hayon", described(**bounds, **more, **places, storage_resolve=("Minio=127.0.0.1",))
    )

    limits = found.limits
    assert (limits.connect, limits.read, limits.whole) == (1.0, 2.0, 3.0)
    assert (limits.response_bytes, limits.retry_after, found.max_wait) == (4, 5.0, 6.0)
    assert found.storage_resolve == {"minio": "127.0.0.1"}
    assert (found.other_token, found.short_lived_url) == ("0ther", "http://brief")
    assert found.s3_bucket == "media"
    assert found.capabilities == {"posts", "wait", "other-token", "s3-access"}

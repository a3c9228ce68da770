"""The settings table: reading variables, precedence, and the target made from it all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.problem import UsageProblem
from conformance.settings.layers import (
    environment,
    exported,
    resolved,
)
from conformance.settings.table import BY_NAME, EFFORTS, SETTINGS, Setting


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


def test_every_setting_has_a_flag_and_a_variable_of_its_own() -> None:
    assert len({setting.flag for setting in SETTINGS}) == len(SETTINGS) == len(BY_NAME)
    assert BY_NAME["s3_bucket"].flag == "--s3-bucket"
    assert BY_NAME["s3_bucket"].variable == "CONFORMANCE_S3_BUCKET"
    assert BY_NAME["effort"].choices == EFFORTS

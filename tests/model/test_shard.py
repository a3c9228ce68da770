"""A shard is written I/N, and knows whether others may use its tokens."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model.shard import Shard
from conformance.problem import UsageProblem


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b", "1/1000"])
def test_what_is_not_a_shard_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"--shard .*I/N.*2/3"):
        Shard.parsed(text)


def test_a_shard_is_read_and_written_as_its_user_writes_it() -> None:
    shard = Shard.parsed(" 2/3 ")

    assert (shard.number, shard.of) == (2, 3)
    assert (shard.words, shard.flag) == ("2/3", "--shard 2/3")
    assert shard.as_dict() == {"number": 2, "of": 3, "shared": False}


@pytest.mark.parametrize(
    ("values", "shared"),
    [
        ({"shard": "1/2"}, True),
        ({"shard": "1/2", "own_tokens": True}, False),
        ({"shard": "1/1"}, False),
    ],
)
def test_tokens_are_shared_unless_the_shard_has_its_own(
    values: dict[str, Any],
    shared: bool,  # noqa: FBT001 - pytest's
) -> None:
    shard = Shard.of_settings(values)

    assert shard is not None
    assert shard.shared is shared


def test_a_whole_run_is_no_shard() -> None:
    assert Shard.of_settings({"shard": None}) is None

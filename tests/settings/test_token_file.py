from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.problem import UsageProblem
from conformance.settings.token_file import shared_out, tokens_in

if TYPE_CHECKING:
    from pathlib import Path


def test_the_tokens_of_a_file_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "tokens.txt"
    path.write_text("# of staging\n\n  first-token \nsecond-token\r\n", encoding="utf-8")

    assert tokens_in(path) == ("first-token", "second-token")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "holds no token"),
        (b"# only words\n", "holds no token"),
        (b"fine-token\nwith space\n", "line 2 is not a Bearer token"),
        (b"fine-token\nt\xc3\xb6ken\n", "line 2 is not a Bearer token"),
        (b"a-token\nb-token\na-token\n", "line 3 is the token of line 1"),
        (b"\xff\xfe", "not a text file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_no_token_is_shown(
    tmp_path: Path, text: bytes, expected: str
) -> None:
    path = tmp_path / "tokens.txt"
    path.write_bytes(text)

    with pytest.raises(UsageProblem, match=expected) as raised:
        tokens_in(path)

    assert not any(token in str(raised.value) for token in ("fine-", "a-token", "b-token"))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"none\.txt cannot be read: No such file"):
        tokens_in(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None), ("a", "b", ("c",))),
        (("x", None), ("x", "a", ("b", "c"))),
        (("x", "y"), ("x", "y", ("a", "b", "c"))),
        (("b", None), ("b", "a", ("c",))),
    ],
)
def test_the_file_fills_the_places_that_the_settings_leave_free(
    given: tuple[str | None, str | None], expected: tuple[str, str, tuple[str, ...]]
) -> None:
    assert shared_out(("a", "b", "c"), *given) == expected


def test_no_token_at_all_names_no_caller() -> None:
    assert shared_out((), None, None) == (None, None, ())

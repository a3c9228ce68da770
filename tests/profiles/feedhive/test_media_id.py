"""Ids that nobody gave out, and other spellings of a known one."""

from __future__ import annotations

import pytest

from conformance.judge.finding import NotApplicable
from conformance.profiles.feedhive.media_id import (
    BAD_IDS,
    in_another_case,
    is_of_one_thing,
    nearly,
    unknown_id,
)


def test_an_id_in_another_letter_case_is_another_text() -> None:
    assert in_another_case("med_1a2B3c4D") == "MED_1A2b3C4d"


@pytest.mark.parametrize("media_id", ["12345678901234", "abc"], ids=["digits", "short"])
def test_an_id_without_letters_or_a_short_one_has_no_other_case(media_id: str) -> None:
    with pytest.raises(NotApplicable):
        in_another_case(media_id)


@pytest.mark.parametrize("shape", ["cut short", "longer", "a pattern"])
@pytest.mark.parametrize("media_id", ["med_1a2b3c4d5e", "Z2lkOi8vYXBwL01lZGlhLzc=", "Z2lkOi8vYQ=="])
def test_what_is_nearly_an_id_is_another_text_for_lenient_decoders_too(
    media_id: str, shape: str
) -> None:
    asked, core = nearly(media_id, shape), media_id.rstrip("=")

    assert asked.rstrip("=") != core
    assert asked.startswith(core[:-1])
    assert "=" not in asked


def test_a_short_id_is_not_cut() -> None:
    with pytest.raises(NotApplicable, match="no id at all"):
        nearly("7", "cut short")
    assert nearly("7", "longer") == "7a0"


@pytest.mark.parametrize(("shape", "slashes"), [("plausible", 0), ("slashed", 1)])
def test_unknown_ids_are_new_each_time_and_have_the_shape(shape: str, slashes: int) -> None:
    first, second = unknown_id(shape), unknown_id(shape)

    assert first != second
    assert first.count("/") == slashes


def test_no_two_bad_ids_are_the_same() -> None:
    assert len(set(BAD_IDS.values())) == len(BAD_IDS)


def test_only_a_long_id_is_of_one_thing() -> None:
    assert is_of_one_thing("upl_1a2b3c4d5e")
    assert not is_of_one_thing("10001")

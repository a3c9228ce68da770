"""The JSON of answers: no odd value goes further, and the reason is data."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.json_body import DEEPEST, JsonLimits, parsed

ANY_TEXT = st.text(st.characters() | st.characters(categories=["Cs"]))
ANY_LEAF = st.none() | ANY_TEXT | st.floats(allow_nan=False) | st.integers()


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": ', b"NaN", b'{"a": Infinity}', b"\xff"])
def test_a_text_that_is_not_json_has_no_defect(body: bytes) -> None:
    found = parsed(body)

    assert (found.value, found.is_json, found.defect) == (None, False, "")


@pytest.mark.parametrize("value", [None, 7, -1.5, "tür 🚪", {"a": [1, {"b": {}}]}, 10**300])
def test_usable_json_has_no_defect(value: object) -> None:
    found = parsed(json.dumps(value).encode())

    assert (found.value, found.is_json, found.defect) == (value, True, "")


def test_a_byte_order_mark_is_ignored() -> None:
    assert parsed(b"\xef\xbb\xbf[1]").value == [1]


@pytest.mark.parametrize(
    ("body", "value", "defect"),
    [
        (b'{"id": "a\\ud800b"}', {"id": "a\ufffdb"}, "surrogate pair"),
        (b'{"\\uDFFF": [{"a": "\\udc00"}]}', {"\ufffd": [{"a": "\ufffd"}]}, "surrogate pair"),
        (b'{"id": 1, "id": 2}', {"id": 2}, "the member 'id' is given twice"),
        (b'[{"\\ud800": 1, "\\ud800": 2}]', [{"\ufffd": 2}], "is given twice"),
        (b'{"total": 1e400}', {"total": 1.7976931348623157e308}, "1e400 is too large"),
        (b"[-1e400]", [-1.7976931348623157e308], "-1e400 is too large"),
        (b"[" + b"9" * 5000 + b"]", [1.7976931348623157e308], "of 5,000 characters is too large"),
    ],
)
def test_an_odd_value_is_replaced_and_named(body: bytes, value: object, defect: str) -> None:
    found = parsed(body)

    assert found.is_json
    assert found.value == value
    assert defect in found.defect


@pytest.mark.parametrize(
    ("body", "defect"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "deep"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "deep"),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "deep"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
    ],
)
def test_a_body_that_cannot_be_used_at_all_is_named(body: bytes, defect: str) -> None:
    found = parsed(body)

    assert (found.value, found.is_json) == (None, False)
    assert defect in found.defect


def test_a_body_may_nest_up_to_the_bound_and_be_wide() -> None:
    deep = b"[" * DEEPEST + b"]" * DEEPEST
    wide = b"[" + b",".join([b"{}"] * 1_000) + b"]"

    assert (parsed(deep).defect, parsed(wide).defect) == ("", "")


def test_a_body_beyond_the_bound_of_the_kit_is_named() -> None:
    assert parsed(b"[1, 2", truncated=True).defect == "it is longer than 5 bytes"


@given(st.recursive(ANY_LEAF, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_every_value_can_be_encoded_again(value: object) -> None:
    found = parsed(json.dumps(value).replace("Infinity", "1e999").encode())

    json.dumps(found.value, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("body", "limits", "why"),
    [
        (b"[1,2,3]", JsonLimits(size=5), "longer than 5 bytes"),
        (b"[1,2,3]", JsonLimits(values=3), "more than 3 values"),
        (b"[[[1]]]", JsonLimits(depth=2), "more than 2 deep"),
    ],
)
def test_a_body_beyond_a_limit_is_not_parsed(body: bytes, limits: JsonLimits, why: str) -> None:
    found = parsed(body, limits=limits)

    assert found.value is None
    assert why in found.defect
    assert parsed(body).value is not None

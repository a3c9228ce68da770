"""Altered keys: near to the valid one, never the same, and as secret."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.harness import bad_credentials
from conformance.judge.finding import NotApplicable
from conformance.model.redaction import Redactor


def segment(members: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


JWT = f"{segment({'alg': 'HS256'})}.{segment({'sub': 'a caller', 'exp': 1})}.c2lnbmF0dXJl"
OPAQUE = "main-Qw3rTy_0123456789"


def examined(token: str, other: str | None = None) -> Any:
    target = SimpleNamespace(token=token, other_token=other)
    return SimpleNamespace(target=target, redactor=Redactor([token]))


def altered(kind: str, token: str, other: str | None = None) -> str:
    harness = examined(token, other)
    header = bad_credentials.headers(kind, harness)["Authorization"]
    assert token not in harness.redactor.text(header)
    assert header.removeprefix("Bearer ") not in harness.redactor.text(f"say {header[7:]}")
    return header.removeprefix("Bearer ")


def as_node_decodes(key: str) -> bytes:
    """Decode base64 as far as it goes: foreign characters and a last lone one are nothing."""
    kept = "".join(one for one in key.partition("=")[0] if one.isalnum() or one in "+/-_")
    whole = kept[:-1] if len(kept) % 4 == 1 else kept
    return base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4))


@pytest.mark.parametrize("kind", bad_credentials.ALTERED)
def test_an_altered_key_is_another_and_never_shown(kind: str) -> None:
    assert altered(kind, JWT) != JWT


@pytest.mark.parametrize("kind", ["another case", "changed inside"])
def test_some_alterations_keep_the_length(kind: str) -> None:
    changed = altered(kind, OPAQUE)

    assert changed != OPAQUE
    assert len(changed) == len(OPAQUE)


def test_an_edited_jwt_keeps_the_claims_and_the_signature() -> None:
    _, claims, signature = altered("JWT edited", JWT).split(".")

    found = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert found == {"sub": "a caller", "exp": 1, "edited": True}
    assert signature == "c2lnbmF0dXJl"


def test_an_unsigned_jwt_says_so_and_has_no_signature() -> None:
    header, _, signature = altered("JWT unsigned", JWT).split(".")

    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "none"
    assert signature == ""


@pytest.mark.parametrize("kind", ["JWT unsigned", "JWT edited"])
@pytest.mark.parametrize("token", [OPAQUE, "a.b", "a.b.c", f"x.{segment({})[:-1]}.y"])
def test_what_is_no_jwt_cannot_be_forged_as_one(kind: str, token: str) -> None:
    with pytest.raises(NotApplicable):
        altered(kind, token)


@pytest.mark.parametrize(
    "token",
    [
        *("0a1b2c3d4e5f", "0A1b2C3d", "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "12-3"),
        *("01ARZ3NDEKTSV4RRFFQ69G5FAV", "key_01ARZ3NDEKTSV4RRFFQ69G5FAV", "234567", "only-words"),
    ],
)
def test_a_key_that_does_not_mix_cases_has_none(token: str) -> None:
    with pytest.raises(NotApplicable):
        bad_credentials.swapped_case(token)


def test_only_the_parts_that_mix_cases_are_swapped() -> None:
    assert bad_credentials.swapped_case("main-Qw3rTy_0123") == "main-qW3RtY_0123"


@pytest.mark.parametrize("kind", ["longer", "shorter", "cut", "changed inside", "one of a list"])
@pytest.mark.parametrize("size", range(6, 40))
@pytest.mark.parametrize("padded", [True, False])
def test_an_altered_key_decodes_to_another(kind: str, size: int, padded: bool) -> None:  # noqa: FBT001
    token = base64.urlsafe_b64encode(bytes(range(100, 100 + size))).decode()
    token = token if padded else token.rstrip("=")

    assert as_node_decodes(altered(kind, token)) != as_node_decodes(token)


@pytest.mark.parametrize(
    "token", ["A", "6F9619FF-8B86-A011-B42D-00CF4FC964FF", "xxAxx", "----", "aa"]
)
def test_a_change_inside_is_more_than_one_of_case(token: str) -> None:
    changed = bad_credentials.changed_inside(token)

    assert changed.lower() != token.lower()
    assert len(changed) == len(token)


def test_a_change_inside_never_gives_the_other_callers_key() -> None:
    assert bad_credentials.changed_inside("0123456", "012a456") == "012b456"
    assert altered("changed inside", "key12345", "key1a345") == "key1b345"


@pytest.mark.parametrize(
    ("kind", "token", "other"),
    [
        ("shorter", "x", None),
        ("cut", "x", None),
        ("cut", "main-0123456789ab", None),
        ("shorter", "key-12345", "key-1"),
        ("longer", "key", "key23456723"),
        ("the word null", "null", None),
        ("the word undefined", "key", "undefined"),
        ("another case", "aBcD-xyz", "AbCd-xyz"),
    ],
)
def test_what_would_be_a_valid_key_is_not_sent(kind: str, token: str, other: str | None) -> None:
    with pytest.raises(NotApplicable):
        bad_credentials.headers(kind, examined(token, other))


def test_every_kind_that_the_key_allows_is_made() -> None:
    opaque = bad_credentials.every(examined(OPAQUE))

    assert set(bad_credentials.KINDS) - set(opaque) == {"JWT unsigned", "JWT edited"}
    assert set(bad_credentials.every(examined(JWT))) == set(bad_credentials.KINDS)
    assert opaque["no header"] == {}
    only_keys = bad_credentials.every(examined(JWT), bad_credentials.AUTHORIZATIONS)
    assert set(bad_credentials.KINDS) - set(only_keys) == {bad_credentials.UNTRUSTED}
    assert "shorter" not in bad_credentials.every(examined("x"))


def test_other_headers_hold_no_key_of_a_caller() -> None:
    headers = bad_credentials.headers(bad_credentials.UNTRUSTED, examined(OPAQUE, "other-key"))

    assert "Authorization" not in headers
    assert not {OPAQUE, "other-key"} & set(headers.values())
    headers.clear()
    assert bad_credentials.headers(bad_credentials.UNTRUSTED, examined(OPAQUE))


def test_what_is_left_of_a_short_key_blanks_no_words() -> None:
    harness = examined("test")

    assert bad_credentials.headers("shorter", harness) == {"Authorization": "Bearer t"}
    assert harness.redactor.text("a text") == "a text"


def test_a_key_that_is_changed_at_an_end_is_another_and_never_shown() -> None:
    harness = examined(JWT)

    keys = [one["Authorization"] for one in bad_credentials.other_ends(harness)]

    assert [key[7:] == JWT for key in keys] == [False, False]
    assert all(as_node_decodes(key[7:]) != as_node_decodes(JWT) for key in keys)
    assert all(key[7:] not in harness.redactor.text(key) for key in keys)
    assert bad_credentials.changed_at_an_end("ab") == []


def test_the_redactor_learns_no_empty_text() -> None:
    redactor = Redactor()

    redactor.learn("")

    assert redactor.text("a text") == "a text"
    assert not redactor.knows("a text")


def test_a_key_behind_another_scheme_stays_hidden() -> None:
    harness = examined(OPAQUE)

    schemes = bad_credentials.other_schemes(OPAQUE)

    assert {one["Authorization"].removesuffix(OPAQUE) for one in schemes} == {
        *("Digest ", "Token ", "Bearer", "NotBearer ", "Bearers ")
    }
    assert all(OPAQUE not in harness.redactor.text(one["Authorization"]) for one in schemes)

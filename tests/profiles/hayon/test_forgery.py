"""Altered keys: near to the valid one, never the same, and as secret."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.exchange import Redactor
from conformance.profiles.hayon import forgery
from conformance.verdict import NotApplicable


def segment(members: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


JWT = f"{segment({'alg': 'HS256'})}.{segment({'sub': 'a caller', 'exp': 1})}.c2lnbmF0dXJl"
OPAQUE = "main-Qw3rTy_0123456789"


def altered(kind: str, token: str) -> str:
    examination = SimpleNamespace(target=SimpleNamespace(token=token), redactor=Redactor([token]))
    header = forgery.headers(kind, cast("Any", examination))["Authorization"]
    assert token not in examination.redactor.text(header)
    assert header.removeprefix("Bearer ") not in examination.redactor.text(f"say {header[7:]}")
    return header.removeprefix("Bearer ")


@pytest.mark.parametrize("kind", forgery.ALTERED)
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


@pytest.mark.parametrize("token", ["0a1b2c3d4e5f", "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "12-3"])
def test_hexadecimal_has_no_case(token: str) -> None:
    with pytest.raises(NotApplicable):
        forgery.swapped_case(token)

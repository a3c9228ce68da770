"""Authorization headers that no valid key is in, and how near each comes to one."""

from __future__ import annotations

import base64
import json
import string
from typing import TYPE_CHECKING, Any

from conformance.verdict import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.examination import Examination

_JWT_PARTS = 3


def swapped_case(token: str) -> str:
    """Return the key with every letter in the other case.

    Raises `NotApplicable` for hexadecimal, a UUID for one: a server may read such a key as
    the number that it writes, and that number has no case.
    """
    if set(token) <= set(string.hexdigits + "-"):
        raise NotApplicable("the key is a number in hexadecimal, which has no case")
    return token.swapcase()


def changed_inside(token: str) -> str:
    """Return the key with its middle character changed, at the same length."""
    middle = len(token) // 2
    other = "b" if token[middle] == "a" else "a"
    return token[:middle] + other + token[middle + 1 :]


def unsigned_jwt(token: str) -> str:
    """Return a JWT's claims without a signature, `alg` none (RFC 7519 section 6)."""
    _, claims, _ = _jwt(token)
    return f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment(claims)}."


def edited_jwt(token: str) -> str:
    """Return a JWT with a claim more than was signed, and the old signature."""
    header, claims, signature = _jwt(token)
    return f"{header}.{_segment({**claims, 'edited': True})}.{signature}"


def _jwt(token: str) -> tuple[str, dict[str, Any], str]:
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    except (IndexError, ValueError):
        claims = None
    if len(parts) != _JWT_PARTS or not isinstance(claims, dict):
        raise NotApplicable("the key is no JWT")
    return parts[0], claims, parts[2]


def _segment(members: dict[str, Any]) -> str:
    text = json.dumps(members, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


_ALTERATIONS: dict[str, Callable[[str], str]] = {
    "longer": lambda token: f"{token}x",
    "shorter": lambda token: token[:-1],
    "another case": swapped_case,
    "changed inside": changed_inside,
    "JWT unsigned": unsigned_jwt,
    "JWT edited": edited_jwt,
}
#: The kinds of a key that was valid until it was altered.
ALTERED = tuple(_ALTERATIONS)
#: Every kind of header that `headers` makes.
KINDS = ("no header", "empty", "no key", "another scheme", "garbage", *ALTERED)


def headers(kind: str, examination: Examination) -> dict[str, str]:
    """Return the headers of a kind; what is made of the caller's key is as secret as that."""
    token = examination.target.token
    if kind in _ALTERATIONS:
        altered = _ALTERATIONS[kind](token)
        if token not in altered:
            examination.redactor.learn(altered)
        return {"Authorization": f"Bearer {altered}"}
    values = {
        "empty": "",
        "no key": "Bearer",
        "another scheme": f"Basic {token}",
        "garbage": "Bearer conformance-no-such-key",
    }
    return {} if kind == "no header" else {"Authorization": values[kind]}

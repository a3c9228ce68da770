"""Invalid Authorization headers, from missing to nearly valid, and other headers instead of one.

A changed key must be another key for every server. A server may decode its keys, for
example from base64: then a change of the last character or of the padding can leave the key
the same. A server may also read its keys as numbers: then upper and lower case are the same.
"""

from __future__ import annotations

import base64
import json
import re
import string
from typing import TYPE_CHECKING, Any

from conformance.judge.finding import NotApplicable
from conformance.model.credential import EXAMPLE_JWT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.harness.harness import Harness

_JWT_PARTS = 3
# Several digits of every usual alphabet: hexadecimal, base32, base58 and base64.
_MORE = "23456723"
_LESS = 4
# The last two characters of an encoded key may hold bits that a decoder does not read.
_DECODED = 3


def longer(token: str) -> str:
    """Return the key with more characters at its end, before its padding."""
    return _extended(token, _MORE)


def listed(token: str) -> str:
    """Return the key with a comma and a second key after it; no Bearer key holds a comma."""
    return _extended(token, f",{_MORE}")


def shorter(token: str) -> str:
    """Return the key without its last characters, which are not only padding.

    Raises `NotApplicable` when nothing of the key would be left.
    """
    significant = token.rstrip("=")
    kept = significant[: -min(_LESS, max(len(significant) - 1, 1))]
    if not kept:
        raise NotApplicable("the key is too short to be shortened")
    return kept


def cut(token: str) -> str:
    """Return the key without its last character, also where it is encoded bytes.

    The last character of such a key has bits of the last byte (RFC 4648 section 4), except
    where it begins a group of four: then a decoder that is not strict ignores it.
    Raises `NotApplicable` in that case, and when nothing of the key would be left.
    """
    significant = token.rstrip("=")
    # The parts of a JWT are decoded one by one (RFC 7515 section 3.1), another key as a whole.
    *others, last = significant.split(".")
    decoded = last if len(others) == _JWT_PARTS - 1 else significant
    digits = sum(character.isalnum() or character in "+/-_" for character in decoded)
    if digits % 4 == 1 or len(significant) < 2:  # noqa: PLR2004 - one character is left
        raise NotApplicable("a server that decodes its keys may ignore its last character")
    return significant[:-1]


def swapped_case(token: str) -> str:
    """Return the key with upper and lower case swapped in the parts that hold both.

    Raises `NotApplicable` when no part holds both: hexadecimal, a UUID and a ULID are
    numbers, and a server may read them in either case.
    """
    parts = re.split("([^A-Za-z0-9]+)", token)
    swapped = "".join(part.swapcase() if _mixes_cases(part) else part for part in parts)
    if swapped == token or set(token) <= set(string.hexdigits + "-"):
        raise NotApplicable("a server may ignore upper and lower case in a key like this")
    return swapped


def changed_inside(token: str, other: str | None = None) -> str:
    """Return the key with one letter or digit in its middle changed; never the key `other`."""
    middle = len(token) // 2
    places = [place for place, character in enumerate(token) if character.isalnum()]
    place = min(places, key=lambda place: abs(place - middle), default=middle)
    return _changed_at(place, token, other)


def changed_at_an_end(token: str, other: str | None = None) -> list[str]:
    """Return the keys with one letter or digit changed: the first one, and the third last.

    A decoder of base64 reads every bit of these two. A key with fewer than three gives none.
    """
    places = [place for place, character in enumerate(token) if character.isalnum()]
    ends = {places[0], places[-_DECODED]} if len(places) >= _DECODED else set()
    return [_changed_at(place, token, other) for place in sorted(ends)]


def _changed_at(place: int, token: str, other: str | None) -> str:
    changed = (
        token[:place] + letter + token[place + 1 :]
        for letter in "abc"
        # Only another letter: a server may ignore upper and lower case.
        if letter != token[place].lower()
    )
    return next(key for key in changed if key != other)


def unsigned_jwt(token: str) -> str:
    """Return the claims of a JWT with `alg` none and no signature (RFC 7519 section 6)."""
    _, claims, _ = _jwt(token)
    return f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment(claims)}."


def edited_jwt(token: str) -> str:
    """Return a JWT with one more claim than was signed, and the old signature."""
    header, claims, signature = _jwt(token)
    return f"{header}.{_segment({**claims, 'edited': True})}.{signature}"


def _extended(token: str, more: str) -> str:
    significant = token.rstrip("=")
    return significant + more + token[len(significant) :]


def _mixes_cases(part: str) -> bool:
    return part != part.lower() and part != part.upper()


def _jwt(token: str) -> tuple[str, dict[str, Any], str]:
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    except (IndexError, ValueError):
        claims = None
    if len(parts) != _JWT_PARTS or not isinstance(claims, dict):
        raise NotApplicable("the key is not a JWT")
    return parts[0], claims, parts[2]


def _segment(members: dict[str, Any]) -> str:
    text = json.dumps(members, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


_ALTERATIONS: dict[str, Callable[[str], str]] = {
    "longer": longer,
    "shorter": shorter,
    "cut": cut,
    "another case": swapped_case,
    "changed inside": changed_inside,
    "one of a list": listed,
    "JWT unsigned": unsigned_jwt,
    "JWT edited": edited_jwt,
}
# Keys that no caller has: words that a client without a key sends by mistake, and names
# that every JavaScript object holds.
_WORDS = {
    "garbage": "conformance-no-such-key",
    # A server that looks keys up as SQL patterns finds every key by this one.
    "a pattern": "%",
    **{f"the word {word}": word for word in ("undefined", "null", "constructor", "__proto__")},
    "a JWT": EXAMPLE_JWT,
}
#: Keys that no caller has, and that find a row where a key is put into a query or a pattern.
PATTERNS = ("' OR '1'='1", "*", ".*")
#: The kinds of header whose key was valid before it was altered.
ALTERED = tuple(_ALTERATIONS)
#: The kinds of header whose key no caller has.
UNKNOWN = tuple(_WORDS)
#: The kinds that are an Authorization header, or the lack of one.
AUTHORIZATIONS = ("no header", "empty", "no key", "another scheme", *UNKNOWN, *ALTERED)
#: The kind without an Authorization header whose other headers only seem to name a caller.
UNTRUSTED = "other headers"
#: Every kind that `headers` makes.
KINDS = (*AUTHORIZATIONS, UNTRUSTED)
# Any client can send them: an address or a user that a proxy tells, keys of other schemes, and
# marks of requests that a framework sends to itself. A check of the cookie's origin, or a gateway
# that has keys of its own, may refuse them with another status than 401.
_OTHERS = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    **dict.fromkeys(("X-User-Id", "X-Forwarded-User", "X-Remote-User"), "1"),
    **dict.fromkeys(("X-Internal-Request", "X-Debug"), "true"),
    # CVE-2025-29927: a Next.js server skips the middleware that checks the key.
    "X-Middleware-Subrequest": ":".join(["middleware"] * 5),
    "X-Api-Key": "garbage",
    "Cookie": "session=garbage",
}


def headers(kind: str, harness: Harness) -> dict[str, str]:
    """Return the headers of one kind; an altered key becomes a secret like the caller's key.

    Args:
        kind: One of `KINDS`.
        harness: It has the callers' keys.

    Raises:
        NotApplicable: The caller's key cannot be altered in this way, or the altered key is
            a valid one.
    """
    token = harness.target.token
    plain = {"empty": "", "no key": "Bearer", "another scheme": f"Basic {token}"}
    if kind == "no header":
        return {}
    if kind == UNTRUSTED:
        return dict(_OTHERS)
    return {"Authorization": plain[kind] if kind in plain else f"Bearer {_key(kind, harness)}"}


def other_schemes(token: str) -> list[dict[str, str]]:
    """Return headers with the valid key whose first word is not Bearer."""
    first = ("Digest ", "Token ", "Bearer", "NotBearer ", "Bearers ")
    return [{"Authorization": f"{before}{token}"} for before in first]


def other_ends(harness: Harness) -> list[dict[str, str]]:
    """Return headers whose key was changed at one of its ends; the keys become secrets."""
    changed = changed_at_an_end(harness.target.token, harness.target.other_token)
    for key in changed:
        harness.redactor.learn(key)
    return [{"Authorization": f"Bearer {key}"} for key in changed]


def altered(token: str) -> Iterator[str]:
    """Yield each key that cases make of a caller's key: a log that shows one must hide it too."""
    yield from changed_at_an_end(token)
    for alter in _ALTERATIONS.values():
        try:
            yield alter(token)
        except (NotApplicable, StopIteration):
            continue


def every(harness: Harness, kinds: Iterable[str] = KINDS) -> dict[str, dict[str, str]]:
    """Return the headers of every kind that the caller's key allows, by their kind."""
    found = {}
    for kind in kinds:
        try:
            found[kind] = headers(kind, harness)
        except NotApplicable:
            continue
    return found


def _key(kind: str, harness: Harness) -> str:
    token, other = harness.target.token, harness.target.other_token
    if kind == "changed inside":
        key = changed_inside(token, other)
    else:
        key = _WORDS[kind] if kind in _WORDS else _ALTERATIONS[kind](token)
    if key in {token, other}:
        raise NotApplicable("the altered key would be a valid key")
    if kind in _ALTERATIONS and token not in key:
        harness.redactor.learn(key)
    return key

"""What a report says of an unusual Authorization header: its form, and nothing of a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.model.redaction import Redactor

#: A JWT for the subject 1, which the word secret signed: no server may have that word for its own.
EXAMPLE_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.M11_c_Mkz5wKz70TPIkcPwzBTd5M-3ZW69WFmxuEnHk"
#: Keys that no caller has, so that they may be shown: see `harness.bad_credentials`.
PUBLIC_KEYS = frozenset(
    {
        *("conformance-no-such-key", "%", "undefined", "null", "constructor", "__proto__"),
        *("' OR '1'='1", "*", ".*"),
        EXAMPLE_JWT,
    }
)
#: The schemes that are named; another first word may be a part of a key.
_SCHEMES = frozenset({"bearer", "basic", "digest", "token", "apikey"})
_HIDDEN = "[redacted]"
_LONGEST_REST = 12


def described(header: str | None, redactor: Redactor) -> str:
    """Return the form of an Authorization header that is not a caller's own.

    Args:
        header: Its value as it was sent, or None where the request has no such header.
        redactor: Knows the callers' keys, and the keys that were made from them.
    """
    if header is None:
        return "no Authorization header"
    scheme, _, key = header.partition(" ")
    if scheme and scheme.lower() not in _SCHEMES:
        scheme, key = "", header
    return " ".join(filter(None, ("Authorization:", scheme, _key(key, scheme, redactor))))


def _key(key: str, scheme: str, redactor: Redactor) -> str:
    """Return what is behind the scheme: a known key, a changed one, or a word of the kit."""
    if not key:
        return "(no key)" if scheme else "(empty)"
    if key in PUBLIC_KEYS:
        return key
    before, found, after = redactor.known(key).partition(_HIDDEN)
    if not found:
        return "<a key that no caller has>"
    if not before and not after:
        # Behind Bearer it cannot be the key as it is: then a caller would have been named.
        return "<a changed key>" if scheme.lower() == "bearer" else "<the key>"
    around = all(len(part) <= _LONGEST_REST for part in (before, after))
    return f"{before}<the key>{after}" if around else "<the key with more characters>"

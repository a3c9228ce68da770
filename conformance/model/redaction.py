"""Keeps secrets out of whatever the kit shows: tokens, keys, signatures of URLs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable


Headers = tuple[tuple[str, str], ...]


# What is cut is redacted before: half a secret is one that no pattern finds.
REDACTED_CHARACTERS = 1_000_000


_BRIEF_CHARACTERS = 300


_HIDDEN = "[redacted]"


# To take out what is shorter would blank ordinary words.
_SHORTEST_SECRET = 4


_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-amz-security-token"}
)


# Every spelling of the parameters that make a signed URL usable: plain, percent-encoded
# inside another URL, with a JSON-escaped ampersand behind them, and as a field or a header.
_SIGNED_PARAMETER = re.compile(
    r"""(?ix)
    ( x-(?:amz|goog|oss)-(?:signature|credential|security-token)
      (?: = | %3d | %253d | \\?"?\s*:\s*\\?"? )
    | (?: awsaccesskeyid | ossaccesskeyid | key-pair-id | signature | policy )
      (?: = | %3d | %253d ) )
    (?: (?!\\u0026 | %26) [^&\s"'<>\\] )+
    """
)


# What a client fills in by itself, and what names the one run that sent the request.
OWN_TO_THE_RUN = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "user-agent", "x-request-id"}
)


# What of such a value may be its own, and not the mark-up or the sentence around it.
_VALUE = re.compile(r"[\[\]\w%+/=~.-]*", re.ASCII)


_BEARER = re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}")


_AWS_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")


class Redactor:
    """Takes secrets out of any text: known ones by value, signed URLs by shape."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        """Remember the secrets' values, each also in its percent-encoded spellings."""
        known = {secret for secret in secrets if secret and len(secret) >= _SHORTEST_SECRET}
        spellings = {form for secret in known for form in _spellings(secret)}
        self._secrets = sorted(spellings, key=len, reverse=True)
        self._telling = {
            form for secret in filter(_is_telling, known) for form in _spellings(secret)
        }

    def learn(self, secret: str) -> None:
        """Take one more secret's value out of everything from now on, if it is long enough."""
        if len(secret) < _SHORTEST_SECRET:
            return
        forms = {*self._secrets, *_spellings(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)
        if _is_telling(secret):
            self._telling |= _spellings(secret)

    def text(self, text: str) -> str:
        """Return the text without any secret."""
        return _BEARER.sub(rf"\1{_HIDDEN}", self._without_known(text))

    def brief(self, text: str) -> str:
        """Return the text without any secret, and only then cut to a line or two."""
        redacted = self.text(text)
        return (
            redacted if len(redacted) <= _BRIEF_CHARACTERS else redacted[:_BRIEF_CHARACTERS] + "…"
        )

    def _without_known(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        text = _SIGNED_PARAMETER.sub(rf"\1{_HIDDEN}", text)
        return _AWS_ACCESS_KEY.sub(_HIDDEN, text)

    def headers(self, headers: Headers) -> list[list[str]]:
        """Return name and value pairs, the values of secret headers hidden whole."""
        return [
            [name, _HIDDEN if name.lower() in _SECRET_HEADERS else self.text(value)]
            for name, value in headers
        ]

    def knows(self, text: str, ordinary: str = "") -> bool:
        """Say whether the text holds a secret whose value is known, in any spelling.

        A test server's key may be a plain word: one that a text without any secret holds
        too (`ordinary`), or that any text may hold, says nothing where it turns up.
        """
        return any(secret in text and secret not in ordinary for secret in self._telling)

    def finds(self, text: str, ordinary: str = "") -> bool:
        """Say whether the text still holds a secret: the kit's leak self-check."""
        known = self.knows(text, ordinary)
        signed = any(_is_open(found) for found in _SIGNED_PARAMETER.finditer(text))
        return known or signed or _AWS_ACCESS_KEY.search(text) is not None


def _is_telling(secret: str) -> bool:
    """Whether nobody writes the secret by chance: `test` or `minioadmin` are words."""
    return len(secret) >= 16 or (len(secret) >= 8 and not secret.isalpha())  # noqa: PLR2004 - as real keys are


def _is_open(parameter: re.Match[str]) -> bool:
    """Whether a signed parameter shows its value: not where that is hidden, or was cut after."""
    found = _VALUE.match(parameter[0].removeprefix(parameter[1]))
    value = found[0] if found else ""
    return not (value.startswith(_HIDDEN) or _HIDDEN.startswith(value.rstrip(".")))


def visible(text: str) -> str:
    r"""Return the text as one line that no terminal acts upon.

    Control characters, escapes, marks that turn the direction of writing and broken
    unicode stand as their code (`\x1b`): a server's words move no cursor and hide nothing.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _spellings(secret: str) -> set[str]:
    """Return how a secret may be written: plain, in a URL, in a URL within one, in JSON."""
    encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    lowered = {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in encoded}
    escaped = json.dumps(secret)[1:-1]
    json_forms = {escaped, escaped.replace("/", "\\/")}
    once = {secret, *encoded, *lowered, *json_forms}
    return once | {quote(form, safe="") for form in encoded | lowered}

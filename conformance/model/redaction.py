"""Removes secrets from everything that the kit shows: tokens, keys, signatures of URLs."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from conformance.model.secret_forms import (
    SEARCHED_CHARACTERS,
    is_escaping,
    pattern,
    spellings,
    unescaped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = tuple[tuple[str, str], ...]

# A text is redacted before it is cut to what is shown: no pattern finds half a secret. So much of
# a long one is redacted, which takes time and memory.
REDACTED_BYTES = 32 * 1024
# The last word of a long text may be half a secret; a longer secret is not expected.
_LONGEST_SECRET = 8 * 1024
_WORD_ENDS = re.compile(r"[\s\"'<>&,;]")

_BRIEF_CHARACTERS = 300

_HIDDEN = "[redacted]"
# So many digits tell signatures apart; they are far too few to find one.
_PSEUDONYM = 6

# Removing shorter secrets would hide ordinary words.
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

# Headers that a client fills in by itself, or that name the run that sent the request.
OWN_TO_THE_RUN = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "user-agent", "x-request-id"}
)

# The part of a match that belongs to the value, without the text around it.
_VALUE = re.compile(r"[\[\]\w%+/=~.-]*", re.ASCII)

# Other cookies may hold a language or an id, which reports need.
_SESSION_NAME = re.compile(r"(?i)sess|sid|auth|token|jwt|key|remember")

_BEARER = re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=-]{8,}")

_AWS_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")


#: The secrets of this process, for messages and faults that come from anywhere.
_remembered: set[str] = set()


def remember(secrets: Iterable[str | None]) -> None:
    """Keep these secrets out of every message of this process from now on."""
    _remembered.update(filter(None, secrets))


def remembered() -> frozenset[str]:
    """Return the secrets that were remembered."""
    return frozenset(_remembered)


def beginning(body: bytes) -> str:
    """Return the beginning of a body as text that can be redacted: it ends behind a whole word."""
    text = body[:REDACTED_BYTES].decode("utf-8", "replace")
    if len(body) <= REDACTED_BYTES:
        return text
    last = text[-_LONGEST_SECRET:]
    ends = [found.end() for found in _WORD_ENDS.finditer(last)]
    return text[: len(text) - len(last) + (ends[-1] if ends else 0)]


class Redactor:
    """Removes secrets from any text: known ones by value, signed URLs by their form.

    Each known secret is also removed where it is percent-encoded, escaped or in base64.
    """

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        known = {secret for secret in secrets if secret and len(secret) >= _SHORTEST_SECRET}
        self._searched = {secret for secret in known if len(secret) >= SEARCHED_CHARACTERS}
        forms = {form for secret in known for form in spellings(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)
        self._distinctive = {
            form for secret in filter(_is_distinctive, known) for form in spellings(secret)
        }

    def learn(self, secret: str) -> None:
        """Also remove this secret from now on, if it is long enough.

        Other threads may search at the same time, so no set is changed.
        """
        if len(secret) < _SHORTEST_SECRET:
            return
        if _is_distinctive(secret):  # an answer may call an ordinary word a token
            self._searched = {*self._searched, secret}
        forms = {*self._secrets, *spellings(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)
        if _is_distinctive(secret):
            self._distinctive = self._distinctive | spellings(secret)

    def text(self, text: str) -> str:
        """Return the text without any secret."""
        return _BEARER.sub(rf"\1{_HIDDEN}", self._without_known(text))

    def known(self, text: str) -> str:
        """Return the text without the known secrets; unknown ones stay, so it is not for output."""
        return self._without_known(text)

    def brief(self, text: str) -> str:
        """Return the text without any secret, then cut it to a line or two."""
        redacted = self.text(text)
        return (
            redacted if len(redacted) <= _BRIEF_CHARACTERS else redacted[:_BRIEF_CHARACTERS] + "…"
        )

    def _without_known(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        for secret in self._escaped_in(text):
            text = pattern(secret).sub(_HIDDEN, text)
        text = _SIGNED_PARAMETER.sub(_without_value, text)
        return _AWS_ACCESS_KEY.sub(_HIDDEN, text)

    def _escaped_in(self, text: str) -> list[str]:
        """Return the secrets whose characters a text holds in other forms than the usual ones."""
        if not self._searched or not is_escaping(text):
            return []
        plain = unescaped(text)
        return [secret for secret in self._searched if secret.replace("\\", "") in plain]

    def headers(self, headers: Headers) -> list[list[str]]:
        """Return name and value pairs; the whole value of a secret header is hidden."""
        return [
            [name, _HIDDEN if name.lower() in _SECRET_HEADERS else self.text(value)]
            for name, value in headers
        ]

    def knows(self, text: str, ordinary: str = "") -> bool:
        """Return whether the text holds a known secret, in any spelling.

        The key of a test server may be an ordinary word. It does not count if a text without
        secrets (`ordinary`) holds it too, or if any text might hold it.
        """
        return any(secret in text and secret not in ordinary for secret in self._distinctive)

    def leaks(self, text: str, ordinary: str = "") -> bool:
        """Return whether a text that was written shows a secret, in whatever form.

        It searches for every secret that is long enough, also for an ordinary word, unless a text
        without secrets (`ordinary`) holds it too.
        """
        for secret in self._searched:
            if any(form in text and form not in ordinary for form in spellings(secret)):
                return True
        escaped = self._escaped_in(text)
        if escaped and set(escaped) - set(self._escaped_in(ordinary)):
            return True
        return self.finds(text, ordinary)

    def finds(self, text: str, ordinary: str = "") -> bool:
        """Return whether the text still holds a secret: the kit checks its own reports so."""
        known = self.knows(text, ordinary)
        signed = any(_is_open(found) for found in _SIGNED_PARAMETER.finditer(text))
        return known or signed or _AWS_ACCESS_KEY.search(text) is not None


def cookie_values(headers: Headers) -> set[str]:
    """Return the values that an answer sets as cookies whose names are those of a session."""
    set_there = (value.partition(";")[0] for name, value in headers if name.lower() == "set-cookie")
    pairs = (cookie.partition("=") for cookie in set_there)
    found = {value.strip(' "') for name, _, value in pairs if _SESSION_NAME.search(name)}
    return set(filter(_is_distinctive, found))


def _without_value(parameter: re.Match[str]) -> str:
    """Return a signed parameter without its value.

    A signature gets a pseudonym, so that a reader sees whether two URLs are the same one.
    """
    name = parameter[1]
    value = parameter[0].removeprefix(name)
    if value.startswith(_HIDDEN):
        return parameter[0]
    if "signature" not in name.lower():
        return f"{name}{_HIDDEN}"
    return f"{name}{_HIDDEN}-{sha256(value.encode()).hexdigest()[:_PSEUDONYM]}"


def _is_distinctive(secret: str) -> bool:
    """Whether a text does not hold the secret by chance, as it may hold `minioadmin`."""
    return len(secret) >= 16 or (len(secret) >= 8 and not secret.isalpha())  # noqa: PLR2004 - as real keys are


def _is_open(parameter: re.Match[str]) -> bool:
    """Whether a signed parameter still shows its value, neither hidden nor cut off."""
    found = _VALUE.match(parameter[0].removeprefix(parameter[1]))
    value = found[0] if found else ""
    return not (value.startswith(_HIDDEN) or _HIDDEN.startswith(value.rstrip(".")))


def visible(text: str) -> str:
    r"""Return the text as one line that does not control a terminal.

    Control characters, escapes, marks that change the writing direction and broken unicode
    are replaced by their code (`\x1b`), so a server's text cannot move the cursor or hide text.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )

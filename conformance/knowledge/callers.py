"""Whose request it was, by the Authorization header that was really sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.model.exchange import Request

#: The caller of a request without an Authorization header.
NOBODY = "nobody"
#: A request whose caller is not known: the header is altered, hidden, or of another kind.
DOUBTFUL = "doubtful"

_SCHEME = "Bearer "
_LEARNED = "caller-"
# Headers of some APIs that select which library of a caller is meant.
_SELECTS = re.compile(
    r"workspace|tenant|account|organi[sz]ation|project|team|impersonat", re.IGNORECASE
)


class Callers:
    """The callers of a stream, by their tokens.

    Args:
        tokens: The token of each known caller, by the caller's name.
        learns: Whether a token that was never seen before is a further caller. Then a caller
            gets the name `caller-1`, `caller-2` and so on, once a request with the token
            succeeds; until then the token may be invented, and its caller is doubtful. Two
            such callers may be one: a user may have several tokens (see `are_different`).
        hidden: Whether requests may lack a header that was really sent, as in a recording of
            a browser. Then a request without one is doubtful, never nobody's.
    """

    def __init__(
        self, tokens: Mapping[str, str | None], *, learns: bool = False, hidden: bool = False
    ) -> None:
        self._names = {token: name for name, token in tokens.items() if token}
        self._learns = learns
        self._hidden = hidden
        self._learned = 0

    def of(self, request: Request) -> str:
        """Return the name of the caller, `NOBODY` or `DOUBTFUL`."""
        values = [value for name, value in request.headers if name.lower() == "authorization"]
        if not values:
            cookies = any(name.lower() == "cookie" for name, _ in request.headers)
            return DOUBTFUL if self._hidden or cookies else NOBODY
        token = values[0].removeprefix(_SCHEME)
        if len(values) > 1 or token == values[0]:
            return DOUBTFUL
        if self._learns and any(_SELECTS.search(name) for name, _ in request.headers):
            return DOUBTFUL
        return self._names.get(token, DOUBTFUL)

    def learn(self, request: Request) -> None:
        """Learn the caller of a request that succeeded, if callers are learned at all."""
        if not self._learns or self.of(request) != DOUBTFUL:
            return
        value = next((v for n, v in request.headers if n.lower() == "authorization"), "")
        token = value.removeprefix(_SCHEME)
        if value.startswith(_SCHEME) and token not in self._names:
            self._learned += 1
            self._names[token] = f"{_LEARNED}{self._learned}"

    @property
    def tokens(self) -> frozenset[str]:
        """The tokens of all known callers."""
        return frozenset(self._names)


def is_known(caller: str) -> bool:
    """Whether the request certainly came from one known caller."""
    return caller not in {NOBODY, DOUBTFUL}


def are_different(one: str, other: str) -> bool:
    """Whether two callers certainly differ.

    A learned caller may be any other known one: a user may have several tokens.
    """
    if one == other or DOUBTFUL in {one, other}:
        return False
    return NOBODY in {one, other} or not any(name.startswith(_LEARNED) for name in (one, other))

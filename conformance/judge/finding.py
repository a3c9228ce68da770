"""What a case finds out about the server.

    Finding (base)
    ├── Violation        the server broke the requirement
    ├── Blocked          the case proves nothing: something that it needs is missing
    └── NotApplicable    the requirement cannot apply to this target

The other tree, for errors of the kit or its user, is `conformance.problem`.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from conformance.model.evidence import Cause
from conformance.model.requirement import capability_flag
from conformance.problem import KitFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.evidence import Check
    from conformance.model.exchange import Exchange


_seen: ContextVar[list[Finding] | None] = ContextVar("findings", default=None)


class Finding(Exception):
    """The result of a case about the server."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        seen = _seen.get()
        if seen is not None:
            seen.append(self)


@contextmanager
def remembered() -> Iterator[list[Finding]]:
    """Remember the findings that the code inside makes, in their order, also those it catches."""
    found: list[Finding] = []
    token = _seen.set(found)
    try:
        yield found
    finally:
        _seen.reset(token)


def recall(found: list[Finding]) -> None:
    """Remember findings that were made in another context, as if they were made in this one."""
    seen = _seen.get()
    if seen is not None:
        seen.extend(found)


class Violation(Finding):
    """The server broke a requirement: the expected and the actual, and the exchange.

    `requirement` defaults to that of the running case; `check` lets a script judge again.
    `oracle` names the oracle that saw it, `against` is the earlier exchange that it contradicts.
    """

    oracle: str = ""
    against: Exchange | None = None

    def __init__(
        self,
        expected: str,
        actual: str,
        exchange: Exchange | None = None,
        requirement: str | None = None,
        check: Check | None = None,
    ) -> None:
        super().__init__(f"expected {expected}, but {actual}")
        self.expected = expected
        self.actual = actual
        self.exchange = exchange
        self.requirement = requirement
        self.check = check


class Blocked(Finding):
    """The case could not be judged; names a broken requirement, a capability or a limit.

    Exactly one of `violation` (of the requirement that blocks), `capability` and `limit` (of
    the run, with the flag that raises it) must be given, or `KitFault` is raised. `seen` is
    what the case saw nevertheless, if a capability is missing.
    """

    def __init__(
        self,
        *,
        violation: Violation | None = None,
        capability: str | None = None,
        limit: str | None = None,
        seen: str = "",
    ) -> None:
        if sum(cause is not None for cause in (violation, capability, limit)) != 1:
            raise KitFault("a blocked case must name exactly one cause")
        if violation is not None and violation.requirement is None:
            raise KitFault("a blocked case must name the requirement that blocks it")
        self.violation = violation
        self.capability = capability
        self.limit = limit
        self.seen = seen
        super().__init__(self.reason)

    @property
    def cause(self) -> Cause:
        """The reason as data, by which reports group."""
        blocker = None if self.violation is None else self.violation.requirement
        return Cause(blocker, self.capability, self.limit, self.seen)

    @property
    def reason(self) -> str:
        """Why the requirement is not verified."""
        if self.violation is not None:
            return f"blocked by {self.violation.requirement}: {self.violation}"
        if self.capability is not None:
            needed = f"needs {self.capability}: pass {capability_flag(self.capability)}"
            return f"{self.seen}: {needed}" if self.seen else needed
        return str(self.limit)


class NotApplicable(Finding):
    """The requirement cannot apply to this target."""


@contextmanager
def precondition(requirement: str) -> Iterator[None]:
    """Turn a violation inside the block into `Blocked` by the requirement that did not hold."""
    try:
        yield
    except Violation as violation:
        violation.requirement = violation.requirement or requirement
        raise Blocked(violation=violation) from violation


def finding_in(error: BaseException) -> BaseException:
    """Return the finding inside an error of hypothesis, or the error itself.

    A server that fails only sometimes makes hypothesis raise an error about flakiness; the
    report shows the violation behind it. Not every such error holds what the case raised
    before: then the first finding of the case counts.
    """
    found = _inside(error)
    if isinstance(found, Finding) or not _is_flaky(error):
        return found
    return _first_seen() or found


def _inside(error: BaseException) -> BaseException:
    if isinstance(error, Finding):
        return error
    if isinstance(error, BaseExceptionGroup):
        parts = [_inside(part) for part in error.exceptions]
        return next((part for part in parts if isinstance(part, Finding)), error)
    for chained in (error.__cause__, error.__context__):
        if isinstance(chained, Violation):
            return chained
    return error


def _is_flaky(error: BaseException) -> bool:
    """Whether hypothesis says that a test behaves in several ways; by name: its import is slow."""
    return any(kind.__name__ == "Flaky" for kind in type(error).__mro__)


def _first_seen() -> Finding | None:
    """Return the first violation of the running case, as the case would have reported it.

    A violation that the case turned into `Blocked` is returned as that. Without a violation
    it is the first finding of another kind, or None.
    """
    seen = _seen.get() or []
    first = next((one for one in seen if isinstance(one, Violation)), None)
    if first is None:
        return next(iter(seen), None)
    blocked = (one for one in seen if isinstance(one, Blocked))
    return next((one for one in blocked if first in {one.violation, one.__cause__}), first)

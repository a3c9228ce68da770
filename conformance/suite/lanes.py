"""Runs cases at the same time, while pytest sees them one after the other.

Pytest sets up, judges and reports one case at a time. So when it reaches a case that may run
beside others, all such cases up to the next one that may not are begun in lanes: threads, with as
many cases at a time as the pace of the client allows. Pytest then waits for each result in turn.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.reading import WriteRefused, reading_only
from conformance.judge.finding import Blocked, Finding, Violation, recall, remembered
from conformance.suite.selection import Company, company_of
from conformance.suite.sharding import longest_first
from conformance.suite.stash import REQUIREMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.harness.harness import Harness
    from conformance.harness.transcript import Course

#: These draw by hypothesis, one case at a time, and follow each other, so none of them waits. The
#: searches that are tried beside others draw little, and play long.
_DRAWING = ("machine", "search")
#: So long the end of a session waits for cases that still run.
_END_S = 15.0
_OURS = "conformance."
#: These begin a case; a lane does it itself.
_BEGINNINGS = frozenset({"case", "conformance_case"})


@dataclass
class _Result:
    """What a case did in its lane."""

    course: Course
    error: BaseException | None = None
    found: list[Finding] = field(default_factory=list)
    duration_s: float = 0.0


class Lanes:
    """The cases of one process that run at the same time."""

    def __init__(self, items: Sequence[pytest.Item], harness: Harness) -> None:
        """Learn which cases may run beside others; workers of xdist run one case at a time."""
        self._harness = harness
        self._items = list(items)
        most = harness.client.pace.most
        alone = most == 1 or harness.worker != "main"
        anchors = harness.profile.catalogue.anchors
        self._company = {
            item: company_of(item)
            for item in ([] if alone else items)
            if _runs(item) and item.stash[REQUIREMENT] not in anchors
        }
        self._begun: dict[pytest.Item, Future[_Result]] = {}
        self._pool = ThreadPoolExecutor(most, "lane")
        self._drawing = ThreadPoolExecutor(1, "drawing lane")

    def takes(self, item: pytest.Item) -> bool:
        """Whether a case runs in a lane."""
        return self._company.get(item, Company.NONE) is not Company.NONE

    def result(self, item: pytest.Function) -> None:
        """Wait for a case, go on in its course, and raise what it raised.

        Where its lane could not decide, it runs again when no other case runs.
        """
        if item not in self._begun:
            self._begin(item)
        result = self._begun.pop(item).result()  # its exchanges are not kept any longer
        self._harness.transcript.adopt(result.course)
        if self._is_undecided(item, result):
            self._run_alone(item, result)
            if not self._stands(item):
                return
            self._harness.transcript.adopt(result.course)
        recall(result.found)
        item.stash[DURATION] = result.duration_s
        if result.error is not None:
            raise result.error

    def prepare_alone(self, item: pytest.Item) -> None:
        """Prepare the library once, before the first case that needs it for itself."""
        waiting = self._harness.before_alone
        if waiting and self._company.get(item) is Company.NONE:
            self._harness.transcript.begin("-")
            while waiting:
                waiting.pop()()

    def _is_undecided(self, item: pytest.Item, result: _Result) -> bool:
        """Whether a case had to write among readers, or another one may have caused a finding."""
        error = result.error
        if isinstance(error, WriteRefused):
            return True
        if self._company[item] is Company.TRIED:
            return isinstance(error, Finding)
        found = error.violation if isinstance(error, Blocked) else error
        if not isinstance(found, Violation):
            return False
        own = isinstance(error, Violation)
        known = own and self._company[item] is Company.KNOWN
        return known or self._harness.completions.came_again()

    def _stands(self, item: pytest.Item) -> bool:
        """Whether the finding of a lane counts although the case passes alone.

        It does where something new appeared that nobody completed. Where ids come again, and of
        a case that is only tried beside others, only what it sees alone counts.
        """
        known = self._company[item] is Company.KNOWN
        return known and not self._harness.completions.came_again()

    def _run_alone(self, item: pytest.Function, result: _Result) -> None:
        """Run a case that its lane could not decide; raises what it raises.

        What answers in the lane showed about other requirements is kept: an oracle reports a
        finding once.
        """
        wait(self._begun.values())
        begin_case(self._harness, item)
        self._harness.transcript.course.noticed += result.course.noticed
        result.course.noticed = []
        arguments = item._fixtureinfo.argnames  # noqa: SLF001 - pytest has no other way
        item.obj(**{name: item.funcargs[name] for name in arguments})

    def stop(self) -> None:
        """Let no more case begin, and wait until those that run have ended."""
        self._harness.bounds.halt()
        for pool in (self._pool, self._drawing):
            pool.shutdown(wait=False, cancel_futures=True)
        wait([one for one in self._begun.values() if not one.cancelled()], timeout=_END_S)

    def _begin(self, first: pytest.Function) -> None:
        """Begin a case, and those behind it up to the next that needs to be alone."""
        self._harness.transcript.begin("-")
        behind = self._items[self._items.index(first) :]
        alike = self._alike(first)
        wave = [item for item in takewhile(alike, behind) if isinstance(item, pytest.Function)]
        if self._company[first] is Company.READERS and len(wave) > 1:
            for prepare in self._harness.before_readers:
                prepare()
        shared = _Shared(first)
        beside = len(wave) > 1
        turn = longest_first(self._harness.profile.name)
        for item in sorted(wave, key=lambda one: turn(one.nodeid)):
            if missing_need(self._harness, item) is not None:
                continue  # its set-up says so
            arguments = shared.arguments_of(item)
            if arguments is not None:
                pool = self._drawing if self._draws(item) else self._pool
                run = partial(self._run, item, arguments, beside=beside)
                self._begun[item] = pool.submit(Context().run, run)

    def _draws(self, item: pytest.Item) -> bool:
        """Whether a case draws most of its time."""
        marked = any(item.get_closest_marker(mark) for mark in _DRAWING)
        return marked and self._company[item] is not Company.TRIED

    def _alike(self, first: pytest.Item) -> Callable[[pytest.Item], bool]:
        """Return whether a case may run beside a first one."""
        reads = self._company[first] is Company.READERS
        return lambda item: self.takes(item) and (self._company[item] is Company.READERS) is reads

    def _run(
        self, item: pytest.Function, arguments: Callable[[], dict[str, Any]], *, beside: bool
    ) -> _Result:
        """Run a case in a lane, in a context of its own."""
        harness = self._harness
        reads = self._company[item] is Company.READERS
        slot = harness.client.pace.case(first=self._draws(item))
        with slot, reading_only() if reads else nullcontext():
            course = harness.transcript.begin_beside(item.stash[REQUIREMENT], item.nodeid)
            course.beside = beside
            result = _Result(course)
            began = time.monotonic()
            with remembered() as result.found:
                try:
                    harness.bounds.begin_case()
                    item.obj(**arguments())
                except BaseException as error:  # noqa: BLE001 - pytest's thread raises it
                    result.error = error
            result.duration_s = time.monotonic() - began
            return result


class _Shared:
    """The fixtures of a session, as pytest makes them for the first case of a wave."""

    def __init__(self, first: pytest.Function) -> None:
        self._request = first._request  # noqa: SLF001 - the only way to fixtures of other cases
        self._found: dict[str, Any] = {}

    def arguments_of(self, item: pytest.Function) -> Callable[[], dict[str, Any]] | None:
        """Return what makes the arguments of a case, or None if its own set-up will fail."""
        try:
            shared = {name: self._value(name) for name in _shared_names(item)}
        except Finding:
            return None
        return lambda: _arguments(item, {**shared, **_parameters(item)})

    def _value(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = self._request.getfixturevalue(name)
        return self._found[name]


def _fixture(item: pytest.Function, name: str) -> pytest.FixtureDef[Any] | None:
    found = item._fixtureinfo.name2fixturedefs.get(name)  # noqa: SLF001 - pytest has no other way
    return found[-1] if found else None


def _parameters(item: pytest.Function) -> dict[str, Any]:
    return dict(item.callspec.params) if hasattr(item, "callspec") else {}


def _shared_names(item: pytest.Function) -> list[str]:
    return [
        name
        for name in item.fixturenames
        if name not in _parameters(item)
        and (fixture := _fixture(item, name)) is not None
        and fixture.scope == "session"
    ]


def _arguments(item: pytest.Function, known: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a case: what is known, and fixtures of the case made here."""

    def value(name: str) -> Any:
        if name in _BEGINNINGS:
            return known["conformance_harness"]
        fixture = _fixture(item, name)
        if name not in known and fixture is not None:
            known[name] = fixture.func(**{one: value(one) for one in fixture.argnames})
        return known[name]

    return {name: value(name) for name in item._fixtureinfo.argnames}  # noqa: SLF001 - as above


def _runs(item: pytest.Item) -> bool:
    """Whether a case can be run without pytest.

    A fixture of the user's own that belongs to one case needs pytest.
    """
    if not isinstance(item, pytest.Function) or REQUIREMENT not in item.stash:
        return False
    own = [name for name in item.fixturenames if name not in _parameters(item)]
    fixtures = [_fixture(item, name) for name in own]
    return all(
        fixture is None
        or fixture.scope == "session"
        or fixture.argname in _BEGINNINGS
        or (fixture.func.__module__.startswith(_OURS) and "request" not in fixture.argnames)
        for fixture in fixtures
    )


def missing_need(harness: Harness, item: pytest.Item) -> str | None:
    """Return a capability that a case needs and the target lacks, or None."""
    requirement = item.stash.get(REQUIREMENT, None)
    if requirement is None:  # a test of the user's own may build on our fixtures
        return None
    needs = harness.profile.catalogue[requirement].needs
    return next((need for need in needs if need not in harness.target.capabilities), None)


def begin_case(harness: Harness, item: pytest.Item) -> None:
    """Begin a case that runs alone: its bounds, and its transcript."""
    harness.bounds.begin_case()
    harness.transcript.begin(item.stash.get(REQUIREMENT, None) or "-", item.nodeid)


#: The lanes of a session.
LANES = pytest.StashKey[Lanes]()
#: How many seconds a case took in its lane.
DURATION = pytest.StashKey[float]()

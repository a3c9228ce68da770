"""Runs cases at the same time, while pytest sees them one after the other.

Pytest sets up, judges and reports one case at a time. So when it reaches a case that may run
beside others, all such cases up to the next one that may not are begun in lanes: threads, with as
many cases at a time as the pace of the client allows. Pytest then waits for each result in turn.

Exclusive cases that can use the library of the other caller have a lane of their own, which begins
with the first lanes: most cases leave that library alone, and those that change it come later. The
cases of that lane that change both libraries come first, so that the readers need not wait long.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.reading import WriteRefused, keeping_library, reading_only
from conformance.judge.finding import Blocked, Finding, Violation, recall, remembered
from conformance.suite.arguments import SharedArguments, can_run
from conformance.suite.selection import Company, company_of
from conformance.suite.sharding import longest_first
from conformance.suite.stash import ANCHOR, REQUIREMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.harness.harness import Harness
    from conformance.harness.transcript import Course

# These draw by hypothesis, one case at a time, and send between their draws. The searches that are
# tried beside others draw little, and play long.
_DRAWING = ("machine", "search")
# So many of them run at the same time: more would only wait for each other.
_DRAWERS = 2
#: So long the end of a session waits for cases that still run.
_END_S = 15.0
# The fixture that names the library which an exclusive case has for itself.
_OWNER = "owner"
_MAIN, _OTHER = "main", "other"


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
        self._company = {
            item: company_of(item)
            for item in ([] if alone else items)
            if can_run(item) and not item.stash.get(ANCHOR, False)
        }
        self._apart = self._exclusive_with_other_library()
        self._apart_ended, self._main_is_left_alone = threading.Event(), threading.Event()
        self._apart_ended.set()
        self._main_is_left_alone.set()
        self._begun: dict[pytest.Item, Future[_Result]] = {}
        self._pool = ThreadPoolExecutor(most, "lane")
        self._later = ThreadPoolExecutor(most, "later lane")
        self._drawing = ThreadPoolExecutor(_DRAWERS, "drawing lane")
        self._lane_apart = ThreadPoolExecutor(1, "lane apart")
        self._reduced: Future[Course] | None = None

    def _exclusive_with_other_library(self) -> list[pytest.Function]:
        """Return the exclusive cases that have the library of the other caller for themselves."""
        if "other-token" not in self._harness.target.capabilities:
            return []
        found = [
            item
            for item, company in self._company.items()
            if company is Company.NONE
            and isinstance(item, pytest.Function)
            and _OWNER in item.fixturenames
        ]
        self._company.update(dict.fromkeys(found, Company.APART))
        return found

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
        self._notice_of_reduced()
        if self._is_undecided(item, result):
            self._run_alone(item, result)
            if not self._stands(item, result):
                return
            self._harness.transcript.adopt(result.course)
        recall(result.found)
        item.stash[DURATION] = result.duration_s
        if result.error is not None:
            raise result.error

    def prepare_alone(self, item: pytest.Item) -> None:
        """Wait for the lane apart, and reduce the library for cases that need it alone."""
        self._apart_ended.wait()
        if self._company.get(item) is Company.NONE:
            self._reduce().result()
            self._notice_of_reduced()

    def _reduce(self) -> Future[Course]:
        """Begin, once, to make the library as small as the cases behind its readers need it."""
        if self._reduced is None:
            # Cases that begin now share no item that is about to go.
            removals = [reduce() for reduce in self._harness.before_alone]
            self._reduced = self._later.submit(Context().run, self._remove, removals)
        return self._reduced

    def _remove(self, removals: Sequence[Callable[[], None]]) -> Course:
        transcript = self._harness.transcript
        course = transcript.begin_beside("-", "")
        for remove in removals:
            remove()
        transcript.adopt(course)
        return course

    def _notice_of_reduced(self) -> None:
        """Pass on what the requests between the cases showed, as far as they have ended."""
        if self._reduced is not None and self._reduced.done():
            course = self._reduced.result()
            self._harness.transcript.last.noticed += course.noticed
            course.noticed = []

    def _is_undecided(self, item: pytest.Item, result: _Result) -> bool:
        """Whether a case had to write among readers, or another one may have caused a finding."""
        error = result.error
        if isinstance(error, WriteRefused):
            return True
        if self._company[item] in {Company.TRIED, Company.APART}:
            return isinstance(error, Finding)
        found = error.violation if isinstance(error, Blocked) else error
        if not isinstance(found, Violation):
            return False
        own = isinstance(error, Violation)
        known = own and self._company[item] is Company.KNOWN
        return known or self._harness.completions.came_again()

    def _stands(self, item: pytest.Item, result: _Result) -> bool:
        """Whether the finding of a lane counts although the case passes alone.

        It does where something new appeared that nobody completed. Where ids come again, and of
        a case that is only tried beside others, only what it sees alone counts.
        """
        known = self._company[item] is Company.KNOWN and isinstance(result.error, Finding)
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
        self._apart_ended.set()
        self._main_is_left_alone.set()
        for pool in (self._pool, self._later, self._drawing, self._lane_apart):
            pool.shutdown(wait=False, cancel_futures=True)
        wait([one for one in self._begun.values() if not one.cancelled()], timeout=_END_S)

    def _begin(self, first: pytest.Function) -> None:
        """Begin a case, and those behind it up to the next that needs to be alone."""
        self._harness.transcript.begin("-")
        shared = SharedArguments(first)
        self._begin_apart(shared)
        if self._company[first] is Company.APART:
            return
        behind = self._items[self._items.index(first) :]
        others = (item for item in behind if self._company.get(item) is not Company.APART)
        alike = self._alike(first)
        wave = [item for item in takewhile(alike, others) if isinstance(item, pytest.Function)]
        if self._company[first] is Company.READERS:
            self._main_is_left_alone.wait()
            for prepare in self._harness.before_readers if len(wave) > 1 else ():
                prepare()
        elif _changes_both(first):
            self._reduce()
        beside = len(wave) > 1
        turn = longest_first(self._harness.profile.name)
        for item in sorted(wave, key=lambda one: turn(one.nodeid)):
            if missing_need(self._harness, item) is not None:
                continue  # its set-up says so
            arguments = shared.arguments_of(item)
            if arguments is not None:
                run = partial(self._run, item, arguments, beside=beside)
                self._begun[item] = self._pool_of(item).submit(Context().run, run)

    def _begin_apart(self, shared: SharedArguments) -> None:
        """Begin the lane of the exclusive cases, once; it says when they have ended."""
        cases, self._apart = self._apart, []
        if not cases:
            return
        self._apart_ended.clear()
        self._main_is_left_alone.clear()
        self._submit_apart([item for item in cases if _changes_both(item)], shared)
        self._lane_apart.submit(self._main_is_left_alone.set)
        self._submit_apart([item for item in cases if not _changes_both(item)], shared)
        self._lane_apart.submit(self._apart_ended.set)

    def _submit_apart(self, cases: Sequence[pytest.Function], shared: SharedArguments) -> None:
        for item in cases:
            arguments = None if missing_need(self._harness, item) else shared.arguments_of(item)
            if arguments is not None:
                run = partial(self._run, item, arguments, beside=True)
                self._begun[item] = self._lane_apart.submit(Context().run, run)

    def _pool_of(self, item: pytest.Item) -> ThreadPoolExecutor:
        """Return the threads of a case; those of cases that come later may wait."""
        if self._draws(item):
            return self._drawing
        return self._later if _changes_both(item) else self._pool

    def _draws(self, item: pytest.Item) -> bool:
        """Whether a case draws most of its time."""
        marked = any(item.get_closest_marker(mark) for mark in _DRAWING)
        return marked and self._company[item] is not Company.TRIED

    def _alike(self, first: pytest.Item) -> Callable[[pytest.Item], bool]:
        """Return whether a case may run beside a first one."""
        if self._company[first] is Company.READERS:
            return lambda item: self._company.get(item) is Company.READERS
        others = {Company.NONE, Company.READERS}
        return lambda item: self._company.get(item, Company.NONE) not in others

    def _run(
        self, item: pytest.Function, arguments: Callable[[], dict[str, Any]], *, beside: bool
    ) -> _Result:
        """Run a case in a lane, in a context of its own."""
        harness = self._harness
        apart = self._company[item] is Company.APART
        if _changes_both(item) and not apart:
            self._apart_ended.wait()
        first = apart or self._draws(item)
        with harness.client.pace.case(first=first), ExitStack() as bounds:
            if self._company[item] is Company.READERS:
                bounds.enter_context(reading_only())
            if apart and not _changes_both(item):
                bounds.enter_context(keeping_library(_MAIN))
            if not apart and not self._apart_ended.is_set():
                bounds.enter_context(keeping_library(_OTHER))
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


def _changes_both(item: pytest.Item) -> bool:
    """Whether a case changes the libraries of both callers."""
    return item.get_closest_marker("two_libraries") is not None


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

"""What was sent for each running case."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.judge.finding import Violation
    from conformance.model.exchange import Exchange, Request

    #: Called when a request begins; returns what is called with its exchange.
    Watcher = Callable[[Request], Callable[[Exchange], None]]


@dataclass
class Course:
    """What one case does: its exchanges, and what its answers showed about other requirements.

    `case` is its id; it is empty before and after the cases.
    """

    requirement: str = "-"
    case: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    noticed: list[Violation] = field(default_factory=list)
    #: Whether the case also did something that no exchange shows, such as replacing an object.
    out_of_band: bool = False
    #: Whether other cases run at the same time.
    beside: bool = False
    #: Where each part begins that stands alone, such as one sequence of a machine.
    parts: list[int] = field(default_factory=list)


@dataclass
class Transcript:
    """The courses of the cases: several may run at the same time, each in its own context.

    Threads that a case starts by `parallel` belong to it. Other threads, such as the one that
    sends a late PUT, belong to the course that the main thread began last.
    """

    run_id: str
    listeners: list[Callable[[Exchange], None]] = field(default_factory=list)
    watchers: list[Watcher] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with a course that belongs to no case."""
        self.last = Course()
        self._beside: dict[int, Course] = {}
        self._judging_s: list[float] = []
        self._own: ContextVar[Course | None] = ContextVar("course", default=None)

    @property
    def course(self) -> Course:
        """The course of this context."""
        return self._own.get() or self.last

    def begin(self, requirement: str, case: str = "") -> Course:
        """Start the transcript of another case, the only one from now on."""
        self.last = Course(requirement, case)
        self._own.set(self.last)
        return self.last

    def begin_beside(self, requirement: str, case: str) -> Course:
        """Start the transcript of a case in this context, beside those of other contexts."""
        course = Course(requirement, case)
        self._beside[id(course)] = course
        self._own.set(course)
        return course

    def adopt(self, course: Course) -> None:
        """Go on in this context with a course that ended in another one."""
        self._beside.pop(id(course), None)
        self._own.set(course)

    def taken(self) -> list[Violation]:
        """Remove and return what answers showed about other rows, in this course and in no case."""
        courses = [self.course] if self.course is self.last else [self.course, self.last]
        found = [violation for course in courses for violation in course.noticed]
        for course in courses:
            course.noticed.clear()
        return found

    @property
    def judging_s(self) -> float:
        """How many seconds of processor time the watchers and listeners took."""
        return sum(self._judging_s)

    @property
    def running(self) -> list[Exchange]:
        """The exchanges of all courses that have not ended."""
        courses = [self.last, *list(self._beside.values())]
        return [exchange for course in courses for exchange in list(course.exchanges)]

    @property
    def requirement(self) -> str:
        """The requirement that this context sends requests for."""
        return self.course.requirement

    @property
    def case(self) -> str:
        """The id of the case that this context runs; empty before and after the cases."""
        return self.course.case

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges of this context's case."""
        return self.course.exchanges

    @property
    def has_parts(self) -> bool:
        """Whether the case has parts that stand alone."""
        return bool(self.course.parts)

    def begin_part(self) -> None:
        """Start a part of the case that needs nothing of what was sent for the case before."""
        self.course.out_of_band = False
        self.course.parts.append(len(self.course.exchanges))

    def way_to(self, exchange: Exchange | None) -> list[Exchange]:
        """Return the exchanges of a part up to this one; those of the last part without one."""
        found = self.course.exchanges
        if exchange is not None:
            # By identity: two answers may well be equal.
            numbers = [number for number, step in enumerate(found) if step is exchange]
            found = found[: numbers[-1] + 1] if numbers else [*found, exchange]
        begins = max((begin for begin in self.course.parts if begin < len(found)), default=0)
        return found[begins:]

    def opened(self, request: Request) -> Callable[[Exchange], Exchange]:
        """Call every watcher when a request begins; return what takes its exchange.

        An exchange is kept, and passed to every listener; one checks the documented schemas.
        """
        endings = [watcher(request) for watcher in self.watchers]

        def add(exchange: Exchange) -> Exchange:
            self.course.exchanges.append(exchange)
            began = time.thread_time()
            for listener in (*self.listeners, *endings):
                listener(exchange)
            self._judging_s.append(time.thread_time() - began)
            return exchange

        return add

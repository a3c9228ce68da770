"""What cases need that takes time: it is made before the first case, all at the same time."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from conformance.harness.concurrency import parallel
from conformance.harness.pace import paced
from conformance.judge.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Beforehand:
    """The jobs that wait for the first case."""

    def __init__(self) -> None:
        self._jobs: list[tuple[Callable[[], Any], Future[Any]]] = []

    def __bool__(self) -> bool:
        """Whether a job was not begun yet."""
        return bool(self._jobs)

    def add(self, job: Callable[[], T]) -> Future[T]:
        """Note a job; its future gets what it returns, or the finding that it raises."""
        future: Future[T] = Future()
        self._jobs.append((job, future))
        return future

    def run(self) -> None:
        """Do all that was noted, each job in a thread of its own, at the pace of the client."""
        jobs, self._jobs = self._jobs, []
        parallel(_done, jobs, within=paced)


def _done(job: tuple[Callable[[], Any], Future[Any]]) -> None:
    act, future = job
    try:
        future.set_result(act())
    except Finding as finding:
        future.set_exception(finding)

"""Runs the suite against a target and gathers what each case came to."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.harness import clean_up
from conformance.model.run import Run
from conformance.problem import Problem, UsageProblem
from conformance.settings.layers import exported
from conformance.suite.xdist import attached, attached_problem, gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.model.evidence import CaseRecord
    from conformance.model.profile import Profile
    from conformance.runner.progress import Progress
    from conformance.target import Target

from conformance.runner.embedded import SilentPlugin, arguments, check, isolated_environment
from conformance.suite.stash import leftovers_of


class RecordingPlugin(SilentPlugin):
    """Gathers the records of all workers."""

    def __init__(self, progress: Progress) -> None:
        """Begin without a record."""
        super().__init__()
        self.progress = progress
        self.records: dict[str, CaseRecord] = {}
        self.collected = 0
        self.leftovers: list[str] = []
        self.problem: Problem | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many cases there are when this process runs them."""
        if session.items:
            self.collected = len(session.items)
            self.progress.begin(self.collected)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Learn how many cases there are from the workers, who all collect the same."""
        if not self.collected:
            self.collected = len(ids)
            self.progress.begin(self.collected)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Hear which case begins, here or in a worker."""
        self.progress.started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the record that the plugin attached; a later phase only adds its faults."""
        record = attached(report)
        if record is None:
            if report.failed:
                self.errors.append(str(report.longrepr))
            return
        self.problem = self.problem or attached_problem(report)
        if gather(self.records, record) is record:
            self.progress.case(record)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Hear from a worker of xdist what it could not remove."""
        self.leftovers += getattr(node, "workeroutput", {}).get("conformance_leftovers", [])
        if error:
            self.errors.append(f"a worker died: {error}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Learn what this process could not remove, when it ran the cases itself."""
        self.leftovers += leftovers_of(session.config)


def execute(
    profile: Profile,
    target: Target,
    values: Mapping[str, Any],
    progress: Progress,
    expression: str | None = None,
    *,
    only: Sequence[str] = (),
) -> Run:
    """Run the profile's suite against the target and return what it found.

    `expression` is pytest's -k; `only` names the cases by their ids, as `cases` gives them.
    Raises `UsageProblem` when nothing was selected and `KitFault` when pytest could
    not do its work.
    """
    plugin = RecordingPlugin(progress)
    began, started = time.time(), time.monotonic()
    with (
        isolated_environment(exported({**values, "base_url": target.base_url})),
        _sigterm_interrupts(),
    ):
        status = pytest.main(arguments(profile, values, expression, only), plugins=[plugin])
    if status == pytest.ExitCode.NO_TESTS_COLLECTED and not plugin.errors:
        raise UsageProblem(
            f"-k {expression!r} selects no case: `conformance list cases` shows them all"
        )
    if values["workers"] > 1 and (status == pytest.ExitCode.INTERRUPTED or plugin.errors):
        # xdist kills workers that take long to end, and clean-up may.
        plugin.leftovers += clean_up(profile, target)
    if plugin.problem is not None:
        raise plugin.problem
    check(plugin, status, done=bool(plugin.records))
    return Run(
        profile.name,
        profile.catalogue,
        list(plugin.records.values()),
        target=target.described(),
        strict=bool(values["strict"]),
        duration_s=round(time.monotonic() - started, 3),
        incomplete="interrupted" if status == pytest.ExitCode.INTERRUPTED else "",
        selection=expression or ("the cases named" if only else ""),
        leftovers=plugin.leftovers,
        started=began,
        effort=values["effort"],
        seed=values["seed"],
    )


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: with clean-up and a report."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def untestable(profile: Profile, target: Target, values: Mapping[str, Any], reason: str) -> Run:
    """Return the run of a target that could not be tested at all."""
    return Run(
        profile.name,
        profile.catalogue,
        [],
        target=target.described(),
        strict=bool(values["strict"]),
        untestable=reason,
        started=time.time(),
        effort=values["effort"],
        seed=values["seed"],
    )

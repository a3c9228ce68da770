"""Runs the suite against a target and collects the records of the cases."""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness import signals
from conformance.harness.harness import clean_up
from conformance.model.run import INTERRUPTED, Run
from conformance.model.shard import Shard
from conformance.problem import Problem, UsageProblem
from conformance.runner import allocator
from conformance.runner.embedded import SilentPlugin, arguments, check, isolated_environment
from conformance.settings import renewal
from conformance.settings.build import build_of
from conformance.settings.layers import exported
from conformance.settings.table import BY_NAME
from conformance.suite.ending import Ending
from conformance.suite.stash import PROBLEM
from conformance.suite.xdist import attached, attached_problem, gather

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.model.evidence import CaseRecord
    from conformance.model.profile import Profile
    from conformance.runner.failure_limit import FailureLimit
    from conformance.runner.progress import Progress
    from conformance.target import Target


# What xdist writes as the phase of a case whose worker died.
_CRASHED = "???"


class RecordingPlugin(SilentPlugin):
    """Collects the records of all workers."""

    def __init__(self, progress: Progress, limit: FailureLimit | None = None) -> None:
        super().__init__()
        self.progress = progress
        self.limit = limit
        self.limited = ""
        self.session: pytest.Session | None = None
        self.records: dict[str, CaseRecord] = {}
        self.collected = 0
        self.ending = Ending()
        self.dead_worker = ""
        self.problem: Problem | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remember the session, which a limit may end."""
        self.session = session

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the cases, if this process runs them."""
        if session.items:
            self.collected = len(session.items)
            self.progress.begin(self.collected)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Count the cases of a worker: all workers collect the same."""
        if not self.collected:
            self.collected = len(ids)
            self.progress.begin(self.collected)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Pass on which case begins, here or in a worker."""
        self.progress.started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the record that the plugin attached; a later phase only adds its faults."""
        record = attached(report)
        if record is None:
            if report.when == _CRASHED:
                self.dead_worker = str(report.longrepr)
            elif report.failed:
                self.errors.append(str(report.longrepr))
            return
        self.problem = self.problem or attached_problem(report)
        if gather(self.records, record) is record:
            self.progress.case(record)
            self._end_at_the_limit(record)

    def _end_at_the_limit(self, record: CaseRecord) -> None:
        """End the session if so many requirements failed; xdist's controller has its own mark."""
        reason = self.limit.reached(record) if self.limit else ""
        if not reason or self.session is None:
            return
        self.limited = reason
        self.session.shouldfail = reason
        controller = self.session.config.pluginmanager.get_plugin("dsession")
        if controller is not None:
            controller.shouldstop = reason

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Keep what a worker of xdist could not remove, and what its oracles say."""
        self.ending.add_worker(node)
        if error:
            self.dead_worker = self.dead_worker or f"a worker died: {error}"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep what this process could not remove, and why it could not select its cases."""
        self.ending.add_own(session.config)
        # pytest's exit code of a wrong selection is the one of an interruption.
        self.problem = self.problem or session.config.stash.get(PROBLEM, None)
        self.session = None  # all exchanges of the run belong to it


def execute(
    profile: Profile,
    target: Target,
    values: Mapping[str, Any],
    progress: Progress,
    expression: str | None = None,
    *,
    only: Sequence[str] = (),
    limit: FailureLimit | None = None,
) -> Run:
    """Run the profile's suite against the target and return the finished run.

    `expression` is pytest's -k; `only` names the cases by their ids, as `cases` returns them.
    `limit` ends it after so many failures.
    Raises `UsageProblem` if nothing was selected, and `KitFault` if pytest could not run.
    """
    allocator.give_back()
    plugin = RecordingPlugin(progress, limit)
    began, started = time.time(), time.monotonic()
    status = _status_of(arguments(profile, values, expression, only), target, values, plugin)
    duration_s = round(time.monotonic() - started, 3)
    gc.collect()  # what is left of the session refers to itself; the reports need its memory
    if status == pytest.ExitCode.NO_TESTS_COLLECTED and not plugin.errors:
        raise UsageProblem(
            f"-k {expression!r} selects no case: `conformance list cases` shows them all"
        )
    if values["workers"] > 1 and (
        status == pytest.ExitCode.INTERRUPTED or plugin.errors or plugin.dead_worker
    ):
        # xdist kills workers that end slowly, and clean-up can be slow.
        plugin.ending.add_removal(*clean_up(profile, target))
    ended_well = status != pytest.ExitCode.INTERRUPTED and not plugin.dead_worker
    plugin.ending.judge_together(profile.name, whole=ended_well)
    if plugin.problem is not None:
        raise plugin.problem
    check(plugin, status, done=bool(plugin.records))
    return replace(
        empty(profile, target, values, began),
        cases=list(plugin.records.values()),
        duration_s=duration_s,
        incomplete=_why_incomplete(plugin, status),
        dead_worker=plugin.dead_worker,
        selection=_selection(expression, only, values),
        leftovers=plugin.ending.leftovers,
        secrets=plugin.ending.secrets,
        left_behind=plugin.ending.left_behind,
        made=plugin.ending.made,
        oracles=plugin.ending.oracles,
        timing=plugin.ending.timing,
    )


def _selection(expression: str | None, only: Sequence[str], values: Mapping[str, Any]) -> str:
    """Return in words how the cases were selected; empty where all of them were."""
    shard = Shard.of_settings(values)
    if only or shard is None:
        return expression or ("the cases named" if only else "")
    return f"-k {expression!r} {shard.flag}" if expression else shard.flag


def _why_incomplete(plugin: RecordingPlugin, status: int | pytest.ExitCode) -> str:
    """Return why a session ended early; empty if it did not."""
    ended = plugin.limited or plugin.dead_worker
    # xdist also calls it an interruption where it ends because of a dead worker.
    stopped = status == pytest.ExitCode.INTERRUPTED and not ended
    interrupted = stopped or signals.is_interrupted()
    signals.taken()
    return INTERRUPTED if interrupted else ended or plugin.ending.ended


def _status_of(
    words: list[str], target: Target, values: Mapping[str, Any], plugin: RecordingPlugin
) -> int | pytest.ExitCode:
    """Run pytest with these arguments, and pass it the settings by the environment."""
    variables = {
        BY_NAME["shard"].variable: "",  # only what the values say
        **exported({**values, "base_url": target.base_url}),
        **renewal.exported(values),
    }
    with isolated_environment(variables), signals.interruptible():
        return pytest.main(words, plugins=[plugin])


def untestable(profile: Profile, target: Target, values: Mapping[str, Any], reason: str) -> Run:
    """Return the run of a target that could not be tested at all."""
    return replace(empty(profile, target, values, time.time()), untestable=reason)


def empty(profile: Profile, target: Target, values: Mapping[str, Any], began: float = 0.0) -> Run:
    """Return a run without cases; `began` is in seconds since the epoch."""
    return Run(
        profile.name,
        profile.catalogue.pinned_to(values["as_of"]),
        [],
        target=target.described(),
        build=build_of(values),
        strict=bool(values["strict"]),
        started=began,
        effort=values["effort"],
        seed=values["seed"],
        shard=Shard.of_settings(values),
    )

"""Judges and reports a plain session of pytest as `conformance run` does.

A broken MUST may only block other cases. pytest would show them as skipped and pass, but the
session has to fail.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.harness import clean_up
from conformance.harness.proxies import ignored
from conformance.model.decision import Decision
from conformance.model.evidence import Outcome
from conformance.model.profile import profile_of
from conformance.model.redaction import Redactor, visible
from conformance.model.run import Run
from conformance.model.shard import Shard
from conformance.problem import ExitCode, Problem, TargetProblem
from conformance.reports.connection import warnings
from conformance.runner.publish import emptied, write_reports
from conformance.settings.build import build_of
from conformance.settings.rerun import Rerun
from conformance.settings.target import target_from, values_of
from conformance.suite.ending import Ending
from conformance.suite.selection import described
from conformance.suite.stash import settings_of
from conformance.suite.xdist import attached, attached_problem, attached_target, gather

if TYPE_CHECKING:
    from conformance.model.evidence import CaseRecord

_NOT_JUDGED = frozenset(
    {
        pytest.ExitCode.INTERRUPTED,
        pytest.ExitCode.INTERNAL_ERROR,
        pytest.ExitCode.USAGE_ERROR,
    }
)


class SessionVerdict:
    """Collects the records of a session, in xdist's controller those of all workers.

    A session without a case of the kit stays unchanged. `began` is the session's start in
    seconds since the epoch.
    """

    def __init__(
        self, config: pytest.Config, *, began: float, others_failed: bool, dead_worker: str
    ) -> None:
        self._config = config
        self._began = began
        self._records: dict[str, CaseRecord] = {}
        self._target: dict[str, Any] = {}
        self._problem: Problem | None = None
        self._ending = Ending()
        self._dead_worker = dead_worker
        self._others_failed = others_failed
        self._run: Run | None = None
        self._notes: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the record of a case, also from xdist's workers."""
        if not hasattr(report, "conformance_record"):
            # xdist reports the case of a dead worker with `when` "???".
            self._others_failed |= report.failed and report.when in {"setup", "call", "teardown"}
            return

        case = attached(report)
        if case is not None:
            gather(self._records, case)
        self._target = attached_target(report) or self._target
        self._problem = self._problem or attached_problem(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Note what a worker of xdist could not remove, or that it died."""
        self._ending.add_worker(node)
        if error:
            self._dead_worker = f"a worker died: {error}"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge the session after the clean-up, write the reports, set the exit code."""
        if not self._records:
            return

        if self._problem is not None and not isinstance(self._problem, TargetProblem):
            session.exitstatus = self._problem.exit_code
            return
        self._ending.add_own(session.config)
        if session.exitstatus == pytest.ExitCode.INTERRUPTED or self._dead_worker:
            self._clean_up_after_workers()
        self._judge_together(session)
        self._run = self._judged(session)
        status = session.exitstatus
        if session.shouldfail and status == pytest.ExitCode.INTERRUPTED:
            status = pytest.ExitCode.TESTS_FAILED  # xdist reports -x as an interruption
        session.exitstatus = self._exit_status(status, self._run)
        try:
            self._write_reports(self._run)
        except Problem as problem:
            self._notes.append(str(problem))
            session.exitstatus = problem.exit_code

    def _judge_together(self, session: pytest.Session) -> None:
        """Judge what the workers of xdist sent, as one stream."""
        profile = profile_of(next(iter(self._records.values())).requirement)
        ended_well = session.exitstatus not in _NOT_JUDGED and not self._dead_worker
        self._ending.judge_together(profile.name, whole=ended_well)

    def _clean_up_after_workers(self) -> None:
        """Remove what killed workers left, if the settings name the target."""
        values = settings_of(self._config)
        if self._problem is not None or not values["base_url"]:
            return
        if self._config.pluginmanager.has_plugin("dsession"):
            profile = profile_of(next(iter(self._records.values())).requirement)
            target = target_from(profile.name, values)
            self._ending.add_removal(*clean_up(profile, target))

    def _judged(self, session: pytest.Session) -> Run:
        cases = list(self._records.values())
        profile = profile_of(cases[0].requirement)
        untestable = str(self._problem or "")
        values = settings_of(self._config)
        return Run(
            profile.name,
            profile.catalogue,
            [] if untestable else cases,
            target=self._target,
            build=build_of(values),
            strict=bool(values["strict"]),
            duration_s=round(max(time.time() - self._began, 0.0), 3),
            incomplete="" if untestable else self._why_incomplete(session),
            untestable=untestable,
            selection=self._selection(profile.catalogue.anchors),
            leftovers=self._ending.leftovers,
            left_behind=self._ending.left_behind,
            made=self._ending.made,
            oracles=self._ending.oracles,
            timing=self._ending.timing,
            started=self._began,
            effort=values["effort"],
            seed=values["seed"],
            shard=Shard.of_settings(values),
        )

    def _why_incomplete(self, session: pytest.Session) -> str:
        stopped = session.shouldfail or session.shouldstop
        interrupted = session.exitstatus in _NOT_JUDGED and "interrupted"
        return self._dead_worker or str(stopped or interrupted or self._ending.ended)

    def _selection(self, anchors: tuple[str, ...]) -> str:
        """Return what left cases out: options, or arguments that name only a part of the suite."""
        proven = {case.requirement for case in self._records.values()}
        return described(self._config) or ("" if proven.issuperset(anchors) else "the arguments")

    def _exit_status(self, status: int, run: Run) -> int:
        """Return the kit's exit code, unless the session ended early or other tests failed."""
        if self._problem is not None:
            return self._problem.exit_code
        if status in _NOT_JUDGED or self._others_failed:
            return status
        if self._dead_worker:
            return ExitCode.KIT_FAULT
        return self._decision(run).exit_code or status

    def _decision(self, run: Run) -> Decision:
        required = bool(settings_of(self._config)["require_verified"])
        return Decision.of(run, require_verified=required)

    def _write_reports(self, run: Run) -> None:
        values = settings_of(self._config)
        if values["report_dir"]:
            folder = emptied(Path(values["report_dir"]))
            secrets = Redactor((values["token"], values["other_token"], *self._ending.secrets))
            # The report repeats the run with `conformance run`, against the same target.
            rerun = Rerun.of(run.profile, {**values, **values_of(run.target)})
            written = write_reports(run, folder, rerun, secrets, self._decision(run))
            self._notes.append(f"report: {folder / 'index.html'}")
            written.check()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the verdict, and why cases warned or were not verified, which pytest hides."""
        if self._run is None:
            return  # no case of the kit, or a problem that pytest has already printed
        if self._problem is None:
            self._print_reasons(terminalreporter)
        run = self._run
        failed = ", ".join(result.requirement.id for result in run.failed)
        ending = f" (failed: {failed})" if failed else ""
        reason = run.untestable or run.incomplete
        print_noticed(terminalreporter, run)
        terminalreporter.section(f"conformance: {run.profile} {run.verdict}{ending}")
        known = settings_of(self._config)["proxy"]
        notes = (*warnings(self._target), *ignored(known), *self._notes)
        for note in (reason, self._left(), *notes):
            if note:
                terminalreporter.line(note)

    def _print_reasons(self, terminalreporter: Any) -> None:
        for status in ("warned", "not-verified"):
            reports = terminalreporter.getreports(status)
            if reports:
                terminalreporter.section(f"conformance: {status}")
            for report in reports:
                terminalreporter.line(f"{report.nodeid}: {report.longrepr[2]}")

    def _left(self) -> str:
        shown = ", ".join(self._ending.leftovers[:5])
        count = len(self._ending.leftovers)
        return f"could not be removed from the target: {count} ({shown})" if count else ""


def print_noticed(terminalreporter: Any, run: Run) -> None:
    """Print the warned requirements that only cases of others noticed, such as schemas."""
    told = {case.requirement for case in run.cases if case.outcome is Outcome.WARNED}
    noticed = [result for result in run.warned if result.requirement.id not in told]
    if noticed:
        terminalreporter.section("conformance: also warned")
    for result in noticed:
        row, proof = result.requirement, result.evidence[0]
        line = f"{row.id} {row.title}: expected {proof.expected}, but {proof.actual}"
        terminalreporter.line(visible(line))

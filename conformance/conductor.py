"""Conducts a run: pytest in this process, shut off from the user's own pytest set-up."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import conformance.profiles
from conformance.examination import clean_up
from conformance.plugin import SESSION, leftovers_of
from conformance.problem import KitFault, Problem, UsageProblem
from conformance.recording import attached, attached_problem, gather
from conformance.settings import exported
from conformance.verdict import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.profile import Profile
    from conformance.progress import Progress
    from conformance.target import Target
    from conformance.verdict import CaseRecord

_PLUGINS = ("conformance.plugin", "xdist.plugin", "_hypothesis_pytestplugin")
_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_AUTO_NUM_WORKERS")


class Silence:
    """The pytest plugin of the conducting process: the kit prints its own report."""

    def __init__(self) -> None:
        """Begin without an error."""
        self.errors: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take the place of pytest's own terminal output."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what went wrong while collecting."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep what broke pytest itself."""
        self.errors.append(str(excrepr))


class Census(Silence):
    """Learns which case proves which requirement, and runs none."""

    def __init__(self) -> None:
        """Begin without a case."""
        super().__init__()
        self.cases: list[tuple[str, str]] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Read the one requirement that each case names."""
        for item in session.items:
            mark = item.get_closest_marker("requirement")
            if mark is not None:
                self.cases.append((mark.args[0], item.nodeid))


class Recorder(Silence):
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


def conduct(
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
    recorder = Recorder(progress)
    began, started = time.time(), time.monotonic()
    with _environment(exported({**values, "base_url": target.base_url})), _sigterm_interrupts():
        status = pytest.main(_arguments(profile, values, expression, only), plugins=[recorder])
    if status == pytest.ExitCode.NO_TESTS_COLLECTED and not recorder.errors:
        raise UsageProblem(
            f"-k {expression!r} selects no case: `conformance list cases` shows them all"
        )
    if values["workers"] > 1 and (status == pytest.ExitCode.INTERRUPTED or recorder.errors):
        # xdist kills workers that take long to end, and clean-up may.
        recorder.leftovers += clean_up(profile, target)
    if recorder.problem is not None:
        raise recorder.problem
    _check(recorder, status, done=bool(recorder.records))
    return Run(
        profile.name,
        profile.catalogue,
        list(recorder.records.values()),
        target=target.described(),
        strict=bool(values["strict"]),
        duration_s=round(time.monotonic() - started, 3),
        incomplete="interrupted" if status == pytest.ExitCode.INTERRUPTED else "",
        selection=expression or ("the cases named" if only else ""),
        leftovers=recorder.leftovers,
        started=began,
        effort=values["effort"],
        seed=values["seed"],
    )


def cases(profile: Profile) -> list[tuple[str, str]]:
    """Return requirement and case of every scenario, as pytest collects them."""
    census = Census()
    values = {"seed": 0, "workers": 1}
    with _environment({}):
        status = pytest.main([*_arguments(profile, values), "--collect-only"], plugins=[census])
    _check(census, status, done=bool(census.cases))
    return census.cases


def _check(plugin: Silence, status: int | pytest.ExitCode, *, done: bool) -> None:
    broken = {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}
    if plugin.errors or (status in broken and not done):
        raise KitFault("\n".join(plugin.errors) or f"pytest ended with status {status}")


def _arguments(
    profile: Profile,
    values: Mapping[str, Any],
    expression: str | None = None,
    only: Sequence[str] = (),
) -> list[str]:
    folder = Path(conformance.profiles.__file__).parent
    named = [f"{folder}/{case}" for case in only] or ["--pyargs", profile.scenarios]
    arguments = [
        *(*named, "-c", str(folder / "pytest.ini")),
        *("--rootdir", str(folder), "-p", "no:cacheprovider", "--capture=no", "--tb=native"),
        f"--hypothesis-seed={values['seed']}",
    ]
    for plugin in (*_PLUGINS, f"no:{SESSION}"):  # the run is judged here
        arguments += ["-p", plugin]
    if values["workers"] > 1:
        arguments += ["-n", str(values["workers"]), "--max-worker-restart=0"]
    if expression:
        arguments += ["-k", expression]
    return arguments


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Hand the settings on to pytest and its workers, and keep the user's plugins out."""
    before = dict(os.environ)
    for name in _FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(variables, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


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

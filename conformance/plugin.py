"""The pytest plugin: its options, and the moment at which the scenarios join a session.

Every pytest session loads it through the entry point, so it must stay light. Hooks, fixtures
and the verdict are registered only when a session holds scenarios of the kit.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance.suite import sessions

if TYPE_CHECKING:
    from conformance.runner.standalone import SessionVerdict

__all__ = ["conformance_target", "pytest_addoption", "pytest_configure", "pytest_unconfigure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer every setting of `conformance run` as `--conformance-<flag>` and in the ini file."""
    from conformance.settings import pytest_options

    pytest_options.add_to(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare for scenarios, and check the requirements that the command line names."""
    sessions.begin(config, _join)
    if not sessions.is_embedded(config) and not sessions.is_worker(config):
        config.pluginmanager.register(_VerdictOnDemand(config))
    if config.getoption("markers", default=False):
        from conformance.suite.marks import MARKERS

        sessions.join(MARKERS)
    if config.getoption("conformance_requirement", None):
        _check_requirements(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget the session."""
    sessions.end(config)


# It cannot join with the others: pytest prefers the fixture that it learns of last, and a
# conftest overrides this one.
@pytest.fixture(scope="session")
def conformance_target(request: pytest.FixtureRequest) -> Any:
    """The target of the session, a `Target`; override it to test your own server."""
    from conformance.suite.fixtures import target_of

    return target_of(request.config)


def _join(config: pytest.Config) -> None:
    """Register the hooks and fixtures of the scenarios."""
    from conformance.suite import fixtures, hooks

    for module in (fixtures, hooks):
        if not config.pluginmanager.is_registered(module):
            config.pluginmanager.register(module, module.__name__)


def _check_requirements(config: pytest.Config) -> None:
    from conformance.problem import Problem
    from conformance.settings.pytest_options import wanted_requirements
    from conformance.suite.selection import check_requirements

    try:
        check_requirements(wanted_requirements(config))
    except Problem as problem:
        pytest.exit(f"conformance: {problem}", returncode=problem.exit_code)


class _VerdictOnDemand:
    """Registers the session's verdict with the first case of the kit.

    Under xdist the controller does not import scenarios: only their reports show it that
    there are some.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._began = time.time()
        self._verdict: SessionVerdict | None = None
        self._others_failed = False
        self._dead_worker = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Register the verdict with the first record; note what failed before it."""
        if self._verdict is not None:
            return
        if not hasattr(report, "conformance_record"):
            # xdist reports the case of a dead worker with `when` "???".
            self._others_failed |= report.failed and report.when in {"setup", "call", "teardown"}
            return
        from conformance.runner.standalone import SessionVerdict

        self._verdict = SessionVerdict(
            self._config,
            began=self._began,
            others_failed=self._others_failed,
            dead_worker=self._dead_worker,
        )
        self._config.pluginmanager.register(self._verdict, sessions.VERDICT)
        self._verdict.pytest_runtest_logreport(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Note that a worker died before the first record."""
        del node
        if error and self._verdict is None:
            self._dead_worker = f"a worker died: {error}"

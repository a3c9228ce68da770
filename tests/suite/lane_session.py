"""A pytest session whose tests run in lanes as cases do; each module of tests is its input."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.pace import Pace
from conformance.harness.reading import check_library, check_reading
from conformance.harness.transcript import Transcript
from conformance.judge.finding import Violation
from conformance.suite.hooks import pytest_pyfunc_call
from conformance.suite.lanes import DURATION, LANES, Lanes, begin_case, missing_need
from conformance.suite.stash import ANCHOR, REQUIREMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD = """
import threading
import pytest
from conformance.judge.finding import Blocked, Violation, precondition

meeting = threading.Barrier(2, timeout=5)
inside = []

@pytest.fixture(scope="session")
def conformance_harness(request):
    yield from request.config.plugin_of_this_test.harness(request)

@pytest.fixture(autouse=True)
def conformance_case(request, conformance_harness):
    yield from request.config.plugin_of_this_test.case(request, conformance_harness)
"""


class Recycled:
    """Says whether ids come again; a test sets `seen`."""

    seen = False

    def came_again(self) -> bool:
        return self.seen


class Catalogue(dict[str, Any]):
    """One row."""

    def __init__(self, needs: tuple[str, ...]) -> None:
        super().__init__({"FH-GET-01": SimpleNamespace(needs=needs)})


class Plugin:
    """Runs the tests of a module as cases of a session."""

    def __init__(self, most: int, worker: str) -> None:
        self.most, self.worker = most, worker
        self.halted = False
        self.prepared: list[str] = []
        self.reduced: list[str] = []
        self.needs: tuple[str, ...] = ()
        self.capabilities: frozenset[str] = frozenset()
        self.completions = Recycled()
        self.courses: dict[str, str] = {}
        self.noticed: dict[str, list[str]] = {}
        self.durations: dict[str, float | None] = {}
        self.pytest_pyfunc_call = pytest_pyfunc_call

    def pytest_configure(self, config: Any) -> None:
        config.plugin_of_this_test = self

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            item.stash[ANCHOR] = "anchor" in item.name
            item.stash[REQUIREMENT] = "FH-GET-01"

    def harness(self, request: pytest.FixtureRequest) -> Iterator[Any]:
        harness: Any = SimpleNamespace(
            before_readers=[lambda: self.prepared.append(harness.transcript.case)],
            before_alone=[lambda: lambda: self._reduce(harness.transcript)],
            client=SimpleNamespace(pace=Pace(self.most)),
            worker=self.worker,
            transcript=Transcript("run"),
            bounds=SimpleNamespace(begin_case=lambda: None, halt=self._halt),
            completions=self.completions,
            profile=SimpleNamespace(name="feedhive", catalogue=Catalogue(self.needs)),
            target=SimpleNamespace(capabilities=self.capabilities),
            write=lambda: check_reading("POST"),
            change=check_library,
        )
        lanes = request.config.stash[LANES] = Lanes(request.session.items, harness)
        yield harness
        lanes.stop()

    def case(self, request: pytest.FixtureRequest, harness: Any) -> Iterator[Any]:
        if missing_need(harness, request.node):
            pytest.skip("a capability is missing")
        lanes = request.config.stash[LANES]
        if not lanes.takes(request.node):
            lanes.prepare_alone(request.node)
            begin_case(harness, request.node)
        yield harness
        self.courses[request.node.name] = harness.transcript.case
        self.noticed[request.node.name] = [str(one) for one in harness.transcript.taken()]
        self.durations[request.node.name] = request.node.stash.get(DURATION, None)

    def _reduce(self, transcript: Transcript) -> None:
        self.reduced.append(transcript.case)
        transcript.course.noticed.append(Violation("few items", "there are many"))

    def _halt(self) -> None:
        self.halted = True


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a module; return the plugin and the outcome of each test by its name."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(
        text: str,
        *,
        most: int = 8,
        worker: str = "main",
        needs: tuple[str, ...] = (),
        capabilities: tuple[str, ...] = (),
    ) -> tuple[Plugin, dict[str, str]]:
        plugin = Plugin(most, worker)
        plugin.needs, plugin.capabilities = needs, frozenset(capabilities)
        pytester.makepyfile(_HEAD + text)
        left_out = ("schemathesis", "conformance.plugin", "cacheprovider")
        options = ("-q", *(word for name in left_out for word in ("-p", f"no:{name}")))
        record = pytester.inline_run(*options, plugins=[plugin])
        passed, skipped, failed = record.listoutcomes()
        told = {"passed": passed, "skipped": skipped, "failed": failed}
        return plugin, {
            report.nodeid.rpartition("::")[2]: outcome
            for outcome, reports in told.items()
            for report in reports
        }

    return run

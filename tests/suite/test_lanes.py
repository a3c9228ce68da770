"""Cases run at the same time, and pytest reports each in its turn."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from conformance.harness.pace import Pace
from conformance.harness.reading import check_library, check_reading
from conformance.harness.transcript import Transcript
from conformance.suite.hooks import pytest_pyfunc_call
from conformance.suite.lanes import DURATION, LANES, Lanes, begin_case, missing_need
from conformance.suite.stash import REQUIREMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest_plugins = ["pytester"]

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
    """One row, and an anchor."""

    anchors = ("FH-CREATE-01",)

    def __init__(self, needs: tuple[str, ...]) -> None:
        super().__init__(dict.fromkeys(["FH-GET-01", *self.anchors], SimpleNamespace(needs=needs)))


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
            anchor = "anchor" in item.name
            item.stash[REQUIREMENT] = "FH-CREATE-01" if anchor else "FH-GET-01"

    def harness(self, request: pytest.FixtureRequest) -> Iterator[Any]:
        harness: Any = SimpleNamespace(
            before_readers=[lambda: self.prepared.append(harness.transcript.case)],
            before_alone=[lambda: self.reduced.append(harness.transcript.case)],
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


def test_two_cases_meet(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
def test_one(): meeting.wait()
def test_two(): meeting.wait()
""")

    assert outcomes == {"test_one": "passed", "test_two": "passed"}
    assert {name: case.rpartition("::")[2] for name, case in plugin.courses.items()} == {
        "test_one": "test_one",
        "test_two": "test_two",
    }
    assert all(plugin.durations.values())
    assert plugin.halted


@pytest.mark.parametrize("how", [{"most": 1}, {"worker": "gw0"}], ids=["most", "worker"])
def test_cases_run_one_by_one_where_they_must(run: Callable[..., Any], how: Any) -> None:
    plugin, outcomes = run(
        """
def test_one(): assert threading.current_thread() is threading.main_thread()
""",
        **how,
    )

    assert outcomes == {"test_one": "passed"}
    assert plugin.durations == {"test_one": None}


def test_what_a_case_raises_is_reported_for_it(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
def test_one(): meeting.wait()
def test_two():
    meeting.wait()
    raise Violation("a 200", "it was a 500")
""")

    assert outcomes == {"test_one": "passed", "test_two": "failed"}


def test_a_case_gets_its_parameters_and_fixtures(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
@pytest.mark.parametrize("number", [1, 2])
def test_it(number, conformance_harness, conformance_case):
    assert number in (1, 2) and conformance_harness is conformance_case
    meeting.wait()
""")

    assert set(outcomes.values()) == {"passed"}
    assert len(outcomes) == 2


def test_a_case_with_a_fixture_of_the_users_own_runs_alone(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
@pytest.fixture
def own(request): return request.node.name
def test_one(own): assert own == "test_one"
""")

    assert outcomes == {"test_one": "passed"}
    assert plugin.durations == {"test_one": None}


def test_the_library_is_prepared_once_before_its_readers(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
quiet = pytest.mark.exclusive("readers")
def test_writer(): pass
@quiet
def test_one(): meeting.wait()
@quiet
def test_two(): meeting.wait()
""")

    assert set(outcomes.values()) == {"passed"}
    assert plugin.prepared == [""]


def test_one_reader_prepares_what_it_needs_itself(run: Callable[..., Any]) -> None:
    plugin, _ = run("""
@pytest.mark.exclusive("readers")
def test_one(): pass
""")

    assert plugin.prepared == []


def test_an_exclusive_case_runs_when_no_other_runs(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
def slowly():
    inside.append(1)
    threading.Event().wait(0.02)
    inside.pop()
def test_a(): slowly()
def test_b(): slowly()
@pytest.mark.exclusive
def test_c(): assert not inside
def test_d(): slowly()
""")

    assert set(outcomes.values()) == {"passed"}


_TWO_CALLERS = {"capabilities": ("other-token",)}
_OWNER = """
@pytest.fixture(scope="session")
def owner(): return "other"
apart = pytest.mark.exclusive
"""


def test_an_exclusive_case_with_a_library_of_its_own_runs_beside_others(
    run: Callable[..., Any],
) -> None:
    text = """
def test_one(): meeting.wait()
@apart
def test_two(owner):
    assert owner == "other"
    meeting.wait()
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)
    _, of_one_caller = run(_OWNER + text.replace("meeting.wait()", "pass"))

    assert set(outcomes.values()) == {"passed"}
    assert set(of_one_caller.values()) == {"passed"}


def test_with_one_caller_an_exclusive_case_runs_alone(run: Callable[..., Any]) -> None:
    plugin, _ = run(_OWNER + "@apart\ndef test_one(owner): pass")

    assert plugin.durations == {"test_one": None}


def test_exclusive_cases_apart_run_one_after_the_other_and_before_those_of_both_libraries(
    run: Callable[..., Any],
) -> None:
    text = """
def slowly(change):
    change("other")
    assert not inside
    inside.append(1)
    threading.Event().wait(0.02)
    inside.pop()
ended = []
@pytest.mark.two_libraries
def test_both(conformance_harness):
    conformance_harness.change("other")
    assert ended == [1, 2]
@apart
def test_first(owner, conformance_harness):
    slowly(conformance_harness.change)
    ended.append(1)
@apart
def test_second(owner, conformance_harness):
    slowly(conformance_harness.change)
    ended.append(2)
"""

    plugin, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}
    assert all(plugin.durations.values())


@pytest.mark.parametrize("mark", ["", '@pytest.mark.exclusive("known cases")'])
def test_a_case_that_has_to_change_a_library_of_another_case_runs_again_alone(
    run: Callable[..., Any], mark: str
) -> None:
    text = f"""
begun = threading.Event()
{mark}
def test_changes(conformance_harness):
    begun.wait(5)
    conformance_harness.change("other")
    assert threading.current_thread() is threading.main_thread()
@apart
def test_apart(owner):
    begun.set()
    threading.Event().wait(0.05)
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}


def test_a_finding_apart_counts_only_if_the_case_has_it_alone(run: Callable[..., Any]) -> None:
    text = """
def test_other(): pass
@apart
def test_disturbed(owner):
    if threading.current_thread() is not threading.main_thread():
        raise Violation("the total", "another one")
@apart
def test_broken(owner): raise Violation("the total", "another one")
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert outcomes == {"test_other": "passed", "test_disturbed": "passed", "test_broken": "failed"}


def test_readers_and_exclusive_cases_wait_for_those_apart(run: Callable[..., Any]) -> None:
    text = """
ended = threading.Event()
def test_other(): pass
@pytest.mark.exclusive("readers")
def test_reads(): assert ended.is_set()
@pytest.mark.exclusive("readers")
def test_reads_too(): assert ended.is_set()
@pytest.mark.exclusive
def test_alone(): assert ended.is_set()
@apart
def test_apart(owner):
    threading.Event().wait(0.05)
    ended.set()
"""

    _, outcomes = run(_OWNER + text, **_TWO_CALLERS)

    assert set(outcomes.values()) == {"passed"}


def test_a_reader_that_has_to_write_runs_again_alone(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
@pytest.mark.exclusive("readers")
def test_reads(): threading.Event().wait(0.02)
@pytest.mark.exclusive("readers")
def test_writes(conformance_harness):
    conformance_harness.write()
    assert threading.current_thread() is threading.main_thread()
""")

    assert outcomes == {"test_reads": "passed", "test_writes": "passed"}


def test_what_a_lane_showed_is_kept_where_its_case_runs_again(
    run: Callable[..., Any],
) -> None:
    plugin, outcomes = run("""
@pytest.mark.exclusive("readers")
def test_writes(conformance_harness):
    if threading.current_thread() is not threading.main_thread():
        noticed = conformance_harness.transcript.course.noticed
        noticed.append(Violation("a key", "it is missing"))
    conformance_harness.write()
""")

    assert outcomes == {"test_writes": "passed"}
    assert plugin.noticed == {"test_writes": ["expected a key, but it is missing"]}


def test_an_anchor_runs_before_the_others_and_alone(run: Callable[..., Any]) -> None:
    plugin, outcomes = run("""
def test_anchor(): assert threading.current_thread() is threading.main_thread()
def test_one(): assert threading.current_thread() is not threading.main_thread()
""")

    assert outcomes == {"test_anchor": "passed", "test_one": "passed"}
    assert plugin.durations["test_anchor"] is None


def test_a_finding_that_another_case_may_have_caused_is_looked_at_alone(
    run: Callable[..., Any],
) -> None:
    _, outcomes = run("""
@pytest.mark.exclusive("known cases")
def test_strange():
    if threading.current_thread() is threading.main_thread():
        raise Blocked(limit="now it cannot be judged")
    raise Violation("no new item", "there is one")
""")

    assert outcomes == {"test_strange": "failed"}


def test_a_finding_stays_where_the_case_passes_alone(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
@pytest.mark.exclusive("known cases")
def test_strange():
    if threading.current_thread() is not threading.main_thread():
        raise Violation("no new item", "there is one")
""")

    assert outcomes == {"test_strange": "failed"}


def test_where_ids_come_again_only_a_finding_that_a_case_has_alone_counts(
    run: Callable[..., Any],
) -> None:
    _, outcomes = run("""
def test_strange(conformance_harness):
    conformance_harness.completions.seen = True
    if threading.current_thread() is not threading.main_thread():
        raise Violation("the item to be gone", "it is there")
def test_blocked(conformance_harness):
    conformance_harness.completions.seen = True
    if threading.current_thread() is not threading.main_thread():
        with precondition("FH-GET-01"):
            raise Violation("the item to be gone", "it is there")
def test_broken(conformance_harness):
    conformance_harness.completions.seen = True
    raise Violation("the item to be gone", "it is there")
""")

    assert outcomes == {
        "test_strange": "passed",
        "test_blocked": "passed",
        "test_broken": "failed",
    }


@pytest.mark.parametrize(
    "finding", ['Violation("newest first", "it is not")', 'Blocked(limit="nothing can be judged")']
)
def test_of_a_case_that_is_tried_beside_others_only_success_counts(
    run: Callable[..., Any], finding: str
) -> None:
    _, outcomes = run(f"""
tried = pytest.mark.exclusive("tried beside others")
@tried
def test_passes():
    assert threading.current_thread() is not threading.main_thread()
@tried
def test_passes_alone():
    if threading.current_thread() is not threading.main_thread():
        raise {finding}
@tried
def test_fails():
    raise Violation("newest first", "it is not")
""")

    assert outcomes == {
        "test_passes": "passed",
        "test_passes_alone": "passed",
        "test_fails": "failed",
    }


def test_a_case_knows_whether_others_run_beside_it(run: Callable[..., Any]) -> None:
    _, outcomes = run("""
def test_one(conformance_harness): assert conformance_harness.transcript.course.beside
def test_two(conformance_harness): assert conformance_harness.transcript.course.beside
@pytest.mark.exclusive
def test_alone(conformance_harness): assert not conformance_harness.transcript.course.beside
def test_last(conformance_harness): assert not conformance_harness.transcript.course.beside
""")

    assert set(outcomes.values()) == {"passed"}


def test_a_case_whose_capability_is_missing_sends_nothing(run: Callable[..., Any]) -> None:
    plugin, outcomes = run(
        """
def test_one(conformance_harness): conformance_harness.completions.seen = True
def test_last(conformance_harness): pass
""",
        needs=("posts",),
    )

    assert set(outcomes.values()) == {"skipped"}
    assert not plugin.completions.seen


def test_the_library_is_reduced_once_before_the_first_case_that_is_alone(
    run: Callable[..., Any],
) -> None:
    plugin, outcomes = run("""
alone = pytest.mark.exclusive
def test_writer(): pass
@alone
def test_one(): pass
@alone
def test_two(): pass
""")

    assert set(outcomes.values()) == {"passed"}
    assert plugin.reduced == [""]
    assert plugin.courses["test_one"].endswith("test_one")

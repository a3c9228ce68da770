"""The pytest plugin: options, collection rules, and a record of each case.

Loaded into every pytest session through the entry point, so it imports the rest of
the kit only when a scenario of ours is really collected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from conformance.examination import Examination
    from conformance.target import Target
    from conformance.verdict import CaseRecord, Run

_SCENARIOS = "conformance.profiles."
_PROFILE = pytest.StashKey[str]()
_EXAMINATION = pytest.StashKey["Examination"]()
_REQUIREMENT = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer every setting of `conformance run` as `--conformance-<flag>`."""
    from conformance.settings import SETTINGS  # noqa: PLC0415 - keeps foreign sessions light

    group = parser.getgroup("conformance", "contract conformance of a media-upload API")
    for setting in (setting for setting in SETTINGS if setting.pytest):
        flag = f"--conformance-{setting.flag[2:]}"
        if setting.kind is bool:
            group.addoption(flag, action="store_true", default=None, help=setting.help)
        elif setting.multiple:
            group.addoption(flag, action="append", metavar="VALUE", help=setting.help)
        else:
            choices = setting.choices or None
            group.addoption(flag, type=setting.kind, choices=choices, help=setting.help)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers of the scenarios."""
    from conformance.case import MARKERS  # noqa: PLC0415 - keeps foreign sessions light

    for marker, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SessionVerdict(), "conformance-verdict")


def _settings(config: pytest.Config) -> dict[str, Any]:
    from conformance.settings import environment, resolved  # noqa: PLC0415

    options = lambda setting: config.getoption(f"conformance_{setting.name}", None)  # noqa: E731
    return resolved(options, environment())


def _profile_of(item: pytest.Item) -> str | None:
    """Name the profile whose scenario this is, also where a user's module imports it."""
    name = getattr(getattr(item, "function", None), "__module__", "")
    return name.removeprefix(_SCENARIOS).split(".")[0] if name.startswith(_SCENARIOS) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hold every scenario to one known requirement, and put the waiting ones last."""
    scenarios = [(item, name) for item in items if (name := _profile_of(item))]
    if not scenarios:
        return
    names = sorted({name for _, name in scenarios})
    if len(names) > 1:
        raise pytest.UsageError(f"one profile a session, not {' and '.join(names)}")
    config.stash[_PROFILE] = names[0]
    for item, name in scenarios:
        item.stash[_REQUIREMENT] = _requirement_of(item, name)
    if _settings(config)["effort"] == "quick":
        _leave_out_searches(config, items)
    items.sort(key=lambda item: item.get_closest_marker("waits") is not None)


def _leave_out_searches(config: pytest.Config, items: list[pytest.Item]) -> None:
    searches = [item for item in items if item.get_closest_marker("search")]
    if searches:
        config.hook.pytest_deselected(items=searches)
        items[:] = [item for item in items if item not in searches]


def _requirement_of(item: pytest.Item, profile: str) -> str:
    from conformance.problem import Problem  # noqa: PLC0415
    from conformance.profile import Profile  # noqa: PLC0415

    names = [mark.args[0] for mark in item.iter_markers("requirement") if mark.args]
    if len(names) != 1:
        found = "no requirement" if not names else f"{len(names)} requirements"
        raise pytest.UsageError(f"{item.nodeid} names {found}: a case proves exactly one")
    try:
        return Profile.load(profile).catalogue[names[0]].id
    except Problem as problem:
        raise pytest.UsageError(f"{item.nodeid}: {problem}") from None


@pytest.fixture(scope="session")
def conformance_target(request: pytest.FixtureRequest) -> Target:
    """The target of the session; override it to point the suite at a server of your own."""
    from conformance.problem import UsageProblem  # noqa: PLC0415
    from conformance.settings import target  # noqa: PLC0415

    try:
        return target(request.config.stash[_PROFILE], _settings(request.config))
    except UsageProblem as problem:
        pytest.exit(f"conformance: {problem}", returncode=problem.exit_code)


@pytest.fixture(scope="session")
def conformance_examination(
    request: pytest.FixtureRequest, conformance_target: Target
) -> Iterator[Examination]:
    """Everything the cases of this process need; closing it removes what they created."""
    from uuid import uuid4  # noqa: PLC0415

    from conformance.examination import Examination  # noqa: PLC0415
    from conformance.profile import Profile  # noqa: PLC0415

    config = request.config
    worker = getattr(config, "workerinput", {"workerid": "main", "testrunuid": uuid4().hex})
    settings = _settings(config)
    examination = Examination(
        Profile.load(config.stash[_PROFILE]),
        conformance_target,
        run_id=worker["testrunuid"][:12],
        worker=worker["workerid"],
        seed=settings["seed"],
        effort=settings["effort"],
    )
    config.stash[_EXAMINATION] = examination
    yield examination
    examination.close()


@pytest.fixture
def conformance_case(
    request: pytest.FixtureRequest, conformance_examination: Examination
) -> Iterator[Examination]:
    """Begin one case: its transcript, the capabilities it needs, its share of the library."""
    from conformance.verdict import Blocked  # noqa: PLC0415

    row = conformance_examination.profile.catalogue[request.node.stash[_REQUIREMENT]]
    conformance_examination.transcript.begin(row.id)
    for need in row.needs:
        if need not in conformance_examination.target.capabilities:
            raise Blocked(capability=need)
    exclusive = request.node.get_closest_marker("exclusive") is not None
    with conformance_examination.library_lock(exclusive=exclusive):
        yield conformance_examination


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record what a case came to, and say it in pytest's own terms."""
    report = yield
    if _REQUIREMENT not in item.stash:
        return report
    examination = item.config.stash.get(_EXAMINATION, None)
    if report.when == "call" or call.excinfo is not None:
        from conformance.recording import attach, record, tell_pytest  # noqa: PLC0415

        strict = bool(_settings(item.config)["strict"])
        case = record(item, call, examination, item.stash[_REQUIREMENT])
        attach(report, case)
        tell_pytest(report, case, examination, strict=strict)
    return report


def pytest_report_teststatus(
    report: pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Show warned and not-verified cases as what they are, not as skips."""
    status = dict(report.user_properties).get("conformance-status")
    if not isinstance(status, str):
        return None
    return status, status[0].upper(), status.upper()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the controlling process what this worker could not remove."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["conformance_leftovers"] = leftovers_of(session.config)


def leftovers_of(config: pytest.Config) -> list[str]:
    """Return what this process created and could not remove."""
    examination = config.stash.get(_EXAMINATION, None)
    return [] if examination is None else examination.leftovers


class SessionVerdict:
    """Judges a session as `conformance run` does, where pytest alone would see but cases.

    A MUST that only ever showed itself by blocking other cases leaves them skipped, and
    pytest content: the session fails all the same.
    """

    def __init__(self) -> None:
        """Begin without a case: a session that has none of ours stays as it is."""
        self._records: dict[str, CaseRecord] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the records, those of xdist's workers too."""
        from conformance.recording import attached, gather  # noqa: PLC0415

        case = attached(report)
        if case is not None:
            gather(self._records, case)

    def _run(self, config: pytest.Config) -> Run:
        from conformance.profile import profile_of  # noqa: PLC0415
        from conformance.verdict import Run  # noqa: PLC0415

        cases = list(self._records.values())
        profile = profile_of(cases[0].requirement)
        strict = bool(_settings(config)["strict"])
        selection = config.getoption("keyword") or "the arguments"
        return Run(profile.name, profile.catalogue, cases, strict=strict, selection=selection)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a session in which a requirement failed."""
        if self._records and self._run(session.config).failed and not session.exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        """Print why a case warned or was not verified, which pytest hides, and the verdict."""
        for status in ("warned", "not-verified"):
            reports = terminalreporter.getreports(status)
            if reports:
                terminalreporter.section(f"conformance: {status}")
            for report in reports:
                terminalreporter.line(f"{report.nodeid}: {report.longrepr[2]}")
        if self._records:
            run = self._run(config)
            failed = ", ".join(result.requirement.id for result in run.failed)
            ending = f" (failed: {failed})" if failed else ""
            terminalreporter.section(f"conformance: {run.profile} {run.verdict}{ending}")

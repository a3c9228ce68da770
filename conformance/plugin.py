"""The pytest plugin: options, collection rules, fixtures, and a record of each case.

Loaded into every pytest session through the entry point, so it imports the rest of the kit
only when a scenario of ours is really collected, and declares nothing before.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from conformance.examination import Examination
    from conformance.problem import Problem
    from conformance.target import Target

_SCENARIOS = "conformance.profiles."
#: The plugin that judges a session; `conformance run` blocks it, since it judges for itself.
SESSION = "conformance-session"
_SETTINGS = pytest.StashKey[dict[str, Any]]()
_PROFILE = pytest.StashKey[str]()
_PROBLEM = pytest.StashKey["Problem"]()
_TARGET = pytest.StashKey[dict[str, object]]()
_EXAMINATION = pytest.StashKey["Examination"]()
_REQUIREMENT = pytest.StashKey[str]()

#: The pytest sessions of this process, since one may run inside another.
_configs: list[pytest.Config] = []


def declare(markers: Mapping[str, str]) -> None:
    """Declare markers, under a strict pytest before they are first used."""
    for config in _configs:
        declared = set(config.getini("markers"))
        for marker, meaning in markers.items():
            line = f"{marker}: {meaning}"
            if line not in declared:
                config.addinivalue_line("markers", line)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer every setting of `conformance run` as `--conformance-<flag>` and in the ini file."""
    from conformance import options  # noqa: PLC0415 - keeps foreign sessions light

    options.add_to(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to listen for scenarios, and check what the command line says of them."""
    from conformance.session import SessionVerdict  # noqa: PLC0415

    _configs.append(config)
    if not _conducted(config) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SessionVerdict(config), SESSION)
    if "conformance.case" in sys.modules or config.getoption("markers", default=False):
        from conformance.case import MARKERS  # noqa: PLC0415

        declare(MARKERS)
    if config.getoption("conformance_requirement", None):
        _check_requirements(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget the session."""
    if config in _configs:
        _configs.remove(config)


def _check_requirements(config: pytest.Config) -> None:
    from conformance.options import wanted_requirements  # noqa: PLC0415
    from conformance.problem import Problem  # noqa: PLC0415
    from conformance.selection import check_requirements  # noqa: PLC0415

    try:
        check_requirements(wanted_requirements(config))
    except Problem as problem:
        _give_up(problem)


def _give_up(problem: Problem) -> None:
    """End pytest with one line and our own exit code, before a case has run."""
    pytest.exit(f"conformance: {problem}", returncode=problem.exit_code)


def settings_of(config: pytest.Config) -> dict[str, Any]:
    """Return the session's settings; raises `UsageProblem` for one that does not fit."""
    if _SETTINGS not in config.stash:
        from conformance.options import resolved_settings  # noqa: PLC0415

        config.stash[_SETTINGS] = resolved_settings(config)
    return config.stash[_SETTINGS]


def _conducted(config: pytest.Config) -> bool:
    """Say whether `conformance run` conducts this session, and so judges and reports it."""
    return config.pluginmanager.is_blocked(SESSION)


def _profile_of(item: pytest.Item) -> str | None:
    """Name the profile whose scenario this is, also where a user's module imports it."""
    name = getattr(getattr(item, "function", None), "__module__", None) or ""
    return name.removeprefix(_SCENARIOS).split(".")[0] if name.startswith(_SCENARIOS) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Name a scenario by its requirement, before `-k` and `-m` select."""
    profile = _profile_of(item)
    if profile:
        from conformance.selection import label  # noqa: PLC0415

        label(item, profile)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hold every scenario to one known requirement, and leave out what was not asked for."""
    profiles = {item: name for item in items if (name := _profile_of(item))}
    if not profiles:
        return
    from conformance.problem import Problem  # noqa: PLC0415

    try:
        _prepare(config, items, profiles)
    except Problem as problem:
        if not hasattr(config, "workerinput"):
            _give_up(problem)
        # xdist starts a worker that gives up anew: let its first case say what is wrong.
        config.stash[_PROBLEM] = problem
        items[:] = [next(iter(profiles))]
        items[0].stash[_REQUIREMENT] = ""


def _prepare(
    config: pytest.Config, items: list[pytest.Item], profiles: Mapping[pytest.Item, str]
) -> None:
    from conformance.problem import UsageProblem  # noqa: PLC0415
    from conformance.selection import requirement_of, select  # noqa: PLC0415

    names = sorted(set(profiles.values()))
    if len(names) > 1:
        raise UsageProblem(f"one profile a session, not {' and '.join(names)}")
    config.stash[_PROFILE] = names[0]
    scenarios = {item: requirement_of(item, name).id for item, name in profiles.items()}
    for item, requirement in scenarios.items():
        item.stash[_REQUIREMENT] = requirement
    select(config, items, scenarios, settings_of(config)["effort"])


def _raise_problem(config: pytest.Config) -> None:
    """Raise what the collection of this worker found."""
    problem = config.stash.get(_PROBLEM, None)
    if problem is not None:
        raise problem


@pytest.fixture(scope="session")
def conformance_target(request: pytest.FixtureRequest) -> Target:
    """The target of the session; override it to point the suite at a server of your own."""
    from conformance.problem import UsageProblem  # noqa: PLC0415
    from conformance.settings import target  # noqa: PLC0415

    _raise_problem(request.config)
    values = settings_of(request.config)
    if not values["base_url"]:
        raise UsageProblem(
            "no target: pass --base-url URL, or override the fixture conformance_target"
        )
    profile = request.config.stash.get(_PROFILE, None)
    if profile is None:
        raise UsageProblem("no scenario is collected that says which profile the target is of")
    return target(profile, values)


@pytest.fixture(scope="session")
def conformance_examination(
    request: pytest.FixtureRequest, conformance_target: Target
) -> Iterator[Examination]:
    """Everything the cases of this process need; closing it removes what they created."""
    from conformance.problem import KitFault, Problem  # noqa: PLC0415

    try:
        examination = _examination(request.config, conformance_target)
    except Problem:
        raise
    except Exception as error:
        raise KitFault(f"the examination cannot begin: {error!r}") from error
    request.config.stash[_EXAMINATION] = examination
    yield examination
    examination.close()


def _examination(config: pytest.Config, target: Target) -> Examination:
    from uuid import uuid4  # noqa: PLC0415

    from conformance.examination import Examination  # noqa: PLC0415
    from conformance.preflight import check_fixture, check_target  # noqa: PLC0415

    _raise_problem(config)
    profile = check_fixture(target, config.stash.get(_PROFILE, None))
    config.stash[_TARGET] = target.described()
    if not _conducted(config):
        check_target(profile, target)
    worker = getattr(config, "workerinput", {"workerid": "main", "testrunuid": uuid4().hex})
    values = settings_of(config)
    return Examination(
        profile,
        target,
        run_id=worker["testrunuid"][:12],
        worker=worker["workerid"],
        seed=values["seed"],
        effort=values["effort"],
    )


@pytest.fixture
def conformance_case(
    request: pytest.FixtureRequest, conformance_examination: Examination
) -> Iterator[Examination]:
    """Begin one case: its transcript, the capabilities it needs, its share of the library."""
    from conformance.verdict import Blocked  # noqa: PLC0415

    requirement = request.node.stash.get(_REQUIREMENT, None)
    conformance_examination.transcript.begin(requirement or "-")
    if requirement is not None:  # a test of the user's own may build on our fixtures
        for need in conformance_examination.profile.catalogue[requirement].needs:
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
    ended = report.when == "call" or call.excinfo is not None
    if _REQUIREMENT not in item.stash or not ended:
        return report
    if call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception):
        return report  # the user's own suite leaves the case out
    from conformance.recording import Telling, record_case, record_stop  # noqa: PLC0415

    requirement = item.stash[_REQUIREMENT]
    examination = item.config.stash.get(_EXAMINATION, None)
    if examination is None:
        record_stop(item, call, report, requirement, item.config.stash.get(_TARGET, {}))
        return report
    from conformance.options import replay  # noqa: PLC0415

    values = settings_of(item.config)
    telling = Telling(strict=bool(values["strict"]), replay=replay(item.config, values))
    record_case(item, call, report, requirement, examination=examination, telling=telling)
    return report


def pytest_report_teststatus(
    report: pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Show warned and not-verified cases as what they are, not as skips."""
    status = getattr(report, "conformance_status", None)
    if not isinstance(status, str):
        return None
    return status, status[0].upper(), status.upper()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the controlling process what this worker could not remove, and what to keep secret."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["conformance_leftovers"] = leftovers_of(session.config)
        output["conformance_secrets"] = secrets_of(session.config)


def leftovers_of(config: pytest.Config) -> list[str]:
    """Return what this process created and could not remove."""
    examination = config.stash.get(_EXAMINATION, None)
    return [] if examination is None else examination.leftovers


def secrets_of(config: pytest.Config) -> list[str]:
    """Return the secrets of the target that this process examined: it may be the user's own."""
    examination = config.stash.get(_EXAMINATION, None)
    return [] if examination is None else list(filter(None, examination.target.secrets))

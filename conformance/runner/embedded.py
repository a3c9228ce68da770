"""Runs pytest in this process, isolated from the user's pytest configuration."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import conformance.profiles
from conformance.problem import KitFault
from conformance.suite.sessions import VERDICT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.model.profile import Profile

_PLUGINS = ("conformance.plugin", "xdist.plugin", "_hypothesis_pytestplugin")
_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_AUTO_NUM_WORKERS")


class SilentPlugin:
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


def check(plugin: SilentPlugin, status: int | pytest.ExitCode, *, done: bool) -> None:
    """Raise `KitFault` when pytest could not do its work."""
    broken = {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}
    if plugin.errors or (status in broken and not done):
        raise KitFault("\n".join(plugin.errors) or f"pytest ended with status {status}")


def arguments(
    profile: Profile,
    values: Mapping[str, Any],
    expression: str | None = None,
    only: Sequence[str] = (),
) -> list[str]:
    """Return the command line of pytest for a profile's suite."""
    folder = Path(conformance.profiles.__file__).parent
    named = [f"{folder}/{case}" for case in only] or ["--pyargs", profile.scenarios]
    arguments = [
        *(*named, "-c", str(folder / "pytest.ini")),
        *("--rootdir", str(folder), "-p", "no:cacheprovider", "--capture=no", "--tb=native"),
        f"--hypothesis-seed={values['seed']}",
    ]
    for plugin in (*_PLUGINS, f"no:{VERDICT}"):  # the run is judged here
        arguments += ["-p", plugin]
    if values["workers"] > 1:
        arguments += ["-n", str(values["workers"]), "--max-worker-restart=0"]
    if expression:
        arguments += ["-k", expression]
    return arguments


@contextmanager
def isolated_environment(variables: Mapping[str, str]) -> Iterator[None]:
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

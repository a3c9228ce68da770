"""Runs pytest in this process, isolated from the user's pytest configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import conformance.profiles
from conformance.problem import KitFault
from conformance.runner.environment import changed_environment
from conformance.suite.sessions import VERDICT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from conformance.model.profile import Profile

_PLUGINS = ("conformance.plugin", "xdist.plugin", "_hypothesis_pytestplugin")
# The run is judged here, and pytest's search for lost exceptions takes a second at the end.
_LEFT_OUT = (f"no:{VERDICT}", "no:unraisableexception")
_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_AUTO_NUM_WORKERS")


class SilentPlugin:
    """Keeps pytest silent and collects its errors: the kit prints its own report."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Remove pytest's own terminal output."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the error of a failed collection."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep an error inside pytest itself."""
        self.errors.append(str(excrepr))


def check(plugin: SilentPlugin, status: int | pytest.ExitCode, *, done: bool) -> None:
    """Raise `KitFault` if pytest could not run."""
    broken = {pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR}
    if plugin.errors or (status in broken and not done):
        raise KitFault("\n".join(plugin.errors) or f"pytest ended with status {status}")


def arguments(
    profile: Profile,
    values: Mapping[str, Any],
    expression: str | None = None,
    only: Sequence[str] = (),
) -> list[str]:
    """Return the command line of pytest for a profile's suite.

    The suite is named by a path. For the name of a module pytest also loads the `conftest.py`
    of the current folder, which belongs to the user.
    """
    folder = Path(conformance.profiles.__file__).parent
    named = [str(folder / case) for case in only or (profile.name,)]
    arguments = [
        *(*named, "-c", str(folder / "pytest.ini"), "--rootdir", str(folder)),
        *("--confcutdir", str(folder), "-p", "no:cacheprovider", "--capture=no", "--tb=native"),
        f"--hypothesis-seed={values['seed']}",
    ]
    for plugin in (*_PLUGINS, *_LEFT_OUT):
        arguments += ["-p", plugin]
    if values["workers"] > 1:
        arguments += ["-n", str(values["workers"]), "--max-worker-restart=0"]
    if expression:
        arguments += ["-k", expression]
    return arguments


def isolated_environment(variables: Mapping[str, str]) -> AbstractContextManager[None]:
    """Pass the settings to pytest and its workers, without the user's plugins and options."""
    isolated = {**variables, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return changed_environment(isolated, without=_FOREIGN)

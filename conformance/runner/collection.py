"""The cases of the suite and the requirement that each proves, as pytest collects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.runner.embedded import SilentPlugin, arguments, check, isolated_environment
from conformance.settings.table import BY_NAME

if TYPE_CHECKING:
    from conformance.model.profile import Profile


class CollectingPlugin(SilentPlugin):
    """Notes which case proves which requirement, without running a case."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[tuple[str, str]] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Read the one requirement that each case names."""
        for item in session.items:
            mark = item.get_closest_marker("requirement")
            if mark is not None:
                self.cases.append((mark.args[0], item.nodeid))


def cases(profile: Profile) -> list[tuple[str, str]]:
    """Return the requirement and the id of every case, as pytest collects them."""
    plugin = CollectingPlugin()
    values = {"seed": 0, "workers": 1}
    # A variable of the user's may choose a shard.
    with isolated_environment({BY_NAME["shard"].variable: ""}):
        status = pytest.main([*arguments(profile, values), "--collect-only"], plugins=[plugin])
    check(plugin, status, done=bool(plugin.cases))
    return plugin.cases

"""No pytest file, plugin or option of the user's folder reaches a session of the kit's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.conftest import credentials
from tests.reports.made import written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

#: The content of a `conftest.py` of the user, by what it would do to a session.
CONFTESTS = {
    "cannot be imported": "raise RuntimeError('the conftest of the user')",
    "drops every case": "def pytest_collection_modifyitems(items): items.clear()",
    "names a plugin": "pytest_plugins = ['no_such_plugin']",
    "tests another server": """
import pytest
from conformance.target import Target

@pytest.fixture(scope="session")
def conformance_target():
    return Target("feedhive", "http://127.0.0.1:1", token="another-server")
""",
    "skips every case": """
import pytest

@pytest.fixture(autouse=True, scope="session")
def skips(): pytest.skip("a conftest of the user")
""",
}
#: Settings of the user, each of which would stop pytest or leave out every case.
SETTINGS = {
    "pytest.ini": "[pytest]\naddopts = -k nothing -p no_such_plugin\n",
    "setup.cfg": "[tool:pytest]\naddopts = -k nothing\n",
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-k nothing"\n',
    "tox.ini": "[pytest]\naddopts = -k nothing\n",
}
VARIABLES = {
    "PYTEST_ADDOPTS": "-k nothing",
    "PYTEST_PLUGINS": "no_such_plugin",
}


@pytest.mark.whole_run
@pytest.mark.parametrize("place", ["conftest.py", "tests/conftest.py"])
@pytest.mark.parametrize("kind", ["cannot be imported", "drops every case", "names a plugin"])
def test_the_cases_are_the_same_beside_a_conftest_of_the_user(
    command: Command, tmp_path: Path, place: str, kind: str
) -> None:
    write(tmp_path / place, CONFTESTS[kind])

    done = command("list", "cases", "hayon")

    assert done.returncode == 0, done.stderr
    assert "HY-UPLOAD-01" in done.stdout


@pytest.mark.whole_run
def test_the_cases_are_the_same_whatever_the_settings_of_the_user_say(
    command: Command, tmp_path: Path
) -> None:
    for name, text in SETTINGS.items():
        write(tmp_path / name, text)

    done = command("list", "cases", "hayon", **VARIABLES)

    assert done.returncode == 0, done.stderr
    assert "HY-UPLOAD-01" in done.stdout


def test_explain_ignores_a_conftest_of_the_user(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "conftest.py", CONFTESTS["cannot be imported"])

    done = command("explain", "FH-CREATE-01")

    assert done.returncode == 0, done.stderr


@pytest.mark.whole_run
@pytest.mark.parametrize(
    ("place", "kind", "workers"),
    [
        ("conftest.py", "tests another server", "1"),
        ("tests/conftest.py", "tests another server", "2"),
        ("tests/conftest.py", "skips every case", "1"),
    ],
)
def test_a_run_judges_its_own_target_beside_a_conftest_of_the_user(
    command: Command,
    feedhive: dict[str, str],
    tmp_path: Path,
    *,
    place: str,
    kind: str,
    workers: str,
) -> None:
    write(tmp_path / place, CONFTESTS[kind])
    for name, text in SETTINGS.items():
        write(tmp_path / name, text)

    done = command(
        *("run", "feedhive", "--base-url", feedhive["base_url"], "--workers", workers),
        *("-k", "FH-CREATE-01"),
        **credentials(feedhive),
        **VARIABLES,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "conformance-report/report.json").read_text())
    assert report["counts"]["passed"] == 1
    assert report["target"]["base_url"] == feedhive["base_url"]


@pytest.mark.whole_run
def test_a_replay_judges_its_own_target_beside_a_conftest_of_the_user(
    command: Command, feedhive: dict[str, str], tmp_path: Path
) -> None:
    case = "feedhive/scenarios/test_complete.py::test_complete_refuses_an_empty_object"
    written(tmp_path, "failed", case=case, base_url=feedhive["base_url"])
    write(tmp_path / "conftest.py", CONFTESTS["tests another server"])

    done = command("replay", ".", **credentials(feedhive))

    assert "FH-COMPLETE-11 MUST fixed" in done.stdout, done.stdout + done.stderr


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

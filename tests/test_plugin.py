"""The plugin inside a user's own suite: how it is loaded, overridden and kept in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Pytest

pytestmark = pytest.mark.whole_run

HAYON = ("--pyargs", "conformance.profiles.hayon")

CONTRADICTION = """
from conformance.suite.marks import requirement

{marks}
def test_something(): pass
"""

#: Notes whether the last check for secrets knows the token of the target.
WATCHED = """
from pathlib import Path

from conformance.runner import standalone

honest = standalone.write_reports


def write_reports(run, place, rerun, redactor, decision):
    Path("known").write_text(str(redactor.knows({token!r})))
    return honest(run, place, rerun, redactor, decision)


standalone.write_reports = write_reports
"""

TARGET = """
import pytest
from conformance.target import Target

{more}
@pytest.fixture(scope="session")
def conformance_target():
    {body}
"""

IMPORTED = """
from conformance.profiles.hayon.scenarios.conftest import *
from conformance.profiles.hayon.scenarios.test_auth import *
from conformance.profiles.hayon.scenarios.test_upload import *
from conformance.profiles.hayon.scenarios.test_upload_key import *
"""

#: The kit's own reference app, as an app of the user's: storage and settings are fixtures.
REFERENCE_APP = """
import os
import pytest
from conformance.asgi import serving
from conformance.servers.answers import Settings
from conformance.servers.deviation import Server
from conformance.servers.hayon.app import application
from conformance.servers.hayon.publisher import Publisher
from conformance.servers.store import object_store
from conformance.target import Target

@pytest.fixture(scope="session")
def conformance_target(tmp_path_factory):
    database = tmp_path_factory.mktemp("app") / "hayon.sqlite"
    with object_store() as store, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", store.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", store.secret_key)
        tokens = {"main-t0ken": "main", "other-t0ken": "other"}
        publisher = Publisher(Settings(store, tokens, 900.0), database)
        with serving(application(Server(publisher))) as url:
            yield Target("hayon", url, "main-t0ken", other_token="other-t0ken",
                         s3_endpoint=store.endpoint, s3_bucket=store.bucket,
                         claimed=frozenset({"posts"}))
        publisher.close()
"""

OWN = """
import logging, signal
import pytest

@pytest.fixture(autouse=True)
def heard(caplog):
    caplog.set_level(logging.DEBUG, logger="httpx")
    return caplog

def test_requests_of_ones_own_are_still_logged(conformance_harness, heard):
    import httpx
    httpx.get(conformance_harness.target.base_url)
    assert "HTTP Request: GET" in heard.text
    heard.clear()
    conformance_harness.client.send("GET", conformance_harness.target.base_url)
    assert heard.text == ""

def test_settings_and_signals_are_as_before(conformance_harness):
    from hypothesis import settings
    assert settings.default.max_examples == settings.get_profile("default").max_examples
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL

def test_the_fixtures_serve_a_test_of_ones_own(conformance_case):
    assert conformance_case.target.profile == "hayon"
"""


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ("@requirement('FH-NOSUCH-1')", "no requirement 'FH-NOSUCH-1'"),
        ("", "names no requirement"),
        ("@requirement('FH-GET-01')\n@requirement('FH-GET-02')", "names 2 requirements"),
        ("@requirement('HY-UPLOAD-01')", "no requirement 'HY-UPLOAD-01'"),
    ],
    ids=["unknown", "missing", "two", "another profile's"],
)
def test_a_case_without_exactly_one_known_requirement_stops_the_collection(
    run_pytest: Pytest, tmp_path: Path, marks: str, words: str
) -> None:
    folder = tmp_path / "conformance" / "profiles" / "feedhive"
    folder.mkdir(parents=True)
    (folder / "test_contradiction.py").write_text(CONTRADICTION.format(marks=marks))
    module = "conformance.profiles.feedhive.test_contradiction"
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_itemcollected(item):\n"
        f"    item.function.__module__ = {module!r}\n"
    )

    done = run_pytest("--import-mode=importlib", str(folder))

    assert done.returncode == 4
    assert words in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "conftest"),
    [
        ((), {}, ""),
        ((), {}, "pytest_plugins = ['conformance.plugin']"),
        (("-p", "conformance.plugin"), {}, "pytest_plugins = ['conformance.plugin']"),
        ((), {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, "pytest_plugins = ['conformance.plugin']"),
        (("-p", "conformance.plugin"), {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, ""),
    ],
    ids=["entry point", "entry point and conftest", "all at once", "conftest alone", "-p alone"],
)
def test_it_is_loaded_in_any_way_and_in_several_at_once(
    run_pytest: Pytest,
    tmp_path: Path,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    conftest: str,
) -> None:
    (tmp_path / "conftest.py").write_text(conftest + "\n")

    done = run_pytest(*(*HAYON, "--collect-only", "-m", "update_post"), *arguments, **environment)

    assert (done.returncode, done.stderr) == (0, "")
    assert "test_an_update_takes_the_pair" in done.stdout
    assert "test_a_post_takes_the_pair" not in done.stdout


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_the_overridden_target_gives_what_its_settings_would(
    run_pytest: Pytest, hayon: dict[str, str], tmp_path: Path, workers: list[str]
) -> None:
    given = {"other_token": hayon["other_token"], "claimed": frozenset({"posts"})}
    body = f"return Target('hayon', {hayon['base_url']!r}, {hayon['token']!r}, **{given!r})"
    watched = WATCHED.format(token=hayon["token"])
    (tmp_path / "conftest.py").write_text(TARGET.format(body=body, more=watched))
    (tmp_path / "test_hayon.py").write_text(IMPORTED)

    done = run_pytest(
        *("test_hayon.py", "-k", "two_callers", *workers),
        *("--strict-markers", "--conformance-report-dir", "out"),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "known").read_text() == "True"
    assert "1 passed" in done.stdout  # the second caller's token counts
    assert "conformance: hayon partial" in done.stdout


def test_the_suite_as_a_package_takes_the_target_of_the_root_conftest(
    run_pytest: Pytest, hayon: dict[str, str], tmp_path: Path
) -> None:
    body = f"return Target('hayon', {hayon['base_url']!r}, {hayon['token']!r})"
    (tmp_path / "conftest.py").write_text(TARGET.format(body=body, more=""))
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_own.py").write_text(OWN)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --pyargs\ntestpaths = ./tests conformance.profiles.hayon\n"
        "conformance_effort = quick\n"
    )

    done = run_pytest("-k", "test_own or HY-UPLOAD-01")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
    assert "conformance: hayon partial" in done.stdout


def test_the_reference_app_served_in_the_users_own_process_is_conformant(
    run_pytest: Pytest, tmp_path: Path
) -> None:
    (tmp_path / "conftest.py").write_text(REFERENCE_APP)

    done = run_pytest(*HAYON, "--conformance-effort", "quick", "-W", "error")

    # Nothing here lives for a few seconds only, so what waits is not verified.
    assert done.returncode == 0, done.stdout + done.stderr
    assert "conformance: hayon partial" in done.stdout
    assert "not-verified" in done.stdout
    assert "pass --conformance-short-lived-url or --conformance-max-wait" in done.stdout


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("return 'http://127.0.0.1:1'", 2, "must return a conformance.target.Target, not str"),
        ("return Target('feedhive', 'http://127.0.0.1:1', 't')", 2, "a target of 'feedhive'"),
        ("return Target('hayon', 'http://127.0.0.1:1', 't')", 3, "cannot be reached"),
        ("raise OSError('no database')", 3, "OSError: no database"),
        ("pytest.skip('no docker here')", 0, "1 skipped"),
    ],
    ids=["no target", "another profile's", "unreachable", "failing", "skipping"],
)
def test_a_fixture_that_gives_no_target_is_told_in_its_own_way(
    run_pytest: Pytest, tmp_path: Path, body: str, code: int, words: str
) -> None:
    (tmp_path / "conftest.py").write_text(TARGET.format(body=body, more=""))

    done = run_pytest(*HAYON, "-k", "HY-UPLOAD-01")

    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stdout
    assert ("Traceback" in done.stdout) is False


def test_a_failing_test_of_ones_own_keeps_its_exit_code(
    run_pytest: Pytest, hayon: dict[str, str], tmp_path: Path
) -> None:
    own = tmp_path / "test_own.py"
    own.write_text("def test_own(): assert False\n")

    done = run_pytest(
        *(*HAYON, str(own), "-k", "test_own or HY-UPLOAD-01", "--conformance-require-verified"),
        CONFORMANCE_BASE_URL=hayon["base_url"],
        CONFORMANCE_TOKEN=hayon["token"],
    )

    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "conformance: hayon partial" in done.stdout

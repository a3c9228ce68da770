"""The plugin inside pytest: what stops a collection, and what leaves foreign suites alone."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTRADICTION = """
from conformance.case import requirement

{marks}
def test_something(): pass
"""


@pytest.fixture
def run_pytest(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=tmp_path,
            env={**clean_environment(), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


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
    run_pytest: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    marks: str,
    words: str,
) -> None:
    folder = tmp_path / "conformance" / "profiles" / "feedhive"
    folder.mkdir(parents=True)
    (folder / "test_contradiction.py").write_text(CONTRADICTION.format(marks=marks))
    module = "conformance.profiles.feedhive.test_contradiction"
    (tmp_path / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n"
        f"    for item in items: item.function.__module__ = {module!r}\n"
    )

    done = run_pytest("--import-mode=importlib", str(folder))

    assert done.returncode == 4
    assert words in done.stderr + done.stdout


def test_an_unrelated_suite_is_left_alone(
    run_pytest: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "test_foreign.py").write_text(
        "import sys\n"
        "def test_light():\n"
        "    heavy = ('client', 'contract', 'storage', 'schema', 'examination', 'profile')\n"
        "    assert not {f'conformance.{noun}' for noun in heavy} & set(sys.modules)\n"
        "def test_failing(): assert False\n"
    )

    done = run_pytest()

    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "conformance:" not in done.stdout


def test_a_session_without_a_target_ends_with_one_clear_line(
    run_pytest: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = run_pytest("--pyargs", "conformance.profiles.hayon")

    assert done.returncode == 2
    assert "no target: pass --base-url" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_must_that_only_blocks_fails_the_session(
    run_pytest: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = run_pytest(
        *("--pyargs", "conformance.profiles.hayon", "-k", "test_auth and json"),
        *("--conformance-base-url", "http://127.0.0.1:1"),
        CONFORMANCE_TOKEN="t",
    )

    assert done.returncode == 1
    assert "hayon nonconformant (failed: HY-UPLOAD-01)" in done.stdout


def test_the_target_fixture_may_be_overridden(
    run_pytest: Callable[..., subprocess.CompletedProcess[str]],
    hayon: dict[str, str],
    tmp_path: Path,
) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "from conformance.target import Target\n"
        "@pytest.fixture(scope='session')\n"
        "def conformance_target():\n"
        f"    return Target('hayon', {hayon['base_url']!r}, {hayon['token']!r})\n"
    )
    (tmp_path / "test_hayon.py").write_text(
        "from conformance.profiles.hayon.scenarios.conftest import *\n"
        "from conformance.profiles.hayon.scenarios.test_auth import *\n"
    )

    done = run_pytest("test_hayon.py")

    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one process", "two workers"])
def test_plain_pytest_gives_the_verdict(
    run_pytest: Callable[..., subprocess.CompletedProcess[str]],
    hayon: dict[str, str],
    workers: list[str],
) -> None:
    done = run_pytest(
        *("--pyargs", "conformance.profiles.hayon", "-k", "test_auth", *workers),
        *("--conformance-base-url", hayon["base_url"]),
        CONFORMANCE_TOKEN=hayon["token"],
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "conformance: hayon partial" in done.stdout

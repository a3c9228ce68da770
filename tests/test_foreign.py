"""Sessions that do not use the kit: the wheel is installed, and nothing about them changes."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import COMMAND_BOUND_S, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.whole_run

ROOT = Path(__file__).parents[1]
OURS = ("media_conformance", "__editable__", "_editable_impl")

SUITE = """
import logging, signal, sys, warnings
import pytest

@pytest.fixture
def api(): return "the suite's own"

def test_passes(api): assert api == "the suite's own"
def test_fails(): assert "left" == "right"
def test_skips(): pytest.skip("for a reason")
@pytest.mark.xfail(reason="known")
def test_xfails(): assert False
def test_records(record_property): record_property("conformance", 7)
def test_signals():
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
@pytest.mark.parametrize("name", ["httpx", "httpcore", "urllib3", "botocore", ""])
def test_logs(name):
    logger = logging.getLogger(name)
    assert (logger.level, logger.filters) == (30 if not name else 0, [])
def test_imports():
    heavy = {"schemathesis", "hypothesis", "boto3", "httpx", "jsonschema", "rich", "yaml"}
    print(sorted(heavy & set(sys.modules)))
"""
MISSPELT = """
import pytest
@pytest.mark.search
def test_marked(): pass
"""
IMPORTS = """
import sys
def test_imports():
    light = {
        "", ".connection", ".plugin", ".problem", ".target", ".suite", ".suite.sessions",
        ".settings", ".settings.layers", ".settings.pytest_options", ".settings.table",
        ".version",
    }
    assert {n for n in sys.modules if n.split(".")[0] == "conformance"} <= {
        "conformance" + name for name in light}
    heavy = {"schemathesis", "hypothesis", "boto3", "httpx", "jsonschema", "rich", "yaml"}
    assert not heavy & set(sys.modules)
"""


def made_environment(folder: Path) -> Path:
    """Make an environment with this one's packages but the kit, and return its python."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    packages = folder / "packages"
    packages.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(OURS):
            (packages / entry.name).symlink_to(entry)
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "packages.pth").write_text(f"{packages}\n")
    return python


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_environment(tmp_path_factory.mktemp("without"))


@pytest.fixture(scope="module")
def with_kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of an environment in which the built wheel is installed."""
    folder = tmp_path_factory.mktemp("with")
    python = made_environment(folder)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, "wheel", *options], check=True, timeout=COMMAND_BOUND_S)
    wheel = next(folder.glob("*.whl"))
    options = ["--python", str(python), "install", "--no-deps", str(wheel)]
    subprocess.run([*pip, *options], check=True, timeout=COMMAND_BOUND_S)
    return python


def session(
    python: Path, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**clean_environment(), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_BOUND_S,
    )


def comparable(text: str) -> str:
    """Return pytest's output without the time that it took."""
    return re.sub(r"in \d+\.\d+s", "in some time", text)


STRICT = ("-vv", "-rA", "--no-header", "--strict-markers", "--strict-config", "-W", "error")
# The newer families of junit.xml have no properties of a case.
JUNIT = ("--junitxml", "junit.xml", "-o", "junit_family=legacy")


def test_an_unrelated_suite_runs_as_it_does_without_the_kit(
    without: Path, with_kit: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)

    plain = session(without, tmp_path, *STRICT, *JUNIT)
    properties = re.findall(r"<property [^>]*>", (tmp_path / "junit.xml").read_text())
    beside = session(with_kit, tmp_path, *STRICT, *JUNIT)

    assert plain.returncode == beside.returncode == 1, plain.stdout + plain.stderr
    assert "1 failed" in plain.stdout
    assert comparable(beside.stdout) == comparable(plain.stdout)
    assert beside.stderr == plain.stderr
    assert properties == re.findall(r"<property [^>]*>", (tmp_path / "junit.xml").read_text())
    assert properties != []


def test_a_marker_of_ours_is_as_unknown_to_it_as_without_the_kit(
    without: Path, with_kit: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_misspelt.py").write_text(MISSPELT)

    plain = session(without, tmp_path, *STRICT)
    beside = session(with_kit, tmp_path, *STRICT)

    assert "'search' not found in `markers`" in plain.stdout
    assert (beside.returncode, comparable(beside.stdout)) == (
        plain.returncode,
        comparable(plain.stdout),
    )


def test_it_sees_one_fixture_of_ours_which_a_conftest_can_override(
    without: Path, with_kit: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass\n")

    plain = session(without, tmp_path, "--fixtures", "-q")
    beside = session(with_kit, tmp_path, "--fixtures", "-q")

    added = set(re.findall(r"^\w+", beside.stdout, re.MULTILINE)) - set(
        re.findall(r"^\w+", plain.stdout, re.MULTILINE)
    )
    assert added == {"conformance_target"}


def test_the_plugin_alone_imports_next_to_nothing(with_kit: Path, tmp_path: Path) -> None:
    (tmp_path / "test_imports.py").write_text(IMPORTS)

    done = session(
        with_kit,
        tmp_path,
        *("-p", "conformance.plugin", "-W", "error"),
        environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )

    assert done.returncode == 0, done.stdout


def test_the_types_of_the_package_are_for_its_users_too(with_kit: Path, tmp_path: Path) -> None:
    found = "from importlib.resources import files; print(files('conformance') / 'py.typed')"

    done = subprocess.run([with_kit, "-c", found], cwd=tmp_path, capture_output=True, check=True)

    assert Path(done.stdout.decode().strip()).is_file()


def test_pytest_lists_the_markers_when_asked(with_kit: Path, tmp_path: Path) -> None:
    done = session(with_kit, tmp_path, "--markers")

    assert "@pytest.mark.requirement(id): the one requirement that the case proves" in done.stdout

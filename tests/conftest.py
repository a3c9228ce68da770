"""What several tests share: a reference server for the session, and the command as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import settings

from conformance.servers import service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No test measures time, and an example may take long on a busy machine.
settings.register_profile("kit", deadline=None)
settings.load_profile("kit")

#: Seconds that one run of the command may take before the test gives up on it.
COMMAND_BOUND_S = 240


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sample", metavar="N", type=int, help="run only N of the tests, evenly spread"
    )


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: some hold the time, and the names of workers must agree."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(trylast=True)  # after -m and -k have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    sample = config.getoption("--sample")
    if sample and sample < len(items):
        kept = [items[len(items) * number // sample] for number in range(sample)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


class Command(Protocol):
    """Runs `conformance` with arguments and returns the finished process."""

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run it in a folder of its own."""


class Pytest(Protocol):
    """Runs `pytest -q` with arguments and returns the finished process."""

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run it in the folder of the test."""


def clean_environment() -> dict[str, str]:
    """Return this process's environment without anything that would steer the command."""
    steering = ("CONFORMANCE_", "AWS_", "PYTEST_", "GITHUB_")
    return {name: value for name, value in os.environ.items() if not name.startswith(steering)}


def _finished(
    folder: Path, module: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_BOUND_S,
    )


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return lambda *arguments, **environment: _finished(
        tmp_path, "conformance", *arguments, **environment
    )


@pytest.fixture
def run_pytest(tmp_path: Path) -> Pytest:
    return lambda *arguments, **environment: _finished(
        tmp_path, "pytest", "-q", *arguments, **environment
    )


@pytest.fixture(scope="session")
def feedhive() -> Iterator[dict[str, str]]:
    with service.running("feedhive") as announcement:
        yield announcement


@pytest.fixture(scope="session")
def hayon() -> Iterator[dict[str, str]]:
    with service.running("hayon") as announcement:
        yield announcement


def credentials(announcement: dict[str, str]) -> dict[str, str]:
    """Return the variables that hand an announced server's secrets to the command."""
    return {
        "CONFORMANCE_TOKEN": announcement["token"],
        "CONFORMANCE_OTHER_TOKEN": announcement["other_token"],
        "AWS_ACCESS_KEY_ID": announcement["s3_access_key"],
        "AWS_SECRET_ACCESS_KEY": announcement["s3_secret_key"],
    }


def everything(announcement: dict[str, str]) -> list[str]:
    """Return the flags that let everything about an announced server be verified."""
    return [
        *("--base-url", announcement["base_url"]),
        *("--short-lived-url", announcement["short_lived_url"]),
        *("--s3-endpoint", announcement["s3_endpoint"]),
        *("--s3-bucket", announcement["bucket"]),
    ]

"""The image's recipe holds: what it copies suffices for the wheel, and nobody runs as root."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import conformance

ROOT = Path(conformance.__file__).parents[1]
DOCKERFILE = (ROOT / ".ci" / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".ci" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
BUILD, IMAGE = re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[1:]
BUILD_BOUND_S = 120


def copied() -> list[str]:
    """Return what the build stage takes from the context."""
    lines = re.findall(r"^COPY (.+) \S+$", BUILD, re.MULTILINE)
    return [word for line in lines for word in line.split()]


def test_the_context_holds_what_is_copied_and_nothing_else() -> None:
    allowed = {line[1:] for line in IGNORED if line.startswith("!")}

    assert IGNORED[1] == "*"
    assert set(copied()) == allowed
    assert "conformance/docs" in IGNORED


@pytest.mark.whole_run
def test_what_is_copied_suffices_for_the_wheel(tmp_path: Path) -> None:
    context, wheels = tmp_path / "source", tmp_path / "wheels"
    context.mkdir()
    for name in copied():
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, context / name)
    shutil.rmtree(context / "conformance" / "docs")
    step = re.search(r"^RUN pip (wheel .+)$", BUILD, re.MULTILINE)
    assert step is not None

    subprocess.run(
        [sys.executable, "-m", "pip", *step[1].replace("/wheels", str(wheels)).split()],
        cwd=context,
        check=True,
        capture_output=True,
        timeout=BUILD_BOUND_S,
    )

    (wheel,) = wheels.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "conformance/cli/main.py" in names
    assert "conformance/specs/hayon/openapi.yaml" in names


def test_the_image_runs_our_command_as_an_ordinary_user() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entry = re.findall(r'^ENTRYPOINT \["(.+)"\]$', IMAGE, re.MULTILINE)
    user = re.findall(r"^USER (\d+)$", IMAGE, re.MULTILINE)

    assert set(entry) == set(scripts["scripts"])
    assert len(user) == 1
    assert int(user[0]) > 0
    assert f"--uid {user[0]} " in IMAGE
    assert IMAGE.index("USER") > IMAGE.index("RUN")

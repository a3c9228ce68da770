"""A release is one tag: the packages, their address and the workflow fit each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import conformance
from conformance.cli.installation import PLACEHOLDER

ROOT = Path(conformance.__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ADDRESS = PLACEHOLDER.removeprefix("git+")


def release() -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = release()["jobs"][job]["steps"]
    return found


def test_every_address_is_the_one_of_the_installation() -> None:
    citation = yaml.safe_load((ROOT / ".github" / "CITATION.cff").read_text(encoding="utf-8"))

    assert citation["repository-code"] == ADDRESS
    assert citation["title"] == PROJECT["name"]
    assert citation["license"] == PROJECT["license"]
    assert " ".join(citation["abstract"].split()) == PROJECT["description"]
    assert all(url.startswith(ADDRESS) for url in PROJECT["urls"].values())


def test_the_addresses_of_files_lead_to_files() -> None:
    for url in PROJECT["urls"].values():
        found = re.fullmatch(rf"{ADDRESS}/(?:tree|blob)/main/(.+)", url)
        assert found is None or (ROOT / found[1]).exists(), url


def test_the_types_of_the_package_are_for_its_users_too() -> None:
    assert (ROOT / "conformance" / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_each_action_is_pinned_by_its_hash(file: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", file.read_text(encoding="utf-8"))

    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_only_the_step_that_publishes_may_prove_who_it_is() -> None:
    jobs = release()["jobs"]

    assert release()["permissions"] == {"contents": "read"}
    assert "permissions" not in jobs["build"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["needs"] == "build"
    assert "secrets" not in str(jobs)


@pytest.mark.parametrize(
    ("tag", "code"), [(f"v{conformance.__version__}", 0), ("v9.9.9", 1), ("v0x1y0", 1)]
)
def test_another_tag_than_the_version_ends_the_release(tag: str, code: int) -> None:
    (check,) = [step["run"] for step in steps("build") if "version" in step.get("name", "")]

    done = subprocess.run(
        ["/bin/bash", "-c", check], cwd=ROOT, env={"PATH": "/usr/bin:/bin", "GITHUB_REF_NAME": tag},
        check=False,
    )  # fmt: skip

    assert done.returncode == code


def test_the_packages_get_the_address_of_the_repository_that_releases_them(tmp_path: Path) -> None:
    (change,) = [step["run"] for step in steps("build") if "placeholder" in step.get("name", "")]
    for name in ("pyproject.toml", "README.md"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())

    subprocess.run(
        ["/bin/bash", "-c", change], cwd=tmp_path, check=True,
        env={"PATH": "/usr/bin:/bin", "GITHUB_REPOSITORY_OWNER": "ada"},
    )  # fmt: skip

    changed = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))
    assert changed["project"]["urls"]["Homepage"] == ADDRESS.replace("OWNER", "ada")
    assert "github.com/ada/media-conformance" in (tmp_path / "README.md").read_text("utf-8")

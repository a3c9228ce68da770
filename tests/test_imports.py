"""Which room may know which, read from the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import conformance

PACKAGE = Path(conformance.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
NOUNS = {"requirement", "exchange", "verdict", "waiver", "problem", "guidance"}


def room_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imported(path: Path) -> set[str]:
    """Return the rooms of the package, and the foreign packages, that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def ours(path: Path) -> set[str]:
    """Return the top rooms of the package that a module imports."""
    parts = [name.split(".") for name in imported(path)]
    return {name[1] for name in parts if name[0] == "conformance" and len(name) > 1}


@pytest.mark.parametrize("name", sorted(NOUNS))
def test_the_nouns_import_only_each_other(name: str) -> None:
    assert ours(PACKAGE / f"{name}.py") <= NOUNS


def test_the_judges_import_only_nouns() -> None:
    for name in ("expect", "contract"):
        assert ours(PACKAGE / f"{name}.py") <= NOUNS


def test_nothing_imports_the_command_line() -> None:
    importers = {room_of(path) for path in MODULES if "cli" in ours(path)}

    # The documentation is generated from the commands, and stays out of the wheel.
    assert {name for name in importers if not name.startswith("docs.")} == {"__main__"}


def test_only_the_command_line_knows_its_commands() -> None:
    importers = {room_of(path) for path in MODULES if "commands" in ours(path)}

    assert {name for name in importers if not name.startswith("commands.")} == {"cli"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "profiles").rglob("*.py")), ids=room_of)
def test_a_profile_knows_no_outer_room_and_no_other_profile(path: Path) -> None:
    own = path.relative_to(PACKAGE / "profiles").parts[0]
    others = {folder.name for folder in (PACKAGE / "profiles").iterdir()} - {own}

    assert not ours(path) & {"plugin", "cli", "reports", "servers", "running", "conductor"}
    assert not any(
        name.startswith(f"conformance.profiles.{other}")
        for name in imported(path)
        for other in others
    )


def test_only_profiles_know_an_apis_words() -> None:
    for path in MODULES:
        if room_of(path).split(".")[0] not in {"profiles", "servers"}:
            assert not any("profiles." in name for name in imported(path)), path.name


@pytest.mark.parametrize("path", sorted((PACKAGE / "reports").glob("*.py")), ids=room_of)
def test_reports_import_nouns_only(path: Path) -> None:
    assert ours(path) <= {*NOUNS, "reports", "__version__"}
    assert not {name.split(".")[0] for name in imported(path)} & {"pytest", "httpx"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "servers").rglob("*.py")), ids=room_of)
def test_servers_share_no_code_with_their_judge(path: Path) -> None:
    assert ours(path) <= {"servers"}


def test_the_plugin_keeps_foreign_sessions_light() -> None:
    tree = ast.parse((PACKAGE / "plugin.py").read_text(encoding="utf-8"))

    top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}

    assert not any(name and name.startswith("conformance") for name in top)


@pytest.mark.parametrize("path", MODULES, ids=room_of)
def test_no_module_outgrows_its_noun(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400

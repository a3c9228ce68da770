"""Which room may import which, read from the source: downward only, and nowhere in a circle."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import conformance

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(conformance.__file__).parent

#: Each room, and the rooms below it that it may import. Everybody may import `problem`.
ROOMS: dict[str, set[str]] = {
    "model": set(),
    "judge": {"model"},
    "knowledge": {"judge", "model"},
    "oracles": {"knowledge", "judge", "model"},
    "settings": {"model", "target"},
    "gate": set(),
    "harness": {"gate", "oracles", "knowledge", "judge", "model", "target"},
    "traffic": {"harness", "oracles", "knowledge", "judge", "model", "target"},
    "load": {"harness", "settings", "knowledge", "judge", "model", "target"},
    "reports": {"settings", "model"},
    "suite": {"harness", "reports", "settings", "judge", "model", "target"},
    "profiles": {"suite", "harness", "oracles", "knowledge", "judge", "model"},
    "runner": {
        "profiles",
        "suite",
        "traffic",
        "load",
        "harness",
        "reports",
        "settings",
        "judge",
        "model",
        "target",
        "servers",
        "gate",
    },
    "cli": {"runner", "load", "harness", "reports", "settings", "oracles", "model", "servers"},
    "servers": set(),
    "docs": {"cli", "runner", "settings", "oracles", "judge", "model", "servers"},
}
#: The modules that users import are beside the rooms.
PUBLIC = {
    "__main__": {"cli"},
    "plugin": {"suite", "runner", "settings", "target"},
    "asgi": set(),
    "wsgi": {"asgi"},
    "version": set(),
    "target": {"connection"},
    "connection": set(),
    "problem": set(),
}
#: What a profile's package takes of the suite: the marks of its cases and their fixtures.
PROFILES_TAKE = {"conformance.suite.marks", "conformance.suite.scenario_fixtures"}


def modules() -> dict[str, Path]:
    """Return the file of each module of the package by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if "pages" not in parts:  # examples of the documentation, which belong to their reader
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def names(path: Path) -> Iterator[str]:
    """Yield each dotted name that a module imports: at the top, in functions, for types."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported(module: str) -> set[str]:
    """Return the modules of the package that a module imports; of a package, its `__init__`."""
    wanted = set(names(MODULES[module]))
    exact = {name for name in wanted if name in MODULES}
    # `from package import module` names both; only the module is meant.
    return exact - {name for name in exact if any(other.startswith(f"{name}.") for other in exact)}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def test_there_are_no_other_rooms() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if any(path.glob("*.py"))}
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}

    assert folders == set(ROOMS)
    assert files == set(PUBLIC)


@pytest.mark.parametrize("room", [*ROOMS, *PUBLIC])
def test_a_room_imports_only_what_is_below_it(room: str) -> None:
    below = {room, "problem", "version", *ROOMS.get(room, set()), *PUBLIC.get(room, set())}
    wrong = [
        f"{module} imports {name}"
        for module in MODULES
        if room_of(module) == room
        for name in imported(module)
        if room_of(name) not in below
    ]

    assert wrong == []


def test_no_module_imports_itself_by_a_detour() -> None:
    TopologicalSorter({name: imported(name) - {name} for name in MODULES}).prepare()


def test_a_profile_takes_marks_and_fixtures_of_the_suite_and_knows_no_other_profile() -> None:
    for module in MODULES:
        if room_of(module) == "profiles":
            own = ".".join(module.split(".")[:3])
            taken = {name for name in imported(module) if room_of(name) in {"suite", "profiles"}}
            assert all(name in PROFILES_TAKE or name.startswith(own) for name in taken), module


def test_only_the_profiles_know_the_words_of_an_api() -> None:
    knowing = {
        room_of(module)
        for module in MODULES
        if any(name.startswith("conformance.profiles.") for name in imported(module))
    }

    assert knowing <= {"profiles"}


@pytest.mark.parametrize("foreign", ["pytest", "httpx"])
def test_reports_need_neither_pytest_nor_http(foreign: str) -> None:
    for module, path in MODULES.items():
        if room_of(module) == "reports":
            assert foreign not in {name.split(".")[0] for name in names(path)}, module


def test_only_the_file_that_locust_runs_imports_locust() -> None:
    # locust changes the standard library of its process: sockets, threads, time.
    changing = {"locust", "gevent"}
    found = {
        module
        for module, path in MODULES.items()
        if changing & {name.split(".")[0] for name in names(path)}
    }

    assert found == {"conformance.load.locustfile"}
    assert not any("conformance.load.locustfile" in imported(name) for name in MODULES)


def test_the_plugin_keeps_foreign_sessions_light() -> None:
    tree = ast.parse(MODULES["conformance.plugin"].read_text(encoding="utf-8"))

    top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}

    assert {name for name in top if name and name.startswith("conformance")} == {
        "conformance.suite"
    }


def test_the_package_itself_loads_nothing_of_the_kit_before_it_is_used() -> None:
    tree = ast.parse(MODULES["conformance"].read_text(encoding="utf-8"))

    top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}

    assert {name for name in top if name and name.startswith("conformance")} == {
        "conformance.version"
    }
    assert not any("conformance" in imported(name) for name in MODULES if name != "conformance")

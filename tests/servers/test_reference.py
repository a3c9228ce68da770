"""Each profile's reference server brings its own deviations and the shared ones."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import conformance.servers
from conformance.servers.answers import Settings
from conformance.servers.deviation import Server
from conformance.servers.put_faults import PUT_FAULT
from conformance.servers.reference import FAULTS, REFERENCES, UNBREAKABLE, VARIANTS
from conformance.servers.store import StoreAccess
from conformance.servers.wire_variants import WIRE_VARIANT

ROOM = Path(conformance.servers.__file__).parent
MODULES = sorted(ROOM.rglob("*.py"))

each_profile = pytest.mark.parametrize("profile", list(REFERENCES))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOM).with_suffix("").parts
    return ".".join(["conformance.servers", *(part for part in parts if part != "__init__")])


def imported(path: Path) -> set[str]:
    """Return the modules of the room that a module imports, also inside of functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found & {name_of(other) for other in MODULES}


@each_profile
def test_each_profile_has_the_shared_faults_and_variants(profile: str) -> None:
    assert {one.name for one in PUT_FAULT} <= {one.name for one in FAULTS[profile]}
    assert {one.name for one in WIRE_VARIANT} <= {one.name for one in VARIANTS[profile]}


@each_profile
def test_each_faults_and_variants_module_registers_something(profile: str) -> None:
    for kind, registry in (("faults", FAULTS[profile]), ("variants", VARIANTS[profile])):
        own = {one.apply.__module__.rpartition(".")[2] for one in registry}
        files = {path.stem for path in (ROOM / profile / kind).glob("*.py")} - {"__init__"}

        assert files <= own, kind


@each_profile
def test_no_two_deviations_of_a_profile_share_a_name(profile: str) -> None:
    assert not {one.name for one in FAULTS[profile]} & {one.name for one in VARIANTS[profile]}


@each_profile
def test_each_deviation_applies_to_its_server_and_application(profile: str, tmp_path: Path) -> None:
    reference = REFERENCES[profile]
    store = StoreAccess("http://127.0.0.1:9", "media", "AK", "secret")
    settings = Settings(store, {"main-key": "main", "other-key": "other"}, reference.upload_ttl)

    for deviation in [*FAULTS[profile], *VARIANTS[profile]]:
        folder = tmp_path / deviation.name
        folder.mkdir()
        with reference.subject(settings, folder) as subject:
            server = Server(subject)
            deviation.apply(server)
            assert reference.application(server).routes


@each_profile
def test_only_faults_break_requirements(profile: str) -> None:
    assert all(fault.requirement for fault in FAULTS[profile])
    assert not any(variant.requirement for variant in VARIANTS[profile])


def test_no_fault_breaks_an_unbreakable_requirement() -> None:
    broken = {fault.requirement for faults in FAULTS.values() for fault in faults}

    assert not broken & set(UNBREAKABLE)


def test_the_modules_of_the_room_import_each_other_without_a_circle() -> None:
    waiting = {name_of(path): imported(path) - {name_of(path)} for path in MODULES}

    while ready := {name for name, needed in waiting.items() if not needed & set(waiting)}:
        for name in ready:
            del waiting[name]

    assert not waiting


def test_no_module_of_faults_or_variants_imports_another() -> None:
    for folder in (
        f"{profile}/{kind}" for profile in REFERENCES for kind in ("faults", "variants")
    ):
        for path in (ROOM / folder).glob("*.py"):
            others = {name for name in imported(path) if ".faults." in name or ".variants." in name}
            assert not others, path


def test_the_guard_starts_without_the_reference_extra() -> None:
    code = "import sys, conformance.servers.guard; print(sorted(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert not [name for name in ("starlette", "uvicorn", "boto3", "PIL") if f"'{name}'" in done]

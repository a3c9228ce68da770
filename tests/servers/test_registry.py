"""A registry holds the deviations of one kind, and finds the modules that define them."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from conformance.servers.deviation import Server
from conformance.servers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    Packages = Callable[..., ModuleType]

HEADER = "from plugged.registry import FAULT\n\n\n"


def ignored(_: Server) -> None:
    """Change nothing."""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packages]:
    """Return a function that writes a profile's package with fault modules and imports it."""
    monkeypatch.syspath_prepend(tmp_path)
    known = set(sys.modules)

    def made(**modules: str) -> ModuleType:
        folder = tmp_path / "plugged" / "faults"
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        (tmp_path / "plugged" / "__init__.py").touch()
        (tmp_path / "plugged" / "registry.py").write_text(
            "from conformance.servers.registry import Registry\nFAULT = Registry('fault')\n"
        )
        for name, text in modules.items():
            (folder / f"{name}.py").write_text(HEADER + text)
        return importlib.import_module("plugged.faults")

    yield made
    for name in set(sys.modules) - known:
        del sys.modules[name]


def test_a_decorated_function_is_registered_under_its_name_with_dashes() -> None:
    registry = Registry("fault")

    @registry("It says no.", "X-1")
    def it_says_no(server: Server) -> None:
        server.own_date = True

    found = registry["it-says-no"]
    server = Server(None)
    found.apply(server)
    assert (found.name, found.sentence, found.requirement) == ("it-says-no", "It says no.", "X-1")
    assert server.own_date


def test_a_name_that_is_in_use_is_refused() -> None:
    registry = Registry("variant")
    registry.add("slow", "It is slow.", ignored)

    with pytest.raises(ValueError, match="two variants have the name slow"):
        registry.add("slow", "It is slower.", ignored)


def test_deviations_keep_the_order_in_which_they_are_registered() -> None:
    registry = Registry("fault")
    for name in ("b", "a", "c"):
        registry.add(name, "It fails.", ignored)

    assert [one.name for one in registry] == ["b", "a", "c"]
    assert len(registry) == 3
    assert "a" in registry
    assert "d" not in registry


def test_a_module_in_the_package_is_discovered_without_a_list(packages: Packages) -> None:
    package = packages(
        zebra="@FAULT('It is last.')\ndef last(server): ...\n",
        ant="@FAULT('It is first.')\ndef first(server): ...\n",
    )
    registry: Registry = importlib.import_module("plugged.registry").FAULT

    registry.discover(package)

    assert [one.name for one in registry] == ["first", "last"]


def test_a_second_discovery_adds_nothing(packages: Packages) -> None:
    package = packages(ant="@FAULT('It is first.')\ndef first(server): ...\n")
    registry: Registry = importlib.import_module("plugged.registry").FAULT

    registry.discover(package)
    registry.discover(package)

    assert len(registry) == 1


def test_a_name_used_in_two_modules_stops_the_discovery(packages: Packages) -> None:
    text = "@FAULT('It fails.')\ndef fails(server): ...\n"
    package = packages(ant=text, zebra=text)
    registry: Registry = importlib.import_module("plugged.registry").FAULT

    with pytest.raises(ValueError, match="two faults have the name fails"):
        registry.discover(package)


def test_a_shared_fault_gets_the_requirement_of_the_profile() -> None:
    shared, own = Registry("fault"), Registry("fault")
    shared.add("open-door", "Everybody enters.", ignored, "signature")

    own.include(shared, {"signature": "FH-PUT-05"})

    assert own["open-door"].requirement == "FH-PUT-05"
    assert shared["open-door"].requirement == "signature"


def test_a_shared_fault_without_a_requirement_of_the_profile_is_refused() -> None:
    shared, own = Registry("fault"), Registry("fault")
    shared.add("open-door", "Everybody enters.", ignored, "signature")

    with pytest.raises(KeyError, match="signature"):
        own.include(shared, {"expiry": "FH-PUT-09"})


def test_a_shared_variant_keeps_the_requirements_that_it_may_miss() -> None:
    shared, own = Registry("variant"), Registry("variant")
    shared.add("slow", "It is slow.", ignored, warns=("X-2",))

    own.include(shared)

    assert own["slow"].warns == ("X-2",)

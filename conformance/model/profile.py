"""A profile: an API under test, made of a folder of specs and a package of scenarios."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import conformance
from conformance.model.requirement import Catalogue, Statement, load_statements
from conformance.problem import UsageProblem, did_you_mean

if TYPE_CHECKING:
    from types import ModuleType


@cache
def specs_folder() -> Path:
    """Return the folder of specs: inside the wheel, or beside the package in a clone."""
    package = Path(conformance.__file__).parent
    inside = package / "specs"
    return inside if inside.is_dir() else package.parent / "specs"


def profile_names() -> list[str]:
    """Return the names of all profiles: the folders of specs that hold a catalogue."""
    return sorted(path.parent.name for path in specs_folder().glob("*/requirements.toml"))


def profile_of(requirement_id: str) -> Profile:
    """Return the profile of a requirement; raise `UsageProblem` for an unknown id."""
    for name in profile_names():
        if requirement_id in Profile.load(name).catalogue:
            return Profile.load(name)
    raise UsageProblem(
        f"no requirement {requirement_id!r}: `conformance list requirements PROFILE` shows them all"
        f"{did_you_mean(requirement_id, requirement_ids())}"
    )


def requirement_ids() -> list[str]:
    """Return the ids of all profiles' requirements."""
    return [row.id for name in profile_names() for row in Profile.load(name).catalogue]


@dataclass(frozen=True)
class Profile:
    """Everything the kit knows of one API."""

    name: str
    catalogue: Catalogue
    statements: tuple[Statement, ...]

    @classmethod
    @cache
    def load(cls, name: str) -> Profile:
        """Read a profile's specs; raise `UsageProblem` for an unknown name."""
        if name not in profile_names():
            known = profile_names()
            raise UsageProblem(
                f"unknown profile {name!r}: choose one of {', '.join(known)}"
                f"{did_you_mean(name, known)}"
            )
        folder = specs_folder() / name
        return cls(
            name,
            Catalogue.load(folder / "requirements.toml"),
            tuple(load_statements(folder / "statements.toml")),
        )

    @property
    def scenarios(self) -> str:
        """The dotted name of the package that holds the scenarios."""
        return f"conformance.profiles.{self.name}"

    @property
    def operations(self) -> list[str]:
        """The operations that requirements are about, in the order of the catalogue."""
        return list(dict.fromkeys(row.operation for row in self.catalogue))

    def module(self, noun: str) -> ModuleType:
        """Import a module of the profile's package, for example `api`."""
        return importlib.import_module(f"{self.scenarios}.{noun}")

    def api(self, *args: Any, **kwargs: Any) -> Any:
        """Build the profile's `Api`: one method per OpenAPI operation."""
        return self.module("api").Api(*args, **kwargs)

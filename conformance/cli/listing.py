"""The rows of `conformance list`: requirements, cases, statements, faults, variants and oracles."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.oracles.registry import oracles_of
from conformance.problem import UsageProblem, did_you_mean, reference_missing
from conformance.runner.collection import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.model.profile import Profile

Row = dict[str, Any]


@dataclass(frozen=True)
class Selection:
    """The level and the operation of the wanted requirements; None means any."""

    level: str | None = None
    operation: str | None = None

    @property
    def narrow(self) -> bool:
        """Whether anything is left out at all."""
        return bool(self.level or self.operation)

    def checked(self, profile: Profile) -> Selection:
        """Return the selection, or raise `UsageProblem` for an unknown operation."""
        known = profile.operations
        if self.operation and self.operation not in known:
            raise UsageProblem(
                f"no operation {self.operation!r} in {profile.name}: choose one of"
                f" {', '.join(known)}{did_you_mean(self.operation, known)}"
            )
        return self

    def takes(self, profile: Profile, requirements: list[str]) -> bool:
        """Return whether one of the requirements is wanted."""
        if not self.narrow:
            return True
        rows = (profile.catalogue[name] for name in requirements if name in profile.catalogue)
        return any(
            self.level in {None, row.level.value} and self.operation in {None, row.operation}
            for row in rows
        )


def listed(what: str, profile: Profile, selection: Selection) -> list[Row]:
    """Return the rows of a list; each names its requirement, or requirements, if it has any.

    Raises `UsageProblem` for an unknown operation, and for faults and variants if the
    reference servers are not installed.
    """
    selection.checked(profile)
    if selection.narrow and what == "variants":
        raise UsageProblem("variants do not break a requirement: omit --level and --operation")
    return [row for row in LISTS[what](profile) if selection.takes(profile, _requirements_of(row))]


def _requirements_of(row: Row) -> list[str]:
    one = row.get("requirement", row.get("id"))
    return row["requirements"] if one is None else [one]


def _requirements(profile: Profile) -> Iterator[Row]:
    proven = {requirement for requirement, _ in cases(profile)}
    for row in profile.catalogue:
        yield {
            "id": row.id,
            "level": row.level.value,
            "proof": row.proof.value if row.id in proven or row.proof != "case" else "unproven",
            "operation": row.operation,
            "title": row.title,
        }


def _cases(profile: Profile) -> Iterator[Row]:
    for requirement, case in cases(profile):
        yield {"requirement": requirement, "case": case}


def _statements(profile: Profile) -> Iterator[Row]:
    for statement in profile.statements:
        yield {
            "statement": f"{statement.section} {statement.ordinal}",
            "label": statement.label,
            "requirements": list(statement.requirements),
            "reason": statement.reason,
        }


def _faults(profile: Profile) -> Iterator[Row]:
    for fault in _deviations("FAULTS")[profile.name]:
        yield {"name": fault.name, "requirement": fault.requirement, "sentence": fault.sentence}


def _variants(profile: Profile) -> Iterator[Row]:
    for variant in _deviations("VARIANTS")[profile.name]:
        yield {"name": variant.name, "sentence": variant.sentence, "requirements": []}


def _oracles(profile: Profile) -> Iterator[Row]:
    for oracle in oracles_of(profile.name):
        yield {
            "name": oracle.name,
            "sentence": oracle.sentence,
            "requirements": list(oracle.requirements),
        }


def _deviations(name: str) -> Any:
    try:
        return getattr(importlib.import_module("conformance.servers.reference"), name)
    except ImportError as error:
        raise reference_missing(str(error.name)) from None


LISTS: dict[str, Callable[[Profile], Iterator[Row]]] = {
    "requirements": _requirements,
    "cases": _cases,
    "statements": _statements,
    "faults": _faults,
    "variants": _variants,
    "oracles": _oracles,
}

"""Requirements: what one document demands, each a row of `requirements.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from conformance.problem import KitFault, UsageProblem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


#: The capability that the storage gate is.
GATE = "storage-gate"
#: The flag that adds a capability; the user claims any other with --capability.
_CAPABILITY_FLAGS: Mapping[str, str] = {
    "other-token": "--other-token",
    "s3-access": "--s3-bucket (and --s3-endpoint, unless it is AWS)",
    GATE: "--storage-gate",
    "wait": "--short-lived-url or --max-wait",
}


class Level(StrEnum):
    """How binding a requirement is."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Proof(StrEnum):
    """Whether a black-box case can prove a requirement at all.

    `GATE`: only with the storage gate; without it the requirement is informative.
    """

    CASE = "case"
    GATE = "gate"
    INFORMATIVE = "informative"


@dataclass(frozen=True)
class Source:
    """The place in a document that states a requirement."""

    document: str
    section: str

    def __str__(self) -> str:
        """Name the clause, then the document."""
        return f"{self.section} ({self.document})"


@dataclass(frozen=True)
class Requirement:
    """One requirement, in our words.

    `needs` names the capabilities without which it cannot be verified. If the document is
    ambiguous, `note` gives our interpretation and what we accept. `since` is the version of the
    catalogue that brought the row, `judged_since` the one in which a case first judged it (empty:
    the first one), `levels` its level in the last version before each change, and `as_of` the
    version that a run is pinned to (empty: the newest).
    """

    id: str
    level: Level
    title: str
    statement: str
    operation: str
    source: Source
    needs: tuple[str, ...] = ()
    proof: Proof = Proof.CASE
    reason: str = ""
    note: str = ""
    since: str = ""
    judged_since: str = ""
    levels: Mapping[str, Level] = field(default_factory=dict)
    as_of: str = ""

    @property
    def pinned(self) -> Level | None:
        """The level in the catalogue that the run is pinned to; None where that lacks the row."""
        if not self.as_of:
            return self.level
        first = max(_order(self.since), _order(self.judged_since))
        if first > _order(self.as_of):
            return None
        # The level changed in some versions: the oldest change after the pin shows the one before.
        later = [version for version in self.levels if _order(version) >= _order(self.as_of)]
        return self.levels[min(later, key=_order)] if later else self.level

    @property
    def is_newer(self) -> bool:
        """Whether the row, or its binding level, is newer than the pinned catalogue."""
        return self.pinned is None or (self.level is Level.MUST and self.pinned is not Level.MUST)

    def binds(self, *, strict: bool = False) -> bool:
        """Return whether a failure fails the run: for a MUST, and when strict for a SHOULD too.

        What is newer than the pinned catalogue only warns.
        """
        if self.pinned is None:
            return False
        return strict or (self.level is Level.MUST and self.pinned is Level.MUST)

    @property
    def has_cases(self) -> bool:
        """Whether there are cases for it, even if not every run can judge them."""
        return self.proof is not Proof.INFORMATIVE


@dataclass(frozen=True)
class Statement:
    """One numbered sentence or table row of a document, and the requirements that it states."""

    document: str
    section: str
    ordinal: int
    label: str
    requirements: tuple[str, ...] = ()
    reason: str = ""


class Catalogue:
    """All requirements of a profile, by id, in the order of the file.

    `anchors` are the requirements that any successful upload needs. `schemas` names, for each
    operation and level, the requirement that a departure from its schema breaks; `declines`
    the one that a 2xx breaks whose body says that nothing was done, `claims` the one that an
    error breaks whose body does not say that it failed. Raises `KitFault` for
    duplicate ids, and for names that are not requirements.
    """

    def __init__(
        self,
        document: str,
        version: str,
        requirements: Iterable[Requirement],
        anchors: Iterable[str] = (),
        schemas: Mapping[str, Mapping[str, str]] | None = None,
        *,
        declines: str | None = None,
        claims: str | None = None,
        versions: Iterable[str] = (),
    ) -> None:
        self.document = document
        self.version = version
        self.versions = tuple(versions) or (version,)
        self.as_of = ""
        self._rows: dict[str, Requirement] = {}
        for row in requirements:
            if row.id in self._rows:
                raise KitFault(f"requirement {row.id} is defined twice in the catalogue")
            self._rows[row.id] = row
        self.anchors = tuple(anchors)
        self.schemas = {
            operation: {Level(level): row for level, row in rows.items()}
            for operation, rows in (schemas or {}).items()
        }
        self.declines = declines
        self.claims = claims
        named = {*self.anchors, *(row for rows in self.schemas.values() for row in rows.values())}
        named |= {row for row in (declines, claims) if row}
        if unknown := named - set(self._rows):
            raise KitFault(f"the catalogue names unknown rows: {', '.join(sorted(unknown))}")

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read `requirements.toml`; raise `KitFault` for a row that does not fit."""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        try:
            rows = [_requirement(row) for row in table["requirement"]]
            return cls(
                table["document"],
                table["version"],
                rows,
                table.get("anchors", ()),
                table.get("schemas"),
                declines=table.get("declines"),
                claims=table.get("claims"),
                versions=table.get("versions", ()),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise KitFault(f"{path.name} of {path.parent.name} does not fit: {error}") from error

    def pinned_to(self, version: str | None) -> Catalogue:
        """Return the catalogue in which everything newer than a version only warns.

        Args:
            version: A version of this catalogue; None or empty for the newest.

        Raises:
            UsageProblem: The catalogue has no such version.
        """
        if not version:
            return self
        if version not in self.versions:
            hint = "a newer kit has it" if _order(version) > _order(self.version) else "choose one"
            raise UsageProblem(
                f"--as-of {version!r}: the catalogue of this kit has"
                f" {' and '.join(self.versions)}: {hint}"
            )
        made = Catalogue(
            self.document,
            self.version,
            [replace(row, as_of=version) for row in self],
            self.anchors,
            {
                name: {level.value: row for level, row in rows.items()}
                for name, rows in self.schemas.items()
            },
            declines=self.declines,
            claims=self.claims,
            versions=self.versions,
        )
        made.as_of = version
        return made

    @property
    def newer(self) -> list[str]:
        """The ids that only warn because they, or their levels, are newer than the pin."""
        return [row.id for row in self if row.is_newer]

    def __iter__(self) -> Iterator[Requirement]:
        """Iterate in the order of the file."""
        return iter(self._rows.values())

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._rows)

    def __contains__(self, requirement_id: object) -> bool:
        """Return whether the id is known."""
        return requirement_id in self._rows

    def __getitem__(self, requirement_id: str) -> Requirement:
        """Return the row, or raise `UsageProblem` for an unknown id."""
        try:
            return self._rows[requirement_id]
        except KeyError:
            raise UsageProblem(
                f"no requirement {requirement_id!r}: `conformance list requirements` shows them all"
                f"{did_you_mean(requirement_id, self._rows)}"
            ) from None


def _order(version: str) -> tuple[int, ...]:
    """Return a version as numbers, and nothing for none; what is not a number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split(".") if part)


def capability_flag(name: str) -> str:
    """Return the flag that adds a capability."""
    return _CAPABILITY_FLAGS.get(name, f"--capability {name}")


def is_optional_part(name: str) -> bool:
    """Return whether a capability is a part of the API that the owner of a server claims."""
    return name not in _CAPABILITY_FLAGS


def load_statements(path: Path) -> list[Statement]:
    """Read `statements.toml`: each sentence of the documents and its requirements."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        Statement(**{**row, "requirements": tuple(row.get("requirements", ()))})
        for row in table["statement"]
    ]


def _requirement(row: Mapping[str, Any]) -> Requirement:
    return Requirement(
        **{
            **row,
            "level": Level(row["level"]),
            "source": Source(**row["source"]),
            "needs": tuple(row.get("needs", ())),
            "proof": Proof(row.get("proof", Proof.CASE)),
            "levels": {version: Level(one) for version, one in row.get("levels", {}).items()},
        }
    )

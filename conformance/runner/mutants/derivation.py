"""Derives the mutants of a profile from its documents.

Each documented member, each status and each header that JSON answers need is made wrong in
each way that there is: in all answers, in one among many, and for one media type or status.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from zlib import crc32

from conformance.judge.contract import contracts_of
from conformance.model.profile import specs_folder
from conformance.model.requirement import Level, Proof
from conformance.runner.mutants.levels import (
    CODING,
    CONTENT_TYPES,
    MUST,
    PROBLEM,
    SHAPES,
    SKIP,
    VARIANT,
    Levels,
)
from conformance.runner.mutants.members import Member, answers_of
from conformance.runner.mutants.odd import odd_values
from conformance.servers.mutated import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.profile import Profile
    from conformance.runner.mutants.members import Answer

_VALUES = ("other", "stale", "earlier")
#: Once among how many answers a mutation strikes that strikes once among many.
_MANY = 4
_NEIGHBOURS = {
    400: (200, 401, 404, 422, 500),
    401: (200, 400, 403, 404, 500),
    404: (200, 400, 403, 410, 500),
    409: (200, 400, 404, 422, 500),
}
_SUCCESSES = (200, 201, 202, 204, 206, 302, 404, 500)


@dataclass(frozen=True)
class Mutant:
    """A mutation with its level, the rows that may find it, and the reason of its level."""

    mutation: Mutation
    level: str
    fits: tuple[str, ...]
    why: str
    where: str

    @property
    def id(self) -> str:
        """The id: operation, answer, place, kind and where; it is the same in each run."""
        return self.mutation.id

    @property
    def answer(self) -> str:
        """Which answers of the operation it changes."""
        return "refusal" if self.mutation.refusal else "success"


@dataclass(frozen=True)
class Spot:
    """Where a mutant strikes: the suffix of its id and the fields of its row."""

    name: str
    fields: dict[str, Any]


def derive(profile: Profile) -> list[Mutant]:
    """Return all mutants of a profile, in a stable order."""
    path = specs_folder() / profile.name / "mutants.toml"
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    answers = [one for contract in contracts_of(profile.name) for one in answers_of(contract)]
    return [
        mutant
        for answer in answers
        for mutant in _Derivation(profile, facts, answers, answer).all()
    ]


class _Derivation:
    """The mutants of one kind of answers of one operation."""

    def __init__(
        self, profile: Profile, facts: dict[str, Any], answers: list[Answer], answer: Answer
    ) -> None:
        self.catalogue = profile.catalogue
        self.facts = facts
        self.answers = answers
        self.answer = answer
        self.operation = answer.operation.id
        self.levels = Levels(facts, answer, tuple(self._refusal_statuses()))

    def all(self) -> Iterator[Mutant]:
        """Yield the mutants of the members, of the statuses and of the headers."""
        for member in self.answer.members:
            for kind in self._kinds(member):
                for spot in self._spots(member, kind):
                    yield from self._of_member(member, kind, spot)
        for spot, status in self._statuses():
            yield from self._mutant("status", Member("", stated=True), "set", spot, to=status)
        yield from self._headers()

    def _kinds(self, member: Member) -> Iterator[str]:
        whole = member.pointer == ""
        yield from (
            kind for kind in SHAPES if kind != "empty" or whole or self._can_be_empty(member)
        )
        # Nothing is nearly an object; nearly a body is one that is cut short.
        nearly = whole or "object" not in member.types
        yield from (() if whole else _VALUES)
        yield from (("near",) if nearly else ())
        yield from (("encoded",) if whole else ())
        if "object" in member.types:
            yield "extra"
        if member.form == "date-time":
            yield "rewritten"

    @staticmethod
    def _can_be_empty(member: Member) -> bool:
        return bool(member.types & {"string", "array", "object"}) or not member.types

    def _spots(self, member: Member, kind: str) -> Iterator[Spot]:
        yield Spot("everywhere", {})
        if kind in {"extra", "rewritten"}:
            return
        yield Spot("once", {"one_item": True} if member.shared else {"every": _MANY})
        if self.answer.refusal:
            for status in self._refusal_statuses():
                yield Spot(f"only {status}", {"only": {"in": "status", "is": status}})
            return
        told = self.facts["types"].get(self.operation)
        # The media type of an item must be there, and only its own members belong to it.
        if told and (told["in"] == "request" or self._in_item(member)):
            name = _picked(self.facts["types"]["names"], self.operation, member.pointer, kind)
            yield Spot(f"only {name}", {"only": {**told, "is": name}})

    def _in_item(self, member: Member) -> bool:
        at = self.facts["types"][self.operation]["at"]
        items = [
            one.pointer.removesuffix(at) for one in self.answer.members if one.pointer.endswith(at)
        ]
        return any(member.pointer.startswith(f"{item}/") for item in items)

    def _refusal_statuses(self) -> list[int]:
        return list(self.facts["refusal_statuses"].get(self.operation, ()))

    def _of_member(self, member: Member, kind: str, spot: Spot) -> Iterator[Mutant]:
        if kind != "odd" or member.pointer == "":
            yield from self._mutant("body", member, kind, spot)
            return
        values = odd_values(member)
        one = _picked(sorted(values), self.operation, member.pointer, spot.name)
        for name in sorted(values) if spot.name == "everywhere" else [one]:
            yield from self._mutant("body", member, kind, spot, name=name, **values[name])

    def _statuses(self) -> Iterator[tuple[Spot, int]]:
        if not self.answer.refusal:
            usual = self.facts["usual_status"].get(self.operation, 200)
            for status in (one for one in _SUCCESSES if one != usual):
                yield Spot("everywhere", {}), status
                yield Spot("once", {"every": _MANY}), status
            return
        for old in self._refusal_statuses():
            for status in _NEIGHBOURS.get(old, ()):
                yield Spot(f"only {old}", {"only": {"in": "status", "is": old}}), status

    def _headers(self) -> Iterator[Mutant]:
        place = Member("content-type")
        for spot in (Spot("everywhere", {}), Spot("once", {"every": _MANY})):
            yield from self._mutant("header", place, "absent", spot)
            names = [*CONTENT_TYPES, *([PROBLEM] if self.answer.refusal else [])]
            for name in names:
                yield from self._mutant("header", place, "set", spot, to=name)
            coding = Member("content-encoding")
            yield from self._mutant("header", coding, "set", spot, to=CODING)

    def _mutant(
        self, part: str, member: Member, kind: str, spot: Spot, *, name: str = "", **value: Any
    ) -> Iterator[Mutant]:
        refusal = self.answer.refusal
        place = member.pointer.replace("*", "each") or ("/" if part == "body" else part)
        told = name or ("" if part == "body" else value.get("to", ""))
        parts = (self.operation, "refusal" if refusal else "success", place, kind, told, spot.name)
        mutation = Mutation(
            id=":".join(str(one).replace(" ", "-") for one in parts if one != ""),
            operation=self.operation,
            part=part,
            pointer=member.pointer,
            kind=kind,
            refusal=refusal,
            **value,
            **spot.fields,
        )
        level, why = self.levels.level(mutation, member)
        if level != SKIP:
            yield Mutant(mutation, level, self._fits(mutation, member, level), why, spot.name)

    def _fits(self, mutation: Mutation, member: Member, level: str) -> tuple[str, ...]:
        """Return the rows under which a run must report the mutant.

        These are the rows of the operation, of the operations that use the member, of those
        that show the same item, and the rows about all answers. Rows about keys fit refusals
        only, and only a MUST row fits a mutant of a MUST member.
        """
        if level == VARIANT:
            return ()
        operations = {self.operation}
        shared = self.facts["refusals" if mutation.refusal else "successes"]
        if not mutation.refusal and mutation.part != "header":
            operations |= self._users(member) | self._showing(member)
        return tuple(
            row.id
            for row in self.catalogue
            if (row.operation in operations or row.id in shared)
            and row.proof is Proof.CASE
            and (mutation.refusal or row.id in shared or not self._about_keys(row.id))
            and (level != MUST or row.level is Level.MUST)
        )

    def _about_keys(self, row: str) -> bool:
        return any(fnmatchcase(row, glob) for glob in self.facts["about_keys"])

    def _users(self, member: Member) -> set[str]:
        """Return the operations that use the value of a member, or of one inside it."""
        inside = [
            one.pointer
            for one in self.answer.members
            if one.pointer == member.pointer or one.pointer.startswith(f"{member.pointer}/")
        ]
        linked = {operation for operation, pointer in self.answer.links if pointer in inside}
        follows: dict[str, list[str]] = self.facts["follows"]
        names = {pointer.rpartition("/")[2] for pointer in inside}
        return linked | {one for name in names for one in follows.get(name, ())}

    def _showing(self, member: Member) -> set[str]:
        """Return the operations whose successes show the same item as the one with the member."""
        shown = {
            name
            for one in self.answer.members
            if member.pointer.startswith(one.pointer)
            for name in one.schemas
            if one.types >= {"object"} and one.pointer.count("/") > 0
        }
        return {
            other.operation.id
            for other in self.answers
            if not other.refusal and any(one.schemas & shown for one in other.members)
        }


def _picked(names: list[str], *about: str) -> str:
    """Return one of the names; the same one each time for the same place."""
    return names[crc32(" ".join(about).encode()) % len(names)]

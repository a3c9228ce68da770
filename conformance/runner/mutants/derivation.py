"""Derives the mutants of a profile from its documents.

Each documented member, each status and the content type of the JSON answers is made wrong in
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
from conformance.runner.mutants.members import Member, answers_of
from conformance.runner.mutants.odd import odd_values
from conformance.servers.mutated import EACH, UNCHANGED, Memory, Mutation, Remembered, changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.model.profile import Profile
    from conformance.runner.mutants.members import Answer

#: The levels of a mutant: of a MUST member, of a member of the reference, a legitimate form.
MUST, SHOULD, VARIANT = Level.MUST.value, Level.SHOULD.value, "variant"
_SKIP = "skip"
_SHAPES = ("absent", "null", "type", "empty", "odd")
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
_CONTENT_TYPES = {
    "text/html; charset=utf-8": SHOULD,
    "text/plain": SHOULD,
    "application/jsonx": SHOULD,
    "application/json; charset=utf-8": VARIANT,
    "Application/JSON": VARIANT,
}
_PROBLEM = "application/problem+json"
_ERROR_STATUS = 300
_SERVER_ERROR = 500


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

    def all(self) -> Iterator[Mutant]:
        """Yield the mutants of the members, of the statuses and of the content type."""
        for member in self.answer.members:
            for kind in self._kinds(member):
                for spot in self._spots(member, kind):
                    yield from self._of_member(member, kind, spot)
        for spot, status in self._statuses():
            yield from self._mutant("status", Member("", stated=True), "set", spot, to=status)
        yield from self._content_types()

    def _kinds(self, member: Member) -> Iterator[str]:
        whole = member.pointer == ""
        yield from (
            kind for kind in _SHAPES if kind != "empty" or whole or self._can_be_empty(member)
        )
        # Nothing is nearly an object; nearly a body is one that is cut short.
        nearly = whole or "object" not in member.types
        yield from (() if whole else _VALUES)
        yield from (("near",) if nearly else ())
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

    def _content_types(self) -> Iterator[Mutant]:
        place = Member("content-type")
        for spot in (Spot("everywhere", {}), Spot("once", {"every": _MANY})):
            yield from self._mutant("header", place, "absent", spot)
            names = [*_CONTENT_TYPES, *([_PROBLEM] if self.answer.refusal else [])]
            for name in names:
                yield from self._mutant("header", place, "set", spot, to=name)

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
        level, why = self._ruled(mutation) or self._level(mutation, member)
        if level != _SKIP:
            yield Mutant(mutation, level, self._fits(mutation, member, level), why, spot.name)

    def _ruled(self, mutation: Mutation) -> tuple[str, str] | None:
        """Return the level and the reason of the first rule of the facts that fits."""
        struck = self._struck_statuses(mutation)
        for rule in self.facts["rule"]:
            if (
                rule.get("part", "body" if "members" in rule else mutation.part) == mutation.part
                and rule.get("refusal", mutation.refusal) == mutation.refusal
                and self.operation in rule.get("operations", [self.operation])
                and any(fnmatchcase(mutation.pointer, glob) for glob in rule.get("members", ["*"]))
                and mutation.kind in rule.get("kinds", [mutation.kind])
                and mutation.to in rule.get("to", [mutation.to])
                and ("statuses" not in rule or struck & set(rule["statuses"]))
            ):
                return rule["level"], rule["why"]
        return None

    def _struck_statuses(self, mutation: Mutation) -> set[int]:
        """Return the statuses of the refusals that a mutation surely strikes."""
        if mutation.only and mutation.only["in"] == "status":
            return {mutation.only["is"]}
        everywhere = mutation.only is None and mutation.every == 1
        return set(self._refusal_statuses()) if everywhere else set()

    def _level(self, mutation: Mutation, member: Member) -> tuple[str, str]:
        if mutation.part == "status":
            return self._level_of_status(int(mutation.to))
        if mutation.part == "header":
            if mutation.kind == "absent":
                return SHOULD, "The reference says that answers are JSON."
            if mutation.to == _PROBLEM:
                return VARIANT, "Problem documents are JSON."
            level = _CONTENT_TYPES[mutation.to]
            return level, "The reference says that answers are JSON."
        if mutation.kind in {"extra", "rewritten"}:
            return VARIANT, "The documents allow it."
        return self._level_of_value(mutation, member)

    def _level_of_status(self, status: int) -> tuple[str, str]:
        if self.answer.refusal:
            refused = _ERROR_STATUS <= status < _SERVER_ERROR
            return (
                (SHOULD, "The reference names the statuses of refusals.")
                if refused
                else (MUST, "The request must be refused.")
            )
        if status in self.answer.statuses:
            return VARIANT, "The status is documented."
        if status < _ERROR_STATUS and status != 204:  # noqa: PLR2004 - it has no body
            return SHOULD, "The reference names the status."
        return MUST, "The answer must be a success with a body."

    def _level_of_value(self, mutation: Mutation, member: Member) -> tuple[str, str]:
        if member.pointer == "":
            return (
                (SHOULD, "The reference says that errors are JSON.")
                if self.answer.refusal
                else (MUST, "The page shows a JSON object.")
            )
        if mutation.kind in _SHAPES and not (member.stated and mutation.kind in {"empty", "odd"}):
            for level, source in ((Level.MUST, "page"), (Level.SHOULD, "reference")):
                if self._breaks(level, mutation):
                    return level.value, f"The schema of the {source} refuses it."
            element = member.pointer.endswith(f"/{EACH}")
            if mutation.kind in {"absent", "null"} and not element:
                return VARIANT, "The schemas allow it."
        if member.stated:
            return MUST, "The page names the member, and the value is wrong."
        return SHOULD, "The reference names the member, and the value is wrong."

    def _breaks(self, level: Level, mutation: Mutation) -> bool:
        """Say whether a mutated example of the document departs from a schema."""
        everywhere = Mutation(**{**vars(mutation), "only": None, "one_item": False})
        bodies = (
            changed(everywhere, Remembered("", "", example), Memory())
            for example in self.answer.examples
        )
        return any(body is not UNCHANGED and self.answer.breaks(level, body) for body in bodies)

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

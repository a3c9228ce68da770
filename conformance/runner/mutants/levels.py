"""The level of a mutant, and the reason: by a rule of the facts, or by the schemas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from conformance.judge.promises import EACH
from conformance.model.requirement import Level
from conformance.servers.mutated import UNCHANGED, Memory, Mutation, Remembered, changed

if TYPE_CHECKING:
    from conformance.runner.mutants.members import Answer, Member

#: The levels of a mutant: of a MUST member, of a member of the reference, a legitimate form.
MUST, SHOULD, VARIANT = Level.MUST.value, Level.SHOULD.value, "variant"
#: The level of a mutation about which the documents promise nothing.
SKIP = "skip"
#: The kinds that change the JSON type, or what is there at all.
SHAPES = ("absent", "null", "type", "empty", "odd")
#: Each content type that a mutant sets, with its level.
CONTENT_TYPES = {
    "text/html; charset=utf-8": SHOULD,
    "text/plain": SHOULD,
    "application/jsonx": SHOULD,
    "application/json; charset=utf-8": VARIANT,
    "application/vnd.api+json": VARIANT,
    "Application/JSON": VARIANT,
}
PROBLEM = "application/problem+json"
#: The content coding that a mutant claims for a plain body.
CODING = "gzip"
_ERROR_STATUS = 300
_LONE = re.compile("[\ud800-\udfff]")
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Levels:
    """The levels of the mutants of one kind of answers.

    Args:
        facts: The facts of the profile that its documents do not state.
        answer: The answers.
        refusal_statuses: The statuses of the refusals of the operation.
    """

    facts: dict[str, Any]
    answer: Answer
    refusal_statuses: tuple[int, ...]

    def level(self, mutation: Mutation, member: Member) -> tuple[str, str]:
        """Return the level of a mutation, and why."""
        if isinstance(mutation.to, str) and _LONE.search(mutation.to):
            level = SHOULD if self.answer.refusal else MUST
            return level, "Half of a surrogate pair is not a character: the JSON is not usable."
        return self._ruled(mutation) or self._level(mutation, member)

    def _ruled(self, mutation: Mutation) -> tuple[str, str] | None:
        """Return the level and the reason of the first rule of the facts that fits."""
        struck = self._struck_statuses(mutation)
        for rule in self.facts["rule"]:
            if (
                rule.get("part", "body" if "members" in rule else mutation.part) == mutation.part
                and rule.get("refusal", mutation.refusal) == mutation.refusal
                and mutation.operation in rule.get("operations", [mutation.operation])
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
        return set(self.refusal_statuses) if everywhere else set()

    def _level(self, mutation: Mutation, member: Member) -> tuple[str, str]:
        if mutation.part == "status":
            return self._level_of_status(int(mutation.to))
        if mutation.part == "header":
            return self._level_of_header(mutation)
        if mutation.kind in {"extra", "rewritten"}:
            return VARIANT, "The documents allow it."
        return self._level_of_value(mutation, member)

    def _level_of_header(self, mutation: Mutation) -> tuple[str, str]:
        if mutation.to == CODING:
            level = SHOULD if self.answer.refusal else MUST
            return level, "No client can decode the body, so it is not JSON."
        if mutation.kind == "absent":
            return SHOULD, "The reference says that answers are JSON."
        if mutation.to == PROBLEM:
            return VARIANT, "Problem documents are JSON."
        return CONTENT_TYPES[mutation.to], "The reference says that answers are JSON."

    def _level_of_status(self, status: int) -> tuple[str, str]:
        if self.answer.refusal and status < _ERROR_STATUS:
            return SHOULD, "The body still says that the request failed."
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
            if mutation.kind == "odd":
                return SHOULD, "JSON has no byte order mark, but many clients ignore it."
            return (
                (SHOULD, "The reference says that errors are JSON.")
                if self.answer.refusal
                else (MUST, "The page shows a JSON object.")
            )
        if mutation.kind in SHAPES and not (member.stated and mutation.kind in {"empty", "odd"}):
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
